/**
 * How the gallery shows a state: its name and the switches, as they stand in an address.
 *
 * @example `#table?theme=dark&dir=rtl` of `/gallery` and of `/gallery/stage.html`
 */
/** The languages that the chat speaks. The build writes them in, because with the chat's own list come their words. */
declare const languages: readonly string[];

/** Each switch with its choices; the first is the default, which no address names. */
export const switches = {
  theme: ['auto', 'light', 'dark'],
  width: ['400', '320', '390', '768', 'full'],
  dir: ['ltr', 'rtl'],
  lang: languages,
  accent: ['', '#7a1fa2', '#c2185b', '#1565c0', '#f5c400', '#111111'],
  density: ['1', '0.75', '1.25'],
  motion: ['full', 'reduced'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type Switch = keyof typeof switches;

/** A list, because `Object.keys` has lost the names' types. */
export const switchNames: readonly Switch[] = ['theme', 'width', 'dir', 'lang', 'accent', 'density', 'motion'];

export interface Address {
  readonly state: string;
  readonly looks: Readonly<Record<Switch, string>>;
}

export function readAddress(hash: string): Address {
  const [state = '', query = ''] = hash.replace(/^#/, '').split('?');
  const given = new URLSearchParams(query);
  const looks = {theme: '', width: '', dir: '', lang: '', accent: '', density: '', motion: ''};
  for (const name of switchNames) looks[name] = given.get(name) ?? switches[name][0] ?? '';
  return {state, looks};
}

export function writeAddress({state, looks}: Address): string {
  const query = new URLSearchParams();
  for (const name of switchNames) if (looks[name] !== switches[name][0]) query.set(name, looks[name]);
  return `#${state}${query.size > 0 ? `?${query}` : ''}`;
}
