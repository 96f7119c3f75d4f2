/** Names of models as people and upstreams write them, and patterns for them. Knows no lists. */

/**
 * The name without the parts that some upstreams add: Ollama lists `llama3.2:latest` and answers to `llama3.2`, Gemini
 * lists `models/gemini-3-pro` and answers to `gemini-3-pro`.
 */
export function toBareName(name: string): string {
  return name.replace(/^models\//, '').replace(/:latest$/, '');
}

/** Whether the name fits a pattern, in which `*` stands for any characters. */
export function fitsAny(name: string, patterns: readonly string[]): boolean {
  const bare = toBareName(name);
  return patterns.some((pattern) => fits(name, pattern) || fits(bare, toBareName(pattern)));
}

/** Greedy from left to right, so that no pattern can take long. */
function fits(name: string, pattern: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return name === pattern;
  const last = rest.pop() ?? '';
  if (!name.startsWith(first)) return false;
  let at = first.length;
  for (const piece of rest) {
    const found = name.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}

/** Whether the pattern is a name. */
export function isName(pattern: string): boolean {
  return !pattern.includes('*');
}
