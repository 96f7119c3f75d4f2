/** The example clients, run as their README says, against the real server. */
import assert from 'node:assert/strict';
import {execFile, spawnSync} from 'node:child_process';
import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, suite, test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {programEnvironment} from '../../server/src/testing/program-environment.ts';
import {startUpstream} from '../../server/src/testing/upstream.ts';
import {type ChatServer, startChatServer} from './chat-server.ts';

const folder = fileURLToPath(new URL('../../../examples/clients/', import.meta.url));
const files = ['javascript', 'python'].flatMap((language) =>
  readdirSync(join(folder, language)).map((file) => join(language, file)),
);
const question = 'Thanks! Grüße 👋';
const key = 'key-of-the-examples';

async function run(file: string, env: Readonly<Record<string, string>>): Promise<string> {
  const program = file.endsWith('.py') ? 'python3' : process.execPath;
  const options = {
    cwd: folder,
    env: {
      ...programEnvironment,
      HOME: process.env['HOME'],
      ...env,
    },
  };
  const {stdout} = await promisify(execFile)(program, [join(folder, file), question], options);
  return stdout;
}

suite('example clients', {concurrency: 4}, () => {
  let server: ChatServer;
  let guarded: ChatServer;
  let expected: string;

  before(async () => {
    [server, guarded] = await Promise.all([
      startChatServer(),
      startChatServer({env: {CHATLET_API_KEYS: `${key}:core`}}),
    ]);
    const response = await fetch(`${server.url}/chat/stream`, {
      method: 'POST',
      headers: {'content-type': 'application/json'},
      body: JSON.stringify({messages: [{role: 'user', content: question}], stream: false}),
    });
    const {content}: {content?: unknown} = await response.json();
    expected = `${String(content)}\n`;
    assert.ok(expected.length > 20);
  });
  after(async () => {
    await Promise.all([server?.[Symbol.asyncDispose](), guarded?.[Symbol.asyncDispose]()]);
  });

  assert.equal(files.length, 12);
  for (const file of files.filter((each) => !/responses|embeddings/.test(each))) {
    test(`${file} prints the answer, with a key and without keys`, async (t) => {
      if (file.endsWith('.py') && spawnSync('python3', ['--version']).status !== 0) {
        console.error(`NOT RUN: ${file}, since there is no python3 on this machine.`);
        t.skip('There is no python3.');
        return;
      }
      const printed = await Promise.all([
        run(file, {CHATLET_URL: server.url}),
        run(file, {CHATLET_URL: guarded.url, CHATLET_KEY: key}),
      ]);
      assert.deepEqual(printed, [expected, expected]);
    });
  }

  test('javascript/responses.mjs prints an answer that it read in two parts, and the next one', async () => {
    for (const env of [{CHATLET_URL: server.url}, {CHATLET_URL: guarded.url, CHATLET_KEY: key}]) {
      const printed = await run('javascript/responses.mjs', env);
      assert.equal(printed.slice(0, expected.length), expected);
      assert.match(printed.slice(expected.length), /^.{10,}\n$/s);
    }
  });

  test('javascript/embeddings.mjs prints the texts, the nearest first', async () => {
    const upstream = await startUpstream();
    const able = await startChatServer({env: {OPENAI_BASE_URL: upstream.baseUrl, CHATLET_API_KEYS: `${key}:core`}});
    try {
      const env = {CHATLET_URL: able.url, CHATLET_KEY: key, CHATLET_EMBEDDINGS: 'embed-1'};
      const lines = (await run('javascript/embeddings.mjs', env)).trimEnd().split('\n');
      const scores = lines.map((line) => Number(line.split(' ')[0]));
      assert.equal(lines.length, 3);
      assert.deepEqual(
        scores,
        scores.toSorted((a, b) => b - a),
      );
      assert.deepEqual([upstream.first.path, upstream.first.body?.['model']], ['/v1/embeddings', 'embed-1']);
    } finally {
      await able[Symbol.asyncDispose]();
      await upstream.close();
    }
  });

  test('the example clients print the error for an invalid key', async () => {
    for (const file of files.filter((each) => /completions|priced|sdk|messages|responses|embeddings/.test(each))) {
      if (file.endsWith('.py') && spawnSync('python3', ['--version']).status !== 0) continue;
      await assert.rejects(run(file, {CHATLET_URL: guarded.url, CHATLET_KEY: 'wrong'}), /API key is not valid/);
    }
  });
});
