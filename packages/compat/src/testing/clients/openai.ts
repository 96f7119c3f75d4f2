/** OpenAI's own client, by chat completions and by responses, and clients that speak chat completions. */
import {OpenAI as LlamaIndex} from '@llamaindex/openai';
import {Mistral} from '@mistralai/mistralai';
import Groq from 'groq-sdk';
import {AzureOpenAI} from 'openai7';
import {z} from 'zod';
import type {CompatServer} from '../harness.ts';
import {type Client, key, locationInput} from './journeys.ts';

interface Options {
  readonly signal?: AbortSignal;
}

/**
 * A method of any client that sends a body. The types of the clients differ, so that no body fits all of them; their
 * answers are checked instead.
 */
type Create = (body: never, options?: Options) => PromiseLike<unknown>;

type CreateAny = (body: object, options?: Options) => PromiseLike<unknown>;

/** One major of OpenAI's client. */
interface Sdk {
  readonly OpenAI: new (options: {readonly apiKey: string; readonly baseURL: string; readonly maxRetries: number}) => {
    readonly chat: {readonly completions: {readonly create: Create}};
    readonly responses: {readonly create: Create};
  };
}

const call = z.looseObject({id: z.string(), function: z.looseObject({arguments: z.string()})});
const completion = z.object({
  choices: z.tuple([
    z.object({message: z.looseObject({content: z.string().nullable(), tool_calls: z.array(call).nullish()})}),
  ]),
});
const chunk = z.object({choices: z.array(z.object({delta: z.object({content: z.string().nullish()})}))});
const events = z.custom<AsyncIterable<unknown>>((value) => typeof value === 'object');

const userAsks = (question: string) => ({role: 'user', content: question});

/** @param createOf makes a client for a server, and gives its method that asks */
function chatCompletions(createOf: (chat: CompatServer) => CreateAny): Client {
  return {
    async ask(chat, {question, model}) {
      const answer = completion.parse(await createOf(chat)({model, messages: [userAsks(question)]}));
      return answer.choices[0].message.content ?? '';
    },

    async *stream(chat, {question, model, signal}) {
      const body = {model, messages: [userAsks(question)], stream: true};
      const chunks = events.parse(await createOf(chat)(body, signal && {signal}));
      for await (const each of chunks) {
        for (const {delta} of chunk.parse(each).choices) if (delta.content) yield delta.content;
      }
    },

    async useTool(chat, {question, model}, {execute, ...described}) {
      const messages: object[] = [userAsks(question)];
      const tools = [{type: 'function', function: described}];
      for (;;) {
        const [{message}] = completion.parse(await createOf(chat)({model, messages, tools})).choices;
        messages.push(message);
        if (!message.tool_calls?.length) return message.content ?? '';
        for (const {id, function: called} of message.tool_calls) {
          const content = execute(locationInput.parse(JSON.parse(called.arguments)));
          messages.push({role: 'tool', tool_call_id: id, content});
        }
      }
    },
  };
}

const clientOf = ({OpenAI}: Sdk, {url}: CompatServer) => new OpenAI({apiKey: key, baseURL: `${url}/v1`, maxRetries: 0});

export const openaiChat = (sdk: Sdk): Client =>
  chatCompletions((chat) => {
    const {completions} = clientOf(sdk, chat).chat;
    return (body, options) => completions.create(body as never, options);
  });

export const azure: Client = chatCompletions(({url}) => {
  const client = new AzureOpenAI({endpoint: url, apiKey: key, apiVersion: '2024-10-21', maxRetries: 0});
  return (body, options) => client.chat.completions.create(body as never, options);
});

/** A base URL that ends before `/v1`. */
export const withoutVersion = ({OpenAI}: Sdk): Client =>
  chatCompletions(({url}) => {
    const client = new OpenAI({apiKey: key, baseURL: url, maxRetries: 0});
    return (body, options) => client.chat.completions.create(body as never, options);
  });

export const groq: Client = chatCompletions(({url}) => {
  const client = new Groq({baseURL: url, apiKey: key, maxRetries: 0});
  return (body, options) => client.chat.completions.create(body as never, options);
});

const response = z.object({
  id: z.string(),
  output: z.array(z.looseObject({type: z.string(), call_id: z.string().optional(), arguments: z.string().optional()})),
  output_text: z.string(),
});
const responseEvent = z.object({type: z.string(), delta: z.unknown().optional()});

