/** Prints whole answers and models in Anthropic's form. The protocol's dialect prints streams. */
import {
  type EncodeContext,
  type Json,
  type Message,
  type Model,
  type Part,
  type ReasoningPart,
  type SourcePart,
  type TextPart,
  anthropicCitation,
  anthropicSignature,
  anthropicStopReasons,
  anthropicUsage,
} from '@chatlet/protocol';
import {z} from 'zod';
import {sourcesIn} from '../../../engine/grounding/sources.ts';
import {type AnswerSchema, countField, dateTimeField, textField} from '../../response/answer-schemas.ts';

type Context = Pick<EncodeContext, 'id' | 'model' | 'omitsReasoning'>;

export function printAnthropic({id, model, omitsReasoning = false}: Context, answer: Message) {
  const {parts, endReason = 'stop', usage = {promptTokens: 0, completionTokens: 0}} = answer;
  const told = omitsReasoning ? parts.filter(({type}) => type !== 'reasoning') : parts;
  return {
    id,
    type: 'message',
    role: 'assistant',
    model,
    content: printBlocks(told),
    stop_reason: anthropicStopReasons[endReason],
    stop_sequence: null,
    usage: anthropicUsage(usage),
  };
}

/** Marks are about the text since the last mark. A source that no mark names is a citation of the text before it. */
function printBlocks(parts: readonly Part[]): readonly Json[] {
  const sources = sourcesIn(parts);
  const cited = new Set(
    parts.flatMap((part) => (part.type === 'text' ? (part.citations ?? []) : [])).map((mark) => mark.sourceId),
  );
  const blocks: {type: string; [field: string]: Json}[] = [];
  for (const part of parts) {
    const last = blocks.at(-1);
    switch (part.type) {
      case 'text':
        blocks.push(...printText(part, sources));
        break;
      case 'reasoning':
        blocks.push(printThinking(part));
        break;
      case 'tool': {
        const {callId, name, input} = part;
        blocks.push({type: 'tool_use', id: callId, name, input: typeof input === 'object' && input ? input : {}});
        break;
      }
      case 'source': {
        if (cited.has(part.id)) break;
        const citation = anthropicCitation(part);
        if (last?.type !== 'text') blocks.push({type: 'text', text: '', citations: [citation]});
        else last['citations'] = [...(Array.isArray(last['citations']) ? last['citations'] : []), citation];
        break;
      }
      case 'file':
        break;
      default:
        part satisfies never;
    }
  }
  return blocks;
}

/** A text in pieces, so that each mark is about the piece that it ends. */
function printText(
  {text, citations = []}: TextPart,
  sources: ReadonlyMap<string, SourcePart>,
): readonly {type: string; [field: string]: Json}[] {
  const ends = [...new Set([...citations.map(({at}) => at), text.length])].filter((end) => end > 0);
  return ends.map((end, index) => {
    const marks = citations.filter(({at}) => at === end);
    const printed = marks.flatMap(({sourceId, quote}) => {
      const source = sources.get(sourceId);
      return source ? [anthropicCitation({...source, quote})] : [];
    });
    return {type: 'text', text: text.slice(ends[index - 1] ?? 0, end), citations: printed.length > 0 ? printed : null};
  });
}

function printThinking({text, providerMetadata}: ReasoningPart): {type: string; [field: string]: Json} {
  const data = providerMetadata?.['anthropic']?.['data'];
  if (data !== undefined && text === '') return {type: 'redacted_thinking', data};
  return {type: 'thinking', thinking: text, signature: providerMetadata ? anthropicSignature(providerMetadata) : ''};
}

/** `created_at` is the start of this server, as the model's own date is unknown. */
export function printAnthropicModel({id, name}: Model) {
  return {type: 'model', id, display_name: name, created_at: serverBegan};
}

const serverBegan = new Date().toISOString();

export const anthropicAnswer: AnswerSchema = {
  name: 'anthropicMessage',
  schema: z.looseObject({
    id: textField,
    type: z.literal('message'),
    role: z.literal('assistant'),
    model: textField,
    content: z.array(z.looseObject({type: textField})),
    stop_reason: textField,
    usage: z.looseObject({input_tokens: countField, output_tokens: countField}),
  }),
};

export const anthropicCountAnswer: AnswerSchema = {
  name: 'anthropicCount',
  schema: z.object({input_tokens: countField}),
};

const anthropicModel = z.looseObject({
  type: z.literal('model'),
  id: textField,
  display_name: textField,
  created_at: dateTimeField,
});

export const anthropicModelAnswer: AnswerSchema = {name: 'anthropicModel', schema: anthropicModel};

export const anthropicModelsAnswer: AnswerSchema = {
  name: 'anthropicModels',
  schema: z.object({data: z.array(anthropicModel), has_more: z.boolean()}),
};
