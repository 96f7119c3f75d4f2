/** Keys of a body that its API does not have, on the APIs that refuse none: the answer names them. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {startChat} from '../../testing/chat-server.ts';

const user = {role: 'user', content: 'Hi'};
const uiMessages = [{id: 'm1', role: 'user', parts: [{type: 'text', text: 'Hi'}]}];

interface Sent {
  readonly path: string;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
  /** The value of the header; null if there is none. */
  readonly ignored: string | null;
}

const cases: Readonly<Record<string, Sent>> = {
  '/chat/stream': {path: '/chat/stream', body: {messages: [user], top_k: 5, style: 'short'}, ignored: 'top_k, style'},
  '/chat/stream without others': {path: '/chat/stream', body: {messages: [user], temperature: 1}, ignored: null},
  'a key without a value': {path: '/chat/stream', body: {messages: [user], style: null}, ignored: null},
  'keys that fit into no header': {
    path: '/chat/stream',
    body: {messages: [user], 'ключ\r\nSet-Cookie: a=b': 1, ['x'.repeat(100)]: 1, '\ud800': 1},
    ignored: `${encodeURIComponent('ключ\r\nSet-Cookie: a=b')}, ${'x'.repeat(60)}, ${encodeURIComponent('\ufffd')}`,
  },
  'more keys than a header should have': {
    path: '/chat/stream',
    body: {messages: [user], ...Object.fromEntries(Array.from({length: 25}, (_, index) => [`key${index}`, 1]))},
    ignored: `${Array.from({length: 20}, (_, index) => `key${index}`).join(', ')}, 5 more`,
  },
  'our own protocol': {
    path: '/api/chat',
    headers: {'x-chat-protocol': 'chatlet'},
    body: {message: {text: 'Hi'}, user: 'alice', temperature: 1},
    ignored: 'user',
  },
  'typed events': {path: '/api/chat', body: {messages: [user], page: '/prices'}, ignored: 'page'},
  'messages of the AI SDK': {
    path: '/api/chat',
    body: {id: 'c1', messages: uiMessages, trigger: 'submit-message', tenant: 'a'},
    ignored: 'tenant',
  },
  'messages of AI SDK 4': {
    path: '/api/chat?protocol=ai-sdk-4',
    body: {id: 'c2', messages: [user], tenant: 'a'},
    ignored: 'tenant',
  },
  'a chat of Ollama': {
    path: '/api/chat',
    headers: {'user-agent': 'ollama-js'},
    body: {model: 'default', messages: [user], keep_alive: '5m', options: {seed: 1, num_ctx: 4096}},
    ignored: 'keep_alive, options.num_ctx',
  },
  'a question of Ollama': {
    path: '/api/generate',
    body: {model: 'default', prompt: 'Hi', think: true, options: {mirostat: 2}},
    ignored: 'think, options.mirostat',
  },
  'AG-UI': {
    path: '/agui',
    body: {threadId: 't', runId: 'r', state: {}, messages: [{id: '1', ...user}], forwardedProps: {seed: 1, tone: 'x'}},
    ignored: 'forwardedProps.tone',
  },
};

suite('T2-05: keys that an API does not have are named in the answer', () => {
  for (const [title, {path, body, headers = {}, ignored}] of Object.entries(cases)) {
    test(`T2-05: ${title}`, async () => {
      await using chat = await startChat({ollama: true});
      const response = await chat.post(path, body, headers);
      assert.equal(response.status, 200, await response.clone().text());
      assert.equal(response.headers.get('x-chatlet-ignored'), ignored);
      await response.text();
    });
  }
});
