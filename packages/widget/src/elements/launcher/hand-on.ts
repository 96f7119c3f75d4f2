/** Hands the properties and attributes of a launcher on to its chat. */
import {properties} from './properties.ts';

/** `historyLimit` → `history-limit` */
const attributeOf = (property: string) => property.replace(/[A-Z]/, (letter) => `-${letter.toLowerCase()}`);
const attributes = properties.map(attributeOf);

/**
 * Takes the properties that the page has set by now, and those that it sets later. Calls back after each change. Returns a
 * function that gives all of them to a chat, which gets the later ones too.
 */
export function handOn(launcher: HTMLElement, onChange: () => void): (chat: HTMLElement) => void {
  const given = new Map<string, unknown>();
  let taker: HTMLElement | undefined;
  for (const name of properties) {
    if (Object.hasOwn(launcher, name)) given.set(name, Reflect.get(launcher, name));
    Object.defineProperty(launcher, name, {
      configurable: true,
      enumerable: true,
      get: () => (given.has(name) ? given.get(name) : ((taker && Reflect.get(taker, name)) ?? readText(name))),
      set(value: unknown) {
        given.set(name, value);
        if (taker) Reflect.set(taker, name, value);
        if (name === 'theme') launcher.setAttribute(name, String(value));
        onChange();
      },
    });
  }
  const readText = (name: string) => launcher.getAttribute(attributeOf(name)) ?? undefined;
  const copy = (name: string) => {
    const value = launcher.getAttribute(name);
    if (value === null) taker?.removeAttribute(name);
    else taker?.setAttribute(name, value);
  };
  new MutationObserver((changes) => {
    for (const {attributeName} of changes) copy(attributeName ?? '');
    onChange();
  }).observe(launcher, {attributeFilter: attributes});
  return (chat) => {
    taker = chat;
    for (const name of attributes) copy(name);
    for (const [name, value] of given) Reflect.set(chat, name, value);
  };
}
