/** A provider that answers with its request as JSON, in pieces of a few characters. */
import type {ChatEvent, EventBatches} from '@chatlet/protocol';
import type {Provider, ProviderRequest} from '../engine/provider.ts';

export function echoProvider(): Provider {
  return {
    id: 'echo',
    models: async () => [
      {id: 'echo', name: 'Echo', contextLength: 4096, pricing: {prompt: 0.5, completion: 1.5}},
      {id: 'maker/echo', name: 'Echo of a maker'},
    ],
    async *answer(request): EventBatches {
      const text = JSON.stringify(request);
      const pieces = text.match(/.{1,40}/gsu) ?? [];
      for (const delta of pieces) yield [{type: 'text-delta', delta}];
      const usage: ChatEvent = {type: 'usage', promptTokens: 1000, completionTokens: 2000};
      yield [usage, {type: 'message-end', reason: 'stop'}];
    },
  };
}

/** The request, parsed from the answer. */
export function echoed(text: string): ProviderRequest {
  return JSON.parse(text) as ProviderRequest;
}
