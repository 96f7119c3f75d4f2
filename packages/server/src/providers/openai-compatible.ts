/**
 * Any upstream that speaks OpenAI's chat completions: OpenAI, Ollama, vLLM, llama.cpp, LM Studio, OpenRouter and the
 * compatible endpoints of others. One request, one decoder, nothing in between. The upstream's own words about an error
 * go into our error's cause, never into its message.
 */
import {openaiChat} from '@chatlet/protocol';
import type {Provider} from '../engine/provider.ts';
import {type OpenAiCapabilities, describeOpenAiQuirks, learnFromRefusal} from './openai-capabilities.ts';
import {toOpenAiBody} from './openai-prompt.ts';
import {type OpenAiCompatibleOptions, openAiProvider} from './openai-upstream.ts';

/** Creates a provider that asks an upstream with OpenAI's chat completions. */
export function openAiCompatible(options: OpenAiCompatibleOptions): Provider {
  return openAiProvider<OpenAiCapabilities>(options, {
    path: '/chat/completions',
    dialect: openaiChat,
    assume: (host) => ({
      streams: true,
      system: 'anywhere',
      streamOptions: true,
      maxTokens: 'max_tokens',
      sampling: 'both',
      reasoning: 'taken',
      signatures: 'optional',
      callIds: 'any',
      padding: host === 'api.openai.com' ? 'refused' : 'unknown',
      budget: (options.thinkingConfig ?? host === 'generativelanguage.googleapis.com') ? 'thinking_config' : 'effort',
    }),
    toBody: toOpenAiBody,
    learn: learnFromRefusal,
    describe: describeOpenAiQuirks,
  });
}
