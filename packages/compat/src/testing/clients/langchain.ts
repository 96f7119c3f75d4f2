/** LangChain's models. */
import {ChatAnthropic} from '@langchain/anthropic';
import {type BaseMessage, HumanMessage} from '@langchain/core/messages';
import {tool} from '@langchain/core/tools';
import {ChatOpenAI} from '@langchain/openai';
import type {CompatServer} from '../harness.ts';
import {type Client, key, locationInput} from './journeys.ts';

const langchain = (modelOf: (chat: CompatServer, model: string) => ChatOpenAI | ChatAnthropic): Client => ({
  async ask(chat, {question, model}) {
    return (await modelOf(chat, model).invoke(question)).text;
  },

  async *stream(chat, {question, model, signal}) {
    for await (const {text} of await modelOf(chat, model).stream(question, signal && {signal})) {
      if (text !== '') yield text;
    }
  },

  async useTool(chat, {question, model}, {name, description, execute}) {
    const weather = tool(async (input) => execute(input), {name, description, schema: locationInput});
    const bound = modelOf(chat, model).bindTools([weather]);
    const messages: BaseMessage[] = [new HumanMessage(question)];
    for (;;) {
      const answer = await bound.invoke(messages);
      messages.push(answer);
      if (!answer.tool_calls?.length) return answer.text;
      for (const call of answer.tool_calls) messages.push(await weather.invoke({...call, type: 'tool_call'}));
    }
  },
});

const chatOpenai = (more: object) =>
  langchain(
    ({url}, model) =>
      new ChatOpenAI({model, apiKey: key, maxRetries: 0, configuration: {baseURL: `${url}/v1`}, ...more}),
  );

export const langchainOpenai = chatOpenai({});
export const langchainResponses = chatOpenai({useResponsesApi: true});
export const langchainAnthropic = langchain(
  ({url}, model) => new ChatAnthropic({model, apiKey: key, anthropicApiUrl: url, maxRetries: 0}),
);
