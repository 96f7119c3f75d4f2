/**
 * Upstreams as they are: one small emulator for each, with the quirks that its documents and public reports tell, in bytes
 * of our own. All of them have the same model. An emulator writes its words in the upstream's form, and refuses what the
 * upstream refuses. Knows no test.
 */
import {type Exchange, type Script, startUpstream} from '../../../server/src/testing/upstream.ts';

/** A call of a tool. */
interface Call {
  readonly name: string;
  readonly input: object;
  /** 1 or 2. */
  readonly round: number;
}

/** The model's words for a request. */
export interface Said {
  readonly thought: string;
  /** The text in pieces; empty if a tool is called. */
  readonly pieces: readonly string[];
  readonly call?: Call;
}

export interface Reply {
  readonly status: number;
  /** JSON, or text as it is. */
  readonly body: object | string;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Body = Readonly<Record<string, unknown>>;

/** The frames of a streamed answer. */
export interface Written {
  readonly frames: readonly string[];
  /** The frames that end it, with the usage. */
  readonly end: string;
}

/** A fact about an upstream, with its source. */
export interface Quirk {
  readonly says: string;
  readonly source: string;
}

export interface Emulator {
  readonly name: string;
  /** The kind of its entry in `upstreams`; undefined if a package of the AI SDK asks it. */
  readonly kind: 'openai' | 'responses' | 'azure' | 'anthropic' | 'gemini' | 'ollama' | undefined;
  /** An address as an operator would write it, and its path. */
  readonly address: string;
  readonly path: string;
  /** The header of its key; undefined if it needs none. */
  readonly keyHeader?: 'authorization' | 'api-key' | 'x-api-key' | 'x-goog-api-key';
  /** The path of a question behind `path`; `/chat/completions` by default. */
  readonly questions?: string | RegExp;
  readonly models: Reply;
  /** The name that people ask for, which its list may write in another way. */
  readonly model: string;
  /** Reads a request for the model; OpenAI's form by default. */
  readonly read?: (body: Body) => Heard;
  readonly write: (said: Said) => Written;
  /** Refuses requests that the model could answer. */
  readonly objectTo?: (body: Body) => Reply | undefined;
  readonly wrongKey?: Reply;
  /** Its answer to a model that it has not; undefined if it answers with the one that it has. */
  readonly noSuchModel?: (name: string) => Reply;
  /** Its answer if it is busy, and the refusal that our caller then gets. */
  readonly busy: Reply & {readonly told: {readonly status: number; readonly retryAfter?: number}};
  readonly quirks: readonly Quirk[];
  /** Whether `GET /v1/models` of our server has the model from the upstream. */
  readonly lists: boolean;
  /** Whether it tells thoughts. */
  readonly thinks: boolean;
  /** Requests until its first answer to the first question: 1 if nothing is refused. */
  readonly asksFirst: number;
  /** An option that it refuses and that only the caller can leave out. */
  readonly refusedOption?: readonly [name: string, value: unknown];
}

/** The parts of a request that the model reads. */
export interface Heard {
  readonly question: string;
  /** Results of tools since the question. */
  readonly results: number;
  readonly hasTools: boolean;
}

export const usage = {prompt_tokens: 11, completion_tokens: 7, total_tokens: 18};
export const emulatedThought = 'Let me see. ';

/** The model's words: a tool for the weather, then one for the time, then the answer. */
function say({question, results, hasTools}: Heard): Said {
  if (/weather/i.test(question) && hasTools) {
    if (results === 0)
      return {thought: emulatedThought, pieces: [], call: {name: 'weather', input: {city: 'Rome'}, round: 1}};
    if (results === 1)
      return {thought: emulatedThought, pieces: [], call: {name: 'clock', input: {zone: 'Europe/Rome'}, round: 2}};
    return {thought: emulatedThought, pieces: ['Sunny ', 'at noon.']};
  }
  return {thought: /think/i.test(question) ? emulatedThought : '', pieces: ['One ', 'two ', '3', '.']};
}

interface SentMessage {
  readonly role?: unknown;
  readonly content?: unknown;
  readonly [field: string]: unknown;
}

/** The fields of a call that emulators look at. */
interface SentCall {
  readonly id: string;
  readonly extra_content?: {readonly google?: {readonly thought_signature?: string}};
}

export function messagesOf(body: Body): readonly SentMessage[] {
  const {messages} = body;
  return Array.isArray(messages) ? messages : [];
}

export function readOpenai(body: Body): Heard {
  const messages = messagesOf(body);
  const at = messages.findLastIndex(({role}) => role === 'user');
  return {
    question: JSON.stringify(messages[at]?.content ?? ''),
    results: messages.slice(at).filter(({role}) => role === 'tool').length,
    hasTools: Array.isArray(body['tools']),
  };
}

export interface RunningEmulator {
  readonly baseUrl: string;
  /** Every question so far. */
  readonly questions: readonly Exchange[];
  close(): Promise<void>;
}

/** The key that an emulator takes. */
export const rightKey = 'key-of-the-operator';

/**
 * Runs an emulator. Questions with certain words get certain answers: `busy` is refused, `for ever` is answered without
 * an end, `weather` calls two tools, `think` thinks.
 */
export async function startEmulator(emulator: Emulator): Promise<RunningEmulator> {
  const upstream = await startUpstream();
  const questions: Exchange[] = [];
  const answer: Script = async (exchange) => {
    upstream.script(answer);
    if (isList(exchange.path)) {
      send(exchange, refuseKey(emulator, exchange) ?? emulator.models);
      return;
    }
    questions.push(exchange);
    const {body = {}} = exchange;
    const heard = (emulator.read ?? readOpenai)(body);
    const refusal =
      refusePath(emulator, exchange) ??
      refuseKey(emulator, exchange) ??
      refuseModel(emulator, exchange) ??
      emulator.objectTo?.(body) ??
      (/busy/.test(heard.question) ? emulator.busy : undefined);
    if (refusal) {
      send(exchange, refusal);
      return;
    }
    const {frames, end} = emulator.write(say(heard));
    const isEndless = /for ever/.test(heard.question);
    for (const piece of frames) await exchange.write(piece);
    if (!isEndless) exchange.end(end);
  };
  upstream.script(answer);
  upstream.models = (exchange) => send(exchange, refuseKey(emulator, exchange) ?? emulator.models);
  return {
    baseUrl: new URL(upstream.baseUrl).origin + emulator.path,
    questions,
    close: () => upstream.close(),
  };
}

function isList(path: string): boolean {
  return /\/models(?:\?|$)/.test(path);
}

function send(exchange: Exchange, {status, body, headers}: Reply): void {
  exchange.start(status, {'content-type': 'application/json', ...headers});
  exchange.end(typeof body === 'string' ? body : JSON.stringify(body));
}

function refusePath({path, questions = '/chat/completions'}: Emulator, exchange: Exchange): Reply | undefined {
  const rest = exchange.path.startsWith(path) ? exchange.path.slice(path.length) : undefined;
  const isRight = typeof questions === 'string' ? rest === questions : rest !== undefined && questions.test(rest);
  return isRight ? undefined : {status: 404, body: `No such path: ${exchange.path}`};
}

function refuseKey({keyHeader, wrongKey}: Emulator, {headers}: Exchange): Reply | undefined {
  if (keyHeader === undefined) return undefined;
  const right = keyHeader === 'authorization' ? `Bearer ${rightKey}` : rightKey;
  return headers[keyHeader] === right ? undefined : wrongKey;
}

function refuseModel({model, noSuchModel}: Emulator, {body, path}: Exchange): Reply | undefined {
  const asked = typeof body?.['model'] === 'string' ? body['model'] : (/models\/([^/:]+):/.exec(path)?.[1] ?? '');
  return asked.replace(/^models\/|:latest$/g, '') === model ? undefined : noSuchModel?.(asked);
}

/** An error as OpenAI writes it. */
export function openaiError(message: string, fields: object = {}): {readonly error: object} {
  return {error: {message, type: 'invalid_request_error', param: null, code: null, ...fields}};
}

export function listOf(...models: readonly object[]): Reply {
  return {status: 200, body: {object: 'list', data: models}};
}

/** A frame of an event stream. */
export function frame(value: object): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}

