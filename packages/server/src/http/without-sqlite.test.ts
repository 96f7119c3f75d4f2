/** A server in a runtime that has no `node:sqlite`, as older versions of Bun. */
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {join} from 'node:path';
import {test} from 'node:test';
import {pathToFileURL} from 'node:url';
import {promisify} from 'node:util';

const sources = join(import.meta.dirname, '..');

/** Runs lines of JavaScript after the import of our entry. Returns what they print, and what stderr has. */
async function run(lines: string) {
  const program = `import {createChatFetch} from ${JSON.stringify(pathToFileURL(join(sources, 'index.ts')).href)};\n${lines}`;
  const hidden = pathToFileURL(join(sources, 'testing/without-sqlite.ts')).href;
  const args = ['--conditions=@chatlet/source', '--import', hidden, '--input-type=module', '-e', program];
  const {stdout, stderr} = await promisify(execFile)(process.execPath, args, {cwd: import.meta.dirname});
  const notes = stderr.split('\n').filter((line) => line.startsWith('chatlet:'));
  return {printed: stdout.trim().split('\n'), notes};
}

const ask = `
const ask = (chat, path, init) => chat(new Request('http://localhost' + path, init));
const headers = {'content-type': 'application/json'};
`;

test('a server without node:sqlite keeps chats in memory, answers from the guide, and says so in one line', async () => {
  const {printed, notes} = await run(`${ask}
    const chat = createChatFetch();
    const body = JSON.stringify({message: {text: 'How do I put this on my website?'}});
    const answer = await ask(chat, '/api/chat', {method: 'POST', headers, body});
    const visitor = answer.headers.get('x-chatlet-visitor');
    const text = await answer.text();
    const chats = await (await ask(chat, '/api/chats', {headers: {'x-chatlet-visitor': visitor}})).json();
    await chat.close();
    console.log(answer.status);
    console.log(/"message-end"/.test(text) && /chatlet\\.js/.test(text));
    console.log(chats.length);
  `);
  assert.deepEqual(printed, ['200', 'true', '1']);
  assert.deepEqual(notes, [
    'chatlet: This runtime has no node:sqlite. Chats are kept in memory, and are gone when the process ends.',
  ]);
});

test('a server without node:sqlite says nothing if memory was asked for, and refuses a file and documents', async () => {
  const {printed, notes} = await run(`
    await createChatFetch({databaseUrl: 'sqlite::memory:'}).close();
    for (const config of [{databaseUrl: 'sqlite:chats.db'}, {retrieval: {sources: [{target: 'docs'}]}}]) {
      try {
        createChatFetch({secret: 'x'.repeat(32), ...config});
      } catch (error) {
        console.log(error.code, error.message);
      }
    }
  `);
  assert.match(
    printed[0] ?? '',
    /^invalid-request This runtime has no node:sqlite\. There can be no database at chats\.db: /,
  );
  assert.match(printed[1] ?? '', /^invalid-request This runtime has no node:sqlite\. Documents cannot be searched: /);
  assert.equal(printed.length, 2);
  assert.deepEqual(
    notes.filter((line) => !line.includes('kept in memory')),
    [],
  );
});
