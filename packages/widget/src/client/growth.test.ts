import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import type {ChatState, ShownMessage} from './chat-state.ts';
import {isGrowth} from './growth.ts';

const question: ShownMessage = {
  id: 'q',
  key: 'q',
  role: 'user',
  status: 'done',
  createdAt: '2026-01-01T00:00:00Z',
  parts: [{type: 'text', text: 'Why?'}],
};
const source = {type: 'source', id: '1', title: 'Page', url: 'https://docs.example/'} as const;
const answer: ShownMessage = {
  ...question,
  id: 'a',
  key: 'a',
  role: 'assistant',
  status: 'answering',
  parts: [{type: 'text', text: 'Because'}, source],
};
const before: ChatState = {
  status: 'answering',
  chatId: 'chat_1',
  messages: [question, answer],
  draft: '',
  queue: [],
  settings: 'ready',
  config: {},
  models: [],
  history: {status: 'unread', chats: [], search: ''},
};
const grown: ShownMessage = {...answer, parts: [{type: 'text', text: 'Because it'}, source]};
const withLast = (message: ShownMessage): ChatState => ({...before, messages: [question, message]});

suite('growth of an answer', () => {
  test('more words of the last message are growth', () => {
    assert.equal(isGrowth(withLast(grown), before), true);
  });

  const other: Readonly<Record<string, ChatState>> = {
    'another status of the chat': {...withLast(grown), status: 'reconnecting'},
    'a draft': {...withLast(grown), draft: 'A'},
    'a problem': {...withLast(grown), problem: {code: 'network', message: '', retryable: true}},
    'a setting that goes away': Object.assign(withLast(grown), {chatId: undefined}),
    'the end of the message': withLast({...grown, status: 'done'}),
    'the time of a thought': withLast({...grown, thoughtFor: 2}),
    'another part': withLast({...grown, parts: [...grown.parts, {...source, id: '2'}]}),
    'a changed source': withLast({...grown, parts: [answer.parts[0]!, {...source, title: 'New'}]}),
    'another message': {...before, messages: [question, answer, {...grown, key: 'b'}]},
    'no message': {...before, messages: []},
  };
  for (const [name, state] of Object.entries(other)) {
    test(`${name} is more than growth`, () => {
      assert.equal(isGrowth(state, before), false);
    });
  }
});
