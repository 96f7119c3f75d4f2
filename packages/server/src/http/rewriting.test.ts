import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {type ChatEvent, textOf} from '@chatlet/protocol';
import type {ProviderRequest} from '../engine/provider.ts';
import type {ChatServerConfig} from '../index.ts';
import {ends, says, scripted} from '../providers/testing/scripted-provider.ts';
import {json, startChat} from '../testing/chat-server.ts';
import {fakeRetriever, reportPassage} from '../testing/fake-retriever.ts';

const usage: ChatEvent = {type: 'usage', promptTokens: 100, completionTokens: 10};

const isRewriting = ({messages: [first]}: ProviderRequest) =>
  first?.role === 'system' && textOf(first).startsWith('You write search queries.');

/** A model that writes a question anew with these batches. Its answers cost 100 and 10 tokens. */
function rewriting(...batches: readonly (readonly ChatEvent[])[]) {
  return scripted(async function* ({request}) {
    if (isRewriting(request)) yield* batches;
    else yield [says('Hello.'), usage, ends];
  });
}

async function converse(model: ReturnType<typeof scripted>, config: ChatServerConfig = {}) {
  const retriever = fakeRetriever(reportPassage);
  const reported: string[] = [];
  const chat = await startChat({
    providers: [model],
    retriever,
    retrieval: {rewrite: true},
    report: (error) => {
      reported.push(String(error instanceof Error && error.cause));
    },
    ...config,
  });
  const {chatId} = await chat.ask('How do I install it with React, step by step, on a new machine?');
  const second = await chat.ask('And how is that done in Vue, if I have it already?', {chatId});
  const searched = retriever.searches.map(({question}) => question);
  return {chat, chatId, second, searched, reported, [Symbol.asyncDispose]: () => chat.close()};
}

const asItStands = 'And how is that done in Vue, if I have it already?';

suite('rewriting of questions for the search', () => {
  test('a question that follows others is searched as the model writes it anew', async () => {
    const model = rewriting([says('install the chat in Vue\nHope that helps!'), ends]);
    await using said = await converse(model);
    assert.deepEqual(said.searched, [
      'How do I install it with React, step by step, on a new machine?',
      'install the chat in Vue',
    ]);
    const asked = model.asked.filter(({request}) => isRewriting(request));
    assert.equal(asked.length, 1);
    assert.equal(asked[0]?.request.maxTokens, 80);
    const conversation = textOf(asked[0]?.request.messages[1] ?? {parts: []});
    assert.deepEqual(
      conversation.split('\n').map((line) => JSON.parse(line)),
      [
        {role: 'user', text: 'How do I install it with React, step by step, on a new machine?'},
        {role: 'assistant', text: 'Hello.'},
        {role: 'user', text: asItStands},
      ],
    );
  });

  test('the answer is asked with the question as the visitor wrote it', async () => {
    const model = rewriting([says('install the chat in Vue'), ends]);
    await using _ = await converse(model);
    assert.equal(textOf(model.asked.at(-1)?.request.messages.at(-1) ?? {parts: []}), asItStands);
  });

  test('its tokens count with those of the answer', async () => {
    await using said = await converse(
      rewriting([says('Vue'), {type: 'usage', promptTokens: 30, completionTokens: 4}, ends]),
    );
    assert.partialDeepStrictEqual(said.second.answer.usage, {promptTokens: 130, completionTokens: 14});
    const rows = await json<readonly object[]>(await said.chat.get('/api/usage'));
    assert.partialDeepStrictEqual(rows, [{promptTokens: 130, completionTokens: 14}, {promptTokens: 100}]);
  });

  test('a model that tells no tokens has them counted', async () => {
    await using said = await converse(rewriting([says('install the chat in Vue'), ends]));
    const {promptTokens = 0, completionTokens = 0} = said.second.answer.usage ?? {};
    assert.ok(promptTokens > 200, `${promptTokens}`);
    assert.ok(completionTokens > 13, `${completionTokens}`);
  });

  for (const [name, batches] of Object.entries({
    'says nothing': [[ends]],
    'says only spaces': [[says(' \n\n '), ends]],
    'breaks off': [],
  })) {
    test(`a model that ${name} leaves the question as it stands`, async () => {
      await using said = await converse(rewriting(...batches));
      assert.equal(said.searched[1], asItStands);
      assert.equal(textOf(said.second.answer), 'Hello.');
      assert.deepEqual(said.reported, []);
    });
  }

  test('a model that fails leaves the question as it stands, and the operator hears of it', async () => {
    const model = scripted(async function* ({request}) {
      if (isRewriting(request)) throw new Error('busy');
      yield [says('Hello.'), usage, ends];
    });
    await using said = await converse(model);
    assert.equal(said.searched[1], asItStands);
    assert.equal(textOf(said.second.answer), 'Hello.');
    assert.deepEqual(said.reported, ['Error: The rewriting of a question for the search failed.']);
  });

  test('a long rewriting is cut, and a long conversation is not sent whole', async () => {
    const model = rewriting([says('Vue '.repeat(1000)), ends]);
    await using said = await converse(model);
    assert.equal(said.searched[1]?.length, 400);
    for (let index = 0; index < 6; index++) await said.chat.ask(`Long ${'x'.repeat(3000)} end`, {chatId: said.chatId});
    const last = model.asked.filter(({request}) => isRewriting(request)).at(-1);
    const conversation = textOf(last?.request.messages[1] ?? {parts: []});
    assert.ok(conversation.length < 4_000, `${conversation.length}`);
    assert.match(conversation, /Long x+ … x+ end/);
  });

  test('nothing is rewritten without the setting, or if the search is off', async () => {
    for (const config of [{retrieval: {}}, {retrieval: {rewrite: true, mode: 'off'}}] as const) {
      const model = rewriting([says('Vue'), ends]);
      await using _ = await converse(model, config);
      assert.equal(model.asked.length, 2);
    }
  });

  test('its tokens count under the ceiling of the day', async () => {
    const model = rewriting([says('Vue'), {type: 'usage', promptTokens: 3_000, completionTokens: 4}, ends]);
    await using said = await converse(model, {spending: {everybody: {tokensPerDay: 7_000}}});
    const {chatId} = said;
    const third = await said.chat.ask('Again, please?', {chatId});
    assert.equal(third.answer.error, undefined);
    const fourth = await said.chat.ask('And once more?', {chatId});
    assert.equal(fourth.answer.error?.code, 'rate-limited');
  });
});
