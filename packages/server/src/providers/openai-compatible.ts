/**
 * Any upstream that speaks OpenAI's chat completions: OpenAI, Ollama, vLLM, llama.cpp, LM Studio, OpenRouter and the
 * compatible endpoints of others. One request, one decoder, nothing in between. The upstream's own words about an error
 * go into our error's cause, never into its message.
 */
import {openaiChat} from '@chatlet/protocol';
import type {Provider} from '../engine/provider.ts';
import {lazyAnswer} from './lazy-answer.ts';
import {type OpenAiCapabilities, learnFromRefusal} from './openai-capabilities.ts';
import {
  type OpenAiCompatibleOptions,
  fetchOpenAiModels,
  nameOfHost,
  openOpenAiUpstream,
  passOnTo,
  readStream,
} from './openai-upstream.ts';
import {toOpenAiBody} from './openai-prompt.ts';
import {createAsk} from './unsupported-parameters.ts';

export function openAiCompatible(options: OpenAiCompatibleOptions): Provider {
  const {isChatModel} = options;
  const upstream = openOpenAiUpstream(options);
  const id = options.id ?? nameOfHost(upstream.host);
  const ask = createAsk<OpenAiCapabilities>({
    assumed: {
      streams: true,
      system: 'anywhere',
      streamOptions: true,
      maxTokens: 'max_tokens',
      sampling: 'both',
      reasoning: 'taken',
      signatures: 'optional',
      callIds: 'any',
      padding: upstream.host === 'api.openai.com' ? 'refused' : 'unknown',
    },
    toBody: toOpenAiBody,
    learn: learnFromRefusal,
    post: (body, {signal}) => upstream.post('/chat/completions', body, {signal}),
  });

  return {
    id,
    endsOnAbort: true,

    models: ({signal}) => fetchOpenAiModels(upstream, {provider: id, isChatModel, signal}),

    answer: (request, {signal}) =>
      lazyAnswer(async () => readStream(await ask(request, {signal}), {dialect: openaiChat, request})),

    passOn: passOnTo(upstream),

    close: () => upstream.close(),
  };
}
