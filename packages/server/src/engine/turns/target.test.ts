/** The targets of turns as a table: a history, an ask, and the target that follows from both. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import type {Chat, Message} from '@chatlet/protocol';
import {chatIdOf, derivedId, isChatId} from '../ids.ts';
import type {NewQuestion, TurnAsk} from './ask.ts';
import {assignIds, findChatId, resolveTarget} from './target.ts';

const owner = 'visitor:v';
const chatId = chatIdOf(owner, 'mine');
const createdAt = '2026-01-01T00:00:00.000Z';
const chat: Chat = {id: chatId, title: 'T', model: 'm', createdAt, updatedAt: createdAt};
const text = [{type: 'text', text: 'Words'}] as const;

/** Questions are stored under the id that is derived from the client's; `k1` is the answer to the request with that key. */
const idOf = (name: string): string => {
  if (name.startsWith('q')) return derivedId('msg', chatId, name);
  return name.startsWith('k') ? derivedId('msg', chatId, 'answer to', name) : `msg_${name}`;
};

const endings = {
  done: {status: 'done', parts: text},
  // `-`: failed before its first word; `~`: broke off after some words; `!`: its server ended; `…`: is being written.
  '-': {status: 'failed', parts: [], error: {code: 'internal', message: 'No.', retryable: true}},
  '~': {status: 'interrupted', parts: text, error: {code: 'interrupted', message: 'Broke off.', retryable: true}},
  '!': {status: 'interrupted', parts: []},
  '…': {status: 'answering', parts: []},
} as const;

/** `q1 a1 q2 a2-` as messages. */
function messagesFrom(words: string): readonly Message[] {
  return words.split(' ').flatMap((word): readonly Message[] => {
    const [, name = '', mark = ''] = /^(\w+)(.?)$/.exec(word) ?? [];
    if (name === '') return [];
    const ending = mark === '-' || mark === '~' || mark === '!' || mark === '…' ? mark : 'done';
    return [{id: idOf(name), role: name.startsWith('q') ? 'user' : 'assistant', createdAt, ...endings[ending]}];
  });
}

type AskDetails = Partial<Omit<NewQuestion, 'kind'>>;

const ask = (id: string, more: Pick<AskDetails, 'chatId' | 'whenAnswered' | 'idempotencyKey'> = {}): TurnAsk => ({
  kind: 'new-question',
  chatId: 'mine',
  question: {id, parts: text},
  ...more,
});
const correct = (replaceFrom: string, id: string): TurnAsk => ({
  kind: 'corrected-question',
  chatId: 'mine',
  question: {id, parts: text},
  replaceFrom,
});
const regenerate = (replaceFrom: string, more: Pick<AskDetails, 'idempotencyKey'> = {}): TurnAsk => ({
  kind: 'another-answer',
  chatId: 'mine',
  replaceFrom,
  ...more,
});
/** A request with a key and a question without an id. */
const keyed = (idempotencyKey: string): TurnAsk => ({
  kind: 'new-question',
  chatId: 'mine',
  question: {parts: text},
  idempotencyKey,
});

/** The target in the table's words. */
function place(history: string, asked: TurnAsk, exists = true): string {
  const messages = messagesFrom(history);
  const nameOfId = new Map(history.split(' ').map((word) => [idOf(word.replace(/\W/, '')), word.replace(/\W/, '')]));
  const named = (id: string | undefined) => (id === undefined ? 'none' : (nameOfId.get(id) ?? 'new'));
  const ids = assignIds(asked, findChatId(owner, asked));
  const target = resolveTarget(asked, ids, {chat: exists ? chat : undefined, history: messages});
  assert.equal(target.chatId, ids.chatId);
  if (target.kind === 'answered') return `replay ${named(target.answer.id)} to ${named(target.questionId)}`;
  const {kept, questionId, question, replaceFrom, isFirst} = target;
  assert.equal(target.answerId, ids.answerId);
  assert.equal(questionId, question ? ids.questionId : questionId);
  const words = [
    `keep ${kept.map(({id}) => named(id)).join(' ') || 'none'}`,
    `replace ${named(replaceFrom)}`,
    `answer ${named(questionId)}`,
    question ? 'store it' : 'stored',
    ...(isFirst ? ['first'] : []),
  ];
  return words.join(', ');
}

