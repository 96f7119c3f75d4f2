/** The tools that a newcomer finds: the server as it starts without any setting, and its demo model. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {type Message, type ToolPart, textOf} from '@chatlet/protocol';
import {createChatServer} from '../index.ts';
import {demoProvider} from '../providers/demo.ts';
import {answered, ownProtocol, startChat} from '../testing/chat-server.ts';
import {calculator} from './calculator.ts';
import {offlineTools} from './offline.ts';

async function startDemo() {
  const server = createChatServer({databaseUrl: 'sqlite::memory:'});
  const {port} = await server.listen({port: 0});
  const post = (path: string, body: object) =>
    fetch(`http://127.0.0.1:${port}${path}`, {
      method: 'POST',
      headers: {'content-type': 'application/json', ...ownProtocol},
      body: JSON.stringify(body),
    });
  return {
    ask: async (text: string) => answered(await post('/api/chat', {message: {text}})),
    reply: async (chatId: string, body: object, callId = 'call_ring-bell_3') => {
      assert.equal((await post(`/api/chat/${chatId}/tools/${callId}`, body)).status, 200);
      const stream = `http://127.0.0.1:${port}/api/chat/${chatId}/stream?after=0`;
      return answered(await fetch(stream, {headers: ownProtocol}));
    },
    [Symbol.asyncDispose]: () => server.close(),
  };
}

function callIn({parts}: Message): ToolPart | undefined {
  return parts.find((part) => part.type === 'tool');
}

suite('a newcomer', () => {
  test('sees a tool run and be done, fail, wait for a yes, and be refused, without a network', async () => {
    await using demo = await startDemo();
    const said = ['What is 12.5 * (3 + 4)?', 'weather in San Francisco', 'weather in Atlantis', 'ring the bell'];
    const [sum, weather, failed, waiting] = await Promise.all(said.map(demo.ask));
    assert.ok(sum && weather && failed && waiting);

    assert.deepEqual(callIn(sum.answer)?.output, {expression: '12.5 * (3 + 4)', result: 87.5});
    assert.match(textOf(sum.answer), /^`calculator` says: .*87\.5/s);
    // Such an answer needs no page.
    assert.equal(sum.answer.grounded, undefined);
    const kinds = weather.events
      .map(({type}) => type)
      .filter((type) => type.startsWith('tool') || type === 'text-delta');
    assert.deepEqual([...new Set(kinds)], ['tool-call', 'tool-result', 'text-delta']);
    assert.equal(callIn(weather.answer)?.state, 'done');
    assert.match(JSON.stringify(callIn(weather.answer)?.output), /"place":"San Francisco".*"temperature":14\.2/);
    assert.deepEqual(
      [callIn(failed.answer)?.state, callIn(failed.answer)?.output],
      ['failed', 'There is no place "Atlantis" in the recorded weather.'],
    );
    assert.deepEqual([waiting.answer.status, callIn(waiting.answer)?.state], ['waiting', 'waiting']);

    const rung = await demo.reply(waiting.chatId, {approval: 'once'});
    assert.equal(callIn(rung.answer)?.output, 'The bell has rung once. In this demo nobody hears it.');
    assert.match(textOf(rung.answer), /`ring-bell` says: The bell has rung once/);
    const other = await demo.ask('Please ring the bell');
    const refused = await demo.reply(other.chatId, {approval: 'refused', reason: 'not now'});
    assert.match(textOf(refused.answer), /`ring-bell` failed: The person refused, and said: not now/);
  });

  test('sees a form, and what its answer makes of it', async () => {
    await using demo = await startDemo();
    const {chatId, answer} = await demo.ask('Please reserve a seat');
    const call = callIn(answer);
    assert.deepEqual([answer.status, call?.name, call?.wait?.ask], ['waiting', 'reserve-seat', 'form']);
    const done = await demo.reply(chatId, {action: 'accept', content: {name: 'Ada', seats: 3}}, call?.callId);
    assert.match(textOf(done.answer), /`reserve-seat` says: Seats inside for Ada: 3\./);
  });

  test('is told of these questions, and gets answers from the documents to all others', async () => {
    const providers = [demoProvider({pace: 'instant'})];
    await using chat = await startChat({providers, tools: offlineTools()});
    const help = (await chat.ask('help')).text;
    for (const question of ['What is 12.5 * (3 + 4)?', 'weather in Atlantis', 'ring the bell', 'reserve a seat'])
      assert.ok(help.includes(`\`${question}\``), question);
    const questions = ['How do I use my own model?', 'Which port does the server use?', 'How do I put it on my page?'];
    for (const question of questions) assert.equal(callIn((await chat.ask(question)).answer), undefined, question);
    await using other = await startChat({providers, tools: [calculator()]});
    assert.doesNotMatch((await other.ask('help')).text, /ring the bell/);
  });
});
