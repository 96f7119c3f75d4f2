/**
 * Puts the messages of a conversation in groups, beginning with the newest. A message stays in its group, so that none is
 * moved in the page. Knows no DOM.
 */
import type {ShownMessage} from '../../client/chat-state.ts';

export interface Group {
  /** The key of its first message. */
  readonly key: string;
  readonly messages: readonly ShownMessage[];
  /** Estimated lines of a group that was put in front and has not been laid out yet. */
  readonly lines: number | undefined;
}

/** A group is full with so many messages or characters, which is some screens. */
const most = {messages: 10, characters: 5000};
/** Average characters in a line, and average lines around a message. */
const usual = {line: 50, around: 3};

/** Old libraries (Prototype.js) have replaced `reduce`, so sums are loops. */
function sum<Item>(items: readonly Item[], sizeOfItem: (item: Item) => number): number {
  let total = 0;
  for (const item of items) total += sizeOfItem(item);
  return total;
}

const sizeOf = ({parts}: ShownMessage): number => sum(parts, (part) => (part.type === 'text' ? part.text.length : 200));

const linesOf = (message: ShownMessage): number => Math.ceil(sizeOf(message) / usual.line) + usual.around;

const sizeOfAll = (messages: readonly ShownMessage[]): number => sum(messages, sizeOf);

const isFull = (count: number, size: number): boolean => count >= most.messages || size >= most.characters;

export class MessageGroups {
  /** The key of the first message in a group. Older ones are not wanted yet. */
  #first: string | undefined;
  #groups: readonly Group[] = [];
  /** The keys of all messages that are in groups, and of the first message of each group. */
  readonly #known = new Set<string>();
  readonly #starts = new Set<string>();
  readonly #lines = new Map<string, number>();

  /** The key of the oldest message that is in a group. */
  get first(): string | undefined {
    return this.#first;
  }

  /** Groups these messages. Of a conversation that it has not seen before, it makes the newest two groups. */
  group(messages: readonly ShownMessage[]): readonly Group[] {
    let from = messages.findIndex(({key}) => key === this.#first);
    if (from === -1) {
      this.#known.clear();
      this.#starts.clear();
      this.#lines.clear();
      from = this.#putIn(messages, this.#putIn(messages, messages.length));
    }
    const before = new Map(this.#groups.map((group) => [group.key, group]));
    const groups: ShownMessage[][] = [];
    for (const message of messages.slice(from)) {
      const {key} = message;
      const last = groups.at(-1);
      if (!last || (this.#known.has(key) ? this.#starts.has(key) : isFull(last.length, sizeOfAll(last)))) {
        this.#starts.add(key);
        groups.push([message]);
      } else last.push(message);
      this.#known.add(key);
    }
    // A group without changes stays the same object, so that it is not rendered again.
    this.#groups = groups.map((list) => {
      const key = list[0]?.key ?? '';
      const same = before.get(key);
      const isSame = same?.messages.length === list.length && list.every((each, at) => each === same.messages[at]);
      return isSame ? same : {key, messages: list, lines: this.#lines.get(key)};
    });
    return this.#groups;
  }

  /** Whether there are older messages that are in no group yet. */
  hasMore(messages: readonly ShownMessage[]): boolean {
    return this.#first !== undefined && messages[0]?.key !== this.#first;
  }

  /** Makes one more group of older messages. */
  addOlder(messages: readonly ShownMessage[]): void {
    const from = messages.findIndex(({key}) => key === this.#first);
    if (from < 1) return;
    const start = this.#putIn(messages, from);
    const lines = sum(messages.slice(start, from), linesOf);
    if (this.#first !== undefined) this.#lines.set(this.#first, lines);
  }

  /** Makes a group of the messages before the index `end`, and returns the index at which it begins. */
  #putIn(messages: readonly ShownMessage[], end: number): number {
    let start = end;
    let size = 0;
    for (let message = messages[start - 1]; message && !isFull(end - start, size); message = messages[start - 1]) {
      start--;
      size += sizeOf(message);
      this.#known.add(message.key);
    }
    this.#first = messages[start]?.key;
    if (this.#first !== undefined) this.#starts.add(this.#first);
    return start;
  }
}