const rows: readonly (readonly [name: string, history: string, asked: TurnAsk, expected: string])[] = [
  // New questions.
  ['a new question goes to the end', 'q1 a1', ask('q2'), 'keep q1 a1, replace none, answer new, store it'],
  ['a question without an id goes to the end', 'q1 a1', keyed('k9'), 'keep q1 a1, replace none, answer new, store it'],
  [
    'a question behind a failed answer leaves it there',
    'q1 a1-',
    ask('q2'),
    'keep q1 a1, replace none, answer new, store it',
  ],

  // The same question again.
  ['a repeated question gets its answer', 'q1 a1', ask('q1'), 'replay a1 to q1'],
  ['a repeated second question gets the second answer', 'q1 a1 q2 a2', ask('q2'), 'replay a2 to q2'],
  ['a question repeated late gets the answer it had', 'q1 a1 q2 a2', ask('q1'), 'replay a1 to q1'],
  ['a question repeated during its answer gets that answer', 'q1 a1…', ask('q1'), 'replay a1 to q1'],
  [
    'a question whose answer failed before its first word is answered again',
    'q1 a1 q2 a2-',
    ask('q2'),
    'keep q1 a1 q2, replace a2, answer q2, stored',
  ],
  [
    'a first question whose answer failed is still the first',
    'q1 a1-',
    ask('q1'),
    'keep q1, replace a1, answer q1, stored, first',
  ],
  [
    'a question whose answer the server could not begin before it ended is answered again',
    'q1 a1 q2 a2!',
    ask('q2'),
    'keep q1 a1 q2, replace a2, answer q2, stored',
  ],
  ['a question whose answer broke off gets the words that there are', 'q1 a1~', ask('q1'), 'replay a1 to q1'],
  ['a failed answer stays if the chat has gone on since', 'q1 a1- q2 a2', ask('q1'), 'replay a1 to q1'],
  [
    'answer-again writes a new answer to the last question',
    'q1 a1 q2 a2',
    ask('q2', {whenAnswered: 'answer-again'}),
    'keep q1 a1 q2, replace a2, answer q2, stored',
  ],
  [
    'answer-again to an earlier question removes what came after it',
    'q1 a1 q2 a2',
    ask('q1', {whenAnswered: 'answer-again'}),
    'keep q1, replace a1, answer q1, stored, first',
  ],
  [
    'answer-again waits for an answer that is being written',
    'q1 a1…',
    ask('q1', {whenAnswered: 'answer-again'}),
    'replay a1 to q1',
  ],

  // The same request again, as its idempotency key shows.
  ['a repeated request gets its answer', 'q1 a1 q2 k1', keyed('k1'), 'replay k1 to q2'],
  ['a repeated request gets its answer although the chat has gone on', 'q1 k1 q2 a2', keyed('k1'), 'replay k1 to q1'],
  [
    'a repeated request is tried again after a failure',
    'q1 a1 q2 k1-',
    keyed('k1'),
    'keep q1 a1 q2, replace k1, answer q2, stored',
  ],
  [
    'a repeated request is tried again after its answer broke off',
    'q1 k1~',
    keyed('k1'),
    'keep q1, replace k1, answer q1, stored, first',
  ],
  ['a repeated request takes nothing away if the chat has gone on', 'q1 k1- q2 a2', keyed('k1'), 'replay k1 to q1'],
  [
    'a repeated request gets its answer even if it wants another to its question',
    'q1 k1',
    ask('q1', {idempotencyKey: 'k1', whenAnswered: 'answer-again'}),
    'replay k1 to q1',
  ],
  [
    'a repeated request for another answer gets the answer that it got',
    'q1 a1 q2 k1',
    regenerate('last-answer', {idempotencyKey: 'k1'}),
    'replay k1 to q2',
  ],

  // Corrections.
  [
    'a correction of the first question replaces everything',
    'q1 a1 q2 a2',
    correct('q1', 'q3'),
    'keep none, replace q1, answer new, store it',
  ],
  [
    'a correction of the last question keeps what came before',
    'q1 a1 q2 a2',
    correct('q2', 'q3'),
    'keep q1 a1, replace q2, answer new, store it',
  ],
  [
    'a correction may keep the id of its question',
    'q1 a1 q2 a2',
    correct('q2', 'q2'),
    'keep q1 a1, replace q2, answer q2, store it',
  ],
  [
    'a correction may name the message by our id',
    'q1 a1 q2 a2',
    correct(idOf('q2'), 'q3'),
    'keep q1 a1, replace q2, answer new, store it',
  ],
  ['a correction sent twice gets the answer of the first one', 'q1 a1 q3 a3', correct('q2', 'q3'), 'replay a3 to q3'],
  [
    'a correction of a message that is gone is refused',
    'q1 a1',
    correct('q7', 'q8'),
    'not-found: There is no such message in this chat.',
  ],

  // Other answers.
  [
    'another last answer keeps its question',
    'q1 a1 q2 a2',
    regenerate('last-answer'),
    'keep q1 a1 q2, replace a2, answer q2, stored',
  ],
  [
    'another last answer passes over a question that has none',
    'q1 a1 q2',
    regenerate('last-answer'),
    'keep q1, replace a1, answer q1, stored',
  ],
  [
    'another answer in the middle removes what came after it',
    'q1 a1 q2 a2 q3 a3',
    regenerate('msg_a2'),
    'keep q1 a1 q2, replace a2, answer q2, stored',
  ],
  [
    'another first answer removes the rest of the chat',
    'q1 a1 q2 a2',
    regenerate('msg_a1'),
    'keep q1, replace a1, answer q1, stored',
  ],
  [
    'another answer can be asked for by its question',
    'q1 a1 q2 a2',
    regenerate('q1'),
    'keep q1, replace a1, answer q1, stored',
  ],
  [
    'another answer in place of a failed one',
    'q1 a1 q2 a2-',
    regenerate('last-answer'),
    'keep q1 a1 q2, replace a2, answer q2, stored',
  ],
  [
    'another answer to a message that is not there is refused',
    'q1 a1',
    regenerate('msg_a7'),
    'not-found: There is no such message in this chat.',
  ],
  [
    'another answer in a chat without any is refused',
    '',
    regenerate('last-answer'),
    'not-found: There is no such message in this chat.',
  ],
  [
    'another answer to a question that has none is refused',
    'q1 a1 q2',
    regenerate('q2'),
    'not-found: There is no such message in this chat.',
  ],
  [
    'another answer behind an answer is refused',
    'a1 a2',
    regenerate('msg_a2'),
    'invalid-request: There is no question before this message to answer again.',
  ],
];

