/**
 * `/openapi.json`: what every path takes and gives, as OpenAPI 3.1. What requests may hold comes from the schemas that
 * check them, so the two cannot differ; a test compares the paths with those that are mounted.
 */
import {z} from 'zod';
import {chatletBody, typedEventsBody, uiBody} from './chat-formats.ts';
import {ollamaBody} from './ollama-words.ts';
import {completionBody} from './openai-body.ts';
import {chatStreamBody} from './routes/chat-stream.ts';
import {chatsQuery, renameBody} from './routes/chats.ts';
import {usageQuery} from './routes/usage.ts';
import {v1ChatBody} from './routes/v1-chat.ts';

type Method = 'get' | 'post' | 'patch' | 'delete';

interface Operation {
  readonly method: Method;
  /** All of them answer alike. `{chatId}` stands for what is between two slashes. */
  readonly paths: readonly string[];
  readonly tag: Tag;
  readonly summary: string;
  readonly description?: string;
  readonly body?: z.ZodType;
  readonly query?: z.ZodObject;
  /** A name among `answers`, and for streams what they are written as. */
  readonly answer: AnswerName;
  readonly stream?: 'text/event-stream' | 'application/x-ndjson';
  /** `program`: needs a key. `anybody`: needs nothing. Otherwise visitors may, too. */
  readonly for?: 'program' | 'anybody';
  /** Where there is something to miss. */
  readonly missing?: boolean;
  /** Counts against the caller's plan. */
  readonly counted?: boolean;
}

type Tag = 'Questions' | 'History' | 'Models' | 'Usage' | 'Operation' | 'Ollama';
type AnswerName = keyof typeof answers;

const text = z.string();
const count = z.int().min(0);
const moment = z.iso.datetime();

const pricing = z.object({prompt: z.number(), completion: z.number()}).describe('USD per 1000 tokens');
const model = z.looseObject({
  id: text,
  name: text.optional(),
  provider: text.optional(),
  contextLength: count.optional(),
  pricing: pricing.optional(),
  tags: z.array(text).optional(),
});
const chat = z.object({id: text, title: text, model: text, createdAt: moment, updatedAt: moment});
const message = z.looseObject({
  id: text,
  chatId: text,
  role: z.enum(['system', 'user', 'assistant']),
  content: text.describe('The words of all parts'),
  createdAt: moment,
  status: text.describe('answering, done, stopped, failed or interrupted'),
  parts: z.array(z.looseObject({type: text})),
});
const sums = {promptTokens: count, completionTokens: count, totalTokens: count, cost: z.number().optional()};
const openaiModel = z.looseObject({id: text, object: z.literal('model'), created: count, owned_by: text});
const completion = z.looseObject({
  id: text,
  object: z.literal('chat.completion'),
  created: count,
  model: text,
  choices: z.array(
    z.looseObject({
      index: count,
      message: z.looseObject({role: z.literal('assistant'), content: z.string().nullable()}),
      finish_reason: text,
    }),
  ),
  usage: z.looseObject({prompt_tokens: count, completion_tokens: count, total_tokens: count}),
});

/** What is given back, by names that the operations use. */
const answers = {
  stream: z.string().describe('One event after the other; see the protocol that was asked for'),
  plainAnswer: z.looseObject({content: text, finishReason: text}),
  completion,
  pricedCompletion: completion.extend({provider: text, latency: z.number(), cost: z.number()}),
  ollamaAnswer: z.looseObject({model: text, message: z.looseObject({role: text, content: text}), done: z.boolean()}),
  chats: z.array(chat),
  chat,
  messages: z.array(message),
  deleted: z.object({success: z.literal(true)}),
  stopped: z.object({stopped: z.boolean()}),
  models: z.object({models: z.array(model), defaultModel: text.optional()}),
  config: z.looseObject({models: z.array(model), defaultModel: text.optional(), greeting: text.optional()}),
  openaiModels: z.object({object: z.literal('list'), data: z.array(openaiModel)}),
  openaiModel,
  ollamaModels: z.object({models: z.array(z.looseObject({name: text}))}),
  version: z.object({version: text}),
  usage: z.array(
    z.looseObject({
      ...sums,
      userId: text.optional(),
      model: text.optional(),
      day: text.optional(),
      answers: count.optional(),
      estimated: z.boolean(),
      timestamp: moment.optional(),
    }),
  ),
  remaining: z.object({
    plan: z.looseObject({name: text}),
    limit: count.nullable(),
    remaining: count.nullable(),
    reset: count.nullable().describe('Milliseconds since 1970'),
    windows: z.array(z.object({window: text, limit: count, remaining: count, reset: count})),
  }),
  health: z.object({status: z.literal('ok')}),
  readiness: z.object({status: text, store: text, models: text}),
  metrics: z.string(),
  document: z.looseObject({openapi: text}),
} satisfies Record<string, z.ZodType>;

