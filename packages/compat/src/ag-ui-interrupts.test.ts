/** AG-UI's interrupts and their answers, by its own client, unmodified, pointed at `/agui`. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {type AgentSubscriber, HttpAgent, type RunAgentParameters, buildResumeArray} from '@ag-ui/client';
import {actingTools} from './testing/acting-tools.ts';
import {type CompatServer, startServer} from './testing/harness.ts';
import {callsTool} from './testing/model.ts';

const keys = ['alice', 'bob'].map((name) => ({key: `key-of-${name}`, plan: 'default', account: name}));

const start = (ran: unknown[]) => startServer({apiKeys: keys, plans: [{name: 'default'}], tools: actingTools(ran)});

const agentOf = ({url}: Pick<CompatServer, 'url'>, question: string, name = 'alice') =>
  new HttpAgent({
    url: `${url}/agui`,
    threadId: 'thread_1',
    headers: {authorization: `Bearer key-of-${name}`},
    initialMessages: [{id: '1', role: 'user', content: question}],
  });

/** Runs an agent; gives its events in short, and its new messages. */
async function run(agent: HttpAgent, parameters?: RunAgentParameters) {
  const events: string[] = [];
  const subscriber: AgentSubscriber = {onEvent: ({event}) => void events.push(event.type)};
  const {newMessages} = await agent.runAgent(parameters, subscriber);
  return {events, newMessages, interrupts: agent.pendingInterrupts};
}

const resolve = (agent: HttpAgent, payload: unknown) =>
  buildResumeArray(
    agent.pendingInterrupts,
    Object.fromEntries(agent.pendingInterrupts.map(({id}) => [id, {status: 'resolved', payload}])),
  );

const cancel = (agent: HttpAgent) =>
  buildResumeArray(
    agent.pendingInterrupts,
    Object.fromEntries(agent.pendingInterrupts.map(({id}) => [id, {status: 'cancelled'}])),
  );

test('S2.13: a call that needs an approval interrupts the run of AG-UI’s client, and runs once when that is resolved', async () => {
  const ran: unknown[] = [];
  await using chat = await start(ran);
  const agent = agentOf(chat, 'Tell Ada');
  chat.script(callsTool('send', {to: 'Ada'}, 'call_1'));
  const asked = await run(agent);
  const [interrupt] = asked.interrupts;
  assert.ok(interrupt);
  assert.deepEqual([interrupt.reason, interrupt.toolCallId], ['tool_call', 'call_1']);
  assert.match(interrupt.message ?? '', /May the tool "send" run with this input\?/);
  assert.deepEqual(Object.keys(interrupt.responseSchema?.['properties'] as object), [
    'approved',
    'editedArgs',
    'reason',
  ]);
  assert.deepEqual(interrupt.metadata, {destructive: true});
  const hours = (Date.parse(interrupt.expiresAt ?? '') - Date.now()) / 3_600_000;
  assert.ok(hours > 23.9 && hours < 24.1);
  assert.deepEqual(ran, []);
  await assert.rejects(agent.runAgent(), /interrupt/i);

  const resume = resolve(agent, {approved: true});
  const {events, newMessages, interrupts} = await run(agent, {resume});
  assert.deepEqual(ran, [{to: 'Ada'}]);
  assert.deepEqual(interrupts, []);
  assert.deepEqual([...new Set(events)].slice(0, 2), ['RUN_STARTED', 'TOOL_CALL_RESULT']);
  assert.ok(!events.includes('TOOL_CALL_START'));
  assert.deepEqual(
    newMessages.map(({role, content}) => [role, content]),
    [
      ['tool', 'Sent to Ada.'],
      ['assistant', 'It says: Sent to Ada.'],
    ],
  );
  agent.addMessage({id: '2', role: 'user', content: 'Thanks'});
  assert.equal((await run(agent)).newMessages[0]?.content, 'Thanks');
  assert.deepEqual(
    chat.told.map(({role}) => role),
    ['user', 'assistant', 'tool', 'assistant', 'user'],
  );
  await assert.rejects(run(agent, {resume}), /409|This was answered already/);
  assert.equal(ran.length, 1);
});

test('a refusal of AG-UI’s client reaches the model with its reason, and so does an interrupt that is cancelled', async () => {
  const ran: unknown[] = [];
  await using chat = await start(ran);
  const agent = agentOf(chat, 'Tell Ada');
  chat.script(callsTool('send', {to: 'Ada'}, 'call_1'), callsTool('send', {to: 'Ada'}, 'call_1'));
  await run(agent);
  const again = await run(agent, {resume: resolve(agent, {approved: false, reason: 'Not now.'})});
  assert.deepEqual(
    again.newMessages.map(({role, content}) => [role, content]),
    [
      ['tool', 'The person refused, and said: Not now.'],
      ['assistant', undefined],
    ],
  );
  assert.equal(again.interrupts.length, 1);
  agent.addMessage({id: '2', role: 'user', content: 'Never mind'});
  const {newMessages, interrupts} = await run(agent, {resume: cancel(agent)});
  assert.deepEqual(
    newMessages.map(({role, content}) => [role, content]),
    [
      ['tool', 'The person refused.'],
      ['assistant', 'Never mind'],
    ],
  );
  assert.deepEqual([interrupts, ran], [[], []]);
});