suite('the target of a turn in an existing chat', () => {
  for (const [name, history, asked, expected] of rows) {
    test(name, () => {
      if (/^[a-z-]+: /.test(expected)) {
        const [code, message] = expected.split(': ');
        assert.throws(() => place(history, asked), {code, message});
      } else {
        assert.equal(place(history, asked), expected);
      }
    });
  }
});

suite('the target of a turn in a new chat', () => {
  const begins = 'keep none, replace none, answer new, store it, first';

  test('is its first question, whether the chat has a name or not', () => {
    assert.equal(place('', ask('q1'), false), begins);
    assert.equal(place('', {kind: 'new-question', question: {parts: text}}, false), begins);
  });

  test('is refused if the chat is named by an id of ours, as it has been deleted or belongs to somebody else', () => {
    for (const asked of [ask('q1', {chatId: 'chat_gone'}), {...regenerate('last-answer'), chatId: 'chat_gone'}]) {
      assert.throws(() => place('', asked, false), {code: 'not-found', message: 'There is no such chat.'});
    }
  });
});

suite('the id of the chat that is asked', () => {
  const question = (id?: string) => ({kind: 'new-question', question: {parts: text, ...(id && {id})}}) as const;

  test('is our own id as it is, and another name as an id of its owner', () => {
    assert.equal(findChatId(owner, {...question(), chatId: 'chat_1'}), 'chat_1');
    const named = findChatId(owner, {...question(), chatId: 'mine'});
    assert.ok(named !== undefined && isChatId(named), named);
    assert.notEqual(named, findChatId('visitor:w', {...question(), chatId: 'mine'}));
  });

  test('follows from the first question’s id, or else from the idempotency key, so that a repetition finds the chat', () => {
    const id = findChatId(owner, question('q1'));
    assert.ok(id !== undefined && isChatId(id), id);
    assert.equal(findChatId(owner, {...question('q1'), idempotencyKey: 'k1'}), id);
    const byKey = findChatId(owner, {...question(), idempotencyKey: 'k1'});
    assert.ok(byKey !== undefined && byKey !== id, byKey);
    assert.notEqual(findChatId('visitor:w', question('q1')), id);
  });

  test('is unknown if nothing tells a repetition from a second chat', () => {
    assert.equal(findChatId(owner, question()), undefined);
    const [first, second] = [assignIds(question()), assignIds(question())];
    assert.notEqual(first.chatId, second.chatId);
    assert.notEqual(first.answerId, second.answerId);
    assert.notEqual(first.questionId, second.questionId);
  });
});
