/** A transport that plays a state's script in place of a server. */
import {ChatError} from '@chatlet/protocol';
import type {ChatEvent} from '@chatlet/protocol';
import type {ChatConfig, ChatTransport, ModelChoice} from '../src/client/transport.ts';
import {pause} from './play.ts';
import type {State} from './states.ts';

const day = 86_400_000;
const ago = (days: number) => new Date(Date.now() - days * day).toISOString();

const chats = [
  {id: 'chat_1', title: 'Stream a reply in Node', model: 'gpt-4o', createdAt: ago(0), updatedAt: ago(0)},
  {
    id: 'chat_2',
    title: 'Weather in San Francisco and Oslo',
    model: 'gpt-4o',
    createdAt: ago(0),
    updatedAt: ago(0.0001),
  },
  {id: 'chat_3', title: 'Quarterly report: what changed in Q4?', model: 'gpt-4o', createdAt: ago(1), updatedAt: ago(1)},
  {id: 'chat_4', title: 'Centre a div', model: 'gpt-4o', createdAt: ago(1), updatedAt: ago(1.0001)},
  {id: 'chat_5', title: 'Explain quantum computing simply', model: 'gpt-4o', createdAt: ago(5), updatedAt: ago(5)},
];

const config: ChatConfig & ModelChoice = {
  greeting: 'What can I help with?',
  introduction: 'Ask anything about Acme. Answers cite the pages they come from.',
  starters: ['Install it on my site', 'Use my own model', 'What does it cost?'],
  models: [
    {id: 'gpt-4o', name: 'GPT-4o', description: 'Smart, general use', contextLength: 128_000},
    {id: 'sonnet', name: 'Claude Sonnet 4', description: 'Long documents and code', contextLength: 200_000},
    {id: 'flash', name: 'Gemini 2 Flash', description: 'Fast and low-cost', contextLength: 1_000_000},
  ],
  defaultModel: 'gpt-4o',
};

const pages = [
  {
    id: 'resume',
    title: 'Resume an answer after a reload',
    section: 'Guide › Streaming',
    url: 'https://docs.acme.example/resume',
    snippet: 'The answer goes on where it was, also in a second tab …',
  },
  {
    id: 'protocol',
    title: 'Protocol: resuming',
    section: 'Reference',
    url: 'https://docs.acme.example/protocol#resume',
    snippet: 'GET /api/chat/:id/stream?after=12 reads on behind the twelfth event.',
  },
  {
    id: 'nginx',
    title: 'Behind nginx',
    section: 'Self-hosting',
    url: 'https://docs.acme.example/nginx',
    snippet: 'What a proxy must not buffer, so that a stream resumes at once …',
  },
];

/** Never resolves; rejects when the signal aborts. */
function never(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(signal.reason instanceof Error ? signal.reason : new Error('Aborted'));
    });
  });
}

/** A stream that stays open and sends nothing. */
async function* silence(signal: AbortSignal): AsyncGenerator<ChatEvent> {
  yield await never(signal);
}

export function scriptedTransport(state: State): ChatTransport {
  async function* events(signal: AbortSignal): AsyncGenerator<ChatEvent> {
    for (const step of state.answer ?? []) {
      if (step === 'wait') await never(signal);
      else if (typeof step === 'number') await pause(step);
      else yield step;
    }
  }
  return {
    send: (_, {signal}) => events(signal),
    ...(state.resumes && {
      resume: (_chatId: string, _after: number, {signal}: {signal: AbortSignal}) => silence(signal),
    }),
    async askPerson() {
      if (state.person === 'unavailable') throw new ChatError('network');
    },
    config: async ({signal}) => (state.config === 'loading' ? never(signal) : {...config, ...state.config}),
    callApp: async () => ({base: '', body: {url: 'app.html'}}),
    search: async ({text}) =>
      pages.filter((page) => Object.values(page).join(' ').toLowerCase().includes(text.toLowerCase())),
    history: {
      async list({search}, {signal}) {
        if (state.history === 'loading') return never(signal);
        if (state.history === 'failed') throw new Error('No history today');
        if (state.history === 'empty') return {items: []};
        return {items: chats.filter(({title}) => title.toLowerCase().includes((search ?? '').toLowerCase()))};
      },
      load: (_chatId, {signal}) => never(signal),
      async rename() {},
      async remove() {},
      export: async () => new Blob(),
      async removeAll() {},
    },
  };
}
