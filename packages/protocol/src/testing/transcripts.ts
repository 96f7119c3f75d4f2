/** The recorded streams of all dialects, and what a reading of one comes to. For tests. */
import {readdirSync, readFileSync} from 'node:fs';
import {applyEvent, createReader, emptyAnswer, errorFromResponse} from '../index.ts';
import type {ChatEvent, Dialect, ErrorEvent, Json, Message} from '../index.ts';

export interface Transcript {
  readonly id: string;
  readonly dialect: string;
  readonly http: {readonly status: number; readonly headers: Readonly<Record<string, string>>};
  readonly framing: string;
  readonly body: string;
  readonly expected: Expected;
}

/** Keys that are absent are not asserted. */
export interface Expected {
  readonly complete: boolean;
  readonly text?: string;
  readonly text_messages?: readonly string[];
  readonly reasoning?: string;
  readonly finish?: string;
  readonly message_id?: string;
  readonly usage?: {readonly input?: number; readonly output?: number};
  readonly error?: {readonly message?: string; readonly code?: unknown};
  readonly sources?: readonly {readonly url: string; readonly title: string}[];
  readonly tool_calls?: readonly ExpectedCall[];
}

export interface ExpectedCall {
  readonly id: string;
  readonly name: string;
  readonly args?: Json;
  readonly args_text?: string;
  readonly result?: Json;
  readonly result_text?: string;
  readonly error?: string;
}

/** All transcripts, from the workspace's test data. */
export function transcripts(): readonly Transcript[] {
  const folder = new URL('./', import.meta.resolve('@chatlet/testdata/dialects/openai-chat.json'));
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .flatMap((name): readonly Transcript[] => JSON.parse(readFileSync(new URL(name, folder), 'utf8')));
}

export interface Reading {
  readonly message: Message;
  readonly end: ChatEvent | undefined;
}

/** The message that a body comes to when its bytes arrive in these pieces. */
export function read(pieces: Iterable<Uint8Array>, transcript: Transcript, dialect?: Dialect): Reading {
  if (transcript.http.status >= 400) {
    const body = new TextDecoder().decode(Buffer.concat([...pieces]));
    return toReading([errorFromResponse({...transcript.http, body}).toEvent()]);
  }
  const reader = createReader({dialect, headers: transcript.http.headers});
  const events: ChatEvent[] = [];
  for (const piece of pieces) events.push(...reader.push(piece));
  events.push(...reader.end());
  return toReading(events);
}

function toReading(events: readonly ChatEvent[]): Reading {
  const empty = emptyAnswer({id: 'msg_1', createdAt: '2026-01-01T00:00:00.000Z'});
  return {message: events.reduce(applyEvent, empty), end: events.at(-1)};
}

/** The reading in the words of `expected`, with its keys alone. */
export function summary({message, end}: Reading, {expected}: Transcript): Expected {
  const parts = message.parts;
  const textOfParts = (type: 'text' | 'reasoning'): string =>
    parts.map((part) => (part.type === type ? part.text : '')).join('');
  const all: Required<Expected> = {
    complete: message.status === 'done',
    text: textOfParts('text'),
    text_messages: textOfParts('text').split('\n\n'),
    reasoning: textOfParts('reasoning'),
    finish: finishOf(message, end, expected.finish),
    message_id: message.id,
    usage: usageOf(message, expected.usage),
    error: errorOf(message.error, expected.error),
    sources: parts.flatMap((part) => (part.type === 'source' ? [{url: part.url ?? '', title: part.title}] : [])),
    tool_calls: parts.flatMap((part) => {
      if (part.type !== 'tool') return [];
      const wanted = expected.tool_calls?.find((call) => call.id === part.callId);
      const call: Record<string, unknown> = {id: part.callId, name: part.name};
      for (const key of Object.keys(wanted ?? {})) {
        if (key === 'args' || key === 'args_text') call[key] = part.input;
        if (key === 'result' || key === 'result_text' || key === 'error') call[key] = part.output;
      }
      return [call as unknown as ExpectedCall];
    }),
  };
  const keys = Object.keys(expected).filter((key) => Object.hasOwn(all, key));
  return Object.fromEntries(keys.map((key) => [key, all[key as keyof Expected]])) as unknown as Expected;
}

/** What we call an end where the recording says that nobody knows. */
function finishOf(message: Message, end: ChatEvent | undefined, expected: string | undefined): string {
  if (message.status === 'stopped') return 'abort';
  if (message.status === 'failed') return 'error';
  if (message.status === 'interrupted') return expected === 'error' ? 'error' : 'unknown';
  const reason = end?.type === 'message-end' ? end.reason : 'none';
  return expected === 'unknown' && reason === 'stop' ? 'unknown' : reason;
}

function usageOf(message: Message, expected: Expected['usage']): NonNullable<Expected['usage']> {
  const usage: Record<string, number> = {...expected};
  if (expected?.input !== undefined) usage['input'] = message.usage?.promptTokens ?? -1;
  if (expected?.output !== undefined) usage['output'] = message.usage?.completionTokens ?? -1;
  return usage;
}

/** The recordings hold the sender's codes; ours are checked elsewhere, so here only the words count. */
function errorOf(error: Partial<ErrorEvent> | undefined, expected: Expected['error']): NonNullable<Expected['error']> {
  if (error === undefined) return {};
  return expected?.message === undefined ? {...expected} : {...expected, message: error.message ?? ''};
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
