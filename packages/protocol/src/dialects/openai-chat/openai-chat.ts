/**
 * OpenAI's chat completion chunks, as OpenAI writes them and as everybody else does: reasoning under three names,
 * errors in three shapes, tool calls that break the rules, ends that never come. Knows no HTTP.
 */
import type {Decoder, Dialect, EncodeContext, Encoder} from '../../dialect.ts';
import type {ErrorCode} from '../../error-codes.ts';
import type {ChatEvent, EndReason, SourceEvent, UsageEvent} from '../../event.ts';
import {errorOfFrame, findError, toErrorEvent} from '../../foreign-error.ts';
import {doneMark, sseDecoder} from '../../framing.ts';
import type {SseFrame} from '../../framing.ts';
import {asJson, asNumber, asString, isObject, parseJson} from '../../json.ts';
import type {Json, UncheckedObject} from '../../json.ts';
import {repeatedChunk} from './repeated-chunk.ts';
import {thinkTags} from '../think-tags.ts';
import {inputTextOf, toolInput} from '../tool-input.ts';

export const openaiChat: Dialect = {
  name: 'openai-chat',
  contentType: 'text/event-stream; charset=utf-8',
  decoder: openaiChatDecoder,
  encoder: openaiChatEncoder,
};

interface Call {
  id: string;
  name: string;
  /** Pieces of JSON text, or the value itself where somebody sends it whole. */
  input: string | Json;
}

export function openaiChatDecoder(): Decoder {
  const answer = openaiAnswer();
  const repeated = repeatedChunk('content', wordsIn);
  return sseDecoder({
    read(frame: SseFrame, out) {
      const words = frame.event === undefined ? repeated.wordsOf(frame.data) : undefined;
      if (words !== undefined) {
        answer.say(words, out);
        return;
      }
      if (frame.data === doneMark) {
        answer.end(out, 'marked');
        return;
      }
      if (frame.event === 'error') {
        answer.fail(toErrorEvent(errorOfFrame(frame.data)), out);
        return;
      }
      // A frame that is not JSON is skipped: losing it costs a word, ending here would cost the answer.
      const chunk = parseJson(frame.data);
      if (!isObject(chunk)) return;
      answer.take(chunk, out);
      const plain = wordsIn(chunk);
      if (plain !== undefined) repeated.learn(frame.data, plain);
    },
    end(out) {
      answer.end(out, 'unmarked');
    },
  });
}

/** Fields of a chunk and of its delta that say something besides the words. */
const speakingFields = ['error', 'usage', 'x_groq', 'citations', 'search_results'];
const speakingDeltas = [
  'reasoning_content',
  'reasoning',
  'reasoning_details',
  'refusal',
  'tool_calls',
  'function_call',
  'annotations',
];

/** The words of a chunk that says nothing but words: what `take` would make of it is one text and no more. */
function wordsIn(chunk: unknown): string | undefined {
  if (!isObject(chunk) || chunk['object'] === 'error') return undefined;
  if (speakingFields.some((field) => chunk[field] != null)) return undefined;
  const {choices} = chunk;
  const choice: unknown = Array.isArray(choices) && choices.length === 1 ? choices[0] : undefined;
  if (!isObject(choice) || (choice['index'] ?? 0) !== 0 || choice['finish_reason'] != null) return undefined;
  const {delta} = choice;
  if (!isObject(delta) || speakingDeltas.some((field) => delta[field] != null)) return undefined;
  return asString(delta['content']);
}

/** Reads chunks and whole completions alike. */
export interface OpenaiAnswer {
  /** A piece of text, possibly empty. */
  say(text: string, out: ChatEvent[]): void;
  take(chunk: UncheckedObject, out: ChatEvent[]): void;
  fail(error: ChatEvent, out: ChatEvent[]): void;
  /** `marked` when the sender said that this is all; else only a finish reason makes it complete. */
  end(out: ChatEvent[], how: 'marked' | 'unmarked'): void;
}