const streamsOf = 'With `stream: true` the answer comes as it is written.';

const operations: readonly Operation[] = [
  {
    method: 'post',
    paths: ['/api/chat'],
    tag: 'Questions',
    summary: 'Ask in a chat that is kept',
    description:
      'The header `x-chat-protocol` or `?protocol=` chooses how the answer is written: `chatlet`, `typed-events`, ' +
      '`ui-message-stream` or `ai-sdk-4`. Without them the shape of the body tells. `X-Chat-Id` names the chat.',
    body: z.union([chatletBody, typedEventsBody, uiBody]),
    answer: 'stream',
    stream: 'text/event-stream',
    missing: true,
    counted: true,
  },
  {
    method: 'get',
    paths: ['/api/chat/{chatId}/stream'],
    tag: 'Questions',
    summary: 'Listen again to the answer that is being written',
    description: '204 where none is. `Last-Event-ID` does the same as `after`.',
    query: z.object({
      after: count.optional().describe('The number of the last event that was read'),
      messageId: text.optional(),
    }),
    answer: 'stream',
    stream: 'text/event-stream',
    missing: true,
  },
  {
    method: 'post',
    paths: ['/api/chat/{chatId}/stop'],
    tag: 'Questions',
    summary: 'Stop the answer that is being written, here and at the model',
    answer: 'stopped',
    missing: true,
  },
  {
    method: 'post',
    paths: ['/chat/stream', '/api/chat/stream', '/api/bento/chat/stream'],
    tag: 'Questions',
    summary: 'Ask without a chat that is kept',
    description: 'Streams unless `stream` is false.',
    body: chatStreamBody,
    answer: 'plainAnswer',
    stream: 'text/event-stream',
    missing: true,
    counted: true,
  },
  {
    method: 'post',
    paths: ['/v1/chat/completions'],
    tag: 'Questions',
    summary: 'Ask as OpenAI’s clients do',
    description: streamsOf,
    body: completionBody,
    answer: 'completion',
    stream: 'text/event-stream',
    for: 'program',
    missing: true,
    counted: true,
  },
  {
    method: 'post',
    paths: ['/v1/chat', '/api/v1/chat'],
    tag: 'Questions',
    summary: 'Ask, with what the answer cost',
    description: `With a \`conversation_id\` the conversation is kept. ${streamsOf}`,
    body: v1ChatBody,
    answer: 'pricedCompletion',
    stream: 'text/event-stream',
    for: 'program',
    missing: true,
    counted: true,
  },
  {
    method: 'get',
    paths: ['/api/chats'],
    tag: 'History',
    summary: 'The caller’s chats, newest first',
    description: '`X-Next-Cursor` leads to the next page.',
    query: chatsQuery,
    answer: 'chats',
  },
  {method: 'get', paths: ['/api/chats/{chatId}'], tag: 'History', summary: 'One chat', answer: 'chat', missing: true},
  {
    method: 'patch',
    paths: ['/api/chats/{chatId}'],
    tag: 'History',
    summary: 'Rename a chat',
    body: renameBody,
    answer: 'chat',
    missing: true,
  },
  {
    method: 'delete',
    paths: ['/api/chats/{chatId}'],
    tag: 'History',
    summary: 'Delete a chat with its messages',
    answer: 'deleted',
    missing: true,
  },
  {
    method: 'get',
    paths: ['/api/chats/{chatId}/messages'],
    tag: 'History',
    summary: 'The messages of a chat',
    description: 'The newest page first, oldest first inside it. `X-Next-Cursor` leads to older ones.',
    query: chatsQuery.omit({search: true}),
    answer: 'messages',
    missing: true,
  },
  {
    method: 'get',
    paths: ['/chat/models', '/api/chat/models', '/api/bento/chat/models'],
    tag: 'Models',
    summary: 'All models, with lengths and prices',
    answer: 'models',
  },
  {method: 'get', paths: ['/api/models'], tag: 'Models', summary: 'All models and the usual one', answer: 'models'},
  {
    method: 'get',
    paths: ['/api/config'],
    tag: 'Models',
    summary: 'What a page shows before the first question',
    answer: 'config',
  },
  {
    method: 'get',
    paths: ['/v1/models'],
    tag: 'Models',
    summary: 'All models, as OpenAI’s clients know them',
    answer: 'openaiModels',
    for: 'program',
  },
  {
    method: 'get',
    paths: ['/v1/models/{id}'],
    tag: 'Models',
    summary: 'One model; its id may hold slashes',
    answer: 'openaiModel',
    for: 'program',
    missing: true,
  },
  {
    method: 'get',
    paths: ['/api/usage'],
    tag: 'Usage',
    summary: 'What the caller’s answers cost, newest first, or sums of them',
    query: usageQuery,
    answer: 'usage',
  },
  {
    method: 'get',
    paths: ['/api/usage/remaining'],
    tag: 'Usage',
    summary: 'The caller’s plan and what is left of it',
    answer: 'remaining',
  },
  {
    method: 'get',
    paths: ['/healthz'],
    tag: 'Operation',
    summary: 'Whether the process lives',
    answer: 'health',
    for: 'anybody',
  },
  {
    method: 'get',
    paths: ['/readyz'],
    tag: 'Operation',
    summary: 'Whether questions can be answered; 503 where not',
    answer: 'readiness',
    for: 'anybody',
  },
  {
    method: 'get',
    paths: ['/metrics'],
    tag: 'Operation',
    summary: 'Numbers for Prometheus, for programs on this machine or with the metrics token',
    answer: 'metrics',
    for: 'anybody',
  },
  {
    method: 'get',
    paths: ['/openapi.json'],
    tag: 'Operation',
    summary: 'This document',
    answer: 'document',
    for: 'anybody',
  },
];

