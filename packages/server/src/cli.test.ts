/** The program as a process: its output, its exit codes, and the data that survive its end. */
import assert from 'node:assert/strict';
import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {copyFile, mkdtemp, readFile, rm, stat, writeFile} from 'node:fs/promises';
import {createServer as createHttpServer} from 'node:http';
import {type AddressInfo, createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, suite, test} from 'node:test';
import {setTimeout} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import type {Message} from '@chatlet/protocol';
import {migrations} from './stores/sqlite/migrations/index.ts';
import {answered, json, ownProtocol, readUntil} from './testing/chat-server.ts';
import {endOfSigterm, isWindows} from './testing/of-the-system.ts';
import {type Upstream, callsTool, delta, pause, refuses, says, startUpstream} from './testing/upstream.ts';

const cli = fileURLToPath(new URL('cli.ts', import.meta.url));

/** Node compiles the sources once for all the processes here, which halves the time of a start. */
const ownCache = process.env['NODE_COMPILE_CACHE'] ? undefined : await mkdtemp(join(tmpdir(), 'chatlet-compiled-'));
const compiled = ownCache ?? process.env['NODE_COMPILE_CACHE'];
after(() => ownCache && rm(ownCache, {recursive: true}));

interface Program {
  readonly child: ChildProcess;
  /** Its output so far, of both streams. */
  output(): string;
  /** Its URL when it listens; rejects with its output if it ends before that. */
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

/** Waits until stderr has a line. */
async function readNote({child, output}: Program, line: RegExp): Promise<void> {
  while (!line.test(output())) await once(child.stderr ?? child, 'data');
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

function post(url: string, body: object, more: Readonly<Record<string, string>> = {}): Promise<Response> {
  const headers = {'content-type': 'application/json', ...ownProtocol, ...more};
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

/** An upstream with Anthropic's API that always gives the same answer. */
async function startAnthropic(text: string): Promise<OtherUpstream> {
  let asked = 0;
  const frame = (event: {readonly type: string}) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
  const events: readonly {readonly type: string; readonly [field: string]: unknown}[] = [
    {type: 'message_start', message: {id: 'msg_01', role: 'assistant', content: [], usage: {input_tokens: 3}}},
    {type: 'content_block_start', index: 0, content_block: {type: 'text', text: ''}},
    {type: 'content_block_delta', index: 0, delta: {type: 'text_delta', text}},
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

suite('the beginning', () => {
  test('E10: an old Node is refused in a sentence', async () => {
    await inPlace(async ({folder}) => {
      const pretend = "Object.defineProperty(process, 'versions', {value: {...process.versions, node: '20.19.2'}})";
      const options = `--import=data:text/javascript,${encodeURIComponent(pretend)}`;
      for (const args of [['start'], ['--help'], ['keys', 'list']]) {
        const program = run(folder, {NODE_OPTIONS: options}, args);
        assert.equal(await program.exit, 1);
        assert.equal(
          program.output(),
          'Chatlet needs Node 22.16 or newer, and this is Node 20.19.2. Install a newer one: https://nodejs.org\n',
        );
      }
    });
  });

  test('a server without upstreams and tools starts without the code for them', async () => {
    await inPlace(async ({folder}) => {
      const tell = `import {registerHooks} from 'node:module'; registerHooks({load(url, context, next) {
        const [, name] = /.*node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url) ?? []; if (name) console.log('loads ' + name); return next(url, context);
      }})`;
      const program = run(folder, {NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(tell)}`});
      try {
        await program.url;
        assert.match(program.output(), /^loads express$/m);
        assert.doesNotMatch(program.output(), /^loads (?:undici|parse5|jose|expr-eval-fork)$/m);
      } finally {
        program.child.kill('SIGKILL');
        await program.exit;
      }
    });
  });

  test('the file .env of the folder is read, and the environment wins', async () => {
    await inPlace(async ({folder, start}) => {
      await writeFile(join(folder, '.env'), 'CHATLET_VISITORS=nobody\nCHATLET_LOG_LEVEL=silent\n');
      const refused = start();
      await assert.rejects(refused.url, /CHATLET_VISITORS must be welcome or refused, not "nobody"/);
      await start({CHATLET_VISITORS: 'welcome'}).url;
    });
  });
});

suite('the program', {concurrency: 4}, () => {
  test('R-6, R-11: says at its start who is free and what visitors have, as long as that holds', () =>
    inPlace(async ({start}) => {
      const isFree = /programs and pages on this machine have the plan "default"/;
      const ceiling = /visitors together have 2000000 tokens a day/;
      const local = start();
      await local.url;
      assert.match(local.output(), isFree);
      assert.match(local.output(), ceiling);
      local.child.kill('SIGTERM');
      await local.exit;
      for (const env of [{CHATLET_ORIGINS: 'https://www.example.com'}, {HOST: '0.0.0.0'}]) {
        const open = start(env);
        await open.url;
        assert.doesNotMatch(open.output(), isFree, JSON.stringify(env));
        assert.match(open.output(), ceiling);
        open.child.kill('SIGTERM');
        await open.exit;
      }
    }));

  test('lets the fallback answer if an upstream fails, and does not ask that upstream again for a while', () =>
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
        // The upstream's URL comes from the environment, its other settings from the file.
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
        // Answers carry the requested model's name, whichever upstream has answered.
        assert.deepEqual(
          answers.map(({text, answer}) => [text, answer.model]),
          [...names, 'test-model'].map((model) => ['Here I am.', model]),
        );
        assert.equal(other.asked(), 7);
        // Three tries for each of five questions open the circuit, so the next question does not ask this upstream.
        assert.equal(upstream.requests.length, 15);
        assert.doesNotMatch(program.output(), /sk-ant-canary|sk-canary/);
      } finally {
        await other.close();
      }
    }));

  test('prints its URL, answers, and keeps its secret in a private file', () =>
    inPlace(async ({folder, start}) => {
      const program = start();
      const url = await program.url;
      assert.equal((await answered(await post(url, {message: {text: 'Hi'}}))).text, 'You said: Hi');
      assert.deepEqual(await json(await fetch(`${url}/healthz`)), {status: 'ok'});
      const file = join(folder, '.chatlet', 'secret');
      if (!isWindows) assert.equal((await stat(file)).mode & 0o777, 0o600);
      const secret = await readFile(file, 'utf8');
      assert.ok(!program.output().includes('canary') && !program.output().includes(secret.trim()));
      // With the same secret the server recognizes its visitors after a restart.
      program.child.kill('SIGTERM');
      assert.equal(await program.exit, endOfSigterm);
      await start().url;
      assert.equal(await readFile(file, 'utf8'), secret);
    }));

  test('shows the saved part of an answer as interrupted after it was killed in the middle', () =>
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
      // Polled until the piece is there. The tests of the store check on a fake clock how soon that is.
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

  test('goes on and exits with 0 although nobody reads its log any more', () =>
    inPlace(async ({start}) => {
      const program = start({CHATLET_LOG_LEVEL: 'debug'});
      const url = await program.url;
      program.child.stderr?.destroy();
      // Each answer logs a line; the second line comes after the first one could not be written.
      for (const text of ['One', 'Two']) {
        assert.equal((await answered(await post(url, {message: {text}}))).text, `You said: ${text}`);
        await setTimeout(100);
      }
      program.child.kill('SIGTERM');
      assert.equal(await program.exit, endOfSigterm);
    }));

  const noSignals = {skip: isWindows && 'Windows has no signals'};
  test('tells its readers on SIGTERM that it shuts down, saves their answers, and exits with 0', noSignals, () =>
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
    }),
  );

  test('S3.10: creates a key that it shows once, lists it, and revokes it while a server runs', () =>
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
      // As soon as the database has a key, programs on this machine need one too.
      assert.equal((await fetch(`${url}/v1/models`)).status, 401);
      const revoked = await command('keys', 'revoke', id);
      assert.equal(revoked.code, 0);
      assert.equal(await ask(), 401);
      assert.match((await command('keys', 'list')).output, /There are no keys/);
      const again = await command('keys', 'revoke', id);
      assert.deepEqual([again.code, /There is no key key_/.test(again.output)], [1, true]);
      const wrong = await command('keys', 'create', '--plan', 'gold');
      assert.deepEqual(
        [wrong.code, /There is no plan "gold", only default, visitor, trial/.test(wrong.output)],
        [1, true],
      );
    }));

  test('R-13: exports and forgets an owner beside a running server, which stops that owner’s answers, and without one', () =>
    inPlace(async ({folder, upstream, start}) => {
      const env = {
        OPENAI_BASE_URL: upstream.baseUrl,
        CHATLET_API_KEYS: 'key-of-ada:default:ada,key-of-bob:default:bob',
      };
      const server = start(env);
      const url = await server.url;
      const askAs = (key: string, text: string) =>
        fetch(`${url}/api/chat`, {
          method: 'POST',
          headers: {'content-type': 'application/json', authorization: `Bearer ${key}`, ...ownProtocol},
          body: JSON.stringify({message: {text}}),
        });
      await answered(await askAs('key-of-ada', 'SECRET of Ada'));
      await answered(await askAs('key-of-bob', 'SECRET of Bob'));
      const silent = pause();
      upstream.script(async (exchange) => {
        await exchange.write(delta('Half '));
        await silent.here();
      });
      const running = await askAs('key-of-ada', 'SECRET running');
      await readUntil(running, (text) => text === 'Half ');
      const command = async (...args: readonly string[]) => {
        const ended = start(env, args);
        return {code: await ended.exit, output: ended.output()};
      };

      const exported = await command('export', '--owner', 'key:ada');
      assert.equal(exported.code, 0);
      assert.match(exported.output, /"owner":"key:ada"[\s\S]*SECRET of Ada/);
      assert.doesNotMatch(exported.output, /Bob/);
      assert.deepEqual((await command('forget')).code, 2);
      const forgotten = await command('forget', '--owner', 'key:ada');
      assert.deepEqual([forgotten.code, /has forgotten key:ada/.test(forgotten.output)], [0, true]);
      await upstream.requests[2]?.abandoned;
      const chats = await fetch(`${url}/api/chats`, {headers: {authorization: 'Bearer key-of-ada'}});
      assert.deepEqual(await json(chats), []);
      server.child.kill('SIGTERM');
      assert.equal(await server.exit, endOfSigterm);

      const alone = await command('forget', '--owner', 'key:bob');
      assert.match(alone.output, /key:bob is forgotten: 1 chats/);
      for (const ending of ['', '-wal', '-shm']) {
        const bytes = await readFile(join(folder, `.chatlet/chatlet.db${ending}`), 'latin1').catch(() => '');
        assert.ok(!bytes.includes('SECRET'), `in chatlet.db${ending}`);
      }
    }));

  test('R-13: finds a visitor by id or by token, also by one that the page has made, and no other by a wrong one', () =>
    inPlace(async ({start}) => {
      const program = start();
      const own = `v2.${'p'.repeat(43)}`;
      const url = await program.url;
      const ask = (headers: Readonly<Record<string, string>>) =>
        post(url, {message: {text: 'From the page'}}, {origin: 'http://localhost:1', ...headers});
      await answered(await ask({'x-chatlet-visitor': own}));
      const response = await ask({});
      const given = response.headers.get('x-chatlet-visitor') ?? '';
      await answered(response);
      const [, id = ''] = given.split('.');
      program.child.kill('SIGTERM');
      assert.equal(await program.exit, endOfSigterm);
      const forget = async (visitor: string) => {
        const command = start({}, ['forget', '--visitor', visitor]);
        return [await command.exit, command.output()] as const;
      };
      for (const wrong of [
        `v2.${'p'.repeat(42)}`,
        `${given.slice(0, -2)}${given.endsWith('xx') ? 'yy' : 'xx'}`,
        'v1.x',
      ]) {
        const [code, output] = await forget(wrong);
        assert.equal(code, 2, output);
        assert.match(output, /not one of this server’s visitors/);
      }
      assert.match((await forget(own))[1], /visitor:\S+ is forgotten: 1 chats/);
      for (const [visitor, count] of [
        [given, 1],
        [id, 0],
      ] as const) {
        const [, output] = await forget(visitor);
        assert.ok(output.includes(`visitor:${id} is forgotten: ${count} chats`), output);
      }
    }));

  test('R-13: takes an id that begins with a dash, but no option as an id', () =>
    inPlace(async ({start}) => {
      const program = start();
      await program.url;
      program.child.kill('SIGTERM');
      await program.exit;
      const command = async (...args: readonly string[]) => {
        const ended = start({}, args);
        return [await ended.exit, ended.output()] as const;
      };
      const [code, output] = await command('forget', '--visitor', '-x7_CiRO6mPJUUqDXPJTSg');
      assert.equal(code, 0, output);
      assert.ok(output.includes('visitor:-x7_CiRO6mPJUUqDXPJTSg is forgotten: 0 chats'), output);
      for (const [option, value] of [
        ['--visitor', '--user=ada'],
        ['--visitor', '--owner'],
        ['--owner', '-p'],
      ] as const) {
        const [refused, message] = await command('forget', option, value);
        assert.deepEqual([refused, /argument is ambiguous|argument missing/.test(message)], [2, true], message);
      }
      const [unknown, named] = await command('forget', '-x7');
      assert.deepEqual([unknown, /Unknown option/.test(named)], [2, true], named);
    }));

  test('T2-01: backs up while it runs, and is restored by the steps of the README', () =>
    inPlace(async ({folder, start}) => {
      const program = start();
      const first = await answered(await post(await program.url, {message: {text: 'One'}}));
      const copying = start({}, ['backup', 'copy.db']);
      assert.equal(await copying.exit, 0);
      assert.match(copying.output(), /copy\.db holds 1 chats with 2 messages/);
      const again = start({}, ['backup', 'copy.db']);
      assert.equal(await again.exit, 1);
      assert.match(again.output(), /exists already/);
      const second = await answered(await post(await program.url, {message: {text: 'Two'}}));

      // Stop the server, put the copy in the place of the database, delete what ends in -wal and -shm, start the server.
      program.child.kill('SIGTERM');
      assert.equal(await program.exit, endOfSigterm);
      const path = join(folder, '.chatlet', 'chatlet.db');
      await copyFile(join(folder, 'copy.db'), path);
      for (const end of ['-wal', '-shm']) await rm(path + end, {force: true});
      const restored = await start().url;
      assert.equal((await messages(restored, first.chatId)).length, 2);
      assert.equal((await fetch(`${restored}/api/chats/${second.chatId}/messages`)).status, 404);
    }));

  test('R-9: refuses to start on a database that another server uses, and says which', () =>
    inPlace(async ({start}) => {
      const first = start();
      await first.url;
      const second = start();
      assert.equal(await second.exit, 1);
      assert.match(second.output(), new RegExp(`in use by the server on \\S+, process ${first.child.pid}, since`));
      assert.doesNotMatch(second.output(), /\n +at /);
      first.child.kill('SIGKILL');
      await first.exit;
      await start().url;
    }));

  test('R-18: answers a question once under its Idempotency-Key, also if the server was killed in between', () =>
    inPlace(async ({upstream, start}) => {
      const program = start();
      const ask = async (url: string) =>
        answered(
          await fetch(`${url}/api/chat`, {
            method: 'POST',
            headers: {'content-type': 'application/json', 'idempotency-key': 'this-one', ...ownProtocol},
            body: JSON.stringify({message: {text: 'Once'}}),
          }),
        );
      const first = await ask(await program.url);
      program.child.kill('SIGKILL');
      await program.exit;
      const second = await ask(await start().url);
      assert.deepEqual([second.chatId, second.text], [first.chatId, first.text]);
      assert.equal(upstream.requests.length, 1);
    }));

  test('S1.13: migrates a database to the newest schema, and does nothing the second time', () =>
    inPlace(async ({start}) => {
      for (let times = 0; times < 2; times++) {
        const program = start({}, ['migrate']);
        assert.equal(await program.exit, 0);
        const {version, name} = migrations.at(-1)!;
        assert.ok(
          program.output().includes(`chatlet.db has the newest schema, ${version} (${name})`),
          program.output(),
        );
      }
    }));

  test('tells at the start that its upstream refuses the key and that nobody lists the default model', () =>
    inPlace(async ({upstream, start}) => {
      upstream.models = refuses(401, {error: {message: 'sk-canary-123 is wrong'}});
      const refused = start();
      await readNote(refused, /Note: The upstream "127\.0\.0\.1" \(http:\S+\/v1\) refused the API key\.\n/);
      // Two servers may not use one database.
      refused.child.kill('SIGKILL');
      await refused.exit;
      upstream.models = [{id: 'a'}];
      const missing = start({CHATLET_MODEL: 'gone'});
      await readNote(missing, /Note: No upstream lists the default model "gone".*There are: a\.\n/);
      assert.doesNotMatch(refused.output() + missing.output(), /canary/);
    }));

  test('makes its tools when a server starts, and for no other command', () =>
    inPlace(async ({start}) => {
      const env = {CHATLET_TOOLS: 'calculator,./missing'};
      const refused = start(env);
      assert.equal(await refused.exit, 1);
      assert.match(refused.output(), /tools: The folder of tools \S*missing cannot be read\./);
      assert.doesNotMatch(refused.output(), /\n +at /);
      const listed = start(env, ['keys', 'list']);
      assert.equal(await listed.exit, 0, listed.output());
    }));

  test('examines its upstream: a stream, a tool call and an image', () =>
    inPlace(async ({upstream, start}) => {
      upstream.script(
        says('one', ' two'),
        callsTool('weather', {}),
        refuses(500, {error: {message: 'image input is not supported, sk-canary-123'}}),
      );
      const examined = start({}, ['doctor']);
      assert.equal(await examined.exit, 0);
      const lines = examined.output().split('\n');
      const at = lines.findIndex((line) => line.startsWith('UPSTREAM'));
      const [head = '', row = ''] = lines.slice(at);
      assert.match(head, /^UPSTREAM +MODELS +MODEL +STREAM +FIRST TOKEN +TOOLS +IMAGES$/);
      assert.match(
        row,
        /^127\.0\.0\.1 +1 +test-model +(?:yes|whole at once) +\d+ ms +yes +This model cannot read all kinds/,
      );
      assert.match(examined.output(), /The model "test-model" of "127\.0\.0\.1" cannot see images\./);
      assert.doesNotMatch(examined.output(), /canary/);
    }));

  test('prints its help and its version', () =>
    inPlace(async ({start}) => {
      const help = start({}, ['--help']);
      assert.equal(await help.exit, 0);
      assert.match(help.output(), /OPENAI_BASE_URL.*\n/);
      const version = start({}, ['--version']);
      assert.equal(await version.exit, 0);
      assert.match(version.output(), /^\d+\.\d+\.\d+\n$/);
    }));

  test('reads the configuration file, and lets the environment override it', () =>
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

/** A port that another program listens on, until the work is done. */
async function withTakenPort(work: (port: number) => Promise<void>): Promise<void> {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  try {
    await work((taken.address() as AddressInfo).port);
  } finally {
    taken.close();
  }
}

/** One case for each kind of error. The sentences about single settings are tested without processes, beside the sources. */
suite('the program ends with an error and a sentence, but no stack, if', {concurrency: 4}, () => {
  const broken = {'broken.json': '{"page": '};
  const cases: readonly {
    readonly name: string;
    readonly env?: NodeJS.ProcessEnv;
    readonly args?: readonly string[];
    readonly files?: Readonly<Record<string, string>>;
    readonly code?: number;
    readonly sentence: RegExp;
  }[] = [
    {
      name: 'the database lies in a file instead of a folder',
      env: {CHATLET_DATABASE_URL: 'sqlite:broken.json/x.db'},
      files: broken,
      sentence: /broken\.json/,
    },
    {name: 'the secret is too short', env: {CHATLET_SECRET: 'short'}, sentence: /secret must have at least 16/},
    {
      name: 'the configuration file is no JSON',
      env: {CHATLET_CONFIG: 'broken.json'},
      files: broken,
      sentence: /broken\.json is not valid JSON/,
    },
    {
      name: 'keys are asked of a database in memory',
      env: {CHATLET_DATABASE_URL: 'sqlite::memory:'},
      args: ['keys', 'list'],
      sentence: /Name a file/,
    },
    {name: 'the command is unknown', args: ['dance'], code: 2, sentence: /no command "dance"/},
    {name: 'the command lacks an argument', args: ['keys', 'revoke'], code: 2, sentence: /no command "keys revoke"/},
    {
      name: 'the command has an argument too many',
      args: ['keys', 'list', 'key_1'],
      code: 2,
      sentence: /no command "keys list key_1"/,
    },
    {name: 'the option is unknown', args: ['start', '--loud'], code: 2, sentence: /--loud/},
  ];
  const check = async (
    start: Place['start'],
    {env, args, code = 1, sentence}: Omit<(typeof cases)[number], 'name'>,
  ) => {
    const program = start(env, args);
    assert.equal(await program.exit, code, program.output());
    assert.match(program.output(), sentence);
    assert.doesNotMatch(program.output(), /\n\s+at /, 'A stack explains nothing here.');
  };

  for (const {name, files = {}, ...expected} of cases) {
    test(name, () =>
      inPlace(async ({folder, start}) => {
        for (const [file, content] of Object.entries(files)) await writeFile(join(folder, file), content);
        await check(start, expected);
      }),
    );
  }

  test('the port is taken', () =>
    withTakenPort((port) =>
      inPlace(async ({start}) => {
        await check(start, {env: {PORT: String(port)}, sentence: /Port \d+ is taken\. Choose another: PORT=/});
      }),
    ));
});
