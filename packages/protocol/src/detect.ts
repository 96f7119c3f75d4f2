/**
 * Detects the dialect of a response: by its headers, else by its first event. Reads no more than that, and never
 * changes its mind. Knows no HTTP but headers.
 */
import type {DialectName} from './dialects.ts';
import {findError} from './foreign-error.ts';
import {doneMark, sseDecoder} from './framing.ts';
import type {SseFrame} from './frames.ts';
import {headerOf, isOwnStream} from './headers.ts';
import type {HeadersLike} from './headers.ts';
import {asText, isObject, parseJson} from './json.ts';
import type {UncheckedObject} from './json.ts';

/**
 * A detected body: a dialect, or
 * - `error`: its first event is an error, in any shape
 * - `html`: a web page, which is never an answer
 */
export type Detected = DialectName | 'error' | 'html';

/** How a body is framed. */
type Form = 'sse' | 'lines' | 'document' | 'text';

/** The dialect of a body, and its framing. `set`: the caller has set the dialect. No name: the dialect is unknown. */
export interface Finding {
  readonly name: Detected | 'set' | undefined;
  readonly form: Form;
}

/** Detects the dialect of a body or of its beginning. Returns undefined if it is unknown. */
export function detectDialect(body: string, headers?: HeadersLike): Detected | undefined {
  const search = sniffer(headers);
  const {name} = search.push(body) ?? search.end();
  return name === 'set' ? undefined : name;
}

/** After this many unknown events the rest is not read. */
const mostUnknownEvents = 16;
export const unknownBody: Finding = {name: undefined, form: 'text'};

/** Reads the beginning of a body to detect its dialect. */
export interface Sniffer {
  /** Returns the finding as soon as there is one. Not called again after that. */
  push(text: string): Finding | undefined;
  /** Returns the finding for a body that ends here. */
  end(): Finding;
}

