/** `/v1/chat/completions` as the first of its two documents prints it, and its surroundings. */
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {mkdtemp, rm} from 'node:fs/promises';
import {DatabaseSync} from 'node:sqlite';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {Validator} from '@seriousme/openapi-schema-validator';
import {readConfiguration} from '../../server/src/configuration.ts';
import {migrate} from '../../server/src/stores/sqlite/migrate.ts';
import {migrations} from '../../server/src/stores/sqlite/migrations/index.ts';
import {programEnvironment} from '../../server/src/testing/program-environment.ts';
import {
  type CompatServer,
  type Row,
  bearer,
  dataOf,
  eventsOf,
  jsonOf,
  postJson,
  startServer,
  testRows,
  unlimited,
  user,
} from './testing/harness.ts';
import {type Chunk, type Completion, assertOpenai, assertOpenaiError} from './testing/openai-schema.ts';
import {readCorrectedPython, readPrintedCompletions} from './testing/printed-readers.ts';

const path = '/v1/chat/completions';

const ask = (chat: CompatServer, more: object = {}, question = 'One two three') =>
  postJson(chat, path, {model: 'default', ...user(question), ...more});

const contentOf = async (response: Response) => (await jsonOf<Completion>(response)).choices[0]?.message.content;

async function refused(chat: CompatServer, more: object): Promise<void> {
  const body = await jsonOf(await ask(chat, more), 400);
  assertOpenaiError(body);
  assert.equal(body.error.type, 'invalid_request_error');
}

/** Runs the program as an operator would. */
async function chatletServer(args: readonly string[], env: Readonly<Record<string, string>>, folder: string) {
  const cli = fileURLToPath(new URL('../../server/src/cli.ts', import.meta.url));
  const options = {
    cwd: folder,
    env: {...programEnvironment, ...env},
  };
  return promisify(execFile)(process.execPath, ['--conditions=@chatlet/source', cli, ...args], options);
}