/** A chunk of OpenAI's. */
export function chunk(delta: object, more: {readonly finish?: string; readonly [field: string]: unknown} = {}): string {
  const {finish = null, ...fields} = more;
  const choices = [{index: 0, delta, logprobs: null, finish_reason: finish}];
  return frame({id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'a', choices, ...fields});
}

/** A chunk without a choice. */
export function loose(fields: object): string {
  return frame({id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'a', choices: [], ...fields});
}

export const mark = 'data: [DONE]\n\n';

/** How an upstream writes each part. Without a form, thoughts are not told, and text is written as OpenAI does. */
interface Forms {
  readonly thought?: (thought: string) => readonly string[];
  readonly call: (call: Call) => readonly string[];
  readonly text?: (piece: string) => string;
}

/** Writes the model's words as frames: the thought, then a call or the pieces of the text. */
export function framesOf(
  {thought, call, pieces}: Said,
  {thought: writeThought, call: writeCall, text = (content) => chunk({content})}: Forms,
): readonly string[] {
  return [
    ...(thought !== '' && writeThought ? writeThought(thought) : []),
    ...(call ? writeCall(call) : []),
    ...pieces.map(text),
  ];
}

/** Whether a system message stands behind another message, which the templates of some models refuse. */
export function hasLateSystem(body: Body): boolean {
  return messagesOf(body).findLastIndex(({role}) => role === 'system') > 0;
}

/** The calls of tools in messages. */
export function callsIn(messages: readonly SentMessage[]): readonly SentCall[] {
  return messages.flatMap(({tool_calls: calls}) => (Array.isArray(calls) ? calls : []));
}

/** A call in one piece, with its id and the upstream's own fields. */
export function wholeCall({name, input}: Call, fields: object): object {
  return {...fields, index: 0, type: 'function', function: {name, arguments: JSON.stringify(input)}};
}

/** The reason of an end. */
export function finishOf({call}: Said): string {
  return call ? 'tool_calls' : 'stop';
}
