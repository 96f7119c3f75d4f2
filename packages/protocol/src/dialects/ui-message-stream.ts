/**
 * The UI message stream of the AI SDK, version 1. Written so that all readers from 5.0.0 on accept it: without any key
 * that one of them does not know, since early readers stop at an unknown key. Only a call that waits for an approval needs
 * a reader from 6 on; `uiMessageStream5` tells of it as of other questions, by data. Also reads the events of later versions.
 */
import {closingFields, readClosing} from '../closing.ts';
import type {Decoder, Dialect, EncodeContext, Encoder} from '../dialect.ts';
import type {ChatEvent, MessageEndEvent, UsageEvent} from '../event.ts';
import {doneMark} from '../framing.ts';
import {asJson, asString, asText, isObject} from '../json.ts';
import type {Json, UncheckedObject} from '../json.ts';
import {encodeEach} from './encode-each.ts';
import {sourceEvent, usageEvent, waitFields} from './fields.ts';
import {citationEvent} from './own-fields.ts';
import {endEvent} from './finish-words.ts';
import {dataFrame, jsonFrames} from './json-frames.ts';
import {pushCall} from './tool-input.ts';

/** The UI message stream of the AI SDK 5 and later. */
export const uiMessageStream: Dialect = {
  name: 'ui-message-stream',
  contentType: 'text/event-stream',
  headers: {'x-vercel-ai-ui-message-stream': 'v1'},
  decoder: uiMessageStreamDecoder,
  encoder: (context) => uiMessageStreamEncoder(context),
};

/** For readers of version 5, which cannot ask a person whether a tool may run, and stop at the question. */
export const uiMessageStream5: Dialect = {
  ...uiMessageStream,
  encoder: (context) => uiMessageStreamEncoder(context, {asksApprovals: false}),
};

/** A text or reasoning that has begun. Several may be open at once; they are emitted in the order of their beginnings. */
interface OpenPart {
  readonly id: string;
  readonly type: 'text-delta' | 'reasoning-delta';
  /** The text that arrived while an earlier part was open. */
  held: string;
  ended: boolean;
}

export function uiMessageStreamDecoder(): Decoder {
  let open: OpenPart[] = [];

  const findPart = (id: string, type: OpenPart['type']): OpenPart | undefined =>
    open.find((part) => part.id === id && part.type === type);
  const readDelta = (type: OpenPart['type'], id: string, delta: string, out: ChatEvent[]): void => {
    if (delta === '') return;
    const part = findPart(id, type);
    if (part === undefined || part === open[0]) out.push({type, delta});
    else part.held += delta;
  };
  const closePart = (id: string, type: OpenPart['type'], out: ChatEvent[]): void => {
    const part = findPart(id, type);
    if (part !== undefined) part.ended = true;
    while (open[0]?.ended === true) {
      open.shift();
      emitHeld(open[0], out);
    }
  };
  const emitHeld = (part: OpenPart | undefined, out: ChatEvent[]): void => {
    if (part === undefined || part.held === '') return;
    out.push({type: part.type, delta: part.held});
    part.held = '';
  };
  const flush = (out: ChatEvent[]): void => {
    for (const part of open) emitHeld(part, out);
    open = [];
  };

  return jsonFrames({
    read(event, out) {
      const id = asString(event['id']) ?? '';
      switch (event['type']) {
        case 'text-delta':
        case 'reasoning-delta':
          readDelta(event['type'], id, asText(event['delta']), out);
          return;
        case 'text-start':
          open.push({id, type: 'text-delta', held: '', ended: false});
          return;
        case 'reasoning-start':
          open.push({id, type: 'reasoning-delta', held: '', ended: false});
          return;
        case 'text-end':
          closePart(id, 'text-delta', out);
          return;
        case 'reasoning-end':
          closePart(id, 'reasoning-delta', out);
          return;
        case 'start': {
          const messageId = asString(event['messageId']);
          const metadata = isObject(event['messageMetadata']) ? event['messageMetadata'] : {};
          const model = asString(metadata['model']) ?? '';
          if (messageId !== undefined) out.push({type: 'message-start', messageId, model});
          return;
        }
        case 'finish': {
          flush(out);
          const metadata = isObject(event['messageMetadata']) ? event['messageMetadata'] : {};
          const usage = usageEvent(metadata['usage'], 'inputTokens', 'outputTokens');
          if (usage !== undefined) out.push(usage);
          out.push({...endEvent(event['finishReason'] ?? metadata['finishReason']), ...readClosing(metadata)});
          return;
        }
        case 'reset-step':
          open = [];
          out.push({type: 'text-reset'});
          return;
        case 'abort':
          flush(out);
          out.push({type: 'message-end', reason: 'stopped'});
          return;
        default:
          readOther(event, out);
      }
    },
    done(out) {
      flush(out);
    },
    end: flush,
    beforeError: flush,
  });
}

/** Reads tools, sources and marks. Skips steps, the page's own data, and events that are newer than this file. */
function readOther(event: UncheckedObject, out: ChatEvent[]): void {
  const callId = asString(event['toolCallId']) ?? '';
  const name = asString(event['toolName']) ?? '';
  switch (event['type']) {
    case 'tool-input-available':
      pushCall({callId, name, input: asJson(event['input'] ?? {})}, out);
      return;
    case 'tool-input-error':
      out.push(
        {type: 'tool-call', callId, name, input: asJson(event['input'])},
        {type: 'tool-result', callId, output: asString(event['errorText']) ?? '', failed: true},
      );
      return;
    case 'tool-output-available':
      if (event['preliminary'] !== true) out.push({type: 'tool-result', callId, output: asJson(event['output'])});
      return;
    case 'tool-output-error':
      out.push({type: 'tool-result', callId, output: asString(event['errorText']) ?? '', failed: true});
      return;
    case 'tool-output-denied':
      out.push({type: 'tool-result', callId, output: 'This was not allowed.', failed: true});
      return;
    case 'source-url':
    case 'source-document': {
      const {sourceId: id, url, title} = event;
      const source = sourceEvent({id, title: title ?? event['filename'], url});
      if (source !== undefined) out.push(source);
      return;
    }
    case 'data-citation': {
      const citation = citationEvent(event['data']);
      if (citation !== undefined) out.push(citation);
      return;
    }
    default:
  }
}