test('a call of AG-UI’s client runs with the edited input, and the rest of its round stays as it was', async () => {
  const ran: unknown[] = [];
  await using chat = await start(ran);
  const agent = agentOf(chat, 'Look');
  chat.script(callsTool('look', {}, 'call_1'), callsTool('send', {to: 'Ada'}, 'call_1'));
  const {events} = await run(agent);
  assert.equal(events.filter((type) => type === 'TOOL_CALL_START').length, 2);
  const {newMessages} = await run(agent, {resume: resolve(agent, {approved: true, editedArgs: {to: 'Bob'}})});
  assert.deepEqual(ran, [{to: 'Bob'}]);
  assert.equal(newMessages.at(-1)?.content, 'It says: Sent to Bob.');
  assert.deepEqual(
    chat.told.map(({role}) => role),
    ['user', 'assistant', 'tool', 'assistant', 'tool'],
  );
});

test('a form that a tool asks for is an interrupt with its schema, and a wrong answer leaves it open', async () => {
  const ran: unknown[] = [];
  await using chat = await start(ran);
  const agent = agentOf(chat, 'Book');
  chat.script(callsTool('book', {nights: 2}, 'call_1'));
  const {interrupts} = await run(agent);
  const [interrupt] = interrupts;
  assert.deepEqual([interrupt?.reason, interrupt?.message], ['input_required', 'Where?']);
  assert.partialDeepStrictEqual(interrupt?.responseSchema, {properties: {city: {type: 'string'}}});
  const send = (payload: unknown) =>
    fetch(agent.url, {
      method: 'POST',
      headers: {'content-type': 'application/json', ...agent.headers},
      body: JSON.stringify({threadId: 'thread_1', messages: agent.messages, resume: resolve(agent, payload)}),
    });
  assert.equal((await send({city: 7})).status, 400);
  assert.equal((await send(undefined)).status, 400);
  const {newMessages} = await run(agent, {resume: resolve(agent, {city: 'Oslo'})});
  assert.deepEqual(ran, [{action: 'accept', content: {city: 'Oslo'}, kept: {nights: 2}}]);
  assert.equal(newMessages.at(-1)?.content, 'It says: 2 nights in "Oslo"');

  const other = agentOf(chat, 'Book again');
  chat.script(callsTool('book', {nights: 2}, 'call_1'));
  await run(other);
  const declined = await run(other, {resume: cancel(other)});
  assert.equal(declined.newMessages.at(-1)?.content, 'It says: Nothing was booked.');
});

test('an interrupt is answered by its owner, in its thread, all of a run together, and by one of many at the same time', async () => {
  const ran: unknown[] = [];
  await using chat = await start(ran);
  const agent = agentOf(chat, 'Tell Ada');
  chat.script(callsTool('send', {to: 'Ada'}, 'call_1'));
  await run(agent);
  const resume = resolve(agent, {approved: true});
  const send = (body: object, name = 'alice') =>
    fetch(agent.url, {
      method: 'POST',
      headers: {'content-type': 'application/json', authorization: `Bearer key-of-${name}`},
      body: JSON.stringify({threadId: 'thread_1', messages: agent.messages, resume, ...body}),
    });
  assert.equal((await send({}, 'bob')).status, 404);
  assert.equal((await send({threadId: 'thread_2'})).status, 400);
  assert.equal((await send({resume: [...resume, ...resume]})).status, 400);
  assert.equal((await send({resume: [{...resume[0], interruptId: 'made up'}]})).status, 404);
  assert.equal((await send({resume: [{...resume[0], payload: {}}]})).status, 400);
  const behind = [...agent.messages, {id: '9', role: 'user', content: 'And?'}];
  assert.equal((await send({messages: behind})).status, 400);
  assert.deepEqual(ran, []);
  const answers = await Promise.all([send({}), send({}), send({}), send({})]);
  const statuses = answers.map(({status}) => status).toSorted((one, other) => one - other);
  assert.deepEqual(statuses, [200, 409, 409, 409]);
  await Promise.all(answers.map((each) => each.text()));
  assert.equal(ran.length, 1);
});

test('nothing of a run stays at the server unless a call waits, and a client’s own tools are still its own', async () => {
  const ran: unknown[] = [];
  await using chat = await start(ran);
  const exported = async () => {
    const text = await (await chat.get('/api/me/export', {authorization: 'Bearer key-of-alice'})).text();
    return (JSON.parse(text) as {chats: readonly object[]}).chats.length;
  };
  const agent = agentOf(chat, 'Look');
  chat.script(callsTool('look', {}, 'call_1'));
  assert.equal((await run(agent)).newMessages.at(-1)?.content, 'It says: seen');
  assert.equal(await exported(), 0);
  const waiting = agentOf(chat, 'Tell Ada');
  chat.script(callsTool('send', {to: 'Ada'}, 'call_1'));
  await run(waiting);
  assert.equal(await exported(), 1);
  const own = agentOf(chat, 'Tell Ada');
  chat.script(callsTool('send', {to: 'Ada'}, 'call_1'));
  const tools = [{name: 'send', description: 'Sends.', parameters: {type: 'object'}}];
  const {interrupts, newMessages} = await run(own, {tools});
  assert.deepEqual([interrupts.length, newMessages.length, ran.length], [0, 1, 0]);
});
