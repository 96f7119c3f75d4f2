/**
 * Any upstream with OpenAI's Responses API. Nothing is kept there: each request brings the whole conversation, and the
 * reasoning behind its tool calls, which the upstream has encrypted.
 */
import {openaiResponses} from '@chatlet/protocol';
import type {Provider} from '../engine/provider.ts';
import {lazyAnswer} from './lazy-answer.ts';
import {type ResponsesCapabilities, toResponsesBody} from './openai-responses-prompt.ts';
import {
  type OpenAiCompatibleOptions,
  fetchOpenAiModels,
  nameOfHost,
  openOpenAiUpstream,
  passOnTo,
  readStream,
} from './openai-upstream.ts';
import {samplingAfter} from './sampling.ts';
import {type Refuses, createAsk} from './unsupported-parameters.ts';

/** @example const provider = openAiResponses({baseUrl: 'https://api.openai.com/v1', apiKey: process.env.OPENAI_API_KEY}); */
export function openAiResponses(options: OpenAiCompatibleOptions): Provider {
  const {isChatModel} = options;
  const upstream = openOpenAiUpstream(options);
  const id = options.id ?? nameOfHost(upstream.host);
  const ask = createAsk<ResponsesCapabilities>({
    assumed: {
      streams: true,
      sampling: 'both',
      encrypts: true,
      padding: upstream.host === 'api.openai.com' ? 'refused' : 'unknown',
    },
    toBody: toResponsesBody,
    learn: learnFromRefusal,
    post: (body, {signal}) => upstream.post('/responses', body, {signal}),
  });

  return {
    id,
    endsOnAbort: true,

    models: ({signal}) => fetchOpenAiModels(upstream, {provider: id, isChatModel, signal}),

    answer: (request, {signal}) =>
      lazyAnswer(async () => readStream(await ask(request, {signal}), {dialect: openaiResponses, request})),

    passOn: passOnTo(upstream),

    close: () => upstream.close(),
  };
}

/** OpenAI: "Encrypted content is not supported with this model." */
const saysNoEncryption = /encrypted content is not supported/i;

/** The order matters: the first ones cost the caller nothing. */
function learnFromRefusal(
  known: ResponsesCapabilities,
  refuses: Refuses,
  message: string,
): ResponsesCapabilities | undefined {
  if (known.encrypts && (saysNoEncryption.test(message) || refuses('include'))) return {...known, encrypts: false};
  if (known.padding === 'refused' && refuses('stream_options')) return {...known, padding: 'unknown'};
  if (known.streams && (refuses('stream') || refuses('stream', 'streaming'))) return {...known, streams: false};
  const sampling = samplingAfter(refuses);
  return sampling && {...known, sampling};
}