const rows: readonly Row[] = [
  [
    'S1.1',
    'without stream the answer is one JSON object',
    async (chat) => {
      const completion = await jsonOf<Completion>(await ask(chat));
      assertOpenai('CreateChatCompletionResponse', completion);
      assert.equal(completion.choices[0]?.message.content, 'One two three');
      assert.equal(completion.choices[0]?.finish_reason, 'stop');
      assert.equal(await contentOf(await ask(chat, {stream: false})), 'One two three');
    },
  ],
  [
    'S1.2',
    'with stream: true the answer comes in chunks, and their deltas join to the same text',
    async (chat) => {
      const chunks = await eventsOf<Chunk>(await ask(chat, {stream: true}));
      for (const chunk of chunks) assertOpenai('CreateChatCompletionStreamResponse', chunk);
      assert.equal(chunks.map(({choices}) => choices[0]?.delta.content ?? '').join(''), 'One two three');
      assert.equal((await dataOf(await ask(chat, {stream: true}))).at(-1), '[DONE]');
    },
  ],
  [
    'S1.3',
    'the keys of a body are used, and absent ones have their printed defaults',
    async (chat) => {
      await contentOf(await ask(chat));
      assert.equal(chat.asked['temperature'], 0.7);
      assert.equal(chat.asked['top_p'], 1);
      const sent = {max_tokens: 50, temperature: 1.5, top_p: 0.9, n: 1, stream: false};
      await contentOf(await ask(chat, sent));
      const {max_tokens, temperature, top_p} = chat.asked;
      assert.deepEqual({max_tokens, temperature, top_p}, {max_tokens: 50, temperature: 1.5, top_p: 0.9});
      for (const wrong of [{temperature: 2.1}, {top_p: 1.1}, {max_tokens: -1}, {n: 0}, {stream: 'yes'}]) {
        await refused(chat, wrong);
      }
    },
  ],
  [
    'S1.4',
    'max_tokens: 0 is no limit, not an empty answer',
    async (chat) => {
      assert.equal(await contentOf(await ask(chat, {max_tokens: 0})), 'One two three');
      assert.equal(chat.asked['max_tokens'], undefined);
    },
  ],
  [
    'S1.5',
    'n gives as many choices, up to 4',
    async (chat) => {
      const completion = await jsonOf<Completion>(await ask(chat, {n: 2}));
      assertOpenai('CreateChatCompletionResponse', completion);
      assert.deepEqual(
        completion.choices.map(({index, message}) => [index, message.content]),
        [
          [0, 'One two three'],
          [1, 'One two three'],
        ],
      );
      const chunks = await eventsOf<Chunk>(await ask(chat, {n: 3, stream: true}));
      const texts = ['', '', ''];
      const ends = [0, 0, 0];
      for (const {choices} of chunks) {
        for (const {index, delta, finish_reason: reason} of choices) {
          texts[index] += delta.content ?? '';
          ends[index] = (ends[index] ?? 0) + (reason === null ? 0 : 1);
        }
      }
      assert.deepEqual(texts, ['One two three', 'One two three', 'One two three']);
      assert.deepEqual(ends, [1, 1, 1]);
      await refused(chat, {n: 5});
    },
  ],
  [
    'S1.6',
    '/docs is Swagger UI of our own files over a valid /openapi.json',
    async (chat) => {
      const page = await chat.get('/docs');
      const html = await page.text();
      assert.equal(page.status, 200);
      assert.match(html, /swagger/i);
      assert.match(page.headers.get('content-security-policy') ?? '', /default-src 'none'|default-src 'self'/);
      const files = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]) => file ?? '');
      assert.ok(files.length >= 2);
      for (const file of files) {
        const url = new URL(file, page.url);
        assert.equal(url.origin, new URL(chat.url).origin, `${file} is from elsewhere.`);
        const response = await fetch(url);
        assert.equal(response.status, 200, file);
        await response.arrayBuffer();
      }
      const document = await jsonOf<{openapi: string; paths: Record<string, object>}>(await chat.get('/openapi.json'));
      assert.match(document.openapi, /^3\.1/);
      const {valid, errors} = await new Validator().validate(structuredClone(document));
      assert.ok(valid, JSON.stringify(errors));
      const methods = Object.entries(document.paths).flatMap(([route, item]) =>
        Object.keys(item).map((method) => `${method} ${route}`),
      );
      for (const expected of [
        'post /chat/stream',
        'get /chat/models',
        'post /v1/chat/completions',
        'get /v1/models',
        'post /api/chat',
        'get /api/chats',
        'get /api/usage',
        'post /api/v1/chat',
      ]) {
        assert.ok(methods.includes(expected), `${expected} is not among ${methods.join(', ')}`);
      }
    },
  ],
  [
    'S1.7',
    'the port is 8000 by default',
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'chatlet-'));
      try {
        assert.deepEqual((await readConfiguration({}, folder)).listen, {port: 8000, host: '127.0.0.1'});
        assert.equal((await readConfiguration({PORT: '8123'}, folder)).listen.port, 8123);
      } finally {
        await rm(folder, {recursive: true});
      }
    },
  ],
  [
    'S1.8',
    'every chunk has a delta.content, so the Python sample, put right, reads all of them',
    async (chat) => {
      const texts = await readCorrectedPython(await ask(chat, {stream: true}));
      assert.equal(texts.join(''), 'One two three');
      const chunks = await eventsOf<Chunk>(await ask(chat, {stream: true}));
      for (const {choices} of chunks) assert.equal(typeof choices[0]?.delta.content, 'string');
    },
  ],
  [
    'S1.10',
    'the JavaScript sample reads every answer as printed, 200 times',
    async () => {
      await using chat = await startServer(unlimited);
      for (let run = 0; run < 200; run++) {
        const question = `Tell me a "story"\nabout wolf ${run} 🐺.`;
        const logged = await readPrintedCompletions(await ask(chat, {stream: true}, question));
        for (const said of logged) assert.equal(typeof said, 'string');
        assert.equal(logged.join(''), question);
      }
    },
  ],
  [
    'S1.13',
    'chatlet-server migrate runs twice on an empty database and on an old one',
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'chatlet-'));
      try {
        for (const name of ['empty.db', 'old.db']) {
          const file = join(folder, name);
          if (name === 'old.db') {
            const old = new DatabaseSync(file);
            migrate(old, migrations.slice(0, 1));
            old.close();
          }
          const env = {CHATLET_DATABASE_URL: `sqlite:${file}`};
          await chatletServer(['migrate'], env, folder);
          const versions = () => {
            const db = new DatabaseSync(file, {readOnly: true});
            const applied = db.prepare('select version, applied_at from migrations order by version').all();
            db.close();
            return applied;
          };
          const first = versions();
          assert.equal(first.at(-1)?.['version'], migrations.at(-1)?.version);
          await chatletServer(['migrate'], env, folder);
          assert.deepEqual(versions(), first);
        }
      } finally {
        await rm(folder, {recursive: true});
      }
    },
  ],
];

testRows(rows);

testRows(
  [
    [
      'S1.9',
      'the scheme of Authorization may have any case, and a missing space is explained',
      async (chat) => {
        for (const authorization of ['Bearer key-of-alice', 'bearer key-of-alice', 'BEARER key-of-alice']) {
          const response = await postJson(chat, path, {model: 'm', ...user('Hi')}, {headers: {authorization}});
          assert.equal(await contentOf(response), 'Hi', authorization);
        }
        const headers = {authorization: 'beareryour_api_key_here'};
        const body = await jsonOf(await postJson(chat, path, {model: 'm', ...user('Hi')}, {headers}), 401);
        assertOpenaiError(body);
        assert.match(body.error.message, /space/);
        const wrong = await postJson(chat, path, {model: 'm', ...user('Hi')}, {headers: bearer('nobody-has-this')});
        assertOpenaiError(await jsonOf(wrong, 401));
      },
    ],
  ],
  {apiKeys: [{key: 'key-of-alice', plan: 'default'}]},
);
