/** Says in the console, for the page's author, what to write in place of an attribute or a value that means nothing (K23). */
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
const ofLauncher: ReadonlySet<string> = new Set(['open', 'position', 'offset-x', 'offset-y']);

/** Attributes that any element may have, and those that frameworks put in. */
const foreign =
  /^(?:class|dir|exportparts|hidden|id|inert|is|lang|nonce|part|role|slot|style|tabindex|title|translate|(?:aria|data|hx|ng|v|x)-.*|on.*|_.*|.*[:@#[(*].*)$/;

type Chat = CustomElementConstructor & {readonly observedAttributes?: readonly string[]};

/** The names of all attributes, those of the launcher included. */
function knownAttributes(): readonly string[] {
  const chat: Chat | undefined = customElements.get('chatlet-chat');
  return [...(chat?.observedAttributes ?? []), ...ofLauncher];
}

/** What only a script can set. */
const properties = ['headers', 'messages', 'renderers', 'retrieval', 'strings', 'token', 'tools', 'transport'];

export function warnOfMistakes(element: Element): void {
  const isLauncher = element.localName === 'chatlet-launcher';
  const known = knownAttributes();
  for (const {name, value} of element.attributes) {
    const advice = known.includes(name)
      ? ofLauncher.has(name) === isLauncher && adviceFor(name, value)
      : !foreign.test(name) && adviceForName(name, known);
    if (advice) console.warn(`Chatlet: ${name}="${value}" ${advice}`);
  }
}

/** Undefined if the name is not like one of ours: then it is probably meant for something else. */
function adviceForName(name: string, known: readonly string[]): string | undefined {
  if (properties.includes(name)) return `is no attribute. Set the property in a script: element.${name} = …`;
  const meant = known.find((each) => isSimilar(name.replaceAll(/[-_]/g, ''), each.replace('-', '')));
  return meant && `is unknown. Write ${meant}.`;
}

/** Whether one word becomes the other by one change of a letter; a long word by two. A swap of two letters is one change. */
function isSimilar(one: string, other: string): boolean {
  const rows: number[][] = [];
  for (let i = 0; i <= one.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= other.length; j++) {
      const at = (up: number, left: number) => rows[i - up]?.[j - left] ?? Infinity;
      const isSame = one[i - 1] === other[j - 1];
      const isSwap = one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      row[j] = Math.min(at(0, 1) + 1, at(1, 0) + 1, at(1, 1) + (isSame ? 0 : 1), isSwap ? at(2, 2) + 1 : Infinity);
    }
  }
  return (rows.at(-1)?.at(-1) ?? Infinity) <= (other.length > 5 ? 2 : 1);
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
