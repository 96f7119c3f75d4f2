/**
 * The answers that every contestant gets: Markdown as models write it, the same in every run, cut into tokens. Each
 * text comes with its visible text, which is written down while the text is made and does not depend on any parser.
 */
import {seededRandom} from './statistics.ts';

export const textKinds = ['mixed', 'fence', 'list', 'table'] as const;
export type TextKind = (typeof textKinds)[number];

export interface Text {
  readonly markdown: string;
  /** The visible text, without white space. */
  readonly visible: string;
  readonly tokens: readonly string[];
}

/** The last word of each text: if it is shown, the answer is complete. */
export const lastWord = 'Finis';

/** The source and its visible text. */
type Piece = readonly [markdown: string, visible: string];

const words = (
  'answer time light water river stone model paper system number question reader market garden window letter country ' +
  'history morning weather machine network pattern language measure season memory journey village science simple quick ' +
  'careful early quiet bright common certain single narrow steady modern local useful between because although usually ' +
  'often almost never every under above before after while about through against toward where which should would could ' +
  'makes takes gives keeps finds shows turns moves grows holds learns writes reads builds begins follows returns changes'
).split(' ');
const codeWords =
  'count total items index value result cache entry buffer offset parse render update queue state next'.split(' ');

/** Writes pieces of text from one sequence of random numbers. */
class Writer {
  readonly #chance: () => number;

  constructor(seed: number) {
    this.#chance = seededRandom(seed);
  }

