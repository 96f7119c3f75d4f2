/** How a retry asks again, for each way in which a chat can have failed. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import type {ConversationState, ShownMessage} from './chat-state.ts';
import {decideRetry} from './retry.ts';
import type {Retry} from './retry.ts';
import type {ChatRequest, ChatTrigger} from './transport.ts';

const createdAt = '2026-01-01T00:00:00.000Z';
const question: ShownMessage = {id: 'msg_q', key: 'q', role: 'user', parts: [], status: 'done', createdAt};
const answer: ShownMessage = {...question, id: 'msg_a', key: 'a', role: 'assistant', status: 'failed'};
const unsentQuestion: ShownMessage = {...question, unsent: true};
const unsentAnswer: ShownMessage = {...answer, unsent: true};
const problem = {code: 'network', message: 'No.', retryable: true} as const;

const state = (change: Partial<ConversationState>): ConversationState => ({
  status: 'idle',
  messages: [],
  draft: '',
  queue: [],
  ...change,
});
const request = (trigger: ChatTrigger): ChatRequest => ({trigger, messages: []});
const send = request('send');
const edit = request('edit');
const regenerate = request('regenerate');
const anotherAnswer = {kind: 'regenerate', messageId: 'msg_a'} as const;

const cases: readonly {name: string; state: Partial<ConversationState>; request?: ChatRequest; retry?: Retry}[] = [
  {name: 'an empty chat has nothing to retry', state: {}},
  {
    name: 'a chat that could not be shown is opened again',
    state: {problem, chatId: 'chat_1'},
    retry: {kind: 'open', chatId: 'chat_1'},
  },
  {name: 'a problem without a chat has nothing to retry', state: {problem}},
  {
    name: 'a question that the server may not have got is sent again as it was',
    state: {messages: [unsentQuestion, unsentAnswer]},
    request: send,
    retry: {kind: 'resend', request: send},
  },
  {
    name: 'a corrected question that the server may not have got is sent again as it was',
    state: {messages: [unsentQuestion, unsentAnswer]},
    request: edit,
    retry: {kind: 'resend', request: edit},
  },
  {
    name: 'M-121: a regenerate that never reached the server is asked again as it was',
    state: {messages: [question, unsentAnswer]},
    request: regenerate,
    retry: {kind: 'resend', request: regenerate},
  },
  {
    name: 'an answer that failed after the server had begun it is asked for anew',
    state: {messages: [question, answer]},
    request: send,
    retry: anotherAnswer,
  },
  {
    name: 'a regenerate that failed after the server had begun it is asked for anew',
    state: {messages: [question, answer]},
    request: regenerate,
    retry: anotherAnswer,
  },
  {
    name: 'an interrupted answer in a chat that was loaded is asked for anew',
    state: {messages: [question, {...answer, status: 'interrupted'}], chatId: 'chat_1'},
    retry: anotherAnswer,
  },
  {
    name: 'a stopped answer without a question before it is asked for anew',
    state: {messages: [{...answer, status: 'stopped'}]},
    retry: anotherAnswer,
  },
  {name: 'a complete answer has nothing to retry', state: {messages: [question, {...answer, status: 'done'}]}},
  {name: 'a question without an answer has nothing to retry', state: {messages: [question]}},
  {
    name: 'nothing is retried while an answer is on its way',
    state: {messages: [unsentQuestion, unsentAnswer], status: 'sending'},
    request: send,
  },
];

suite('how a retry asks again', () => {
  for (const {name, state: change, request: last, retry} of cases) {
    test(name, () => assert.deepEqual(decideRetry(state(change), last), retry));
  }
});
