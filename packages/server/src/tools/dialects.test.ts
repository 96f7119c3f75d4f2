/** Each built-in tool in one golden turn over each dialect; and the paths that do not carry the server's tools. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import type {ChatEvent, Json} from '@chatlet/protocol';
import type {Tool} from '../engine/tool.ts';
import {answered, startChat} from '../testing/chat-server.ts';
import {callsTool, says} from '../testing/upstream.ts';
import {calculator} from './calculator.ts';
import {fetchPage} from './fetch-page.ts';
import {startService} from './testing/local-service.ts';
import {weather} from './weather.ts';
import {webSearch} from './web-search.ts';

const recorded: Readonly<Record<string, string>> = {
  '/v1/search': '{"results":[{"name":"Oslo","latitude":59.9,"longitude":10.7,"country":"Norway"}]}',
  '/v1/forecast':
    '{"timezone":"Europe/Oslo","current_units":{"temperature_2m":"°C"},"current":{"time":"2026-11-29T10:15",' +
    '"temperature_2m":-2.5,"apparent_temperature":-6,"relative_humidity_2m":80,"wind_speed_10m":9,"weather_code":71},' +
    '"daily":{"time":[],"temperature_2m_min":[],"temperature_2m_max":[],"precipitation_probability_max":[],"weather_code":[]}}',
  '/search': '{"results":[{"title":"Tea","url":"https://example.com/tea","content":"Hot."}]}',
  '/plain': 'Just text.',
};

const startRecorded = () =>
  startService(({path}, res) => {
    res.writeHead(200, {'content-type': path === '/plain' ? 'text/plain' : 'application/json'}).end(recorded[path]);
  });

/** Each tool with an input, and the words that its result has. */
const toolsAt = (url: string): readonly (readonly [tool: Tool, input: Json & object, told: RegExp])[] => [
  [calculator(), {expression: '6 * 7'}, /42/],
  [weather({forecastUrl: url, placesUrl: url}), {place: 'Oslo'}, /-2\.5/],
  [webSearch({searxng: url}), {query: 'tea'}, /Hot\./],
  [fetchPage({sites: [url]}), {url: `${url}/plain`}, /Just text\./],
];

const text = 'Use it';
const ui = {id: 'q', role: 'user', parts: [{type: 'text', text}]};
const plain = {messages: [{role: 'user', content: text}]};

/** The dialects of `POST /api/chat`, which carry calls and their results. */
const carrying: Readonly<Record<string, object>> = {
  chatlet: {message: {text}},
  'typed-events': plain,
  'ui-message-stream': {id: 'ui', trigger: 'submit-message', messages: [ui]},
  'ai-sdk-5': {id: 'ui-5', trigger: 'submit-message', messages: [ui]},
  'ai-sdk-4': {id: 'ui-4', messages: [{...ui, content: text}]},
};

/** The result and the text are the same in all dialects. */
function toolEvents(events: readonly ChatEvent[]): readonly object[] {
  return events.flatMap((event): readonly object[] => {
    if (event.type === 'tool-call') return [{call: event.name, input: event.input}];
    return event.type === 'tool-result' ? [{output: event.output, failed: event.failed ?? false}] : [];
  });
}

for (const name of ['calculator', 'weather', 'search', 'fetch-page']) {
  suite(`the tool ${name}`, () => {
    for (const [dialect, body] of Object.entries(carrying)) {
      test(`is called, gives its result and is spoken of in ${dialect}`, async () => {
        await using service = await startRecorded();
        const row = toolsAt(service.url).find(([tool]) => tool.name === name);
        assert.ok(
          row,
          toolsAt(service.url)
            .map(([tool]) => tool.name)
            .join(),
        );
        const [tool, input, told] = row;
        await using chat = await startChat({tools: [tool]});
        chat.upstream.script(callsTool(name, input), says('Well.'));
        const response = await chat.post('/api/chat', body, {'x-chat-protocol': dialect});
        const {events, text: said} = await answered(response);
        const [call, result] = toolEvents(events);
        assert.deepEqual(call, {call: name, input});
        assert.match(JSON.stringify(result), told);
        assert.match(JSON.stringify(result), /"failed":false/);
        assert.equal(said, 'Well.');
        // The model has read the same result.
        assert.match(JSON.stringify(chat.upstream.requests[1]?.body?.['messages']), told);
      });
    }
  });
}

test('/chat/stream runs the tools of the server too, and its dialect has words alone', async () => {
  await using chat = await startChat({tools: [calculator()]});
  chat.upstream.script(callsTool('calculator', {expression: '6 * 7'}), says('It is 42.'));
  const {events, text: said} = await answered(await chat.post('/chat/stream', plain, {}));
  assert.deepEqual([toolEvents(events), said], [[], 'It is 42.']);
  assert.match(JSON.stringify(chat.upstream.requests[1]?.body?.['messages']), /42/);
});

test('/agui runs the tools of the server too, with their calls and results, unless the client brings tools', async () => {
  await using chat = await startChat({tools: [calculator()]});
  chat.upstream.script(callsTool('calculator', {expression: '6 * 7'}), says('It is 42.'));
  const asked = {messages: [{id: 'q', role: 'user', content: text}]};
  const {events, text: said} = await answered(await chat.post('/agui', asked, {}));
  assert.partialDeepStrictEqual(toolEvents(events), [{call: 'calculator', input: {expression: '6 * 7'}}, {}]);
  assert.match(JSON.stringify(toolEvents(events)[1]), /42/);
  assert.equal(said, 'It is 42.');
  const own = {...asked, tools: [{name: 'calculator', description: 'Mine', parameters: {type: 'object'}}]};
  chat.upstream.script(callsTool('calculator', {expression: '6 * 7'}));
  const passed = await answered(await chat.post('/agui', own, {}));
  assert.deepEqual(toolEvents(passed.events), [{call: 'calculator', input: {expression: '6 * 7'}}]);
});

for (const [path, body] of Object.entries({
  '/v1/chat/completions': {model: 'test-model', ...plain},
  '/v1/responses': {model: 'test-model', input: text},
  '/v1/messages': {model: 'test-model', max_tokens: 50, ...plain},
  '/v1/chat': {model: 'test-model', ...plain},
})) {
  test(`${path} offers the model no tool of the server, because its clients run tools of their own`, async () => {
    await using chat = await startChat({tools: [calculator()]});
    const response = await chat.post(path, body, {});
    assert.equal(response.status, 200);
    await response.text();
    assert.equal(chat.upstream.first.body?.['tools'], undefined);
  });
}
