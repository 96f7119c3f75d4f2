/**
 * Any upstream with OpenAI's Responses API. Nothing is kept there: each request brings the whole conversation, and the
 * reasoning behind its tool calls, which the upstream has encrypted.
 */
import {openaiResponses} from '@chatlet/protocol';
import type {Provider} from '../engine/provider.ts';
import {type ResponsesCapabilities, toResponsesBody} from './openai-responses-prompt.ts';
import {type OpenAiCompatibleOptions, openAiProvider} from './openai-upstream.ts';
import {describeSampling, samplingAfter} from './sampling.ts';
import type {Refuses} from './unsupported-parameters.ts';

/** @example const provider = openAiResponses({baseUrl: 'https://api.openai.com/v1', apiKey: process.env.OPENAI_API_KEY}); */
export function openAiResponses(options: OpenAiCompatibleOptions): Provider {
  return openAiProvider<ResponsesCapabilities>(options, {
    path: '/responses',
    dialect: openaiResponses,
    assume: (host) => ({
      streams: true,
      sampling: 'both',
      encrypts: true,
      padding: host === 'api.openai.com' ? 'refused' : 'unknown',
    }),
    toBody: toResponsesBody,
    learn: learnFromRefusal,
    describe: ({streams, sampling, encrypts}) => [
      ...(streams ? [] : ['does not stream']),
      ...describeSampling(sampling),
      ...(encrypts ? [] : ['gives no encrypted reasoning']),
    ],
  });
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
