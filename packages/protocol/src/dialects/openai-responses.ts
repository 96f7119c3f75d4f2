/** OpenAI's Responses API: many kinds of events, most of them repetitions. Read only. */
import type {Decoder, Dialect} from '../dialect.ts';
import type {ChatEvent, EndReason} from '../event.ts';
import {findError, toErrorEvent} from '../foreign-error.ts';
import {asJson, asString, asText, isObject} from '../json.ts';
import type {JsonObject, UncheckedObject} from '../json.ts';
import {sourceEvent, usageEvent} from './fields.ts';
import {jsonFrames} from './json-frames.ts';
import {pushCall, toolInput} from './tool-input.ts';

/** The stream of OpenAI's Responses API. */
export const openaiResponses: Dialect = {
  name: 'openai-responses',
  contentType: 'text/event-stream; charset=utf-8',
  decoder: openaiResponsesDecoder,
};

export function openaiResponsesDecoder(): Decoder {
  // Texts that came in pieces, so that the whole text that follows is not emitted again.
  const emittedTexts = new Set<string>();
  const answer = responsesAnswer();

  return jsonFrames({
    read(event, out) {
      const {type, response} = event;
      const delta = asText(event['delta']);
      const textKey = `${asString(event['item_id'])}/${String(event['content_index'])}`;
      switch (type) {
        case 'response.output_text.delta':
        case 'response.refusal.delta':
          emittedTexts.add(textKey);
          answer.say(delta, out);
          return;
        case 'response.output_text.done':
        case 'response.refusal.done':
          if (!emittedTexts.has(textKey)) answer.say(asText(event['text']) || asText(event['refusal']), out);
          return;
        case 'response.reasoning_summary_part.added':
          // The parts of a summary are paragraphs.
          if (Number(event['summary_index']) > 0) answer.think('\n\n', out);
          return;
        case 'response.reasoning_summary_text.delta':
        case 'response.reasoning_text.delta':
          answer.think(delta, out);
          return;
        case 'response.output_text.annotation.added':
          answer.cite(event['annotation'], out);
          return;
        case 'response.output_item.done':
          answer.finishItem(event['item'], out);
          return;
        case 'response.completed':
        case 'response.cancelled':
        case 'response.incomplete':
        case 'response.failed':
          answer.finish({...(isObject(response) ? response : {}), status: type.slice('response.'.length)}, out);
          return;
        default:
        // Beginnings and ends of parts, and the progress of built-in tools.
      }
    },
  });
}

/** Reads a whole response, of a model that does not stream. */
export function readResponsesDocument(response: UncheckedObject, out: ChatEvent[]): void {
  responsesAnswer().finish(response, out);
}

/** Puts one answer together from events, or from a whole response. */
function responsesAnswer() {
  let hasBegun = false;
  let calls = 0;

  const say = (delta: string, out: ChatEvent[]): void => {
    hasBegun = true;
    if (delta !== '') out.push({type: 'text-delta', delta});
  };
  const think = (delta: string, out: ChatEvent[]): void => {
    hasBegun = true;
    if (delta !== '') out.push({type: 'reasoning-delta', delta});
  };
  const cite = (annotation: unknown, out: ChatEvent[]): void => {
    if (!isObject(annotation)) return;
    const {url, title, filename} = annotation;
    const source = sourceEvent({id: annotation['file_id'], title: title ?? filename, url});
    if (source !== undefined) out.push(source);
  };
  const finishItem = (item: unknown, out: ChatEvent[]): void => {
    hasBegun = true;
    if (!isObject(item)) return;
    if (item['type'] === 'reasoning') {
      const metadata = reasoningMetadata(item);
      if (metadata) out.push({type: 'reasoning-metadata', providerMetadata: {'openai-responses': metadata}});
    }
    const hasRun = item['type'] === 'mcp_call';
    if (item['type'] !== 'function_call' && !hasRun) return;
    if (!hasRun) calls += 1;
    const callId = asString(item['call_id']) ?? asString(item['id']) ?? `call_${calls}`;
    const input = toolInput(asString(item['arguments']) ?? '');
    pushCall({callId, name: asString(item['name']) ?? '', ...input}, out);
    if (!hasRun) return;
    const output = asString(item['output']);
    out.push({
      type: 'tool-result',
      callId,
      ...(output === undefined ? {output: asJson(item['error'] ?? null), failed: true} : {output}),
    });
  };
  /** Reads an item without the events before it. */
  const readItem = (item: unknown, out: ChatEvent[]): void => {
    if (!isObject(item)) return;
    const thoughts = [
      ...objectsIn(item['summary']),
      ...(item['type'] === 'reasoning' ? objectsIn(item['content']) : []),
    ];
    think(thoughts.map(({text}) => asText(text)).join('\n\n'), out);
    for (const part of item['type'] === 'message' ? objectsIn(item['content']) : []) {
      say(asText(part['text']) || asText(part['refusal']), out);
      for (const annotation of objectsIn(part['annotations'])) cite(annotation, out);
    }
    finishItem(item, out);
  };

  return {
    say,
    think,
    cite,
    finishItem,
    finish(response: UncheckedObject, out: ChatEvent[]): void {
      const {status, output, incomplete_details: details} = response;
      // Some servers send nothing but this.
      if (!hasBegun) for (const item of objectsIn(output)) readItem(item, out);
      const usage = usageEvent(response['usage'], 'input_tokens', 'output_tokens');
      if (usage !== undefined) out.push(usage);
      if (status === 'failed') {
        out.push(toErrorEvent(findError(response) ?? {words: []}));
        return;
      }
      const isFiltered = isObject(details) && details['reason'] === 'content_filter';
      const reasons: Readonly<Record<string, EndReason>> = {
        incomplete: isFiltered ? 'content-filter' : 'length',
        cancelled: 'stopped',
      };
      const reason = reasons[asText(status)] ?? (calls > 0 ? 'tool-calls' : 'stop');
      out.push({type: 'message-end', reason});
    },
  };
}

/**
 * The fields that the API wants back with an item of reasoning; undefined if it has none. OpenAI's models encrypt their
 * reasoning, and open models write it out as `content`, which takes the place of a summary.
 */
function reasoningMetadata({id, encrypted_content: encrypted, content}: UncheckedObject): JsonObject | undefined {
  const name = typeof id === 'string' && {id};
  if (typeof encrypted === 'string' && encrypted !== '') return {...name, encrypted_content: encrypted};
  return objectsIn(content).length > 0 ? {...name, field: 'content'} : undefined;
}

function objectsIn(value: unknown): readonly UncheckedObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
