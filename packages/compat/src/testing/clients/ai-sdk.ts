/** Providers of the AI SDK. */
import {createAnthropic} from '@ai-sdk/anthropic';
import {createOpenAI} from '@ai-sdk/openai';
import {createOpenAICompatible} from '@ai-sdk/openai-compatible';
import {type LanguageModel, generateText, isStepCount, jsonSchema, streamText, tool} from 'ai7';
import type {CompatServer} from '../harness.ts';
import {type Client, key} from './journeys.ts';

/** @param modelOf makes the model of a provider, by its name */
const aiSdk = (modelOf: (chat: CompatServer, name: string) => LanguageModel): Client => ({
  async ask(chat, {question, model}) {
    return (await generateText({model: modelOf(chat, model), prompt: question, maxRetries: 0})).text;
  },

  async *stream(chat, {question, model, signal}) {
    const {stream} = streamText({
      model: modelOf(chat, model),
      prompt: question,
      maxRetries: 0,
      onError() {},
      ...(signal && {abortSignal: signal}),
    });
    for await (const part of stream) {
      if (part.type === 'text-delta') yield part.text;
      if (part.type === 'error') throw part.error;
    }
  },

  async useTool(chat, {question, model}, {name, description, parameters, execute}) {
    const inputSchema = jsonSchema<{location: string}>(parameters);
    const {text} = await generateText({
      model: modelOf(chat, model),
      prompt: question,
      tools: {[name]: tool({description, inputSchema, execute: async (input) => execute(input)})},
      stopWhen: isStepCount(4),
    });
    return text;
  },
});

const openai = ({url}: CompatServer) => createOpenAI({baseURL: `${url}/v1`, apiKey: key});

export const aiSdkOpenai = aiSdk((chat, name) => openai(chat)(name));
export const aiSdkOpenaiChat = aiSdk((chat, name) => openai(chat).chat(name));
export const aiSdkAnthropic = aiSdk(({url}, name) => createAnthropic({baseURL: `${url}/v1`, apiKey: key})(name));
export const aiSdkCompatible = aiSdk(({url}, name) =>
  createOpenAICompatible({name: 'chatlet', baseURL: `${url}/v1`, apiKey: key}).chatModel(name),
);
