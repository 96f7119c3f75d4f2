/** The values of the chat's attributes that take one of a few. Another value counts as none (K23). */
export const choices = {
  consent: ['required', 'granted'],
  credentials: ['omit', 'same-origin', 'include'],
  history: ['auto', 'drawer', 'off'],
  storage: ['local', 'session', 'none'],
  theme: ['light', 'dark'],
} as const;

type Choices = typeof choices;

/** The value itself, if the attribute may have it. */
export function choiceOf<Name extends keyof Choices>(name: Name, value: unknown): Choices[Name][number] | undefined {
  const values: readonly Choices[Name][number][] = choices[name];
  return values.find((each) => each === value);
}
