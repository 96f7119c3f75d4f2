/** A model that calls the tools which a question names. */
import type {EventBatches} from '@chatlet/protocol';
import type {Provider, ProviderRequest} from '../engine/provider.ts';

/** Calls the tool of each word behind "do:" of the last question, then tells the results. */
export function callingProvider(requests: ProviderRequest[] = []): Provider {
  return {
    id: 'calling',
    models: async () => [{id: 'calling', name: 'Calling', contextLength: 100_000}],
    async *answer(request): EventBatches {
      requests.push(request);
      const {messages} = request;
      const last = messages.at(-1);
      if (last?.role === 'assistant') {
        const told = last.parts.flatMap((part) =>
          part.type === 'tool' ? [`${part.name}: ${JSON.stringify(part.output)}`] : [],
        );
        yield [
          {type: 'text-delta', delta: told.join('; ')},
          {type: 'usage', promptTokens: 20, completionTokens: 7},
        ];
        yield [{type: 'message-end', reason: 'stop'}];
        return;
      }
      const [question] = last?.parts ?? [];
      const [, names = ''] = /do: (.*)/.exec(question?.type === 'text' ? question.text : '') ?? [];
      yield [
        {type: 'text-delta', delta: 'Wait. '},
        {type: 'usage', promptTokens: 10, completionTokens: 5},
      ];
      for (const [index, name] of names.split(' ').filter(Boolean).entries()) {
        yield [{type: 'tool-call', callId: `call_${index + 1}`, name, input: {to: 'Ada'}}];
      }
      yield [{type: 'message-end', reason: names === '' ? 'stop' : 'tool-calls'}];
    },
  };
}
