/** The program as it is started: its words, its exit codes, and what survives its end. */
import assert from 'node:assert/strict';
import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, readFile, rm, stat, writeFile} from 'node:fs/promises';
import {createServer as createHttpServer} from 'node:http';
import {type AddressInfo, createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, suite, test} from 'node:test';
import {setTimeout} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import type {Message} from '@chatlet/protocol';
import {answered, json, ownProtocol, readUntil} from './testing/chat-server.ts';
import {type Upstream, delta, pause, refuses, startUpstream} from './testing/upstream.ts';

const cli = fileURLToPath(new URL('cli.ts', import.meta.url));

/** What Node makes of the sources once, so that the many starts here take half of the time. */
const compiled = await mkdtemp(join(tmpdir(), 'chatlet-compiled-'));
after(() => rm(compiled, {recursive: true}));

interface Program {
  readonly child: ChildProcess;
  /** What it has printed so far, both streams. */
  output(): string;
  /** Where it listens; rejects with its output when it ends before it does. */
  readonly url: Promise<string>;
  readonly exit: Promise<number | NodeJS.Signals | null>;
}

function run(folder: string, env: NodeJS.ProcessEnv, args: readonly string[] = ['start']): Program {
  const child = spawn(process.execPath, ['--conditions=@chatlet/source', cli, ...args], {
    cwd: folder,
    env: {PATH: process.env['PATH'], NODE_COMPILE_CACHE: compiled, PORT: '0', ...env},
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const url = new Promise<string>((resolve, reject) => {
    const take = (piece: Buffer) => {
      output += piece.toString();
      const [found] = /http:\/\/localhost:\d+/.exec(output) ?? [];
      if (found) resolve(found.replace('localhost', '127.0.0.1'));
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('close', () => reject(new Error(output)));
  });
  url.catch(() => {});
  const exit = once(child, 'close').then(([code, signal]) => code ?? signal);
  return {child, output: () => output, url, exit};
}

interface Place {
  readonly folder: string;
  readonly upstream: Upstream;
  readonly start: (env?: NodeJS.ProcessEnv, args?: readonly string[]) => Program;
}

/** A folder and an upstream for one test; everything in it is gone afterwards. */
async function inPlace(work: (place: Place) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'chatlet-'));
  const upstream = await startUpstream();
  const programs: Program[] = [];
  try {
    await work({
      folder,
      upstream,
      start(env = {}, args) {
        const program = run(folder, {OPENAI_BASE_URL: upstream.baseUrl, OPENAI_API_KEY: 'sk-canary-123', ...env}, args);
        programs.push(program);
        return program;
      },
    });
  } finally {
    for (const {child, exit} of programs) {
      child.kill('SIGKILL');
      await exit;
    }
    await upstream.close();
    await rm(folder, {recursive: true});
  }
}

function post(url: string, body: object): Promise<Response> {
  const headers = {'content-type': 'application/json', ...ownProtocol};
  return fetch(`${url}/api/chat`, {method: 'POST', headers, body: JSON.stringify(body)});
}

async function messages(url: string, chatId: string | null): Promise<readonly (Message & {content: string})[]> {
  return json(await fetch(`${url}/api/chats/${chatId}/messages`));
}

interface OtherUpstream {
  readonly baseUrl: string;
  /** How many questions it was asked. */
  readonly asked: () => number;
  close(): Promise<void>;
}

/** An upstream that speaks Anthropic's wire and always has the same to say. */
async function startAnthropic(says: string): Promise<OtherUpstream> {
  let asked = 0;
  const frame = (event: {readonly type: string}) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
  const events: readonly {readonly type: string; readonly [field: string]: unknown}[] = [
    {type: 'message_start', message: {id: 'msg_01', role: 'assistant', content: [], usage: {input_tokens: 3}}},
    {type: 'content_block_start', index: 0, content_block: {type: 'text', text: ''}},
    {type: 'content_block_delta', index: 0, delta: {type: 'text_delta', text: says}},
    {type: 'message_delta', delta: {stop_reason: 'end_turn'}, usage: {output_tokens: 2}},
    {type: 'message_stop'},
  ];
  const server = createHttpServer((req, res) => {
    req.resume();
    if (req.method === 'GET') {
      res.setHeader('content-type', 'application/json');
      res.end(JSON.stringify({data: [{type: 'model', id: 'claude', display_name: 'Claude'}], has_more: false}));
      return;
    }
    asked++;
    res.setHeader('content-type', 'text/event-stream');
    res.end(events.map(frame).join(''));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const {port} = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    asked: () => asked,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

suite('the program', () => {
  test('lets another upstream answer where one cannot, and leaves that one alone for a while', () =>
    inPlace(async ({folder, upstream, start}) => {
      const other = await startAnthropic('Here I am.');
      try {
        const config = {
          openai: {baseUrl: 'http://127.0.0.1:9/v1', id: 'first'},
          anthropic: {apiKey: 'sk-ant-of-the-file', baseUrl: other.baseUrl},
          aliases: {fast: 'test-model', clever: 'claude'},
          fallbacks: {'test-model': ['anthropic/claude']},
          models: [{id: 'test-model', name: 'The Model'}],
        };
        await writeFile(join(folder, 'chatlet.config.json'), JSON.stringify(config));
        // The environment names the upstream, the file the rest of it.
        const program = start({CHATLET_MODEL: 'fast', ANTHROPIC_API_KEY: 'sk-ant-canary'});
        const url = await program.url;
        const ask = async (model?: string) => answered(await post(url, {message: {text: 'Hi'}, model}));
        const {models} = await json<{models: {id: string; provider: string}[]}>(await fetch(`${url}/api/config`));
        assert.deepEqual(
          models.map(({id, provider}) => [id, provider]),
          [
            ['test-model', 'first'],
            ['claude', 'anthropic'],
          ],
        );
        assert.deepEqual([(await ask('clever')).text, other.asked()], ['Here I am.', 1]);

        upstream.script(...Array.from({length: 20}, () => refuses(503, {error: {message: 'canary'}})));
        const names = ['fast', 'test-model', 'test-model', 'test-model', 'test-model'];
        const answers = [...(await Promise.all(names.map(ask))), await ask()];
        // The name is the one that was asked for, whoever has answered.
        assert.deepEqual(
          answers.map(({text, answer}) => [text, answer.model]),
          [...names, 'test-model'].map((model) => ['Here I am.', model]),
        );
        assert.equal(other.asked(), 7);
        // Three tries of each of five questions: that is enough, and the next does without.
        assert.equal(upstream.requests.length, 15);
        assert.doesNotMatch(program.output(), /sk-ant-canary|sk-canary/);
      } finally {
        await other.close();
      }
    }));

  test('says where it is, answers, and keeps its secret to itself', () =>
    inPlace(async ({folder, start}) => {
      const program = start();
      const url = await program.url;
      assert.equal((await answered(await post(url, {message: {text: 'Hi'}}))).text, 'You said: Hi');
      assert.deepEqual(await json(await fetch(`${url}/healthz`)), {status: 'ok'});
      const file = join(folder, '.chatlet', 'secret');
      assert.equal((await stat(file)).mode & 0o777, 0o600);
      const secret = await readFile(file, 'utf8');
      assert.ok(!program.output().includes('canary') && !program.output().includes(secret.trim()));
      // The same visitors are known after a new start.
      program.child.kill('SIGTERM');
      assert.equal(await program.exit, 0);
      await start().url;
      assert.equal(await readFile(file, 'utf8'), secret);
    }));

  test('killed in the middle of an answer keeps what was saved of it, and says that it is cut off', () =>
    inPlace(async ({upstream, start}) => {
      const [first, second] = [pause(), pause()];
      upstream.script(async (exchange) => {
        await exchange.write(delta('Before. '));
        await first.here();
        await exchange.write(delta('Just now.'));
        await second.here();
      });
      const program = start();
      const url = await program.url;
      const response = await post(url, {message: {text: 'A question'}});
      const chatId = response.headers.get('x-chat-id');
      await readUntil(response, (text) => text === 'Before. ');
      // Asked for until it is there. How soon that is, the turns' tests say on a clock of their own.
      for (let tries = 0; (await messages(url, chatId)).at(-1)?.content !== 'Before. '; tries++) {
        assert.ok(tries < 1200, 'Nothing was saved.');
        await setTimeout(50);
      }
      first.go();
      await readUntil(response, (text) => text === 'Just now.');
      program.child.kill('SIGKILL');
      assert.equal(await program.exit, 'SIGKILL');

      const again = await start().url;
      const [question, answer] = await messages(again, chatId);
      assert.equal(question?.content, 'A question');
      assert.match(answer?.content ?? '', /^Before\. /);
      assert.equal(answer?.status, 'interrupted');
      // And the chat goes on.
      const next = await answered(await post(again, {chatId, message: {text: 'Go on'}}));
      assert.equal(next.text, 'You said: Go on');
    }));

  test('goes on, and ends in good order, where nobody reads its log any more', () =>
    inPlace(async ({start}) => {
      const program = start({CHATLET_LOG_LEVEL: 'debug'});
      const url = await program.url;
      program.child.stderr?.destroy();
      // Each answer is a line of the log; the second comes after the first was written in vain.
      for (const text of ['One', 'Two']) {
        assert.equal((await answered(await post(url, {message: {text}}))).text, `You said: ${text}`);
        await setTimeout(100);
      }
      program.child.kill('SIGTERM');
      assert.equal(await program.exit, 0);
    }));

  test('asked to end tells its readers, saves what was said, and ends in good order', () =>
    inPlace(async ({upstream, start}) => {
      upstream.script(async (exchange) => {
        await exchange.write(delta('So far '));
        await pause().here();
      });
      const program = start();
      const url = await program.url;
      const response = await post(url, {message: {text: 'Hi'}});
      const chatId = response.headers.get('x-chat-id');
      await readUntil(response, (text) => text === 'So far ');
      program.child.kill('SIGTERM');
      const {answer, events} = await answered(response);
      assert.deepEqual([events.at(-1)?.type, answer.error?.code], ['error', 'shutting-down']);
      assert.equal(await program.exit, 0);
      await upstream.first.abandoned;

      const saved = (await messages(await start().url, chatId)).at(-1);
      assert.deepEqual(
        [saved?.content, saved?.status, saved?.error?.code],
        ['So far ', 'interrupted', 'shutting-down'],
      );
    }));

  test('says what is wrong and ends with an error', () =>
    inPlace(async ({folder, start}) => {
      const taken = createServer().listen(0, '127.0.0.1');
      await once(taken, 'listening');
      const {port} = taken.address() as AddressInfo;
      await writeFile(join(folder, 'broken.json'), '{"page": ');
      await writeFile(join(folder, 'unknown.json'), '{"page": {"headline": "Hi"}}');
      await writeFile(join(folder, 'wrong.json'), '{"page": {"heading": 5}}');
      const cases: readonly [env: NodeJS.ProcessEnv, code: number, words: RegExp, args?: readonly string[]][] = [
        [{PORT: String(port)}, 1, /Port \d+ is taken\. Choose another: PORT=/],
        [{PORT: 'eighty'}, 1, /PORT must be a number from 0 to 65535, not "eighty"/],
        [{OPENAI_BASE_URL: 'localhost:11434'}, 1, /no base URL; it looks like/],
        [{CHATLET_DATABASE_URL: 'mysql://x'}, 1, /database URL must look like sqlite:/],
        [{CHATLET_DATABASE_URL: 'sqlite:broken.json/x.db'}, 1, /broken\.json/],
        [{CHATLET_ORIGINS: 'www.example.com'}, 1, /CHATLET_ORIGINS must be origins like/],
        [{CHATLET_ORIGINS: 'https://www.example.com/'}, 1, /CHATLET_ORIGINS must be origins like/],
        [{CHATLET_API_KEYS: 'a:b:c'}, 1, /CHATLET_API_KEYS must be like/],
        [{CHATLET_SECRET: 'short'}, 1, /secret must have at least 16/],
        [{CHATLET_CONFIG: 'missing.json'}, 1, /missing\.json does not exist/],
        [{CHATLET_CONFIG: 'broken.json'}, 1, /broken\.json is not valid JSON/],
        [{CHATLET_CONFIG: 'unknown.json'}, 1, /unknown\.json: page has no "headline"/],
        [{CHATLET_CONFIG: 'wrong.json'}, 1, /wrong\.json: page\.heading must be a string/],
        [{}, 2, /no command "dance"/, ['dance']],
        [{}, 2, /no command "keys revoke"/, ['keys', 'revoke']],
        [{CHATLET_API_KEYS: 'long-enough:gold'}, 1, /plan "gold", which is none of default/],
        [{CHATLET_DATABASE_URL: 'sqlite::memory:'}, 1, /Name a file/, ['keys', 'list']],
        [{}, 2, /--loud/, ['start', '--loud']],
      ];
      try {
        for (const [env, code, words, args] of cases) {
          const program = start(env, args);
          assert.equal(await program.exit, code, program.output());
          assert.match(program.output(), words);
          assert.doesNotMatch(program.output(), /\n\s+at /, 'A stack explains nothing here.');
        }
      } finally {
        taken.close();
      }
    }));

  test('S3.10: makes a key that it shows once, lists it, and revokes it under a running server', () =>
    inPlace(async ({start}) => {
      const command = async (...args: string[]) => {
        const program = start({}, args);
        return {code: await program.exit, output: program.output()};
      };
      const created = await command(
        'keys',
        'create',
        '--account',
        'acme',
        '--plan',
        'Trial',
        '--name',
        'Backup server',
      );
      const key = /^chatlet_[0-9a-f]{40}$/m.exec(created.output)?.[0] ?? '';
      const id = /key_[\w-]+/.exec(created.output)?.[0] ?? '';
      assert.equal(created.code, 0, created.output);
      assert.match(created.output, /the only time that the key is shown.*account acme with the plan trial/);
      const listed = await command('keys', 'list');
      assert.match(listed.output, new RegExp(`${id} +${key.slice(0, 12)}… +acme +trial +\\d{4}-.* +Backup server`));
      assert.doesNotMatch(listed.output, new RegExp(key));

      const url = await start().url;
      const ask = async () => (await fetch(`${url}/v1/models`, {headers: {authorization: `Bearer ${key}`}})).status;
      assert.equal(await ask(), 200);
      // With a key in the database programs on this machine need one as well.
      assert.equal((await fetch(`${url}/v1/models`)).status, 401);
      const revoked = await command('keys', 'revoke', id);
      assert.equal(revoked.code, 0);
      assert.equal(await ask(), 401);
      assert.match((await command('keys', 'list')).output, /There are no keys/);
      const again = await command('keys', 'revoke', id);
      assert.deepEqual([again.code, /There is no key key_/.test(again.output)], [1, true]);
      const wrong = await command('keys', 'create', '--plan', 'gold');
      assert.deepEqual([wrong.code, /There is no plan "gold", only default, trial/.test(wrong.output)], [1, true]);
    }));

  test('S1.13: brings a database to the newest schema, as often as it is told to', () =>
    inPlace(async ({start}) => {
      for (let times = 0; times < 2; times++) {
        const program = start({}, ['migrate']);
        assert.equal(await program.exit, 0);
        assert.match(program.output(), /chatlet\.db has the newest schema, 3 \(numbered-chats\)/);
      }
    }));

  test('explains itself', () =>
    inPlace(async ({start}) => {
      const help = start({}, ['--help']);
      assert.equal(await help.exit, 0);
      assert.match(help.output(), /OPENAI_BASE_URL.*\n/);
      const version = start({}, ['--version']);
      assert.equal(await version.exit, 0);
      assert.match(version.output(), /^\d+\.\d+\.\d+\n$/);
    }));

  test('takes the rest from a file, and the environment over it', () =>
    inPlace(async ({folder, start}) => {
      const config = {
        page: {heading: 'Ask us', greeting: 'Hello', starters: ['What?']},
        models: [{id: 'test-model', name: 'The Model'}],
        instructions: 'Be kind.',
        origins: ['https://from.file'],
      };
      await writeFile(join(folder, 'chatlet.config.json'), JSON.stringify(config));
      const url = await start({CHATLET_ORIGINS: 'https://from.env'}).url;
      const shown = await json<Record<string, unknown>>(await fetch(`${url}/api/config`));
      assert.deepEqual(shown, {
        ...config.page,
        models: [{id: 'test-model', name: 'The Model', provider: '127.0.0.1'}],
        defaultModel: 'test-model',
      });
      const allowed = async (origin: string) =>
        (await fetch(`${url}/api/models`, {headers: {origin}})).headers.get('access-control-allow-origin');
      assert.equal(await allowed('https://from.env'), 'https://from.env');
      assert.equal(await allowed('https://from.file'), null);
    }));
});
