/** `@openai/agents`, unmodified, with its default API: `/v1/responses`. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Agent, OpenAIProvider, Runner, tool} from '@openai/agents';
import {z} from 'zod';
import {refuses} from '../../server/src/testing/upstream.ts';
import {type CompatServer, assertSafe, collect, endless, startServer} from './testing/harness.ts';
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
