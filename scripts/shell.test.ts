/** That a command reaches its program word for word, on Windows too. */
import assert from 'node:assert/strict';
import {spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import test from 'node:test';
import {endTree, ownGroup, toSpawn} from './shell.mjs';

test('a command is started without a shell, and on Windows as one line with its words in quotes', () => {
  const command = ['pnpm', 'pack', '--pack-destination', String.raw`C:\Users\Ada Lovelace\a&b`, 'src/**/*.{ts,js}', ''];
  assert.deepEqual(toSpawn(command, 'linux'), ['pnpm', command.slice(1), {shell: false}]);
  assert.deepEqual(toSpawn(command, 'win32'), [
    String.raw`pnpm pack --pack-destination "C:\Users\Ada Lovelace\a&b" src/**/*.{ts,js} ""`,
    [],
    {shell: true},
  ]);
});

test('a program gets words with spaces, quotes and signs of a shell as they are', () => {
  const words = ['two words', 'a "quoted" one', 'a&b'];
  const print = 'console.log(JSON.stringify(process.argv.slice(1)))';
  const [file, args, options] = toSpawn(['node', '-e', print, ...words]);
  const {stdout} = spawnSync(file, args, {encoding: 'utf8', ...options});
  assert.deepEqual(JSON.parse(stdout), words);
});

test('a program is ended with what it has started, and again without an error', async () => {
  const inner = 'setInterval(() => {}, 1000)';
  const outer = `process.stdout.write(String(require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(inner)}]).pid))`;
  const child = spawn(process.execPath, ['-e', `${outer}; ${inner}`], {detached: ownGroup});
  const [pid] = (await once(child.stdout, 'data')).map(Number);
  const closed = once(child, 'close');
  endTree(child.pid!, 'SIGKILL');
  await closed;
  endTree(child.pid!, 'SIGKILL');
  // The system needs a moment to take the process off its list.
  for (;;) {
    try {
      process.kill(pid!, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
});