export function openaiAnswer(): OpenaiAnswer {
  const tags = thinkTags();
  const calls: Call[] = [];
  // Made when first needed: most answers hold no more than words, and a server reads thousands at once.
  let callAt: Map<number, Call> | undefined;
  // Addresses without a title wait, because a later annotation may know the title.
  let bareSources: Map<string, SourceEvent> | undefined;
  let sources: Set<string> | undefined;
  let usage: UsageEvent | undefined;
  let reason: EndReason | undefined;
  let highSurrogate = '';

  const text = (delta: string, out: ChatEvent[]): void => {
    let whole = delta;
    if (highSurrogate !== '') {
      whole = highSurrogate + delta;
      highSurrogate = '';
    }
    // Half of a character at the end waits for its other half, so that no reader sees a broken one.
    if ((whole.charCodeAt(whole.length - 1) & 0xfc00) === 0xd800) {
      highSurrogate = whole.slice(-1);
      whole = whole.slice(0, -1);
    }
    if (whole === '') return;
    if (tags.isPlain()) out.push({type: 'text-delta', delta: whole});
    else tags.push(whole, out);
  };

  const parts = (content: readonly unknown[], out: ChatEvent[]): void => {
    for (const part of content) {
      if (!isObject(part)) continue;
      const thinking = textOfThinking(part);
      if (thinking !== '') {
        flush(out);
        out.push({type: 'reasoning-delta', delta: thinking});
      } else if (typeof part['text'] === 'string') {
        text(part['text'], out);
      }
    }
  };

  const delta = (delta: UncheckedObject, out: ChatEvent[]): void => {
    const reasoning = reasoningOf(delta);
    if (reasoning !== '') {
      // Thinking that has a field of its own has no tags.
      flush(out);
      out.push({type: 'reasoning-delta', delta: reasoning});
    }
    const {content} = delta;
    if (typeof content === 'string') {
      if (content !== '') text(content, out);
    } else if (Array.isArray(content)) {
      parts(content, out);
    }
    if (typeof delta['refusal'] === 'string' && delta['refusal'] !== '') text(delta['refusal'], out);
    if (Array.isArray(delta['tool_calls'])) for (const piece of delta['tool_calls']) call(piece);
    if (isObject(delta['function_call'])) call({index: 0, function: delta['function_call']});
    if (Array.isArray(delta['annotations'])) for (const note of delta['annotations']) annotation(note, out);
  };

  /**
   * A piece belongs to the call at its index, but a new id there begins a new call: Ollama numbers all of its
   * calls 0. Without an index a piece with an id begins a call, one without continues the last.
   */
  const call = (piece: unknown): void => {
    if (!isObject(piece)) return;
    const index = asNumber(piece['index']);
    const id = asString(piece['id']) ?? '';
    let current = index === undefined ? calls.at(-1) : callAt?.get(index);
    if (current === undefined || (id !== '' && current.id !== '' && id !== current.id)) {
      if (calls.length >= mostCalls) return;
      current = {id, name: '', input: ''};
      calls.push(current);
    }
    if (index !== undefined) (callAt ??= new Map()).set(index, current);
    if (id !== '') current.id = id;
    const said = isObject(piece['function']) ? piece['function'] : {};
    if (typeof said['name'] === 'string' && said['name'] !== '') current.name = said['name'];
    const input = said['arguments'];
    if (typeof input === 'string') current.input = typeof current.input === 'string' ? current.input + input : input;
    // Some send the value itself where its text belongs.
    else if (isObject(input) || Array.isArray(input)) current.input = asJson(input);
  };

  const annotation = (note: unknown, out: ChatEvent[]): void => {
    if (!isObject(note)) return;
    const citation = isObject(note['url_citation']) ? note['url_citation'] : note;
    const url = asString(citation['url']);
    sources ??= new Set();
    if (url === undefined || sources.has(url)) return;
    sources.add(url);
    flush(out);
    const quote = asString(citation['content']);
    out.push({type: 'source', id: url, title: asString(citation['title']) || url, url, ...(quote ? {quote} : {})});
  };

  const citations = (chunk: UncheckedObject): void => {
    const {citations, search_results: results} = chunk;
    bareSources ??= new Map();
    if (Array.isArray(results)) {
      for (const result of results) {
        const url = isObject(result) ? asString(result['url']) : undefined;
        if (url !== undefined && isObject(result)) {
          bareSources.set(url, {type: 'source', id: url, title: asString(result['title']) || url, url});
        }
      }
    }
    if (Array.isArray(citations)) {
      for (const url of citations) {
        if (typeof url === 'string' && !bareSources.has(url)) {
          bareSources.set(url, {type: 'source', id: url, title: url, url});
        }
      }
    }
  };

  const flush = (out: ChatEvent[]): void => {
    if (highSurrogate !== '') {
      const rest = highSurrogate;
      highSurrogate = '';
      tags.push(rest, out);
    }
    tags.flush(out);
  };

  const fail = (error: ChatEvent, out: ChatEvent[]): void => {
    flush(out);
    if (usage !== undefined) out.push(usage);
    out.push(error);
  };

  return {
    say: text,
    take(chunk, out) {
      const {choices} = chunk;
      if (chunk['error'] != null || chunk['object'] === 'error') {
        const error = findError(chunk);
        if (error !== undefined) {
          fail(toErrorEvent(error), out);
          return;
        }
      }
      if (Array.isArray(choices)) {
        for (const choice of choices) {
          // Only the first of several answers is shown; mixing them would make neither readable.
          if (!isObject(choice) || (typeof choice['index'] === 'number' && choice['index'] !== 0)) continue;
          const said = choice['delta'] ?? choice['message'];
          if (isObject(said)) delta(said, out);
          else if (typeof choice['text'] === 'string') text(choice['text'], out);
          const finish = choice['finish_reason'];
          if (typeof finish !== 'string' || finish === '') continue;
          if (failures.has(finish)) {
            fail(toErrorEvent({message: undefined, words: ['unavailable']}), out);
            return;
          }
          reason = endReasons[finish] ?? 'stop';
        }
      }
      usage = usageOf(chunk) ?? usage;
      if (chunk['citations'] != null || chunk['search_results'] != null) citations(chunk);
    },
    fail,
    end(out, how) {
      flush(out);
      const complete = how === 'marked' || reason !== undefined;
      if (complete) {
        for (const [index, {id, name, input}] of calls.entries()) {
          const callId = id === '' ? `call_${index + 1}` : id;
          out.push({type: 'tool-call', callId, name, ...toolInput(input)});
        }
        for (const source of bareSources?.values() ?? []) if (!sources?.has(source.id)) out.push(source);
      }
      if (usage !== undefined) out.push(usage);
      if (!complete) return;
      // Some answer with tool calls and say "stop".
      const natural = reason ?? 'stop';
      out.push({type: 'message-end', reason: natural === 'stop' && calls.length > 0 ? 'tool-calls' : natural});
    },
  };
}

