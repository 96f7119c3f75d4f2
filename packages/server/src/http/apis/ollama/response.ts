/** Prints whole answers and models in Ollama's form. The protocol's dialect prints streams. */
import {type Message, type Model, textOf} from '@chatlet/protocol';
import {z} from 'zod';
import {type AnswerSchema, textField} from '../../response/answer-schemas.ts';
import {thoughtsOf} from '../../response/chat-completion.ts';

export interface OllamaFacts {
  readonly model: string;
  readonly createdAt: string;
  /** Milliseconds. */
  readonly took: number;
}

export function printOllama(answer: Message, facts: OllamaFacts) {
  const calls = answer.parts.filter((part) => part.type === 'tool');
  const thinking = thoughtsOf(answer);
  return {
    ...printBegin(facts),
    message: {
      role: 'assistant',
      content: textOf(answer),
      ...(thinking !== '' && {thinking}),
      ...(calls.length > 0 && {
        tool_calls: calls.map((part) => ({function: {name: part.name, arguments: part.input}})),
      }),
    },
    ...printEnd(answer, facts),
  };
}

/** An answer of `/api/generate`. */
export function printGenerated(answer: Message, facts: OllamaFacts) {
  const thinking = thoughtsOf(answer);
  const said = {response: textOf(answer), ...(thinking !== '' && {thinking})};
  return {...printBegin(facts), ...said, ...printEnd(answer, facts)};
}

/** The answer to a question without words. */
export function printLoaded(model: string) {
  return {model, created_at: new Date().toISOString(), response: '', done: true, done_reason: 'load'};
}

function printBegin({model, createdAt}: OllamaFacts) {
  return {model, created_at: createdAt};
}

function printEnd({endReason, usage}: Message, {took}: OllamaFacts) {
  return {
    done: true,
    done_reason: endReason === 'length' ? 'length' : 'stop',
    // All durations are in nanoseconds.
    total_duration: Math.round(took * 1e6),
    load_duration: 0,
    ...(usage && {
      prompt_eval_count: usage.promptTokens,
      prompt_eval_duration: 0,
      eval_count: usage.completionTokens,
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

/** Facts of one model, as far as they are known here. */
export function printShown(model: Model) {
  const {modified_at, details} = printOllamaModel(model);
  const {family} = details;
  const {contextLength, tags = []} = model;
  return {
    license: '',
    modelfile: '',
    parameters: '',
    template: '',
    modified_at,
    details,
    model_info: {
      'general.architecture': family,
      ...(contextLength !== undefined && {[`${family}.context_length`]: contextLength}),
    },
    capabilities: ['completion', 'tools', ...(tags.includes('reasoning') ? ['thinking'] : [])],
  };
}

export const ollamaGenerated: AnswerSchema = {
  name: 'ollamaGenerated',
  schema: z.looseObject({model: textField, response: textField, done: z.boolean()}),
};

export const ollamaEmbedded: AnswerSchema = {
  name: 'ollamaEmbedded',
  schema: z.looseObject({model: textField, embeddings: z.array(z.array(z.number()))}),
};

export const ollamaEmbedding: AnswerSchema = {
  name: 'ollamaEmbedding',
  schema: z.object({embedding: z.array(z.number())}),
};

export const ollamaShown: AnswerSchema = {
  name: 'ollamaModel',
  schema: z.looseObject({details: z.looseObject({}), capabilities: z.array(textField)}),
};

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
