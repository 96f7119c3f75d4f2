/** The tools that a newcomer finds: the server as it starts without any setting, and its demo model. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {type Message, type ToolPart, textOf} from '@chatlet/protocol';
import {createChatServer} from '../index.ts';
import {answered, ownProtocol} from '../testing/chat-server.ts';
import {calculator} from './calculator.ts';

async function startDemo(config: Parameters<typeof createChatServer>[0] = {}) {
  const server = createChatServer({databaseUrl: 'sqlite::memory:', ...config});
  const {port} = await server.listen({port: 0});
  const post = (path: string, body: object) =>
    fetch(`http://127.0.0.1:${port}${path}`, {
      method: 'POST',
      headers: {'content-type': 'application/json', ...ownProtocol},
      body: JSON.stringify(body),
    });
  return {
    ask: async (text: string) => answered(await post('/api/chat', {message: {text}})),
    reply: async (chatId: string, body: object) => {
      assert.equal((await post(`/api/chat/${chatId}/tools/call_ring-bell_3`, body)).status, 200);
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
    const help = textOf((await demo.ask('help')).answer);
    const said = ['What is 12.5 * (3 + 4)?', 'weather in San Francisco', 'weather in Atlantis', 'ring the bell'];
    for (const question of said) assert.ok(help.includes(`\`${question}\``), question);
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

  test('gets answers from the documents to all other questions', async () => {
    await using demo = await startDemo();
    const questions = [
      'How do I use my own model?',
      'Which port does the server listen on?',
      'How do I put it on my page?',
    ];
    for (const question of questions) {
      const {answer} = await demo.ask(question);
      assert.equal(callIn(answer), undefined, question);
      assert.equal(answer.grounded, true, question);
    }
  });

  test('gets the tools that the operator has chosen in place of these', async () => {
    await using demo = await startDemo({tools: [calculator()]});
    assert.equal(callIn((await demo.ask('ring the bell')).answer), undefined);
    assert.equal(callIn((await demo.ask('2 + 2')).answer)?.state, 'done');
  });
});
