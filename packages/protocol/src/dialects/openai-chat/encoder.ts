/** Writes events as OpenAI's chunks. */
import type {EncodeContext, Encoder} from '../../dialect.ts';
import type {EndReason, SourceEvent, UsageEvent} from '../../event.ts';
import {doneMark} from '../../framing.ts';
import type {Json, JsonObject} from '../../json.ts';
import {placedCitations} from '../placed-citations.ts';
import type {PlacedEvent} from '../placed-citations.ts';
import {inputTextOf} from '../tool-input.ts';
import {openaiErrorWords} from './errors.ts';
import {openaiUsage} from './usage.ts';
import {toReasoningDetails} from './reasoning-details.ts';

/** OpenAI's names for our end reasons. It has none for a stopped answer, so that is `stop`. */
export const openaiFinishReasons: Readonly<Record<EndReason, string>> = {
  stop: 'stop',
  length: 'length',
  'tool-calls': 'tool_calls',
  'content-filter': 'content_filter',
  stopped: 'stop',
};

/** A source as OpenAI's annotation, of a stretch of the text if it is cited; undefined if it has no address. */
export function urlCitation(
  {url, title, quote}: Pick<SourceEvent, 'url' | 'title' | 'quote'>,
  {start, end}: {readonly start: number; readonly end: number} = {start: 0, end: 0},
): JsonObject | undefined {
  if (url === undefined) return undefined;
  const content = quote === undefined ? {} : {content: quote};
  return {type: 'url_citation', url_citation: {url, title, start_index: start, end_index: end, ...content}};
}

export function openaiChatEncoder(context: EncodeContext): Encoder {
  const {id, model, created, includeUsage = false, choice = 0, closingFields} = context;
  const usageNull = includeUsage ? ',"usage":null' : '';
  const head = `data: {"id":${JSON.stringify(id)},"object":"chat.completion.chunk","created":${created},"model":${JSON.stringify(model)},"choices":[`;
  // Every delta holds a `content` string, because some readers crash at a chunk without one.
  const beforeDelta = `${head}{"index":${choice},"delta":`;
  const afterDelta = `,"logprobs":null,"finish_reason":null}]${usageNull}}\n\n`;
  const beforeText = `${beforeDelta}{"content":`;
  const afterText = `}${afterDelta}`;

  let started = false;
  let failed = false;
  let calls = 0;
  let thought = '';
  let usage: UsageEvent | undefined;

  const encodeDelta = (delta: Json): string => beforeDelta + JSON.stringify(delta) + afterDelta;
  const encodeOne = (event: PlacedEvent): string => {
    switch (event.type) {
      case 'text-delta':
        return beforeText + JSON.stringify(event.delta) + afterText;
      case 'reasoning-delta':
        thought += event.delta;
        return encodeDelta({content: '', reasoning_content: event.delta});
      case 'reasoning-metadata': {
        const details = toReasoningDetails(thought, event.providerMetadata);
        thought = '';
        return details.length === 0 ? '' : encodeDelta({content: '', reasoning_details: details});
      }
      case 'logprobs':
        return `${beforeText}""},"logprobs":${JSON.stringify(event.logprobs)},"finish_reason":null}]${usageNull}}\n\n`;
      case 'text-reset':
        // No reader can take text back, so the new text begins a paragraph.
        return `${beforeText}"\\n\\n"${afterText}`;
      case 'tool-call': {
        const {callId, name} = event;
        const index = calls;
        calls += 1;
        return encodeDelta({
          content: '',
          tool_calls: [
            {
              ...event.providerMetadata?.['openai-chat'],
              index,
              id: callId,
              type: 'function',
              function: {name, arguments: inputTextOf(event)},
            },
          ],
        });
      }
      case 'source': {
        const annotation = urlCitation(event);
        return annotation ? encodeDelta({content: '', annotations: [annotation]}) : '';
      }
      case 'placed-citation': {
        const {source, quote, start, end} = event;
        const annotation = urlCitation({...source, quote}, {start, end});
        return annotation ? encodeDelta({content: '', annotations: [annotation]}) : '';
      }
      case 'usage':
        usage = event;
        return '';
      case 'message-end': {
        const finish = `${beforeText}""},"logprobs":null,"finish_reason":"${openaiFinishReasons[event.reason]}"}]${usageNull}`;
        if (!includeUsage || usage === undefined) return `${finish}${encodeClosingFields()}}\n\n`;
        return `${finish}}\n\n${encodeUsage(usage)}`;
      }
      case 'error': {
        failed = true;
        const {type, code} = openaiErrorWords(event.code);
        const error = {message: event.message, type, param: null, code};
        return `data: ${JSON.stringify({error})}\n\n`;
      }
      case 'tool-wait':
      case 'tool-approval':
      case 'tool-reply':
      case 'tool-progress':
      case 'message-start':
      case 'tool-result':
        return '';
      default:
        event satisfies never;
        return '';
    }
  };
  const encodeUsage = (figures: UsageEvent): string =>
    `${head}],"usage":${JSON.stringify(openaiUsage(figures))}${encodeClosingFields()}}\n\n`;
  const encodeClosingFields = (): string => {
    const fields = closingFields ? JSON.stringify(closingFields()).slice(1, -1) : '';
    return fields === '' ? '' : `,${fields}`;
  };

  const citations = placedCitations();
  return {
    encode(events) {
      let text = '';
      for (const event of citations.place(events)) {
        if (!started && event.type !== 'error' && event.type !== 'usage') {
          started = true;
          text += encodeDelta({role: 'assistant', content: '', refusal: null});
        }
        text += encodeOne(event);
      }
      return text;
    },
    // A failed answer has no end mark, so that readers that know only the mark do not take it for complete.
    end: () => (failed ? '' : `data: ${doneMark}\n\n`),
  };
}
