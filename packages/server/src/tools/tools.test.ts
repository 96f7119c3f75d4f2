/** The tools of the server, through the real server, against local services with recorded answers. */
import assert from 'node:assert/strict';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import {suite, test} from 'node:test';
import {type ChatEvent, ChatError, isObject} from '@chatlet/protocol';
import type {Tool} from '../engine/tool.ts';
import {type TestServer, json, startChat} from '../testing/chat-server.ts';
import {callsTool, says} from '../testing/upstream.ts';
import {readConfiguration} from '../configuration.ts';
import {createChatServer} from '../index.ts';
import {fakeRetriever, reportPassage} from '../testing/fake-retriever.ts';
import {calculator} from './calculator.ts';
import {configuredTools} from './configured.ts';
import {defineTool} from './define-tool.ts';
import {startAnswers} from './testing/local-service.ts';
import {weather} from './weather.ts';
import {webSearch} from './web-search.ts';

/** As Open-Meteo answers, shortened to the fields that are asked for. */
const openMeteo = {
  '/v1/search': {
    results: [
      {
        id: 5391959,
        name: 'San Francisco',
        latitude: 37.77493,
        longitude: -122.41942,
        country: 'United States',
        admin1: 'California',
      },
    ],
    generationtime_ms: 0.5,
  },
  '/v1/forecast': {
    latitude: 37.763283,
    longitude: -122.41286,
    timezone: 'America/Los_Angeles',
    current_units: {temperature_2m: '°C'},
    current: {
      time: '2026-11-29T10:15',
      interval: 900,
      temperature_2m: 14.2,
      apparent_temperature: 12.9,
      relative_humidity_2m: 71,
      wind_speed_10m: 11.5,
      weather_code: 2,
    },
    daily: {
      time: ['2026-11-29', '2026-11-30', '2026-12-01'],
      temperature_2m_min: [10.1, 9.8, 11],
      temperature_2m_max: [16.4, 15.9, null],
      precipitation_probability_max: [3, 40, 85],
      weather_code: [2, 61, 81],
    },
  },
};

/** What the tool gives for an input, or the error that the model reads. */
async function use(tool: Tool, input: object): Promise<unknown> {
  const call = tool.prepare(input as Parameters<Tool['prepare']>[0]);
  assert.equal(call.needsApproval, false);
  return call.run({owner: 'visitor:v', callId: 'call_1', signal: AbortSignal.timeout(5_000)});
}

async function askTyped(chat: TestServer, content: string): Promise<readonly Record<string, unknown>[]> {
  const response = await chat.post('/api/chat', {messages: [{role: 'user', content}]}, {});
  const text = await response.text();
  return [...text.matchAll(/^data: (\{.*\})$/gm)].map(([, event = '']): Record<string, unknown> => JSON.parse(event));
}