  below(limit: number): number {
    return Math.floor(this.#chance() * limit);
  }

  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  word(): string {
    return words[this.below(words.length)] ?? 'word';
  }

  codeWord(): string {
    return codeWords[this.below(codeWords.length)] ?? 'value';
  }

  plain(length: number): string {
    return Array.from({length}, () => this.word()).join(' ');
  }

  /** One word or a short run of them, plain or marked. */
  inline(): Piece {
    const kind = this.below(50);
    if (kind === 0) return around('**', this.plain(this.between(1, 3)));
    if (kind === 1) return around('*', this.plain(this.between(1, 2)));
    if (kind === 2) return around('`', `${this.codeWord()}.${this.codeWord()}()`);
    if (kind === 3) {
      const label = this.plain(this.between(1, 3));
      return [`[${label}](https://example.com/${this.codeWord()}/${this.below(1000)})`, label];
    }
    if (kind === 4) return around('~~', this.word());
    const word = this.word();
    return [word, word];
  }

  sentence(low: number, high: number): Piece {
    const pieces = Array.from({length: this.between(low, high)}, () => this.inline());
    const first = this.word();
    const capital = `${first.charAt(0).toUpperCase()}${first.slice(1)}`;
    return [
      `${capital} ${pieces.map(([markdown]) => markdown).join(' ')}.`,
      `${capital} ${pieces.map(([, visible]) => visible).join(' ')}.`,
    ];
  }

  paragraph(): Piece {
    return join(
      Array.from({length: this.between(2, 5)}, () => this.sentence(6, 16)),
      ' ',
    );
  }

  heading(): Piece {
    const text = this.plain(this.between(2, 5));
    return [`${'#'.repeat(this.between(2, 3))} ${text}`, text];
  }

  quote(): Piece {
    const [markdown, visible] = this.sentence(8, 18);
    return [`> ${markdown}`, visible];
  }

  listItem(): Piece {
    const [markdown, visible] = this.sentence(4, 12);
    if (this.below(9) !== 0) return [`- ${markdown}`, visible];
    const [inner, innerVisible] = this.sentence(3, 6);
    return [`- ${markdown}\n  - ${inner}`, `${visible}${innerVisible}`];
  }

  list(): Piece {
    const length = this.between(3, 7);
    if (this.below(3) > 0)
      return join(
        Array.from({length}, () => this.listItem()),
        '\n',
      );
    const items = Array.from({length}, () => this.sentence(4, 12));
    return join(
      items.map(([markdown, visible], index): Piece => [`${index + 1}. ${markdown}`, visible]),
      '\n',
    );
  }

  row(columns: number): Piece {
    const cells = Array.from({length: columns}, () =>
      this.below(4) === 0 ? this.inline() : same(this.plain(this.between(1, 3))),
    );
    return [`| ${cells.map(([markdown]) => markdown).join(' | ')} |`, cells.map(([, visible]) => visible).join('')];
  }

  tableHead(columns: number): Piece {
    const names = Array.from({length: columns}, () => this.word());
    return [`| ${names.join(' | ')} |\n|${' --- |'.repeat(columns)}`, names.join('')];
  }

  table(): Piece {
    const columns = this.between(3, 4);
    return join([this.tableHead(columns), ...Array.from({length: this.between(4, 8)}, () => this.row(columns))], '\n');
  }

  codeLine(): string {
    const indent = '  '.repeat(this.between(0, 3));
    const [a, b, c] = [this.codeWord(), this.codeWord(), this.codeWord()];
    const lines = [
      `const ${a} = ${b}.${c}(${this.below(1000)});`,
      `if (${a} > ${this.below(100)} && ${b}) return ${c};`,
      `for (const ${a} of ${b}) ${c}(${a}, '${this.word()}');`,
      `// ${this.plain(this.between(3, 8))}`,
      `${a}.${b} = ${c} + ${this.below(10_000)};`,
      `function ${a}${this.below(100)}(${b}, ${c}) {`,
      '}',
    ];
    return `${indent}${lines[this.below(lines.length)] ?? ''}`;
  }

  fence(): Piece {
    const code = Array.from({length: this.between(5, 16)}, () => this.codeLine()).join('\n');
    return [`\`\`\`js\n${code}\n\`\`\``, code];
  }

  mixedBlock(): Piece {
    const kind = this.below(20);
    if (kind < 2) return this.heading();
    if (kind < 11) return this.paragraph();
    if (kind < 15) return this.list();
    if (kind < 17) return this.fence();
    if (kind < 19) return this.table();
    return this.quote();
  }
}

function around(mark: string, text: string): Piece {
  return [`${mark}${text}${mark}`, text];
}

function same(text: string): Piece {
  return [text, text];
}

function join(pieces: readonly Piece[], between: string): Piece {
  return [pieces.map(([markdown]) => markdown).join(between), pieces.map(([, visible]) => visible).join('')];
}

/** Pieces until there are `count` tokens of them. */
function fill(count: number, next: () => Piece): readonly Piece[] {
  const pieces: Piece[] = [];
  for (let have = 0; have < count;) {
    const piece = next();
    pieces.push(piece);
    have += cutIntoTokens(piece[0]).length + 1;
  }
  return pieces;
}

/** Splits a text roughly as a model's tokenizer does: four letters on average, with the space before a word. */
export function cutIntoTokens(text: string): readonly string[] {
  return text.match(/ ?[A-Za-z]{1,6}|\d{1,3}|\n+| +|[^\sA-Za-z\d]{1,3}/g) ?? [];
}

/** A text of about `count` tokens. The same arguments give the same text. */
export function writeText(kind: TextKind, count: number, seed = 1): Text {
  const writer = new Writer(seed * 7919 + count);
  const [markdown, visible] = writeKind(kind, count, writer);
  return {markdown, visible: visible.replaceAll(/\s/g, ''), tokens: cutIntoTokens(markdown)};
}

function writeKind(kind: TextKind, count: number, writer: Writer): Piece {
  switch (kind) {
    case 'mixed':
      return join([...fill(count, () => writer.mixedBlock()), same(lastWord)], '\n\n');
    case 'list':
      return join([...fill(count, () => writer.listItem()), [`- ${lastWord}`, lastWord]], '\n');
    case 'table': {
      const rows = fill(count, () => writer.row(4));
      return join([writer.tableHead(4), ...rows, [`| a | b | c | ${lastWord} |`, `abc${lastWord}`]], '\n');
    }
    case 'fence': {
      const [code] = join([...fill(count, () => same(writer.codeLine())), same(`// ${lastWord}`)], '\n');
      return [`\`\`\`js\n${code}\n\`\`\``, code];
    }
    default:
      return kind satisfies never;
  }
}
