/**
 * Puts the messages of a conversation in groups, from the newest to the oldest as far as they are wanted. A message that is
 * in a group stays in it, so that none is moved in the page. Knows no DOM.
 */
import type {ShownMessage} from '../../client/chat-state.ts';

export interface Group {
  /** The key of its first message. */
  readonly key: string;
  readonly messages: readonly ShownMessage[];
  /** About how many lines it takes: told for those that were put in front, which nobody has seen yet. */
  readonly lines: number | undefined;
}

/** A group is full with so many messages or characters: some screens. */
const most = {messages: 10, characters: 5000};
/** Characters in a line and lines around a message, on average. */
const usual = {line: 50, around: 3};

const sizeOf = ({parts}: ShownMessage): number =>
  parts.reduce((sum, part) => sum + (part.type === 'text' ? part.text.length : 200), 0);

const linesOf = (message: ShownMessage): number => Math.ceil(sizeOf(message) / usual.line) + usual.around;

const sizeOfAll = (messages: readonly ShownMessage[]): number =>
  messages.reduce((sum, message) => sum + sizeOf(message), 0);

const isFull = (count: number, size: number): boolean => count >= most.messages || size >= most.characters;

export class MessageGroups {
  /** The first message that is wanted so far. */
  #first: string | undefined;
  #groups: readonly Group[] = [];
  /** Every message that was ever put in a group, and the first ones of the groups. */
  readonly #known = new Set<string>();
  readonly #starts = new Set<string>();
  readonly #lines = new Map<string, number>();

  /** The key of the first message that is in a group. */
  get first(): string | undefined {
    return this.#first;
  }

  /** The groups of these messages. Of a conversation not seen before, the newest two. */
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
    // One in which nothing has changed is the same object: nobody has to look into it again.
    this.#groups = groups.map((list) => {
      const key = list[0]?.key ?? '';
      const same = before.get(key);
      const isSame = same?.messages.length === list.length && list.every((each, at) => each === same.messages[at]);
      return isSame ? same : {key, messages: list, lines: this.#lines.get(key)};
    });
    return this.#groups;
  }

  /** Whether there are messages before the first one that is in a group. */
  hasMore(messages: readonly ShownMessage[]): boolean {
    return this.#first !== undefined && messages[0]?.key !== this.#first;
  }

  /** From now on, one more group is wanted. */
  addOlder(messages: readonly ShownMessage[]): void {
    const from = messages.findIndex(({key}) => key === this.#first);
    if (from < 1) return;
    const start = this.#putIn(messages, from);
    const lines = messages.slice(start, from).reduce((sum, message) => sum + linesOf(message), 0);
    if (this.#first !== undefined) this.#lines.set(this.#first, lines);
  }

  /** Makes a group of the messages before `end`; where it begins. */
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