suite('tools', () => {
  test('S2.12: "weather in San Francisco" gives call, result and text in order, as typed events', async () => {
    await using service = await startAnswers(openMeteo);
    await using chat = await startChat({tools: [weather({forecastUrl: service.url, placesUrl: service.url})]});
    chat.upstream.script(callsTool('weather', {place: 'San Francisco'}), says('It is 14 °C.'));
    const events = await askTyped(chat, 'weather in San Francisco');
    assert.deepEqual(
      events.map(({type}) => type),
      ['tool-call', 'tool-result', 'text-delta', 'finish'],
    );
    const [call, result] = events;
    assert.deepEqual(call, {
      type: 'tool-call',
      toolCallId: 'call_1',
      toolName: 'weather',
      args: {place: 'San Francisco'},
    });
    assert.deepEqual(isObject(result?.['result']) && result['result']['now'], {
      time: '2026-11-29T10:15',
      sky: 'partly cloudy',
      temperature: 14.2,
      feelsLike: 12.9,
      humidity: 71,
      wind: 11.5,
    });
    const sent = chat.upstream.requests[1]?.body?.['messages'] as readonly Record<string, unknown>[];
    assert.deepEqual(
      sent.map(({role}) => role),
      ['user', 'assistant', 'tool'],
    );
  });

  test('a chat keeps the whole answer with its calls, and a later question brings them along', async () => {
    await using chat = await startChat({tools: [calculator()]});
    chat.upstream.script(callsTool('calculator', {expression: '6 * 7'}), says('42.'));
    const {chatId, answer} = await chat.ask('6 times 7?');
    assert.deepEqual(
      answer.parts.map(({type}) => type),
      ['tool', 'text'],
    );
    const [, stored] = await chat.messages(chatId);
    assert.deepEqual(stored?.parts, answer.parts);
    await chat.ask('And half of it?', {chatId});
    const sent = chat.upstream.requests[2]?.body?.['messages'] as readonly Record<string, unknown>[];
    assert.deepEqual(
      sent.map(({role}) => role),
      ['user', 'assistant', 'tool', 'assistant', 'user'],
    );
  });

  test('have the time and the rounds that the operator gives them', async () => {
    const slow = defineTool({
      name: 'slow',
      description: 'Takes long.',
      input: {},
      annotations: {readOnlyHint: true},
      run: async (_, {signal}) => new Promise((_resolve, reject) => signal.addEventListener('abort', reject)),
    });
    await using chat = await startChat({tools: [slow], toolLimits: {timeout: 50, rounds: 1}});
    chat.upstream.script(callsTool('slow', {}), says('Too long.'));
    const [part] = (await chat.ask('Now?')).answer.parts;
    assert.ok(part?.type === 'tool');
    assert.equal(part.output, 'It took longer than 0.05 s.');
    assert.equal(chat.upstream.requests.at(-1)?.body?.['tool_choice'], 'none');
  });

  test('/chat/stream uses the tools too, and shows their words alone', async () => {
    await using chat = await startChat({tools: [calculator()]});
    chat.upstream.script(callsTool('calculator', {expression: '6 * 7'}), says('42.'));
    const body = {messages: [{role: 'user', content: '6 times 7?'}], stream: false};
    assert.deepEqual(await json(await chat.post('/chat/stream', body, {})), {content: '42.', finishReason: 'stop'});
  });

  test('a program that brings tools of its own gets its calls back, and none of the server’s tools', async () => {
    await using chat = await startChat({tools: [calculator()]});
    const ask = (more: object) =>
      chat.post('/v1/chat/completions', {model: 'test-model', messages: [{role: 'user', content: 'Hi'}], ...more}, {});
    chat.upstream.script(callsTool('mine', {}));
    const own = {type: 'function', function: {name: 'mine', parameters: {type: 'object'}}};
    const answer = await json<{choices: readonly {finish_reason: string}[]}>(await ask({tools: [own]}));
    assert.equal(answer.choices[0]?.finish_reason, 'tool_calls');
    await ask({});
    const offered = chat.upstream.requests.map(({body}) => body?.['tools'] as readonly {function: {name: string}}[]);
    assert.deepEqual(
      offered.map((tools) => tools?.map((each) => each.function.name)),
      [['mine'], undefined],
    );
  });

  test('S2.13: the calculator calculates without running code', async () => {
    const results: readonly (readonly [string, number])[] = [
      ['0.1 + 0.2', 0.3],
      ['-2^2', -4],
      ['2^3^2', 512],
      ['2**10', 1024],
      ['(12.5 + 7) × 3 ÷ 2 − 1', 28.25],
      ['sqrt(16) * PI', 12.5663706143592],
      ['max(1, 2, 3)!', 6],
      ['17 % 5', 2],
    ];
    for (const [expression, result] of results) {
      assert.deepEqual(await use(calculator(), {expression}), {expression, result});
    }
    for (const expression of [
      'process.exit()',
      'constructor',
      'toString()',
      '(function(){})()',
      'x = 3',
      'f(x) = x',
      '"a"',
      '1/0',
      '2 +',
      'sum.constructor("return 1")()',
      '__proto__',
    ]) {
      await assert.rejects(use(calculator(), {expression}), ChatError, expression);
    }
  });

  test('S2.13: the web is searched by SearXNG and by Brave', async () => {
    const searxng = {
      query: 'tea',
      results: [{title: 'Tea', url: 'https://example.com/tea', content: 'Hot.', engine: 'x'}],
    };
    const brave = {web: {results: [{title: 'Tea', url: 'https://example.com/tea', description: 'Hot.'}]}};
    await using service = await startAnswers({'/search': searxng, '/res/v1/web/search': brave});
    const found = {results: [{title: 'Tea', url: 'https://example.com/tea', text: 'Hot.'}]};
    assert.deepEqual(await use(webSearch({searxng: service.url}), {query: 'tea & milk'}), found);
    assert.equal(service.asked[0]?.query, 'q=tea+%26+milk&format=json');
    assert.deepEqual(await use(webSearch({braveApiKey: 'key', braveUrl: service.url}), {query: 'tea'}), found);
    assert.equal(service.asked[1]?.headers['x-subscription-token'], 'key');
  });

  test('S2.13: "search" among the tools is the search of the site, and the only one', async () => {
    const env = {CHATLET_TOOLS: 'calculator,search', CHATLET_DATABASE_URL: 'sqlite::memory:'};
    const {server, makeTools} = await readConfiguration(env, tmpdir());
    assert.equal(server.retrieval?.mode, 'tool');
    const made = (await makeTools())?.tools ?? [];
    assert.deepEqual(
      made.map(({name}) => name),
      ['calculator'],
    );
    const retriever = fakeRetriever(reportPassage);
    await using chat = await startChat({...server, tools: made, retriever});
    chat.upstream.script(callsTool('search', {query: 'Q4'}), says('12.4 million.'));
    const [call] = (await chat.ask('What about Q4?')).answer.parts;
    assert.ok(call?.type === 'tool' && typeof call.output === 'string');
    assert.match(call.output, /Revenue in Q4/);
    const web = webSearch({searxng: 'http://localhost:1'});
    assert.throws(() => createChatServer({retrieval: {mode: 'tool'}, retriever, tools: [web]}), /two tools "search"/);
    const folder = await mkdtemp(join(tmpdir(), 'chatlet-search-'));
    await writeFile(join(folder, 'chatlet.config.json'), '{"tools": ["search"], "retrieval": {"mode": "always"}}');
    await assert.rejects(readConfiguration({}, folder), /retrieval\.mode is "always"/);
    await rm(folder, {recursive: true});
  });

  test('a service that fails, or answers with something else, is told to the model without its words', async () => {
    await using service = await startAnswers({'/search': '<html>', '/v1/search': {results: []}});
    const signal = AbortSignal.timeout(5_000);
    const run = (tool: Tool, input: Parameters<Tool['prepare']>[0]) =>
      tool.prepare(input).run({owner: 'visitor:v', callId: 'c', signal});
    await assert.rejects(run(webSearch({searxng: service.url}), {query: 'x'}), /did not answer with JSON/);
    await assert.rejects(run(webSearch({braveApiKey: 'k', braveUrl: service.url}), {query: 'x'}), {
      message: 'The search engine answered with an error (500).',
    });
    const here = {forecastUrl: service.url, placesUrl: service.url};
    await assert.rejects(run(weather(here), {place: 'Nowhere'}), {message: 'There is no place "Nowhere".'});
  });

  test('S2.13: a file of the tools’ folder is picked up, and a bad one is named', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'chatlet-tools-'));
    try {
      const server = pathToFileURL(join(import.meta.dirname, '../index.ts')).href;
      const file = `import {defineTool} from ${JSON.stringify(server)};
        export default defineTool({
          name: 'shout', description: 'Shouts.', input: {type: 'object', properties: {word: {type: 'string'}}, required: ['word']},
          annotations: {readOnlyHint: true}, run: async ({word}) => word.toUpperCase(),
        });`;
      await writeFile(join(folder, 'shout.mjs'), file);
      await writeFile(join(folder, 'shout.test.mjs'), 'throw new Error("a test is no tool")');
      const surroundings = {folder, set: () => undefined};
      const {tools} = await configuredTools(['calculator', {folder: '.'}], surroundings);
      assert.deepEqual(
        tools.map(({name}) => name),
        ['calculator', 'shout'],
      );
      await using chat = await startChat({tools});
      chat.upstream.script(callsTool('shout', {word: 'tea'}), says('TEA!'));
      const {events} = await chat.ask('Shout tea');
      const result = events.find(
        (event): event is Extract<ChatEvent, {type: 'tool-result'}> => event.type === 'tool-result',
      );
      assert.equal(result?.output, 'TEA');
      await writeFile(join(folder, 'wrong.mjs'), 'export const x = 1;');
      await assert.rejects(configuredTools([{folder: '.'}], surroundings), /wrong\.mjs exports no tool/);
      await assert.rejects(configuredTools([{folder: 'missing'}], surroundings), /missing cannot be read/);
      const paid = [{tool: 'weather', apiKeyEnv: 'WEATHER_KEY'}] as const;
      await assert.rejects(configuredTools(paid, surroundings), /needs the variable WEATHER_KEY/);
    } finally {
      await rm(folder, {recursive: true});
    }
  });
});