/** Only where the operator wants them. Their questions come to `/api/chat` too. */
const ollamaOperations: readonly Operation[] = [
  {method: 'get', paths: ['/api/tags'], tag: 'Ollama', summary: 'All models', answer: 'ollamaModels'},
  {method: 'get', paths: ['/api/version'], tag: 'Ollama', summary: 'The version', answer: 'version', for: 'anybody'},
];

export interface OpenApiOptions {
  readonly version: string;
  readonly ollama: boolean;
}

export function openApiDocument({version, ollama}: OpenApiOptions): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const operation of [...operations, ...(ollama ? ollamaOperations : [])]) {
    for (const path of operation.paths) {
      paths[path] = {...paths[path], [operation.method]: describe(operation, path, ollama)};
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Chatlet server',
      version,
      description: 'Ask models, keep chats, and see what they cost.',
      license: {name: 'MIT', identifier: 'MIT'},
    },
    servers: [{url: '.'}],
    tags: [...new Set(Object.values(paths).flatMap((methods) => Object.values(methods).flatMap(tagsOf)))].map(
      (name) => ({
        name,
      }),
    ),
    security: [{key: []}, {keyHeader: []}, {visitor: []}, {}],
    paths,
    components: {
      securitySchemes: {
        key: {type: 'http', scheme: 'bearer', description: 'An API key, or a token that the site minted for its user.'},
        keyHeader: {type: 'apiKey', in: 'header', name: 'x-api-key'},
        visitor: {
          type: 'apiKey',
          in: 'header',
          name: 'X-Chatlet-Visitor',
          description: 'A visitor’s token, which comes with the first answer.',
        },
      },
      schemas: Object.fromEntries(
        Object.entries(answers).map(([name, schema]) => [name, jsonSchema(schema, 'output')]),
      ),
      responses: {
        error: {
          description: 'What went wrong, in the words of the API that was asked',
          content: {'application/json': {schema: {oneOf: [plainError, openaiError]}}},
        },
        limited: {
          description: 'Too many questions; `Retry-After` says how many seconds to wait',
          headers: {'Retry-After': {schema: {type: 'integer'}}},
          content: {'application/json': {schema: {oneOf: [plainError, openaiError]}}},
        },
      },
    },
  };
}

