/** `@openai/agents`, unmodified, with its default API: `/v1/responses`. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Agent, OpenAIProvider, Runner, hostedMcpTool, tool} from '@openai/agents';
import {z} from 'zod';
import {refuses} from '../../server/src/testing/upstream.ts';
import {type CompatServer, assertSafe, collect, endless, startServer} from './testing/harness.ts';
import {actingTools} from './testing/acting-tools.ts';
import {callsTool, structuredAnswer, toolInput} from './testing/model.ts';

const key = 'key-of-alice';
const keyed = {apiKeys: [{key, plan: 'default'}]};

const runnerOf = ({url}: Pick<CompatServer, 'url'>, apiKey = key) =>
  new Runner({modelProvider: new OpenAIProvider({apiKey, baseURL: `${url}/v1`}), tracingDisabled: true});

const weather = tool({
  name: 'get_weather',
  description: 'The weather at a place',
  parameters: z.object({location: z.string()}),
  execute: async ({location}) => `Fog in ${location}`,
});

const agent = new Agent({name: 'Helper', instructions: 'Be brief.', model: 'm'});
const forecaster = new Agent({name: 'Forecaster', model: 'm', tools: [weather]});

test('an agent of @openai/agents gives its final output', async () => {
  await using chat = await startServer(keyed);
  const {finalOutput, rawResponses} = await runnerOf(chat).run(agent, 'One two three');
  assert.equal(finalOutput, 'One two three');
  assert.equal(rawResponses[0]?.usage.outputTokens, 3);
  assert.deepEqual(chat.told, [
    {role: 'system', content: 'Be brief.'},
    {role: 'user', content: 'One two three'},
  ]);
});

test('an agent of @openai/agents streams its text', async () => {
  await using chat = await startServer(keyed);
  const result = await runnerOf(chat).run(agent, 'One two three', {stream: true});
  let text = '';
  for await (const event of result) {
    if (event.type === 'raw_model_stream_event' && event.data.type === 'output_text_delta') text += event.data.delta;
  }
  await result.completed;
  assert.equal(text, 'One two three');
  assert.equal(result.finalOutput, 'One two three');
});

test('an agent of @openai/agents calls tools in two rounds, whole and streamed, and goes on by its last response', async () => {
  await using chat = await startServer(keyed);
  const runner = runnerOf(chat);
  chat.script(callsTool('get_weather', toolInput, 'call_1'), callsTool('get_weather', {location: 'Rome'}));
  const whole = await runner.run(forecaster, 'What is it like outside?');
  assert.equal(whole.finalOutput, 'It says: Fog in Rome');
  chat.script(callsTool('get_weather', toolInput, 'call_1'), callsTool('get_weather', {location: 'Rome'}));
  const streamed = await runner.run(forecaster, 'What is it like outside?', {stream: true});
  await collect(streamed);
  assert.equal(streamed.finalOutput, 'It says: Fog in Rome');
  const roles = ['user', 'assistant', 'tool', 'assistant', 'tool'];
  assert.deepEqual(
    chat.told.map(({role}) => role),
    roles,
  );

  const previous = streamed.lastResponseId === undefined ? {} : {previousResponseId: streamed.lastResponseId};
  const next = await runner.run(forecaster, 'Thanks', previous);
  assert.equal(next.finalOutput, 'Thanks');
  assert.deepEqual(
    chat.told.map(({role}) => role),
    [...roles, 'assistant', 'user'],
  );
});

test('an agent of @openai/agents gives an object by a schema', async () => {
  await using chat = await startServer(keyed);
  const structured = new Agent({name: 'Structured', model: 'm', outputType: z.object({answer: z.number()})});
  assert.deepEqual((await runnerOf(chat).run(structured, 'One')).finalOutput, JSON.parse(structuredAnswer));
});

test('aborting a run of @openai/agents frees the upstream', async () => {
  await using chat = await startServer(keyed);
  const {script, begun, freed} = endless();
  chat.script(script);
  const abort = new AbortController();
  const result = await runnerOf(chat).run(agent, 'Count', {stream: true, signal: abort.signal});
  const reading = collect(result).catch(() => []);
  await begun;
  abort.abort();
  await freed;
  await reading;
  await result.completed.catch(() => {});
});

test('a refusal rejects the run of @openai/agents with its status', async () => {
  await using chat = await startServer(keyed);
  const unknown = new Agent({name: 'Unknown', model: 'no-such-model'});
  await assert.rejects(runnerOf(chat).run(unknown, 'Hi'), {status: 404});
  await assert.rejects(runnerOf(chat, 'nobody').run(agent, 'Hi'), {status: 401});
  chat.script(
    ...Array.from({length: 9}, () => refuses(400, {error: {message: 'canary', type: 'invalid_request_error'}})),
  );
  await assert.rejects(runnerOf(chat).run(agent, 'Hi'), (error) => {
    assert.ok(error instanceof Error);
    assertSafe(error.message);
    return true;
  });
});

/** The tools of the server; `@openai/agents` insists on an address. */
const serverTools = {
  serverLabel: 'site',
  serverUrl: 'chatlet:tools',
  requireApproval: {always: {toolNames: ['send']}},
};

test('S2.13: an agent of @openai/agents is interrupted by a call that needs an approval, and goes on with it', async () => {
  const ran: unknown[] = [];
  await using chat = await startServer({...keyed, tools: actingTools(ran)});
  const sender = new Agent({name: 'Sender', model: 'm', tools: [hostedMcpTool(serverTools)]});
  chat.script(callsTool('send', {to: 'Ada'}, 'call_1'));
  const waiting = await runnerOf(chat).run(sender, 'Tell Ada');
  const [interruption] = waiting.interruptions;
  assert.ok(interruption);
  assert.deepEqual(ran, []);
  waiting.state.approve(interruption);
  const done = await runnerOf(chat).run(sender, waiting.state);
  assert.equal(done.finalOutput, 'It says: Sent to Ada.');
  assert.deepEqual(ran, [{to: 'Ada'}]);
  const next = await runnerOf(chat).run(sender, [...done.history, {role: 'user', content: 'Thanks'}]);
  assert.equal(next.finalOutput, 'Thanks');
  assert.equal(ran.length, 1);
});

test('an agent of @openai/agents answers approvals by itself, and the model reads the reason of a refusal', async () => {
  const ran: unknown[] = [];
  await using chat = await startServer({...keyed, tools: actingTools(ran)});
  let asked = 0;
  const decide = hostedMcpTool({
    ...serverTools,
    async onApproval() {
      asked += 1;
      return {approve: false, reason: 'Not to Ada.'};
    },
  });
  const careful = new Agent({name: 'Careful', model: 'm', tools: [decide]});
  chat.script(callsTool('send', {to: 'Ada'}, 'call_1'));
  const result = await runnerOf(chat).run(careful, 'Tell Ada', {stream: true});
  await collect(result);
  await result.completed;
  assert.equal(result.finalOutput, 'It says: The person refused, and said: Not to Ada.');
  assert.equal(asked, 1);
  assert.deepEqual(ran, []);
});
