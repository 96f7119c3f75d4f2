/** Cloudflare Workers AI. */
import {type Emulator, type Reply, chunk, finishOf, framesOf, mark, usage, wholeCall} from './emulator.ts';

const failed = (status: number, code: number, message: string): Reply => ({
  status,
  body: {success: false, errors: [{code, message}], messages: [], result: null},
});

export const workersAi: Emulator = {
  name: 'Workers AI',
  kind: 'openai',
  address: 'https://api.cloudflare.com/client/v4/accounts/ACCOUNT/ai/v1',
  path: '/client/v4/accounts/0a1b/ai/v1',
  keyHeader: 'authorization',
  model: '@cf/meta/llama-4-scout-17b-16e-instruct',
  models: failed(405, 7001, 'GET not supported for requested URI.'),
  write(said) {
    const frames = framesOf(said, {
      call: (call) => [chunk({tool_calls: [wholeCall(call, {id: `chatcmpl-tool-${call.round}`})]})],
      // A word that looks like a number is one.
      text: (piece) => chunk({content: /^\d+$/.test(piece) ? Number(piece) : piece}),
    });
    return {
      frames: said.call ? frames : [chunk({role: 'assistant', content: ''}), ...frames],
      end: chunk({}, {finish: finishOf(said), usage}) + mark,
    };
  },
  wrongKey: failed(401, 10_000, 'Authentication error'),
  noSuchModel: (name) => failed(400, 5007, `AiError: No such model ${name} or task`),
  busy: {
    ...failed(429, 3040, 'AiError: Capacity temporarily exceeded, please try again.'),
    told: {status: 429},
  },
  quirks: [
    {says: 'has no list; `models` names it', source: 'jekalmin/extended_openai_conversation#228'},
    {says: 'numbers in `content`', source: 'mastra-ai/mastra#18289'},
    {says: 'errors stand in `errors`', source: 'https://developers.cloudflare.com/workers-ai/platform/errors/'},
  ],
  lists: false,
  thinks: false,
  asksFirst: 1,
};