const plainError = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {type: 'string'},
    code: {type: 'string'},
    details: {type: 'object'},
    retryAfter: {type: 'integer'},
  },
};

const openaiError = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['message', 'type', 'param', 'code'],
      properties: {
        message: {type: 'string'},
        type: {type: 'string'},
        param: {type: ['string', 'null']},
        code: {type: ['string', 'null']},
      },
    },
  },
};

function describe(operation: Operation, path: string, ollama: boolean): object {
  const {method, tag, summary, description, body, query, answer, stream, missing, counted} = operation;
  const asked = ollama && path === '/api/chat' && body ? z.union([body, ollamaBody]) : body;
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: {type: 'string'},
  }));
  const parameters = [...inPath, ...(query ? parametersOf(query) : [])];
  const error = {$ref: '#/components/responses/error'};
  return {
    operationId: `${method}${path.replace(/\W+(\w)/g, (_, letter: string) => letter.toUpperCase()).replace(/\W/g, '')}`,
    tags: [tag],
    summary,
    ...(description && {description}),
    ...(operation.for === 'program' && {security: [{key: []}, {keyHeader: []}, {}]}),
    ...(operation.for === 'anybody' && {security: [{}]}),
    ...(parameters.length > 0 && {parameters}),
    ...(asked && {
      requestBody: {required: true, content: {'application/json': {schema: jsonSchema(asked, 'input')}}},
    }),
    responses: {
      200: {description: summary, content: contentOf(answer, stream)},
      ...(path.endsWith('/stream') && method === 'get' && {204: {description: 'Nothing is being written'}}),
      ...((asked ?? query) && {400: error}),
      ...(operation.for !== 'anybody' && {401: error}),
      ...(missing && {404: error}),
      ...(operation.for !== 'anybody' && {429: {$ref: '#/components/responses/limited'}}),
      ...(counted && {502: error}),
      ...(path === '/readyz' && {503: {description: 'Not ready', content: contentOf(answer, undefined)}}),
      ...(path === '/metrics' && {401: error, 403: error}),
    },
  };
}

function contentOf(answer: AnswerName, stream: Operation['stream']): object {
  const whole = {schema: {$ref: `#/components/schemas/${answer}`}};
  if (answer === 'metrics') return {'text/plain': whole};
  if (answer === 'stream') return {[stream ?? 'text/event-stream']: whole};
  return {
    'application/json': whole,
    ...(stream && {[stream]: {schema: {$ref: '#/components/schemas/stream'}}}),
  };
}

function parametersOf(query: z.ZodObject): readonly object[] {
  const {properties = {}, required = []} = jsonSchema(query, 'input');
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    ...(required.includes(name) && {required: true}),
    schema,
  }));
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, object>>;
  readonly required?: readonly string[];
}

/** A schema without what only stands at the top of a document of its own. What JSON Schema cannot say is left open. */
function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const {$schema: _, ...rest} = z.toJSONSchema(schema, {io, unrepresentable: 'any'});
  return rest as JsonSchema;
}

function tagsOf(operation: object): readonly string[] {
  return 'tags' in operation && Array.isArray(operation.tags) ? operation.tags.map(String) : [];
}
