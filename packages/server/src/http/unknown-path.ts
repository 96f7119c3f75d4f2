/** Explains a path that is not there: names those that are, and the setting of a client that leads to them. */
import {ChatError} from '@chatlet/protocol';
import {ollamaIsOff} from './apis/ollama/errors.ts';
import type {Api} from './operation.ts';

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
    operations.flatMap(({method, paths}) => paths.map((path) => ({method: method.toUpperCase(), path}))),
  );
  const isServed = (path: string) => served.some((each) => matches(each.path, path));

  function hint({method, path}: AskedPath): string {
    const others = served.filter((each) => each.method !== method && matches(each.path, path));
    if (others.length > 0) return `This path takes ${[...new Set(others.map((each) => each.method))].join(', ')} only.`;
    if (isServed(`/v1${path}`)) return `This server has it at /v1${path}: end the client’s base URL with /v1.`;
    const mistake = mistakes.find(([pattern]) => pattern.test(path));
    return mistake ? mistake[1] : `This server has ${nearest(path).join(', ')}.`;
  }

  /** The paths that share the most first segments with the path. */
  function nearest(path: string): readonly string[] {
    const asked = path.toLowerCase().split('/').slice(1);
    const shared = (other: string) => {
      const segments = other.split('/').slice(1);
      const differs = segments.findIndex((segment, index) => segment !== asked[index]);
      return differs === -1 ? segments.length : differs;
    };
    const paths = [...new Set(served.map((each) => each.path))].filter((each) => !/[:*]/.test(each));
    return paths.toSorted((a, b) => shared(b) - shared(a)).slice(0, mostNamed);
  }

  return (asked) => {
    const path = asked.path.length <= 80 ? asked.path : `${asked.path.slice(0, 80)}…`;
    return new ChatError('not-found', `There is no ${asked.method} ${path} here. ${hint(asked)}`, {
      details: {cause: 'unknown-url'},
    });
  };
}

/** Whether an operation's path, with parameters, is that path; in any case, as Express compares them. */
function matches(pattern: string, path: string): boolean {
  const wanted = pattern.toLowerCase().split('/');
  const asked = path.toLowerCase().replace(/\/$/, '').split('/');
  if (wanted.at(-1)?.startsWith('*')) return asked.length >= wanted.length && startsWith(wanted.slice(0, -1), asked);
  return asked.length === wanted.length && startsWith(wanted, asked);
}

function startsWith(wanted: readonly string[], asked: readonly string[]): boolean {
  return wanted.every((segment, index) => segment.startsWith(':') || segment === asked[index]);
}