/** Detects a body by its headers or its first event. */
export function sniffer(headers: HeadersLike | undefined): Sniffer {
  const contentType = (headerOf(headers, 'content-type') ?? '').toLowerCase();
  const named = detectByHeaders(headers, contentType);
  let beginning = '';
  let frames: FrameSearch | undefined;

  const search = (isAll: boolean): Finding | undefined => {
    if (named !== undefined) return named;
    if (frames !== undefined) return undefined;
    const first = firstCharacter(beginning);
    if (first === '') return isAll ? {name: undefined, form: 'document'} : undefined;
    if (first === '{') return findInJson(beginning, isAll);
    if (first === '[') return isAll ? findInJson(beginning, true) : undefined;
    const start = beginning.slice(beginning.indexOf(first));
    if (!isAll && start.length < 8 && !start.includes('\n')) return undefined;
    if (first === '<' && /^<(?:!doctype|html|head|body|\?xml)/i.test(start)) return {name: 'html', form: 'text'};
    if (contentType.startsWith('text/event-stream') || /^(?:data|event|id|retry|error)(?:[:\n\r]|$)|^:/.test(start)) {
      frames = frameSearch();
      return frames.push(beginning) ?? (isAll ? frames.end() : undefined);
    }
    if (/^[0-9a-k]:["{[]/.test(start)) return {name: 'ai-sdk-data-stream-v4', form: 'lines'};
    return contentType.startsWith('text/plain') ? {name: 'text-stream', form: 'text'} : unknownBody;
  };
  return {
    push(text) {
      if (frames !== undefined) return frames.push(text);
      // A JSON document is not parsed again before the next line end.
      const first = beginning === '' ? '' : firstCharacter(beginning);
      beginning += text;
      if ((first === '{' || first === '[') && !text.includes('\n')) return undefined;
      return search(false);
    },
    end: () => (frames === undefined ? search(true) : frames.end()) ?? unknownBody,
  };
}

function detectByHeaders(headers: HeadersLike | undefined, contentType: string): Finding | undefined {
  if (isOwnStream(headers)) return {name: 'chatlet', form: 'sse'};
  if (headerOf(headers, 'x-vercel-ai-ui-message-stream') !== undefined) return {name: 'ui-message-stream', form: 'sse'};
  if (headerOf(headers, 'x-vercel-ai-data-stream') !== undefined) return {name: 'ai-sdk-data-stream-v4', form: 'lines'};
  if (contentType.startsWith('text/html')) return {name: 'html', form: 'text'};
  return undefined;
}

/** Trusts the dialect that the caller has set, unless the body is a JSON document or a web page. */
export function trustingSniffer(): Sniffer {
  let beginning = '';
  const find = (): Finding | undefined => {
    const first = firstCharacter(beginning);
    if (first === '') return undefined;
    if (first === '<') return {name: 'html', form: 'text'};
    if (first === '{')
      return beginsWithChunk(beginning) ? {name: 'set', form: 'sse'} : {name: undefined, form: 'document'};
    return first === '[' ? {name: undefined, form: 'document'} : {name: 'set', form: 'sse'};
  };
  return {
    push(text) {
      beginning += text;
      // The first line of a body of JSON says whether there is more than one document.
      return text.includes('\n') || firstCharacter(beginning) !== '{' ? find() : undefined;
    },
    end: () => find() ?? {name: 'set', form: 'sse'},
  };
}

/** The first character that is no white space and no byte-order mark; empty if there is none yet. */
function firstCharacter(text: string): string {
  return /[^\s\uFEFF]/.exec(text)?.[0] ?? '';
}

/** Detects a body that begins with a brace: lines of JSON if the first line is one of them, else one document. */
function findInJson(beginning: string, isAll: boolean): Finding | undefined {
  const text = beginning.replace(/^[\s\uFEFF]+/, '');
  const end = text.indexOf('\n');
  if (end === -1 && !isAll) return undefined;
  const line = parseJson(end === -1 ? text : text.slice(0, end));
  const lineName = isObject(line) ? detectByEvent(line) : undefined;
  if (lineName === 'ollama' || lineName === 'n8n') return {name: lineName, form: 'lines'};
  if (beginsWithChunk(text)) return {name: 'openai-chat', form: 'sse'};
  if (!isAll) return {name: lineName, form: 'document'};
  const value = parseJson(text);
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return {name: isObject(first) ? detectByEvent(first) : lineName, form: 'document'};
}

/** Whether the first line is a chunk of OpenAI's, in a body that holds chunks in lines, without `data:`. */
function beginsWithChunk(text: string): boolean {
  const [line = '', ...others] = text.trimStart().split('\n', 2);
  const chunk = others.length > 0 ? parseJson(line) : undefined;
  const {object, choices} = isObject(chunk) ? chunk : {};
  const choice: unknown = Array.isArray(choices) ? choices[0] : undefined;
  return object === 'chat.completion.chunk' || (isObject(choice) && isObject(choice['delta']));
}

interface FrameSearch {
  push(text: string): Finding | undefined;
  end(): Finding | undefined;
}

/** Reads server-sent events until one has a known dialect. */
function frameSearch(): FrameSearch {
  let finding: Finding | undefined;
  let seen = 0;
  const decoder = sseDecoder({
    read(frame) {
      if (finding !== undefined) return;
      const isDone = frame.data === doneMark;
      // An end mark alone is an empty answer, nearly always of an OpenAI-compatible server. After unknown events it is not.
      const name = isDone && seen === 0 ? 'openai-chat' : detectByFrame(frame);
      seen += 1;
      if (name !== undefined) finding = {name, form: 'sse'};
      else if (isDone || seen >= mostUnknownEvents) finding = unknownBody;
    },
  });
  return {
    push(text) {
      decoder.push(text);
      return finding;
    },
    end() {
      decoder.end();
      return finding;
    },
  };
}

/** Detects the dialect of one server-sent event. */
export function detectByFrame(frame: SseFrame): Detected | undefined {
  if (frame.event === 'error') return 'error';
  if (frame.event === 'metadata' || frame.event?.startsWith('messages') === true) return 'langgraph';
  const value = parseJson(frame.data);
  return isObject(value) ? detectByEvent(value) : undefined;
}

const uiTypes =
  /^(?:start|start-step|finish-step|text-(?:start|delta|end)|reasoning-(?:start|delta|end)|tool-(?:input|output|approval)-[\w-]+|data-.+|message-metadata|source-url|source-document|file|abort|finish)$/;

/** Detects the dialect of an event or a line by its fields. The order matters: the first match wins. */
function detectByEvent(event: UncheckedObject): Detected | undefined {
  if (findError(event) !== undefined || event['type'] === 'RUN_ERROR') return 'error';
  const {object, type} = event;
  if ((typeof object === 'string' && object.startsWith('chat.completion')) || Array.isArray(event['choices'])) {
    return 'openai-chat';
  }
  if (typeof type === 'string') return detectByType(type, event);
  if ('candidates' in event || 'promptFeedback' in event || 'usageMetadata' in event) return 'gemini';
  if (typeof event['done'] === 'boolean' && ('message' in event || 'response' in event)) return 'ollama';
  if (typeof event['event'] === 'string') {
    if ('answer' in event || 'task_id' in event) return 'dify';
    if ('data' in event) return 'flowise';
  }
  const {token} = event;
  if (isObject(token) && asText(token['text']) !== '') return 'hf-tgi';
  if (asText(event['content']) !== '' || event['content'] === '') return 'content-delta';
  if ('text' in event || 'html' in event || 'files' in event) return 'deep-chat';
  return undefined;
}

function detectByType(type: string, event: UncheckedObject): Detected | undefined {
  if (type.startsWith('response.')) return 'openai-responses';
  if (/^(?:message_start|message_delta|message_stop|content_block_\w+|ping)$/.test(type)) return 'anthropic';
  if (/^[A-Z]+(?:_[A-Z]+)*$/.test(type)) return 'ag-ui';
  if (/^(?:thread\.|stream_options$|progress_update$|notice$|client_effect$)/.test(type)) return 'chatkit';
  if (/^(?:part-start|step-start|message-finish)$/.test(type) || 'path' in event) return 'assistant-transport';
  if (isOurs(type, event)) return 'chatlet';
  if (type === 'message-start' || type === 'content-start') return 'cohere';
  if ('textDelta' in event || 'args' in event || 'result' in event) return 'typed-events';
  // A finish as the first event is an empty answer: of typed events if it has a reason, else of the AI SDK.
  if (type === 'finish' && 'finishReason' in event) return 'typed-events';
  if (uiTypes.test(type)) return 'ui-message-stream';
  if (type === 'begin' || type === 'item' || type === 'end') return 'n8n';
  if (type === 'message' && Array.isArray(event['content'])) return 'anthropic';
  return undefined;
}

/** Recognises our own events by their fields, in case a proxy has removed the header. */
function isOurs(type: string, event: UncheckedObject): boolean {
  switch (type) {
    case 'message-start':
      return typeof event['messageId'] === 'string';
    case 'text-delta':
    case 'reasoning-delta':
      return typeof event['delta'] === 'string' && !('id' in event);
    case 'tool-call':
    case 'tool-result':
      return typeof event['callId'] === 'string';
    case 'source':
      return typeof event['id'] === 'string' && !('sourceType' in event);
    case 'usage':
      return typeof event['promptTokens'] === 'number';
    case 'message-end':
      return typeof event['reason'] === 'string';
    default:
      return false;
  }
}
