/** The paths of this API, with the prefixes that clients of Groq and of Azure add to them. */

/** All paths of `/responses`, and those below it. */
export function responsesPaths(below: string = ''): readonly string[] {
  return ['/v1', '/openai/v1', '/openai'].map((prefix) => `${prefix}/responses${below}`);
}