/** The tool loop goes on by `previous_response_id`. */
export const openaiResponses = (sdk: Sdk): Client => {
  const create = (chat: CompatServer, body: object, options?: Options) =>
    clientOf(sdk, chat).responses.create(body as never, options);
  return {
    async ask(chat, {question, model}) {
      return response.parse(await create(chat, {model, input: question})).output_text;
    },

    async *stream(chat, {question, model, signal}) {
      const stream = await create(chat, {model, input: question, stream: true}, signal && {signal});
      for await (const event of events.parse(stream)) {
        const {type, delta} = responseEvent.parse(event);
        if (type === 'response.output_text.delta' && typeof delta === 'string') yield delta;
      }
    },

    async useTool(chat, {question, model}, {execute, ...described}) {
      const tools = [{type: 'function', ...described, strict: false}];
      let input: string | readonly object[] = question;
      let previous: object = {};
      for (;;) {
        const {id, output, output_text: text} = response.parse(await create(chat, {model, tools, input, ...previous}));
        const calls = output.filter(({type}) => type === 'function_call');
        if (calls.length === 0) return text;
        previous = {previous_response_id: id};
        input = calls.map((called) => ({
          type: 'function_call_output',
          call_id: called.call_id,
          output: execute(locationInput.parse(JSON.parse(called.arguments ?? ''))),
        }));
      }
    },
  };
};

const mistralOf = ({url}: CompatServer) => new Mistral({apiKey: key, serverURL: url});
const textOf = (content: unknown) => (typeof content === 'string' ? content : '');

export const mistral: Client = {
  async ask(chat, {question, model}) {
    const {choices} = await mistralOf(chat).chat.complete({model, messages: [{role: 'user', content: question}]});
    return textOf(choices[0]?.message?.content);
  },

  async *stream(chat, {question, model, signal}) {
    const asked = {model, messages: [{role: 'user' as const, content: question}]};
    for await (const {data} of await mistralOf(chat).chat.stream(asked, signal && {fetchOptions: {signal}})) {
      const text = textOf(data.choices[0]?.delta.content);
      if (text !== '') yield text;
    }
  },

  async useTool(chat, {question, model}, {execute, name, description, parameters}) {
    type Request = Parameters<Mistral['chat']['complete']>[0];
    const messages: Request['messages'] = [{role: 'user', content: question}];
    const tools = [{type: 'function' as const, function: {name, description, parameters}}];
    for (;;) {
      const {choices} = await mistralOf(chat).chat.complete({model, messages, tools});
      const message = choices[0]?.message;
      if (!message?.toolCalls?.length) return textOf(message?.content);
      messages.push({...message, role: 'assistant'});
      for (const {id, function: called} of message.toolCalls) {
        const input: unknown = typeof called.arguments === 'string' ? JSON.parse(called.arguments) : called.arguments;
        messages.push({role: 'tool', toolCallId: id, content: execute(locationInput.parse(input))});
      }
    }
  },
};

/** Its `chat` takes no signal, and its request goes on when a reader leaves. It is stopped by the fetch that it is given. */
const llamaIndexOf = ({url}: CompatServer, model: string, options: Options = {}) =>
  new LlamaIndex({
    model,
    apiKey: key,
    baseURL: `${url}/v1`,
    maxRetries: 0,
    additionalSessionOptions: {fetch: (input, init) => fetch(input, {...init, ...options})},
  });

export const llamaIndex: Client = {
  async ask(chat, {question, model}) {
    const {message} = await llamaIndexOf(chat, model).chat({messages: [{role: 'user', content: question}]});
    return textOf(message.content);
  },

  async *stream(chat, {question, model, signal}) {
    const messages = [{role: 'user' as const, content: question}];
    for await (const {delta} of await llamaIndexOf(chat, model, signal && {signal}).chat({messages, stream: true})) {
      if (delta !== '') yield delta;
    }
  },

  async useTool(chat, {question, model}, {execute, name, description, parameters}) {
    const llm = llamaIndexOf(chat, model);
    const tools = [
      {call: (input: unknown) => execute(locationInput.parse(input)), metadata: {name, description, parameters}},
    ];
    const messages: Parameters<typeof llm.exec>[0]['messages'] = [{role: 'user', content: question}];
    for (;;) {
      const {newMessages, toolCalls} = await llm.exec({messages, tools});
      messages.push(...newMessages);
      if (toolCalls.length === 0) return textOf(newMessages.at(-1)?.content);
    }
  },
};
