/** Writes events as Anthropic's messages: one block after the other, each with its index. */
import type {EncodeContext, Encoder} from '../dialect.ts';
import type {ErrorCode} from '../error-codes.ts';
import type {EndReason, ProviderMetadata, SourceEvent, UsageEvent} from '../event.ts';
import {parseJson} from '../json.ts';
import type {JsonObject} from '../json.ts';
import type {Usage} from '../message.ts';
import {placedCitations} from './placed-citations.ts';
import type {PlacedEvent} from './placed-citations.ts';
import {readProviderMetadata} from './provider-metadata.ts';
import {inputTextOf} from './tool-input.ts';

/** Anthropic's names for our end reasons. It has none for a stopped answer, so that is `end_turn`. */
export const anthropicStopReasons: Readonly<Record<EndReason, string>> = {
  stop: 'end_turn',
  length: 'max_tokens',
  'tool-calls': 'tool_use',
  'content-filter': 'refusal',
  stopped: 'end_turn',
};

/** Anthropic's `type` for our errors, in events of a stream and in bodies of errors. */
export function anthropicErrorType(code: ErrorCode): string {
  switch (code) {
    case 'unauthenticated':
      return 'authentication_error';
    case 'forbidden':
    case 'quota-exceeded':
      return 'permission_error';
    case 'rate-limited':
      return 'rate_limit_error';
    case 'not-found':
    case 'model-not-found':
      return 'not_found_error';
    case 'too-large':
      return 'request_too_large';
    case 'provider-timeout':
      return 'timeout_error';
    case 'provider-unavailable':
    case 'storage-unavailable':
    case 'shutting-down':
      return 'overloaded_error';
    case 'plan-limit':
    case 'content-refused':
    case 'context-too-long':
    case 'method-not-allowed':
    case 'conflict':
    case 'unsupported-media-type':
    case 'invalid-request':
      return 'invalid_request_error';
    case 'provider-error':
    case 'unreadable':
    case 'network':
    case 'interrupted':
    case 'internal':
      return 'api_error';
    default:
      code satisfies never;
      return 'api_error';
  }
}

/** Usage in Anthropic's names, which count the tokens from the cache and into it apart from the others. */
export function anthropicUsage({promptTokens, completionTokens, cachedTokens, cacheWriteTokens}: Usage): JsonObject {
  return {
    input_tokens: Math.max(0, promptTokens - (cachedTokens ?? 0) - (cacheWriteTokens ?? 0)),
    output_tokens: completionTokens,
    ...(cachedTokens === undefined ? {} : {cache_read_input_tokens: cachedTokens}),
    ...(cacheWriteTokens === undefined ? {} : {cache_creation_input_tokens: cacheWriteTokens}),
  };
}

/** Begins a signature that holds metadata of another kind of upstream. */
const foreignMark = 'chatlet:';

/** The signature of a thought, which clients send back with it. */
export function anthropicSignature(metadata: ProviderMetadata): string {
  const signature = metadata['anthropic']?.['signature'];
  return typeof signature === 'string' ? signature : foreignMark + JSON.stringify(metadata);
}

/** The metadata in a signature. Undefined if it is empty or not valid. */
export function readAnthropicSignature(signature: string): ProviderMetadata | undefined {
  if (signature === '') return undefined;
  if (!signature.startsWith(foreignMark)) return {anthropic: {signature}};
  return readProviderMetadata(parseJson(signature.slice(foreignMark.length)));
}

/** A source as a citation: of a search result if it has an address, else of a document. */
export function anthropicCitation({title, url, quote = ''}: Omit<SourceEvent, 'type' | 'id'>): JsonObject {
  return url === undefined
    ? {
        type: 'char_location',
        cited_text: quote,
        document_index: 0,
        document_title: title,
        start_char_index: 0,
        end_char_index: 0,
        file_id: null,
      }
    : {type: 'web_search_result_location', cited_text: quote, encrypted_index: '', title, url};
}

