/** The recorded streams of all dialects, the answer expected of each, and the answer that our reader makes of it. For tests. */
import {readdirSync, readFileSync} from 'node:fs';
import assert from 'node:assert/strict';
import {applyEvent, createReader, emptyAnswer, errorFromResponse, isEnd, messageOf} from '../index.ts';
import type {ChatEvent, Dialect, EndReason, Json, Part, Usage} from '../index.ts';
import {additions, expectedErrors} from './additions.ts';
import type {Answer} from './answer.ts';

export interface Transcript {
  readonly id: string;
  readonly dialect: string;
  readonly http: {readonly status: number; readonly headers: Readonly<Record<string, string>>};
  readonly framing: string;
  readonly body: string;
  readonly expected: Expected;
}

/** The expectation as the recordings write it. */
export interface Expected {
  readonly complete: boolean;
  readonly text?: string;
  readonly text_messages?: readonly string[];
  readonly reasoning?: string;
  readonly finish?: string;
  readonly message_id?: string;
  readonly usage?: {
    readonly input?: number;
    readonly output?: number;
    readonly cached?: number;
    readonly cache_write?: number;
    readonly reasoning?: number;
  };
  readonly error?: {readonly message?: string};
  readonly sources?: readonly {
    readonly id?: string;
    readonly url?: string;
    readonly title: string;
    readonly quote?: string;
  }[];
  readonly tool_calls?: readonly {
    readonly id: string;
    readonly name: string;
    readonly args?: Json;
    readonly args_text?: string;
    readonly result?: Json;
    readonly result_text?: string;
    readonly error?: string;
  }[];
}

/** The keys that are compared. */
const comparedKeys = [
  'complete',
  'text',
  'text_messages',
  'reasoning',
  'finish',
  'message_id',
  'usage',
  'error',
  'sources',
  'tool_calls',
];

/** The keys that are not compared, because a message of ours has no field for them. */
const otherKeys = ['alternatives', 'data', 'metadata', 'notices', 'state', 'text_parts', 'warnings'];

/** All transcripts, from the workspace's test data. */
export function transcripts(): readonly Transcript[] {
  const folder = new URL('./', import.meta.resolve('@chatlet/testdata/dialects/openai-chat.json'));
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .flatMap((name): readonly Transcript[] => JSON.parse(readFileSync(new URL(name, folder), 'utf8')));
}

/** The answer that our reader makes of a body in these pieces. */
export function read(pieces: Iterable<Uint8Array>, transcript: Transcript, dialect?: Dialect): Answer {
  if (transcript.http.status >= 400) {
    const body = new TextDecoder().decode(Buffer.concat([...pieces]));
    return toAnswer([errorFromResponse({...transcript.http, body}).toEvent()]);
  }
  const reader = createReader({dialect, headers: transcript.http.headers});
  const events: ChatEvent[] = [];
  for (const piece of pieces) events.push(...reader.push(piece));
  events.push(...reader.end());
  return toAnswer(events);
}

const unnamed = 'no id yet';

function toAnswer(events: readonly ChatEvent[]): Answer {
  assert.deepEqual(events.filter(isEnd), events.slice(-1), 'an end comes last, and once');
  assert.ok(!events.some((event) => 'delta' in event && event.delta === ''), 'no delta is empty');
  const empty = emptyAnswer({id: unnamed, createdAt: ''});
  const {id, role: _, parts, createdAt: __, ...rest} = events.reduce(applyEvent, empty);
  const join = (type: 'text' | 'reasoning'): string =>
    parts.map((part) => (part.type === type ? part.text : '')).join('');
  return {
    ...(id === unnamed ? {} : {id}),
    ...rest,
    text: join('text'),
    reasoning: join('reasoning'),
    tools: parts.filter(({type}) => type === 'tool'),
    sources: parts.filter(({type}) => type === 'source'),
  };
}

/** The answer that a recording expects. A field that the recording leaves out is empty, or stands in `additions`. */
export function expectedAnswer(transcript: Transcript): Answer {
  const {id, expected} = transcript;
  const unknown = Object.keys(expected).filter((key) => !comparedKeys.includes(key) && !otherKeys.includes(key));
  assert.deepEqual(unknown, [], `keys that are not compared in ${id}`);
  const {text, text_messages: paragraphs, message_id: messageId} = expected;
  return {
    ...(messageId === undefined ? {} : {id: messageId}),
    ...expectedEnd(transcript),
    ...expectedUsage(expected),
    text: text ?? paragraphs?.join('\n\n') ?? '',
    reasoning: expected.reasoning ?? '',
    tools: (expected.tool_calls ?? []).map(
      ({id: callId, name, args, args_text: argsText, result, result_text: resultText, error}): Part => {
        const output = result ?? resultText ?? error;
        const state = output === undefined ? 'running' : error === undefined ? 'done' : 'failed';
        const input = args ?? argsText ?? null;
        return {type: 'tool', callId, name, input, state, ...(output === undefined ? {} : {output})};
      },
    ),
    sources: (expected.sources ?? []).map(({id: sourceId, ...source}): Part => ({
      type: 'source',
      id: sourceId ?? source.url ?? '',
      ...source,
    })),
    ...additions[id],
  };
}

function expectedEnd({id, expected}: Transcript): Pick<Answer, 'status' | 'endReason' | 'error'> {
  const {complete, finish = 'unknown', error} = expected;
  if (finish === 'abort') return {status: 'stopped', endReason: 'stopped'};
  if (finish === 'error' || !complete) {
    const {code, retryable} =
      finish === 'error' ? (expectedErrors[id] ?? assert.fail(`no code for ${id}`)) : interruption;
    const status = code === 'interrupted' ? 'interrupted' : 'failed';
    return {status, error: {code, message: error?.message ?? messageOf(code), retryable}};
  }
  // `unknown`: the dialect has no end reasons, so ours is `stop`.
  return {status: 'done', endReason: finish === 'unknown' ? 'stop' : (finish as EndReason)};
}

const interruption = {code: 'interrupted', retryable: true} as const;

function expectedUsage({usage}: Expected): {readonly usage?: Usage} {
  if (usage === undefined) return {};
  const {input = 0, output = 0, cached, cache_write: cacheWrite, reasoning} = usage;
  return {
    usage: {
      promptTokens: input,
      completionTokens: output,
      ...(cached === undefined ? {} : {cachedTokens: cached}),
      ...(cacheWrite === undefined ? {} : {cacheWriteTokens: cacheWrite}),
      ...(reasoning === undefined ? {} : {reasoningTokens: reasoning}),
    },
  };
}

/** The bytes in pieces of one size. */
export function* inPieces(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

/** The bytes cut at these places. */
export function* cutAt(bytes: Uint8Array, places: readonly number[]): Generator<Uint8Array> {
  let start = 0;
  for (const place of [...places.map((cut) => cut % bytes.length).sort((a, b) => a - b), bytes.length]) {
    if (place > start) yield bytes.subarray(start, place);
    start = Math.max(start, place);
  }
}
