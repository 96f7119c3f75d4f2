/**
 * The answers of the emulated upstream, as functions of a few numbers in the question: the reader of an answer knows
 * every token that it must hold. Knows no HTTP.
 */

/** How an upstream may behave. All but `answer` are faults that real upstreams have. */
export type Behaviour =
  | 'answer'
  /** The socket is destroyed after half of the tokens. */
  | 'die'
  /** Half way there is an event that is no JSON. */
  | 'garbage'
  /** 429 with `Retry-After: 7`. */
  | 'too-many'
  /** The body arrives in pieces of 7 bytes, so characters are cut. */
  | 'split'
  /** After the tokens nothing more comes and the stream stays open. */
  | 'hang';

export interface AnswerSpec {
  /** Different for every answer of a run. */
  readonly seed: number;
  readonly tokens: number;
  /** Tokens a second; 0: as fast as they are read. */
  readonly rate: number;
  /** Milliseconds before the first token. */
  readonly think: number;
  readonly behaviour: Behaviour;
  /** Characters of each token, for tests with large tokens. */
  readonly fat?: number;
}

const words = (
  ' the| of| and| to| in| a| is| that| for| it| as| was| with| be| by| on| not| he| "I"| this| are| or| his| from|' +
  ' at| which| but| have| an| had| they| you| were| there| one| all| we| can| her| has|,|.|\n|\n\n| **bold**| `code`|' +
  ' <b>|</b>|\\|\t| naïve| Straße| 日本語| 漢字| привет| 😀| 👩‍👩‍👧| é| ﷺ| €| ½| “quoted”| {"a":1}| data: x'
).split('|');

/** One token of an answer. Never empty; the first names its answer, and some later ones their position. */
export function token({seed, fat}: AnswerSpec, at: number): string {
  const text =
    at === 0 ? `[${seed}]` : at % 50 === 0 ? ` #${at}` : (words[(seed * 31 + at * 17) % words.length] ?? ' ');
  return fat === undefined ? text : text.padEnd(fat, '·x');
}

/** The question that asks for such an answer. */
export function questionFor(spec: AnswerSpec): string {
  return `bench ${JSON.stringify(spec)}`;
}

/** Reads a question; undefined if it asks for no answer of ours. */
export function specIn(question: string): AnswerSpec | undefined {
  const [, json] = /^bench (\{.*\})/s.exec(question) ?? [];
  // The text was written by `questionFor` in this run.
  return json === undefined ? undefined : (JSON.parse(json) as AnswerSpec);
}

/** Compares text that arrives in pieces with the expected answer. */
export interface TextCheck {
  /** Returns how many more tokens are complete, or -1 from the first wrong character on. */
  push(text: string): number;
  readonly tokens: number;
  /** Whether the text is the whole answer. */
  isWhole(): boolean;
}

export function checkText(spec: AnswerSpec): TextCheck {
  let at = 0;
  let rest = '';
  let wrong = false;
  return {
    push(text) {
      if (wrong) return -1;
      rest = rest === '' ? text : rest + text;
      let start = 0;
      let complete = 0;
      while (start < rest.length) {
        const expected = at < spec.tokens ? token(spec, at) : undefined;
        if (expected !== undefined && rest.startsWith(expected, start)) {
          start += expected.length;
          at += 1;
          complete += 1;
        } else if (expected?.startsWith(rest.slice(start))) {
          break;
        } else {
          wrong = true;
          return -1;
        }
      }
      rest = rest.slice(start);
      return complete;
    },
    get tokens() {
      return at;
    },
    isWhole: () => !wrong && at === spec.tokens && rest === '',
  };
}