/** More calls than this in one answer are somebody's attempt to fill our memory. */
const mostCalls = 512;

const endReasons: Readonly<Record<string, EndReason>> = {
  stop: 'stop',
  length: 'length',
  tool_calls: 'tool-calls',
  function_call: 'tool-calls',
  content_filter: 'content-filter',
};

/** Finish reasons that say that the answer did not finish. */
const failures: ReadonlySet<string> = new Set(['error', 'insufficient_system_resource']);

/** One field only, since some send the same words under two names. */
function reasoningOf(delta: UncheckedObject): string {
  const content = delta['reasoning_content'];
  if (typeof content === 'string' && content !== '') return content;
  const {reasoning} = delta;
  if (typeof reasoning === 'string' && reasoning !== '') return reasoning;
  const details = delta['reasoning_details'];
  if (!Array.isArray(details)) return '';
  let text = '';
  for (const detail of details) {
    if (isObject(detail)) text += asString(detail['text']) ?? asString(detail['summary']) ?? '';
  }
  return text;
}

/** Mistral's `{type: 'thinking', thinking: [{type: 'text', text}]}`. */
function textOfThinking(part: UncheckedObject): string {
  if (part['type'] !== 'thinking') return '';
  const {thinking} = part;
  if (typeof thinking === 'string') return thinking;
  if (!Array.isArray(thinking)) return '';
  let text = '';
  for (const piece of thinking) if (isObject(piece)) text += asString(piece['text']) ?? '';
  return text;
}

/** OpenAI's `usage`, which Groq hides in `x_groq`. */
export function usageOf(chunk: UncheckedObject): UsageEvent | undefined {
  let {usage} = chunk;
  if (usage == null) {
    const groq = chunk['x_groq'];
    if (!isObject(groq)) return undefined;
    usage = groq['usage'];
  }
  if (!isObject(usage)) return undefined;
  const promptTokens = asNumber(usage['prompt_tokens']);
  const completionTokens = asNumber(usage['completion_tokens']);
  if (promptTokens === undefined && completionTokens === undefined) return undefined;
  return {type: 'usage', promptTokens: promptTokens ?? 0, completionTokens: completionTokens ?? 0};
}

/** OpenAI's words for our reasons. A stopped answer ends there as any other. */
export const openaiFinishReasons: Readonly<Record<EndReason, string>> = {
  stop: 'stop',
  length: 'length',
  'tool-calls': 'tool_calls',
  'content-filter': 'content_filter',
  stopped: 'stop',
};

