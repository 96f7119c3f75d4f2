/** AG-UI's own client, unmodified, pointed at `/agui`. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {type AgentSubscriber, HttpAgent, type Message, type RunAgentParameters} from '@ag-ui/client';
import {delta, refuses} from '../../server/src/testing/upstream.ts';
import {type CompatServer, endless, startServer} from './testing/harness.ts';
import {callsTool, thought, toolInput} from './testing/model.ts';

const weather = {
  name: 'get_weather',
  description: 'The weather at a place',
  parameters: {type: 'object', properties: {location: {type: 'string'}}, required: ['location']},
};

const agentOf = ({url}: Pick<CompatServer, 'url'>, question: string) =>
  new HttpAgent({
    url: `${url}/agui`,
    threadId: 'thread_1',
    initialMessages: [{id: '1', role: 'user', content: question}],
  });

/** Runs an agent, and collects the types of its events and its error. */
async function run(agent: HttpAgent, parameters?: RunAgentParameters) {
  const events: string[] = [];
  const errors: {message: string; code: string | undefined}[] = [];
  const pieces: string[] = [];
  const usages: unknown[] = [];
  const subscriber: AgentSubscriber = {
    onEvent: ({event}) => void events.push(event.type),
    onTextMessageContentEvent: ({event}) => void pieces.push(event.delta),
    onRunErrorEvent: ({event}) => void errors.push({message: event.message, code: event.code}),
    onRunFinishedEvent: ({event}) => void usages.push(event.usage),
  };
  const {newMessages} = await agent.runAgent(parameters, subscriber);
  return {newMessages, events, errors, pieces, usages};
}

/** The messages without their ids. */
function plain(messages: readonly Message[]): readonly object[] {
  return messages.map((message) => {
    const {id: _, ...rest} = message;
    return rest;
  });
}

test("text comes to AG-UI's client piece by piece, with the usage at the end", async () => {
  await using chat = await startServer();
  const {newMessages, events, pieces, usages} = await run(agentOf(chat, 'One two three'));
  assert.deepEqual(plain(newMessages), [{role: 'assistant', content: 'One two three'}]);
  assert.equal(pieces.join(''), 'One two three');
  assert.deepEqual(
    [...new Set(events)],
    ['RUN_STARTED', 'TEXT_MESSAGE_START', 'TEXT_MESSAGE_CONTENT', 'TEXT_MESSAGE_END', 'RUN_FINISHED'],
  );
  assert.deepEqual(usages, [[{model: 'm', inputTokens: 3, outputTokens: 3}]]);
});

test("thoughts come to AG-UI's client as a message of their own", async () => {
  await using chat = await startServer();
  const agent = agentOf(chat, 'Think of one');
  const {newMessages} = await run(agent);
  assert.deepEqual(plain(newMessages), [
    {role: 'reasoning', content: thought},
    {role: 'assistant', content: 'Think of one'},
  ]);
  // The client sends them along with the next question.
  agent.addMessage({id: '2', role: 'user', content: 'And two?'});
  await run(agent);
  assert.deepEqual(chat.told, [
    {role: 'user', content: 'Think of one'},
    {role: 'assistant', content: 'Think of one'},
    {role: 'user', content: 'And two?'},
  ]);
});

test("a tool loop of two rounds works with AG-UI's client", async () => {
  await using chat = await startServer();
  const signature = {google: {thought_signature: 'SIG=='}};
  chat.script(
    callsTool('get_weather', toolInput, 'call_1', {fields: {extra_content: signature}, reasoning: thought}),
    callsTool('get_weather', {location: 'Oslo'}),
  );
  const agent = agentOf(chat, 'What is the weather in San Francisco?');
  const inputs: string[] = [];
  for (;;) {
    const {newMessages} = await run(agent, {tools: [weather]});
    const calls = newMessages.flatMap((message) => (message.role === 'assistant' ? (message.toolCalls ?? []) : []));
    if (calls.length === 0) {
      assert.deepEqual(plain(newMessages), [{role: 'assistant', content: 'It says: Fog'}]);
      break;
    }
    for (const {id, function: called} of calls) {
      inputs.push(called.arguments);
      agent.addMessage({id: `result_${id}`, role: 'tool', toolCallId: id, content: 'Fog'});
    }
  }
  assert.deepEqual(inputs, [JSON.stringify(toolInput), '{"location":"Oslo"}']);
  assert.deepEqual(
    chat.told.map(({role}) => role),
    ['user', 'assistant', 'tool', 'assistant', 'tool'],
  );
  // What the upstream wants back comes back to it: the signature of the call, and the thought before it.
  const [, first] = chat.told as readonly {
    reasoning_content?: string;
    tool_calls?: readonly {extra_content?: object}[];
  }[];
  assert.deepEqual(first?.tool_calls?.[0]?.extra_content, signature);
  assert.equal(first.reasoning_content, thought);
});

test("files, context and options of AG-UI's client reach the model", async () => {
  await using chat = await startServer();
  const agent = new HttpAgent({
    url: `${chat.url}/agui`,
    initialMessages: [
      {id: '0', role: 'system', content: 'Be brief.'},
      {id: '1', role: 'activity', activityType: 'plan', content: {steps: 3}},
      {
        id: '2',
        role: 'user',
        content: [
          {type: 'text', text: 'What is this?'},
          {type: 'image', source: {type: 'data', value: 'iVBORw0KGgo=', mimeType: 'image/png'}},
        ],
      },
    ],
  });
  await run(agent, {
    context: [{description: 'The page', value: 'Lamps'}],
    forwardedProps: {model: 'small', temperature: 0, max_tokens: 2},
  });
  const {model, temperature, max_tokens} = chat.asked;
  assert.deepEqual({model, temperature, max_tokens}, {model: 'small', temperature: 0, max_tokens: 2});
  assert.match(JSON.stringify(chat.told[0]), /Lamps/);
  const image = {type: 'image_url', image_url: {url: 'data:image/png;base64,iVBORw0KGgo='}};
  assert.deepEqual(chat.told.at(-1), {role: 'user', content: [{type: 'text', text: 'What is this?'}, image]});
});

test("a stop of AG-UI's client frees the upstream", async () => {
  await using chat = await startServer();
  const {script, begun, freed} = endless();
  chat.script(script);
  const agent = agentOf(chat, 'One');
  const running = run(agent).catch(() => undefined);
  await begun;
  agent.abortRun();
  await freed;
  await running;
});

test("errors come to AG-UI's client with their sentence: before the stream with a status, in it as an event", async () => {
  await using chat = await startServer();
  await assert.rejects(run(agentOf(chat, 'Hi'), {forwardedProps: {model: 'no-such-model'}}), /404|no-such-model/);
  await assert.rejects(run(agentOf(chat, 'Hi'), {forwardedProps: {temperature: 3}}), /400|temperature/);
  chat.script(refuses(500, {error: {message: 'sk-canary'}}));
  await assert.rejects(run(agentOf(chat, 'Hi')), /502/);
  chat.script(async (exchange) => {
    await exchange.write(delta('Half an '));
    exchange.cut();
  });
  const {errors, pieces} = await run(agentOf(chat, 'Hi'));
  assert.deepEqual(pieces, ['Half an ']);
  assert.deepEqual(
    errors.map(({code}) => code),
    ['interrupted'],
  );
});
