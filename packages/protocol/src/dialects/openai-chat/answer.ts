/** Puts one answer together from OpenAI's chunks, or from a whole completion. Knows no framing. */
import type {ChatEvent, EndReason, SourceEvent, UsageEvent} from '../../event.ts';
import {findError, toErrorEvent} from '../../foreign-error.ts';
import {asJson, asNumber, asString, isObject} from '../../json.ts';
import type {Json, UncheckedObject} from '../../json.ts';
import {thinkTags} from '../think-tags.ts';
import {toolInput} from '../tool-input.ts';

/** Reads chunks and whole completions alike. */
export interface OpenaiAnswer {
  /** A piece of text, possibly empty. */
  say(text: string, out: ChatEvent[]): void;
  take(chunk: UncheckedObject, out: ChatEvent[]): void;
  fail(error: ChatEvent, out: ChatEvent[]): void;
  /** `marked` when the sender said that this is all; else only a finish reason makes it complete. */
  end(out: ChatEvent[], how: 'marked' | 'unmarked'): void;
}

interface Call {
  id: string;
  name: string;
  /** Pieces of JSON text, or the value itself where somebody sends it whole. */
  input: string | Json;
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
function usageOf(chunk: UncheckedObject): UsageEvent | undefined {
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
