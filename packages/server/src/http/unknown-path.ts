/** Explains a path that is not there: names those that are, and the setting of a client that leads to them. */
import {ChatError} from '@chatlet/protocol';
import {ollamaIsOff} from './apis/ollama/errors.ts';
import type {Api} from './operation.ts';
import {onlyPath} from './paths.ts';

export interface AskedPath {
  readonly method: string;
  readonly path: string;
}

/** Makes the error for a path without an operation. */
export type ExplainPath = (asked: AskedPath) => ChatError;

/** A sentence names at most this many paths. */
const mostNamed = 8;

/** Mistakes that clients' settings make, by the path that they lead to. The first match wins. */
const mistakes: readonly (readonly [path: RegExp, sentence: string])[] = [
  [
    /\/v1\/v1(?:\/|$)/i,
    'The path has /v1 twice. Clients of Anthropic’s own SDK add /v1 themselves: end their base URL before it.',
  ],
  [
    /\/chat\/completions\/(?:chat\/completions|models|embeddings|responses)/i,
    'Clients add /chat/completions themselves: end their base URL with /v1.',
  ],
  [
    /:(?:stream)?generateContent|\/v1beta\//i,
    'This server does not speak Gemini’s API. Use a client of OpenAI’s or Anthropic’s API, with the base URL of this server.',
  ],
  [
    /^\/api\/(?:tags|version|show|ps|generate|embed|embeddings|pull|push|create|copy|delete|blobs)(?:\/|$)/i,
    ollamaIsOff,
  ],
];

export function explainPath(apis: readonly Pick<Api, 'operations'>[]): ExplainPath {
  const served = apis.flatMap(({operations}) =>
    operations.flatMap(({method, paths, refusesOtherMethods = false}) =>
      paths.map((path) => ({method: method.toUpperCase(), path, refusesOtherMethods})),
    ),
  );
  const patterns = served.map((each) => ({...each, pattern: onlyPath(each.path)}));
  const anyPattern = new RegExp(patterns.map(({pattern}) => pattern.source).join('|'), 'i');
  const isServed = (path: string) => anyPattern.test(path);
  const named = [...new Set(served.map((each) => each.path))].filter((each) => !/[:*]/.test(each));
  /** Sentences by the beginning that a path shares with ours: finding the nearest costs more than any other refusal. */
  const sentences = new Map<string, string>();
  for (const path of ['', ...named.flatMap(beginningsOf)])
    sentences.set(path, `This server has ${nearest(path).join(', ')}.`);

  function otherMethods(path: string, method: string) {
    return isServed(path) ? patterns.filter((each) => each.method !== method && each.pattern.test(path)) : [];
  }

  function hint({method, path}: AskedPath): string {
    const others = otherMethods(path, method).map((each) => each.method);
    if (others.length > 0) return `This path takes ${[...new Set(others)].join(', ')} only.`;
    if (isServed(`/v1${path}`)) return `This server has it at /v1${path}: end the client’s base URL with /v1.`;
    const mistake = mistakes.find(([pattern]) => pattern.test(path));
    if (mistake) return mistake[1];
    const known = beginningsOf(path.toLowerCase()).findLast((each) => sentences.has(each));
    return sentences.get(known ?? '') ?? '';
  }

  /** The paths that share the most first segments with the path. */
  function nearest(path: string): readonly string[] {
    const asked = path.split('/').slice(1);
    const shared = (other: string) => {
      const segments = other.split('/').slice(1);
      const differs = segments.findIndex((segment, index) => segment !== asked[index]);
      return differs === -1 ? segments.length : differs;
    };
    return named.toSorted((a, b) => shared(b) - shared(a)).slice(0, mostNamed);
  }

  function explain({method, path}: AskedPath): ChatError {
    const strict = otherMethods(path, method).filter((each) => each.refusesOtherMethods);
    if (strict.length > 0) {
      const details = {cause: 'unknown-url', allow: strict.map((each) => each.method)};
      return new ChatError('method-not-allowed', hint({method, path}), {details});
    }
    const shown = path.length <= 80 ? path : `${path.slice(0, 80)}…`;
    return new ChatError('not-found', `There is no ${method} ${shown} here. ${hint({method, path})}`, {
      details: {cause: 'unknown-url'},
    });
  }

  let last = {method: '', path: '', error: explain({method: '', path: ''})};
  return ({method, path}) => {
    // A client with a wrong address asks for the same path again and again.
    if (last.path !== path || last.method !== method) last = {method, path, error: explain({method, path})};
    return last.error;
  };
}

/** `/a`, `/a/b` and `/a/b/c` of the last one. A path has few segments that could be ours. */
function beginningsOf(path: string): readonly string[] {
  const segments = path.split('/', 8).slice(1);
  return segments.map((_, index) => `/${segments.slice(0, index + 1).join('/')}`);
}
