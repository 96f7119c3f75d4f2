/** Says in the console, for the page's author, what to write in place of an attribute's value that means nothing (K23). */
import {backends} from '../client/backends.ts';
import {choices} from './chat/choices.ts';

const allowed: Readonly<Record<string, readonly string[]>> = {
  ...choices,
  api: Object.keys(backends),
  webmcp: ['take', 'offer', 'both'],
  position: ['top', 'bottom'].flatMap((edge) => ['start', 'end', 'left', 'right'].map((side) => `${edge}-${side}`)),
};

/** Attributes that are on whatever their value is, as in HTML. */
const switches = ['answer-cache', 'math', 'open', 'page-font', 'search', 'temporary'];

/** A launcher hands the attributes of its chat on to it, so each element answers only for its own. */
const ofLauncher = new Set(['open', 'position']);

export function warnOfMistakes(element: Element): void {
  const isLauncher = element.localName === 'chatlet-launcher';
  for (const {name, value} of element.attributes) {
    const advice = ofLauncher.has(name) === isLauncher ? adviceFor(name, value) : undefined;
    if (advice !== undefined) console.warn(`Chatlet: ${name}="${value}" ${advice}`);
  }
}

function adviceFor(name: string, value: string): string | undefined {
  if (switches.includes(name)) return value === 'false' ? 'turns it on, as any value does. Leave it out.' : undefined;
  if (name === 'history-limit') return Number(value) >= 1 ? undefined : 'is no number of messages. Write "10".';
  if (name === 'starters') return isList(value) ? undefined : `is no JSON list. Write starters='["One?", "Two?"]'.`;
  const values = Object.hasOwn(allowed, name) ? allowed[name] : undefined;
  if (!values || values.includes(value)) return undefined;
  const list = new Intl.ListFormat('en', {type: 'disjunction'});
  return `is unknown. Write ${list.format(values.map((each) => `"${each}"`))}.`;
}

function isList(json: string): boolean {
  try {
    return Array.isArray(JSON.parse(json));
  } catch {
    return false;
  }
}
