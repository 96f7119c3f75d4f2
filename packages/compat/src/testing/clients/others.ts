/** Clients with an API or a loop of their own: Anthropic's, Ollama's, OpenAI's agents and AG-UI's. */
import assert from 'node:assert/strict';
import {type AgentSubscriber, HttpAgent, type Tool} from '@ag-ui/client';
import Anthropic from '@anthropic-ai/sdk';
import {Agent, OpenAIProvider, Runner, tool} from '@openai/agents';
import {type Message, Ollama} from 'ollama';
import {bearer, type CompatServer} from '../harness.ts';
import {type Asked, type Client, key, locationInput} from './journeys.ts';

const anthropicOf = ({url}: CompatServer) => new Anthropic({baseURL: url, apiKey: key, maxRetries: 0});
const anthropicQuestion = ({question, model}: Asked) => ({
  model,
  max_tokens: 100,
  messages: [{role: 'user' as const, content: question}],
});
const textIn = (content: readonly Anthropic.ContentBlock[]) =>
  content.map((block) => (block.type === 'text' ? block.text : '')).join('');

export const anthropic: Client = {
  async ask(chat, asked) {
    return textIn((await anthropicOf(chat).messages.create(anthropicQuestion(asked))).content);
  },

  async *stream(chat, {signal, ...asked}) {
    const options = signal && {signal};
    for await (const event of anthropicOf(chat).messages.stream(anthropicQuestion(asked), options)) {
      if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') yield event.delta.text;
    }
  },

  async useTool(chat, asked, {name, description, parameters, execute}) {
    const {messages: first, ...rest} = anthropicQuestion(asked);
    const messages: Anthropic.MessageParam[] = [...first];
    for (;;) {
      const body = {...rest, messages, tools: [{name, description, input_schema: parameters}]};
      const {content} = await anthropicOf(chat).messages.create(body);
      messages.push({role: 'assistant', content});
      const calls = content.filter((block) => block.type === 'tool_use');
      if (calls.length === 0) return textIn(content);
      messages.push({
        role: 'user',
        content: calls.map(({id, input}) => ({
          type: 'tool_result',
          tool_use_id: id,
          content: execute(locationInput.parse(input)),
        })),
      });
    }
  },
};

const ollamaOf = ({url}: CompatServer) => new Ollama({host: url, headers: bearer(key)});

export const ollama: Client = {
  async ask(chat, {question, model}) {
    return (await ollamaOf(chat).chat({model, messages: [{role: 'user', content: question}]})).message.content;
  },

  async *stream(chat, {question, model, signal}) {
    const stream = await ollamaOf(chat).chat({model, messages: [{role: 'user', content: question}], stream: true});
    signal?.addEventListener('abort', () => stream.abort());
    for await (const {message} of stream) if (message.content !== '') yield message.content;
  },

  async useTool(chat, {question, model}, {execute, ...described}) {
    const messages: Message[] = [{role: 'user', content: question}];
    const tools = [{type: 'function', function: described}];
    for (;;) {
      const {message} = await ollamaOf(chat).chat({model, messages, tools});
      messages.push(message);
      if (!message.tool_calls?.length) return message.content;
      for (const {function: called} of message.tool_calls) {
        const content = execute(locationInput.parse(called.arguments));
        messages.push({role: 'tool', content, tool_name: called.name});
      }
    }
  },
};

const runnerOf = ({url}: CompatServer) =>
  new Runner({modelProvider: new OpenAIProvider({apiKey: key, baseURL: `${url}/v1`}), tracingDisabled: true});

export const agents: Client = {
  async ask(chat, {question, model}) {
    return (await runnerOf(chat).run(new Agent({name: 'Helper', model}), question)).finalOutput ?? '';
  },

  async *stream(chat, {question, model, signal}) {
    const agent = new Agent({name: 'Helper', model});
    const result = await runnerOf(chat).run(agent, question, {stream: true, ...(signal && {signal})});
    const completed = result.completed.catch((error: unknown) => error);
    for await (const event of result) {
      if (event.type === 'raw_model_stream_event' && event.data.type === 'output_text_delta') yield event.data.delta;
    }
    const error = await completed;
    if (error instanceof Error) throw error;
  },

  async useTool(chat, {question, model}, {name, description, execute}) {
    const weather = tool({name, description, parameters: locationInput, execute: async (input) => execute(input)});
    const agent = new Agent({name: 'Forecaster', model, tools: [weather]});
    return (await runnerOf(chat).run(agent, question)).finalOutput ?? '';
  },
};

const agentOf = ({url}: CompatServer, question: string) =>
  new HttpAgent({
    url: `${url}/agui`,
    headers: bearer(key),
    threadId: 'thread_1',
    initialMessages: [{id: '1', role: 'user', content: question}],
  });

/** Runs an agent with a listener that gets the pieces; an error event rejects. */
async function run(
  agent: HttpAgent,
  {model, tools}: {model: string; tools?: Tool[]},
  onPiece?: (piece: string) => void,
) {
  let failure: Error | undefined;
  const subscriber: AgentSubscriber = {
    onTextMessageContentEvent: ({event}) => onPiece?.(event.delta),
    onRunErrorEvent: ({event}) => void (failure = new Error(event.message)),
  };
  const {newMessages} = await agent.runAgent({forwardedProps: {model}, ...(tools && {tools})}, subscriber);
  if (failure) throw failure;
  return newMessages;
}

export const agUi: Client = {
  async ask(chat, {question, model}) {
    const [message] = await run(agentOf(chat, question), {model});
    return message?.role === 'assistant' ? (message.content ?? '') : '';
  },

  async *stream(chat, {question, model, signal}) {
    const agent = agentOf(chat, question);
    signal?.addEventListener('abort', () => agent.abortRun());
    const pieces = new TransformStream<string, string>();
    const writer = pieces.writable.getWriter();
    const ended = run(agent, {model}, (piece) => void writer.write(piece)).finally(() => writer.close());
    ended.catch(() => {});
    yield* pieces.readable;
    await ended;
  },

  async useTool(chat, {question, model}, {execute, ...described}) {
    const agent = agentOf(chat, question);
    for (;;) {
      const messages = await run(agent, {model, tools: [described]});
      const calls = messages.flatMap((message) => (message.role === 'assistant' ? (message.toolCalls ?? []) : []));
      if (calls.length === 0) {
        const last = messages.at(-1);
        assert.ok(last?.role === 'assistant');
        return last.content ?? '';
      }
      for (const {id, function: called} of calls) {
        const content = execute(locationInput.parse(JSON.parse(called.arguments)));
        agent.addMessage({id: `result_${id}`, role: 'tool', toolCallId: id, content});
      }
    }
  },
};
