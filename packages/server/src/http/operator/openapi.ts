/**
 * `/openapi.json`: what every path takes and gives, as OpenAPI 3.1. What requests may hold comes from the schemas that
 * check them, so the two cannot differ; a test compares the paths with those that are mounted.
 */
import {z} from 'zod';
import {chatletBody, protocolNames, typedEventsBody, uiBody} from '../apis/chat/formats.ts';
import {idempotencyKey} from '../request/idempotency.ts';
import {ollamaBody} from '../apis/ollama/request.ts';
import {completionBody} from '../apis/openai/request.ts';
import {chatStreamBody} from '../apis/content/chat-stream.ts';
import {resumeQuery} from '../apis/chat/chat.ts';
import {chatsQuery, renameBody} from '../apis/chat/chats.ts';
import {usageQuery} from '../apis/chat/usage.ts';
import {v1ChatBody} from '../apis/priced/v1-chat.ts';

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
  readonly headers?: z.ZodObject;
  /** A whole answer. */
  readonly answer?: AnswerName;
  /** What that is written as, where it is not JSON. */
  readonly answerType?: string;
  /** What an answer that comes as it is written is written as. */
  readonly streams?: readonly string[];
  /** `program`: needs a key. `anybody`: needs nothing. Otherwise visitors may, too. */
  readonly for?: 'program' | 'anybody';
  /** Where there is something to miss. */
  readonly missing?: boolean;
  /** Asks a model: counts against the caller's plan, and fails where the model does. */
  readonly question?: boolean;
  /** Answers by status, besides those that all of its kind have. */
  readonly also?: Readonly<Record<number, Further>>;
  /** What is otherwise where Ollama's clients are served. */
  readonly withOllama?: Partial<Operation>;
}

interface Further {
  readonly description: string;
  /** Nothing where absent. */
  readonly answer?: AnswerName;
}

type Tag = keyof typeof tags;
type AnswerName = keyof typeof answers;

const tags = {
  Questions: 'Asking, and listening to what is answered',
  History: 'Chats that are kept',
  Models: 'Who can be asked',
  Usage: 'What answers cost, and what is left',
  Operation: 'For those who run the server',
  Ollama: 'For clients of Ollama',
};

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

/** Ours, with what there is to know beside it; the clients of `/chat/stream` know no codes. */
const ownError = z.looseObject({
  error: text,
  code: text.optional(),
  details: z.looseObject({}).optional(),
  retryAfter: count.optional(),
});
const openaiError = z.looseObject({
  error: z.looseObject({message: text, type: text, param: text.nullable(), code: text.nullable()}),
});

/** What is given back, by names that the operations use. */
const answers = {
  error: z.union([ownError, openaiError]),
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

const ownBodies = [chatletBody, typedEventsBody, uiBody] as const;
const protocol = z.enum(protocolNames).optional();
const protocolWithOllama = z.enum([...protocolNames, 'ollama']).optional();

const questionHeaders = z.object({
  'Idempotency-Key': z.string().regex(idempotencyKey).optional().describe('A name under which it is answered once'),
});

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
    body: z.union(ownBodies),
    query: z.object({protocol}),
    headers: questionHeaders.extend({'x-chat-protocol': protocol}),
    streams: ['text/event-stream', 'text/plain'],
    missing: true,
    question: true,
    also: {
      413: {description: 'The body is larger than 10 MB, or the conversation than the model reads', answer: 'error'},
    },
    withOllama: {
      body: z.union([...ownBodies, ollamaBody]),
      query: z.object({protocol: protocolWithOllama}),
      headers: questionHeaders.extend({'x-chat-protocol': protocolWithOllama}),
      answer: 'ollamaAnswer',
      streams: ['text/event-stream', 'text/plain', 'application/x-ndjson'],
    },
  },
  {
    method: 'get',
    paths: ['/api/chat/{chatId}/stream'],
    tag: 'Questions',
    summary: 'Listen again to the answer that is being written',
    description: '204 where none is.',
    query: resumeQuery.extend({protocol}),
    headers: z.object({
      'x-chat-protocol': protocol,
      'Last-Event-ID': resumeQuery.shape.after.describe('The same as `after`'),
    }),
    streams: ['text/event-stream'],
    missing: true,
    also: {204: {description: 'Nothing is being written'}},
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
    headers: questionHeaders,
    answer: 'plainAnswer',
    streams: ['text/event-stream'],
    missing: true,
    question: true,
  },
  {
    method: 'post',
    paths: ['/v1/chat/completions'],
    tag: 'Questions',
    summary: 'Ask as OpenAI’s clients do',
    description: streamsOf,
    body: completionBody,
    headers: questionHeaders,
    answer: 'completion',
    streams: ['text/event-stream'],
    for: 'program',
    missing: true,
    question: true,
  },
  {
    method: 'post',
    paths: ['/v1/chat', '/api/v1/chat'],
    tag: 'Questions',
    summary: 'Ask, with what the answer cost',
    description: `With a \`conversation_id\` the conversation is kept. ${streamsOf}`,
    body: v1ChatBody,
    headers: questionHeaders,
    answer: 'pricedCompletion',
    streams: ['text/event-stream'],
    for: 'program',
    missing: true,
    question: true,
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
    also: {503: {description: 'Not ready', answer: 'readiness'}},
  },
  {
    method: 'get',
    paths: ['/metrics'],
    tag: 'Operation',
    summary: 'Numbers for Prometheus, for programs on this machine or with the metrics token',
    answer: 'metrics',
    answerType: 'text/plain',
    for: 'anybody',
    also: {
      401: {description: 'The token is another', answer: 'error'},
      403: {description: 'Only programs on this machine may look', answer: 'error'},
    },
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
  const described = ollama
    ? [...operations.map((operation) => ({...operation, ...operation.withOllama})), ...ollamaOperations]
    : operations;
  const paths: Record<string, Record<string, object>> = {};
  for (const operation of described) {
    for (const path of operation.paths) paths[path] = {...paths[path], [operation.method]: describe(operation, path)};
  }
  const used = new Set(described.flatMap(namesOf));
  return {
    openapi: '3.1.0',
    info: {
      title: 'Chatlet server',
      version,
      description: 'Ask models, keep chats, and see what they cost.',
      license: {name: 'MIT', identifier: 'MIT'},
    },
    servers: [{url: '.'}],
    tags: [...new Set(described.map(({tag}) => tag))].map((name) => ({name, description: tags[name]})),
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
        Object.entries(answers)
          .filter(([name]) => used.has(name))
          .map(([name, schema]) => [name, jsonSchema(schema, 'output')]),
      ),
      responses: {
        error: {
          description: 'What went wrong, in the words of the API that was asked',
          content: {'application/json': schemaOf('error')},
        },
        limited: {
          description: 'Too many questions; `Retry-After` says how many seconds to wait',
          headers: {'Retry-After': {schema: {type: 'integer'}}},
          content: {'application/json': schemaOf('error')},
        },
      },
    },
  };
}