export function anthropicEncoder({id, model, promptTokens = 0, omitsReasoning = false}: EncodeContext): Encoder {
  let started = false;
  let failed = false;
  let open: 'text' | 'thinking' | undefined;
  /** Whether the open block has marks, which are about all of its text. */
  let isCited = false;
  /** The index of the open block, or of the next one. */
  let index = 0;
  let usage: UsageEvent = {type: 'usage', promptTokens, completionTokens: 0};

  const write = (type: string, fields: JsonObject): string =>
    `event: ${type}\ndata: ${JSON.stringify({type, ...fields})}\n\n`;
  const begin = (block: JsonObject): string => write('content_block_start', {index, content_block: block});
  const close = (): string => {
    if (open === undefined) return '';
    open = undefined;
    isCited = false;
    const text = write('content_block_stop', {index});
    index += 1;
    return text;
  };
  const openBlock = (kind: 'text' | 'thinking'): string => {
    if (open === kind && !isCited) return '';
    const before = close();
    open = kind;
    return before + begin(kind === 'text' ? {type: kind, text: ''} : {type: kind, thinking: '', signature: ''});
  };
  const writeDelta = (delta: JsonObject): string => write('content_block_delta', {index, delta});

  const encodeMetadata = (metadata: ProviderMetadata): string => {
    const data = metadata['anthropic']?.['data'];
    const signature = anthropicSignature(metadata);
    if (data === undefined) return openBlock('thinking') + writeDelta({type: 'signature_delta', signature}) + close();
    const before = close();
    open = 'thinking';
    return before + begin({type: 'redacted_thinking', data}) + close();
  };

  const start = (): string => {
    started = true;
    const message = {
      id,
      type: 'message',
      role: 'assistant',
      model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
    };
    // Mostly an estimate. The figures of `message_delta` replace it.
    return write('message_start', {message: {...message, usage: anthropicUsage(usage)}});
  };
  const encodeOne = (event: PlacedEvent): string => {
    switch (event.type) {
      case 'text-delta':
        return `${openBlock('text')}event: content_block_delta\ndata: {"type":"content_block_delta","index":${index},"delta":{"type":"text_delta","text":${JSON.stringify(event.delta)}}}\n\n`;
      case 'reasoning-delta':
        if (omitsReasoning) return '';
        return openBlock('thinking') + writeDelta({type: 'thinking_delta', thinking: event.delta});
      case 'reasoning-metadata':
        return omitsReasoning ? '' : encodeMetadata(event.providerMetadata);
      case 'text-reset':
        // No reader can take text back, so the new text begins a paragraph.
        return openBlock('text') + writeDelta({type: 'text_delta', text: '\n\n'});
      case 'tool-call': {
        const before = close();
        const beginning = begin({type: 'tool_use', id: event.callId, name: event.name, input: {}});
        const input = writeDelta({type: 'input_json_delta', partial_json: inputTextOf(event)});
        const stop = write('content_block_stop', {index});
        index += 1;
        return before + beginning + input + stop;
      }
      case 'source':
        return openBlock('text') + writeDelta({type: 'citations_delta', citation: anthropicCitation(event)});
      case 'placed-citation': {
        const {source, quote} = event;
        if (open !== 'text') return '';
        isCited = true;
        return writeDelta({type: 'citations_delta', citation: anthropicCitation({...source, quote})});
      }
      case 'usage':
        usage = event;
        return '';
      case 'message-end': {
        const delta = {stop_reason: anthropicStopReasons[event.reason], stop_sequence: null};
        return close() + write('message_delta', {delta, usage: anthropicUsage(usage)});
      }
      case 'error':
        failed = true;
        return write('error', {error: {type: anthropicErrorType(event.code), message: event.message}});
      case 'tool-wait':
      case 'tool-approval':
      case 'tool-reply':
      case 'tool-progress':
      case 'message-start':
      case 'logprobs':
      case 'tool-result':
        return '';
      default:
        event satisfies never;
        return '';
    }
  };

  const citations = placedCitations();
  return {
    encode(events) {
      let text = '';
      for (const event of citations.place(events)) {
        if (!started && event.type !== 'error' && event.type !== 'usage') text += start();
        text += encodeOne(event);
      }
      return text;
    },
    // A failed answer has no end mark, so that no reader takes it for complete.
    end: () => (failed ? '' : write('message_stop', {})),
    signOfLife: write('ping', {}),
  };
}
