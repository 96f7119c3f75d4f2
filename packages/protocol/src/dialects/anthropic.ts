/** Anthropic's messages: named events, blocks by index, ended by `message_stop`. */
import type {Decoder, Dialect} from '../dialect.ts';
import type {ChatEvent, UsageEvent} from '../event.ts';
import {asJson, asNumber, asString, asText, isObject} from '../json.ts';
import type {UncheckedObject} from '../json.ts';
import {anthropicEncoder} from './anthropic-encoder.ts';
import {sourceEvent, usageDetails} from './fields.ts';
import {endEvent} from './finish-words.ts';
import {jsonFrames} from './json-frames.ts';
import {pushCall, toolInput} from './tool-input.ts';

/** The stream of Anthropic's messages. */
export const anthropic: Dialect = {
  name: 'anthropic',
  contentType: 'text/event-stream; charset=utf-8',
  decoder: anthropicDecoder,
  encoder: anthropicEncoder,
};

export function anthropicDecoder(): Decoder {
  // The tool calls with incomplete input, by the index of their block.
  const calls = new Map<unknown, {callId: string; name: string; text: string; input: unknown}>();
  let signature = '';
  /** Marks of the open block with their sources. They are about all of its text. */
  let citations: ChatEvent[] = [];
  let usage: UsageEvent | undefined;
  let reason: string | undefined;

  // Figures are running totals. If a later event leaves one out, the earlier figure still counts.
  const emitUsage = (figures: UncheckedObject, completionTokens: number | undefined, out: ChatEvent[]): void => {
    usage = {
      ...usage,
      type: 'usage',
      promptTokens: anthropicPromptTokens(figures) ?? usage?.promptTokens ?? 0,
      completionTokens: completionTokens ?? usage?.completionTokens ?? 0,
      ...usageDetails(figures),
    };
    out.push(usage);
  };
  const emitCitations = (out: ChatEvent[]): void => {
    out.push(...citations);
    citations = [];
  };
  const finish = (out: ChatEvent[]): void => {
    emitCitations(out);
    if (reason !== undefined) out.push(endEvent(reason));
  };

  const cite = (citation: unknown, out: ChatEvent[]): void => {
    if (!isObject(citation)) return;
    const {url, cited_text: quote} = citation;
    const source = sourceEvent({title: citation['title'] ?? citation['document_title'], url, quote});
    if (source === undefined) return;
    if (source.quote === undefined) out.push(source);
    else citations.push(source, {type: 'citation', sourceId: source.id, quote: source.quote});
  };

  return jsonFrames({
    read(event, out) {
      switch (event['type']) {
        case 'content_block_delta':
          if (!isObject(event['delta'])) return;
          if (event['delta']['type'] === 'signature_delta') signature += asText(event['delta']['signature']);
          else if (event['delta']['type'] === 'citations_delta') cite(event['delta']['citation'], out);
          else readDelta(event['delta'], calls.get(event['index']), out);
          return;
        case 'content_block_start': {
          const block = event['content_block'];
          if (!isObject(block)) return;
          const {type, id, name, input} = block;
          if (type === 'tool_use' || type === 'server_tool_use') {
            calls.set(event['index'], {callId: asString(id) ?? '', name: asString(name) ?? '', text: '', input});
          } else {
            signature = asText(block['signature']);
            readBlock(block, out);
          }
          return;
        }
        case 'content_block_stop': {
          emitCitations(out);
          if (signature !== '') out.push({type: 'reasoning-metadata', providerMetadata: {anthropic: {signature}}});
          signature = '';
          const call = calls.get(event['index']);
          if (call === undefined) return;
          calls.delete(event['index']);
          const {callId, name, text} = call;
          const input = toolInput(text === '' ? asJson(call.input ?? {}) : text);
          pushCall({callId, name, ...input}, out);
          return;
        }
        case 'message_start': {
          const figures = isObject(event['message']) ? event['message']['usage'] : undefined;
          // Its `output_tokens` is only a placeholder, mostly 1. If the answer were cut off, that would count as its cost.
          if (isObject(figures)) emitUsage(figures, undefined, out);
          return;
        }
        case 'message_delta': {
          const {delta, usage: figures} = event;
          if (isObject(delta)) reason = asString(delta['stop_reason']) ?? reason;
          if (isObject(figures)) emitUsage(figures, asNumber(figures['output_tokens']), out);
          return;
        }
        case 'message_stop':
          reason ??= '';
          finish(out);
          return;
        default:
        // Pings, and events that are newer than this file.
      }
    },
    end: finish,
    beforeError: emitCitations,
  });
}

/** This API counts the tokens from its cache and into it apart from the others. */
export function anthropicPromptTokens(figures: UncheckedObject): number | undefined {
  const input = asNumber(figures['input_tokens']);
  if (input === undefined) return undefined;
  const {cachedTokens = 0, cacheWriteTokens = 0} = usageDetails(figures);
  return input + cachedTokens + cacheWriteTokens;
}

function readDelta(delta: UncheckedObject, call: {text: string} | undefined, out: ChatEvent[]): void {
  switch (delta['type']) {
    case 'text_delta': {
      const text = asText(delta['text']);
      if (text !== '') out.push({type: 'text-delta', delta: text});
      return;
    }
    case 'thinking_delta': {
      const thinking = asText(delta['thinking']);
      if (thinking !== '') out.push({type: 'reasoning-delta', delta: thinking});
      return;
    }
    case 'input_json_delta':
      if (call !== undefined) call.text += asText(delta['partial_json']);
      return;
    default:
    // Deltas that are newer than this file.
  }
}

/** Reads a block that has content from its start. */
function readBlock(block: UncheckedObject, out: ChatEvent[]): void {
  const {type} = block;
  const text = asText(block['text']);
  const thinking = asText(block['thinking']);
  if (type === 'text' && text !== '') out.push({type: 'text-delta', delta: text});
  if (type === 'thinking' && thinking !== '') out.push({type: 'reasoning-delta', delta: thinking});
  if (type === 'redacted_thinking') {
    const data = asText(block['data']);
    out.push({type: 'reasoning-metadata', providerMetadata: {anthropic: {data}}});
  }
  const callId = asString(block['tool_use_id']);
  if (typeof type === 'string' && type.endsWith('_tool_result') && callId !== undefined) {
    out.push({type: 'tool-result', callId, output: asJson(block['content'])});
  }
}