function describe(operation: Operation, path: string): object {
  const {method, tag, summary, description, body, query, headers} = operation;
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: {type: 'string'},
  }));
  const parameters = [...inPath, ...parametersOf('query', query), ...parametersOf('header', headers)];
  return {
    operationId: `${method}${path.replace(/\W+(\w)/g, (_, letter: string) => letter.toUpperCase()).replace(/\W/g, '')}`,
    tags: [tag],
    summary,
    ...(description && {description}),
    ...(operation.for === 'program' && {security: [{key: []}, {keyHeader: []}, {}]}),
    ...(operation.for === 'anybody' && {security: [{}]}),
    ...(parameters.length > 0 && {parameters}),
    ...(body && {
      requestBody: {required: true, content: {'application/json': {schema: jsonSchema(body, 'input')}}},
    }),
    responses: responsesOf(operation),
  };
}

/** What it answers, with the refusals that all operations of its kind share. */
function responsesOf(operation: Operation): Readonly<Record<number, object>> {
  const {method, summary, body, query, missing, question, also = {}} = operation;
  const refusals = [
    ...((body ?? query) ? [400] : []),
    ...(operation.for === 'anybody' ? [] : [401]),
    // Pages of other origins may at most read.
    ...(method === 'get' ? [] : [403]),
    ...(missing ? [404] : []),
    ...(body ? [413, 415] : []),
    ...(question ? [409, 502, 503, 504] : []),
  ];
  return {
    200: {description: summary, content: contentOf(operation)},
    ...Object.fromEntries(refusals.map((status) => [status, {$ref: '#/components/responses/error'}])),
    ...(operation.for !== 'anybody' && {429: {$ref: '#/components/responses/limited'}}),
    ...Object.fromEntries(
      Object.entries(also).map(([status, {description, answer}]) => [
        status,
        {description, ...(answer && {content: contentOf({answer})})},
      ]),
    ),
  };
}

function contentOf({answer, answerType = 'application/json', streams = []}: Partial<Operation>): object {
  return {
    ...(answer && {[answerType]: schemaOf(answer)}),
    ...Object.fromEntries(streams.map((type) => [type, schemaOf('stream')])),
  };
}

function schemaOf(answer: AnswerName): object {
  return {schema: {$ref: `#/components/schemas/${answer}`}};
}

/** The names of all that it gives back; an error may always be. */
function namesOf({answer, streams, also = {}}: Operation): readonly string[] {
  const further = Object.values(also).map((each) => each.answer);
  return ['error', answer, streams && 'stream', ...further].filter((name) => name !== undefined);
}

function parametersOf(place: 'query' | 'header', schema: z.ZodObject | undefined): readonly object[] {
  const {properties = {}, required = []} = schema ? jsonSchema(schema, 'input') : {};
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: place,
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
