/** That a command reaches its program word for word, on Windows too. */
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import test from 'node:test';
import {toSpawn} from './shell.mjs';

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
