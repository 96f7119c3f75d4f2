/** What the wrappers for frameworks share: what the elements take and send, and how it gets there. Knows no framework. */
import {isSame} from './is-same.ts';
import type {Tag} from './tags.ts';

export {defineElements} from './define-elements.ts';
export {chatTag, launcherTag} from './tags.ts';
export type {ChatEvents, ChatProps, LauncherEvents, LauncherProps, Tag} from './tags.ts';

/** The name of an event without our prefix, in camel case: `chatlet-chat-change` → `chatChange`. */
export type EventName<Name extends string> = Name extends `chatlet-${infer Rest}` ? CamelCase<Rest> : never;
/** `chatlet-answered` → `chatletAnswered` */
export type CamelCase<Name extends string> = Name extends `${infer First}-${infer Rest}`
  ? `${First}${Capitalize<CamelCase<Rest>>}`
  : Name;

/** As the type `EventName`: `chatlet-chat-change` → `chatChange`. */
export function eventName(name: string): string {
  return name.replace('chatlet-', '').replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

type Props = Readonly<Record<string, unknown>>;

/**
 * Sets what has changed between two renderings. What is undefined in both, the element keeps as it has it. Values are
 * compared by content, because components write a list or an object anew at each rendering, and others would connect anew.
 */
export function setProps(
  element: HTMLElement,
  {properties, attributes}: Tag,
  {now, before}: {readonly now: Props; readonly before: Props},
): void {
  for (const name of properties) {
    if (!isSame(now[name], before[name])) Reflect.set(element, name, now[name]);
  }
  for (const [name, attribute] of Object.entries(attributes)) {
    const value = now[name];
    if (value === before[name]) continue;
    if (typeof value === 'string') element.setAttribute(attribute, value);
    else element.removeAttribute(attribute);
  }
}