function uiMessageStreamEncoder(
  {id, knownCalls = []}: EncodeContext,
  {asksApprovals} = {asksApprovals: true},
): Encoder {
  const calls = new Set<string>(knownCalls);
  const refused = new Set<string>();
  let parts = 0;
  let part: {readonly kind: 'text' | 'reasoning'; readonly id: string; readonly head: string} | undefined;
  /** Characters of the open part. */
  let length = 0;
  let usage: UsageEvent | undefined;

  const encodeDelta = (kind: 'text' | 'reasoning', text: string): string => {
    let before = '';
    if (part?.kind !== kind) {
      before = endPart();
      parts += 1;
      const partId = `${kind}-${parts}`;
      part = {kind, id: partId, head: `data: {"type":"${kind}-delta","id":"${partId}","delta":`};
      length = 0;
      before += dataFrame({type: `${kind}-start`, id: partId});
    }
    length += text.length;
    return `${before}${part.head}${JSON.stringify(text)}}\n\n`;
  };
  const endPart = (): string => {
    if (part === undefined) return '';
    const end = dataFrame({type: `${part.kind}-end`, id: part.id});
    part = undefined;
    return end;
  };
  const encodeEvent = (event: ChatEvent): string => {
    switch (event.type) {
      case 'message-start':
        return '';
      case 'text-delta':
        return encodeDelta('text', event.delta);
      case 'reasoning-delta':
        return encodeDelta('reasoning', event.delta);
      case 'text-reset':
        // Only the readers of version 7 can take text back, and all others stop at an event that they do not know.
        return endPart();
      case 'reasoning-metadata':
      case 'logprobs':
      case 'tool-reply':
      case 'tool-progress':
        return '';
      case 'tool-wait': {
        const {callId, wait} = event;
        if (asksApprovals && wait.ask === 'approval' && calls.has(callId)) {
          return endPart() + dataFrame({type: 'tool-approval-request', approvalId: callId, toolCallId: callId});
        }
        // The readers have no part for other questions, and keep data of any name.
        return dataFrame({type: 'data-tool-wait', id: callId, data: waitFields(event)});
      }
      case 'tool-approval':
        if (event.approval === 'refused') refused.add(event.callId);
        return '';
      case 'citation': {
        // The readers put it behind the text that is still written, so it tells its place in that.
        const {sourceId, quote} = event;
        if (part?.kind !== 'text') return '';
        return dataFrame({type: 'data-citation', data: {sourceId, quote, textId: part.id, at: length}});
      }
      case 'tool-call': {
        const {callId, name, input} = event;
        calls.add(callId);
        return endPart() + dataFrame({type: 'tool-input-available', toolCallId: callId, toolName: name, input});
      }
      case 'tool-result': {
        const {callId, output, failed} = event;
        // The readers stop at a result without its call.
        if (!calls.has(callId)) return '';
        if (refused.has(callId) && asksApprovals)
          return endPart() + dataFrame({type: 'tool-output-denied', toolCallId: callId});
        if (failed)
          return endPart() + dataFrame({type: 'tool-output-error', toolCallId: callId, errorText: outputText(output)});
        return endPart() + dataFrame({type: 'tool-output-available', toolCallId: callId, output});
      }
      case 'source': {
        const {id: sourceId, title, url} = event;
        if (url !== undefined) return dataFrame({type: 'source-url', sourceId, url, title});
        return dataFrame({type: 'source-document', sourceId, mediaType: 'text/plain', title});
      }
      case 'usage':
        usage = event;
        return '';
      case 'message-end':
        if (event.reason === 'stopped') return endPart() + dataFrame({type: 'abort'});
        return endPart() + dataFrame({type: 'finish-step'}) + dataFrame({type: 'finish', ...metadataField(event)});
      case 'error':
        return endPart() + dataFrame({type: 'error', errorText: event.message});
      default:
        event satisfies never;
        return '';
    }
  };
  const metadataField = (end: MessageEndEvent): object => {
    const messageMetadata = {
      ...(end.reason === 'stop' ? {} : {finishReason: end.reason}),
      ...closingFields(end),
      ...(usage === undefined ? {} : {usage: usageFields(usage)}),
    };
    return Object.keys(messageMetadata).length === 0 ? {} : {messageMetadata};
  };

  return encodeEach(encodeEvent, {
    begin(first) {
      const messageId = first.type === 'message-start' ? first.messageId : id;
      return dataFrame({type: 'start', messageId}) + dataFrame({type: 'start-step'});
    },
    end: () => `data: ${doneMark}\n\n`,
  });
}

function usageFields({promptTokens, completionTokens, cachedTokens, reasoningTokens}: UsageEvent): object {
  return {
    cachedInputTokens: cachedTokens,
    reasoningTokens,
    inputTokens: promptTokens,
    outputTokens: completionTokens,
    totalTokens: promptTokens + completionTokens,
  };
}

function outputText(output: Json): string {
  return typeof output === 'string' ? output : JSON.stringify(output);
}