/** OpenAI's `type` and `code` for our codes; for events in a stream as for bodies of errors. */
export function openaiErrorWords(code: ErrorCode): {readonly type: string; readonly code: string} {
  switch (code) {
    case 'unauthenticated':
      return {type: 'authentication_error', code: 'authentication_error'};
    case 'forbidden':
      return {type: 'permission_error', code: 'permission_denied'};
    case 'rate-limited':
      return {type: 'rate_limit_error', code: 'rate_limit_exceeded'};
    case 'plan-limit':
      return {type: 'invalid_request_error', code: 'plan_limit_exceeded'};
    case 'context-too-long':
      return {type: 'invalid_request_error', code: 'context_length_exceeded'};
    case 'model-not-found':
      return {type: 'invalid_request_error', code: 'model_not_found'};
    case 'not-found':
      return {type: 'invalid_request_error', code: 'not_found'};
    case 'method-not-allowed':
      return {type: 'invalid_request_error', code: 'method_not_allowed'};
    case 'conflict':
      return {type: 'invalid_request_error', code: 'conflict'};
    case 'too-large':
      return {type: 'invalid_request_error', code: 'request_too_large'};
    case 'unsupported-media-type':
      return {type: 'invalid_request_error', code: 'unsupported_media_type'};
    case 'invalid-request':
      return {type: 'invalid_request_error', code: 'invalid_request'};
    case 'provider-error':
    case 'unreadable':
      return {type: 'server_error', code: 'provider_error'};
    case 'provider-unavailable':
    case 'network':
      return {type: 'server_error', code: 'provider_unavailable'};
    case 'provider-timeout':
      return {type: 'server_error', code: 'timeout'};
    case 'interrupted':
      return {type: 'server_error', code: 'interrupted'};
    case 'shutting-down':
      return {type: 'server_error', code: 'service_unavailable'};
    case 'internal':
      return {type: 'server_error', code: 'server_error'};
    default:
      code satisfies never;
      return {type: 'server_error', code: 'server_error'};
  }
}

function openaiChatEncoder(context: EncodeContext): Encoder {
  const {id, model, created, includeUsage = false, choice = 0, closingFields} = context;
  const usageNull = includeUsage ? ',"usage":null' : '';
  const head = `data: {"id":${JSON.stringify(id)},"object":"chat.completion.chunk","created":${created},"model":${JSON.stringify(model)},"choices":[`;
  // Every delta holds a `content` string: there are readers that fall over a chunk without one.
  const beforeDelta = `${head}{"index":${choice},"delta":`;
  const afterDelta = `,"logprobs":null,"finish_reason":null}]${usageNull}}\n\n`;
  const beforeText = `${beforeDelta}{"content":`;
  const afterText = `}${afterDelta}`;

  let started = false;
  let failed = false;
  let calls = 0;
  let usage: UsageEvent | undefined;

  const other = (delta: Json): string => beforeDelta + JSON.stringify(delta) + afterDelta;
  const encodeOne = (event: ChatEvent): string => {
    switch (event.type) {
      case 'text-delta':
        return beforeText + JSON.stringify(event.delta) + afterText;
      case 'reasoning-delta':
        return other({content: '', reasoning_content: event.delta});
      case 'tool-call': {
        const {callId, name} = event;
        const index = calls;
        calls += 1;
        return other({
          content: '',
          tool_calls: [{index, id: callId, type: 'function', function: {name, arguments: inputTextOf(event)}}],
        });
      }
      case 'source': {
        const {url, title, quote} = event;
        if (url === undefined) return '';
        const citation = {url, title, start_index: 0, end_index: 0, ...(quote === undefined ? {} : {content: quote})};
        return other({content: '', annotations: [{type: 'url_citation', url_citation: citation}]});
      }
      case 'usage':
        usage = event;
        return '';
      case 'message-end': {
        const finish = `${beforeText}""},"logprobs":null,"finish_reason":"${openaiFinishReasons[event.reason]}"}]${usageNull}`;
        if (!includeUsage || usage === undefined) return `${finish}${closing()}}\n\n`;
        return `${finish}}\n\n${encodeUsage(usage)}`;
      }
      case 'error': {
        failed = true;
        const {type, code} = openaiErrorWords(event.code);
        const error = {message: event.message, type, param: null, code};
        return `data: ${JSON.stringify({error})}\n\n`;
      }
      case 'message-start':
      case 'tool-result':
        return '';
      default:
        event satisfies never;
        return '';
    }
  };
  const encodeUsage = ({promptTokens, completionTokens}: UsageEvent): string => {
    const total = promptTokens + completionTokens;
    return `${head}],"usage":{"prompt_tokens":${promptTokens},"completion_tokens":${completionTokens},"total_tokens":${total}}${closing()}}\n\n`;
  };
  const closing = (): string => {
    const fields = closingFields ? JSON.stringify(closingFields()).slice(1, -1) : '';
    return fields === '' ? '' : `,${fields}`;
  };

  return {
    encode(events) {
      let text = '';
      for (const event of events) {
        if (!started && event.type !== 'error' && event.type !== 'usage') {
          started = true;
          text += other({role: 'assistant', content: '', refusal: null});
        }
        text += encodeOne(event);
      }
      return text;
    },
    // What failed is not done: readers that know only the mark must not take it for complete.
    end: () => (failed ? '' : `data: ${doneMark}\n\n`),
  };
}
