/** The example clients, run as their README says, against the real server. */
import assert from 'node:assert/strict';
import {execFile, spawnSync} from 'node:child_process';
import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, suite, test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {type ChatServer, startChatServer} from './chat-server.ts';

const folder = fileURLToPath(new URL('../../../examples/clients/', import.meta.url));
const files = ['javascript', 'python'].flatMap((language) =>
  readdirSync(join(folder, language)).map((file) => join(language, file)),
);
const question = 'Thanks! Grüße 👋';
const key = 'key-of-the-examples';

async function run(file: string, env: Readonly<Record<string, string>>): Promise<string> {
  const program = file.endsWith('.py') ? 'python3' : process.execPath;
  const options = {cwd: folder, env: {PATH: process.env['PATH'], HOME: process.env['HOME'], ...env}};
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

  assert.equal(files.length, 10);
  for (const file of files) {
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

  test('the example clients print the error for an invalid key', async () => {
    for (const file of files.filter((each) => /completions|priced|sdk|messages/.test(each))) {
      if (file.endsWith('.py') && spawnSync('python3', ['--version']).status !== 0) continue;
      await assert.rejects(run(file, {CHATLET_URL: guarded.url, CHATLET_KEY: 'wrong'}), /API key is not valid/);
    }
  });
});
