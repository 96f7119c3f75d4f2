/** Prints whole answers and models in Ollama's form. The protocol's dialect prints streams. */
import {type Message, type Model, textOf} from '@chatlet/protocol';
import {z} from 'zod';
import {type AnswerSchema, textField} from '../../response/answer-schemas.ts';
import {thoughtsOf} from '../../response/chat-completion.ts';

export function printOllama(
  answer: Message,
  {model, createdAt, took}: {model: string; createdAt: string; took: number},
) {
  const calls = answer.parts.filter((part) => part.type === 'tool');
  const thinking = thoughtsOf(answer);
  return {
    model,
    created_at: createdAt,
    message: {
      role: 'assistant',
      content: textOf(answer),
      ...(thinking !== '' && {thinking}),
      ...(calls.length > 0 && {
        tool_calls: calls.map((part) => ({function: {name: part.name, arguments: part.input}})),
      }),
    },
    done: true,
    done_reason: answer.endReason === 'length' ? 'length' : 'stop',
    // All durations are in nanoseconds.
    total_duration: Math.round(took * 1e6),
    load_duration: 0,
    ...(answer.usage && {
      prompt_eval_count: answer.usage.promptTokens,
      prompt_eval_duration: 0,
      eval_count: answer.usage.completionTokens,
      eval_duration: 0,
    }),
  };
}

/** An entry of the list of models. Fields that describe a model's file in Ollama are empty. */
export function printOllamaModel({id, provider = 'chatlet'}: Model) {
  return {
    name: id,
    model: id,
    modified_at: new Date(0).toISOString(),
    size: 0,
    digest: '',
    details: {
      parent_model: '',
      format: '',
      family: provider,
      families: [provider],
      parameter_size: '',
      quantization_level: '',
    },
  };
}

export const ollamaAnswer: AnswerSchema = {
  name: 'ollamaAnswer',
  schema: z.looseObject({
    model: textField,
    message: z.looseObject({role: textField, content: textField}),
    done: z.boolean(),
  }),
};

export const ollamaModelsAnswer: AnswerSchema = {
  name: 'ollamaModels',
  schema: z.object({models: z.array(z.looseObject({name: textField}))}),
};

export const ollamaVersionAnswer: AnswerSchema = {name: 'version', schema: z.object({version: textField})};
