/** `/chat/stream` and `/chat/models`, row by row, as somebody with curl would see them. */
import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {text as textOfStream} from 'node:stream/consumers';
import {
  type CompatServer,
  type Row,
  dataOf,
  endless,
  eventsOf,
  jsonOf,
  postJson,
  pricing,
  startServer,
  testRows,
  unlimited,
  user,
} from './testing/harness.ts';
import {readPrintedChatStream} from './testing/printed-readers.ts';

const path = '/chat/stream';
const twins = ['/api/bento/chat/stream', '/api/chat/stream'];

interface ModelList {
  readonly models: readonly {
    readonly id: string;
    readonly name: string;
    readonly contextLength: number;
    readonly pricing: {readonly prompt: number; readonly completion: number};
    readonly tags?: readonly string[];
  }[];
}

const ask = (chat: CompatServer, more: object = {}, question = 'One two three') =>
  postJson(chat, path, {...user(question), ...more});

async function answerOf(chat: CompatServer, more: object = {}, question?: string): Promise<string> {
  const events = await eventsOf<{content?: string}>(await ask(chat, more, question));
  return events.map(({content}) => content ?? '').join('');
}

/** A stream without its comments and its ids. */
async function wordsOnTheWire(response: Response): Promise<string> {
  assert.ok(response.body);
  const whole = await textOfStream(response.body);
  return whole.replaceAll(/^:.*\n\n/gm, '').replaceAll(/\b(?:chat|msg|chatcmpl)[_-][\w-]+/g, 'ID');
}

async function refused(chat: CompatServer, body: object): Promise<void> {
  const {error} = await jsonOf<{error: unknown}>(await postJson(chat, path, body), 400);
  assert.equal(typeof error, 'string');
}

const rows: readonly Row[] = [
  [
    'S0.1',
    'the answer is an event stream',
    async (chat) => {
      const response = await ask(chat);
      assert.equal(response.status, 200);
      assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/);
      await response.text();
    },
  ],
  [
    'S0.2',
    'the paths of both examples answer with the same bytes',
    async (chat) => {
      const expected = await wordsOnTheWire(await ask(chat));
      assert.match(expected, /data: \{"content":/);
      for (const twin of twins) {
        assert.equal(await wordsOnTheWire(await postJson(chat, twin, user('One two three'))), expected, twin);
      }
    },
  ],
  [
    'S0.3',
    'a role is system, user or assistant, and content is text',
    async (chat) => {
      const messages = [
        {role: 'system', content: 'Be brief.'},
        {role: 'user', content: 'One'},
        {role: 'assistant', content: 'Two'},
        {role: 'user', content: 'Three'},
      ];
      assert.equal((await dataOf(await postJson(chat, path, {messages}))).at(-1), '[DONE]');
      assert.deepEqual(chat.told, messages);
      await refused(chat, {messages: [{role: 'root', content: 'x'}]});
      await refused(chat, {messages: [{role: 'user', content: 5}]});
      await refused(chat, {messages: [{role: 'user'}]});
      await refused(chat, {messages: []});
      await refused(chat, {});
    },
  ],
  [
    'S0.4',
    'a model need not be named, and the printed default is a name',
    async (chat) => {
      assert.equal(await answerOf(chat), 'One two three');
      assert.equal(chat.asked['model'], 'm');
      for (const model of ['default-llm-model', 'advanced-llm-model', 'small']) {
        assert.equal(await answerOf(chat, {model}), 'One two three', model);
      }
      assert.equal(chat.asked['model'], 'small');
      const {models} = await jsonOf<ModelList>(await chat.get('/chat/models'));
      const listed = models.find(({id}) => id === 'default-llm-model');
      assert.deepEqual([listed?.name, listed?.contextLength, listed?.pricing], ['Default: General', 128_000, pricing]);
    },
  ],
  [
    'S0.6',
    'temperature goes from 0 to 2 and is 0.7 by default',
    async (chat) => {
      await answerOf(chat);
      assert.equal(chat.asked['temperature'], 0.7);
      for (const temperature of [0, 2]) {
        await answerOf(chat, {temperature});
        assert.equal(chat.asked['temperature'], temperature);
      }
      for (const temperature of [2.01, -0.01, '1']) await refused(chat, {...user('x'), temperature});
    },
  ],
  [
    'S0.7',
    'maxTokens limits the answer',
    async (chat) => {
      assert.equal((await answerOf(chat, {maxTokens: 1})).trim(), 'One');
      assert.equal(chat.asked['max_tokens'], 1);
      const {finishReason} = (await eventsOf<{finishReason?: string}>(await ask(chat, {maxTokens: 1}))).at(-1) ?? {};
      assert.equal(finishReason, 'length');
    },
  ],
  [
    'S0.8',
    'every event has a content, and all contents joined are the text',
    async (chat) => {
      const events = await eventsOf<{content: string}>(await ask(chat, {}, 'Grüße 👋\n"quoted"\n\n```\ncode\n```'));
      for (const {content} of events) assert.equal(typeof content, 'string');
      assert.equal(events.map(({content}) => content).join(''), 'Grüße 👋\n"quoted"\n\n```\ncode\n```');
    },
  ],
  [
    'S0.9',
    'the last line of data is [DONE], and there is one',
    async (chat) => {
      const data = await dataOf(await ask(chat));
      assert.equal(data.at(-1), '[DONE]');
      assert.equal(data.filter((item) => item === '[DONE]').length, 1);
    },
  ],
  [
    'S0.10',
    'stream: true changes nothing, stream: false is one JSON',
    async (chat) => {
      assert.equal(await answerOf(chat, {stream: true}), 'One two three');
      const {content} = await jsonOf<{content: string}>(await ask(chat, {stream: false}));
      assert.equal(content, 'One two three');
    },
  ],
  [
    'S0.11',
    'the printed reader reads every answer, 200 times',
    async () => {
      await using chat = await startServer(unlimited);
      for (let run = 0; run < 200; run++) {
        const question = `Explain "waves", spins\nand cats 🐈 for the ${run}th time.`;
        const texts = await readPrintedChatStream(await postJson(chat, path, user(question)));
        assert.equal(texts.join(''), question);
      }
    },
  ],
  [
    'S0.13',
    'models have an id, a name, a length and prices',
    async (chat) => {
      const {models} = await jsonOf<ModelList>(await chat.get('/chat/models'));
      assert.ok(models.length >= 3);
      for (const model of models) {
        assert.equal(typeof model.id, 'string');
        assert.equal(typeof model.name, 'string');
        assert.ok(model.contextLength > 0);
        assert.ok(model.pricing.prompt >= 0 && model.pricing.completion >= 0);
      }
    },
  ],
  [
    'S0.14',
    'the id of a model may hold a slash',
    async (chat) => {
      const id = 'anthropic/model-name';
      assert.equal(await answerOf(chat, {model: id}), 'One two three');
      assert.equal(chat.asked['model'], id);
      for (const written of [id, encodeURIComponent(id)]) {
        const model = await jsonOf<{id: string}>(await chat.get(`/v1/models/${written}`));
        assert.equal(model.id, id, written);
      }
    },
  ],
  [
    'S0.15',
    'the models are listed under the paths of the examples, too',
    async (chat) => {
      const expected = await jsonOf<ModelList>(await chat.get('/chat/models'));
      for (const twin of ['/api/bento/chat/models', '/api/chat/models']) {
        assert.deepEqual(await jsonOf<ModelList>(await chat.get(twin)), expected, twin);
      }
    },
  ],
  [
    'S0.16',
    'prices are USD per 1000 tokens, documented, and costs come from them',
    async (chat) => {
      const readme = await readFile(new URL('../../server/README.md', import.meta.url), 'utf8');
      assert.match(readme, /USD per 1000 tokens/);
      const {models} = await jsonOf<ModelList>(await chat.get('/chat/models'));
      const price = models.find(({id}) => id === 'm')?.pricing;
      assert.deepEqual(price, pricing);
      const {cost, usage} = await jsonOf<{cost: number; usage: {prompt_tokens: number; completion_tokens: number}}>(
        await postJson(chat, '/api/v1/chat', {...user('One two three'), model: 'm'}),
      );
      const expected = (usage.prompt_tokens * price.prompt + usage.completion_tokens * price.completion) / 1000;
      assert.ok(expected > 0);
      assert.ok(Math.abs(cost - expected) < 1e-9, `${cost} is not ${expected}.`);
    },
  ],
  [
    'S0.17',
    'topP goes from 0 to 1',
    async (chat) => {
      await answerOf(chat, {topP: 0.5});
      assert.equal(chat.asked['top_p'], 0.5);
      for (const topP of [1.1, -0.1]) await refused(chat, {...user('x'), topP});
    },
  ],
  [
    'S0.18',
    'the answer ends before a stop sequence',
    async (chat) => {
      assert.equal(await answerOf(chat, {stopSequences: ['STOP']}, 'a STOP b'), 'a ');
      assert.deepEqual([chat.asked['stop']].flat(), ['STOP']);
      await refused(chat, {...user('x'), stopSequences: [1]});
    },
  ],
  [
    'S0.19',
    'temperature 0 gives the same answer twice',
    async (chat) => {
      const [one, two] = [await answerOf(chat, {temperature: 0}), await answerOf(chat, {temperature: 0})];
      assert.equal(one, two);
      for (const {body} of chat.requests) assert.equal(body?.['temperature'], 0);
    },
  ],
  [
    'S0.20',
    'beyond the limit the body and the header have Retry-After',
    async (chat) => {
      for (let count = 0; count < 100; count++) {
        const response = await ask(chat);
        assert.equal(response.status, 200, `request ${count + 1}`);
        await response.text();
      }
      const response = await ask(chat);
      const {error, retryAfter} = await jsonOf<{error: string; retryAfter: number}>(response, 429);
      assert.match(error, /rate limit exceeded|requests/i);
      assert.ok(Number.isInteger(retryAfter) && retryAfter >= 1 && retryAfter <= 60);
      assert.equal(response.headers.get('retry-after'), String(retryAfter));
    },
  ],
  [
    'S0.21',
    'an unknown model is a 404 that names the available ones',
    async (chat) => {
      const response = await ask(chat, {model: 'no-such-model'});
      const {error, availableModels} = await jsonOf<{error: string; availableModels: readonly string[]}>(response, 404);
      assert.equal(typeof error, 'string');
      assert.deepEqual([...availableModels].toSorted(), ['anthropic/model-name', 'm', 'small']);
    },
  ],
  [
    'S0.22',
    'a request that is too long is refused before any stream, with both lengths',
    async (chat) => {
      const response = await ask(chat, {model: 'small'}, 'word '.repeat(5000));
      const {error, maxLength, requestLength} = await jsonOf<{error: string; maxLength: number; requestLength: number}>(
        response,
        400,
      );
      assert.equal(typeof error, 'string');
      assert.equal(maxLength, 4096);
      assert.ok(requestLength > 4096 && requestLength < 25_000, String(requestLength));
      assert.deepEqual(chat.requests, []);
    },
  ],
  [
    'S0.24',
    'closing the connection frees the upstream',
    async (chat) => {
      const {script, begun, freed} = endless();
      chat.script(script);
      const abort = new AbortController();
      const response = await postJson(chat, path, user('Count'), abort);
      await begun;
      abort.abort();
      await freed;
      await assert.rejects(response.text(), {name: 'AbortError'});
    },
  ],
  [
    'S0.25',
    'instructions of several lines reach the model as they are',
    async (chat) => {
      const content = 'You are a pirate.\n\n  - say "arr"\n\t- never\r\nexplain ☠';
      const messages = [
        {role: 'system', content},
        {role: 'user', content: 'Line one\nline two'},
      ];
      await dataOf(await postJson(chat, path, {messages}));
      assert.deepEqual(chat.told, messages);
    },
  ],
  [
    'S0.26',
    'models have tags for their uses',
    async (chat) => {
      const {models} = await jsonOf<ModelList>(await chat.get('/chat/models'));
      const tagged = models.map(({id, tags}) => [id, tags]);
      assert.deepEqual(tagged, [
        ['m', ['general']],
        ['anthropic/model-name', ['reasoning']],
        ['small', ['code']],
        ['default-llm-model', ['general']],
      ]);
    },
  ],
];

testRows(rows);
