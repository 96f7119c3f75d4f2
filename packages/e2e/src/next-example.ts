/** The example for Next, from an empty folder with the packed packages: installed, built, and chatted with in a browser. */
import assert from 'node:assert/strict';
import {execFile, spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {installExample} from '../../../scripts/packed-example.mjs';
import {launchBrowser, openPage} from './browser.ts';
import {ask, lastAnswer} from './chat-page.ts';

const folder = await mkdtemp(join(tmpdir(), 'chatlet-next-'));
const next = join(folder, 'node_modules/next/dist/bin/next');
try {
  installExample('next', folder);
  await promisify(execFile)(process.execPath, [next, 'build'], {cwd: folder});
  const child = spawn(process.execPath, [next, 'start', '--port', '3917'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const browser = await launchBrowser();
  try {
    let said = '';
    while (!said.includes('Ready')) said += String((await once(child.stdout, 'data'))[0]);
    const {page, complaints, foreign} = await openPage(await browser.newContext(), 'http://localhost:3917');
    await page.getByRole('button', {name: 'Open chat'}).click();
    await ask(page, 'Show a table');
    await lastAnswer(page).getByRole('table').waitFor();
    await page.getByRole('button', {name: 'Copy answer'}).waitFor();
    assert.deepEqual({complaints, foreign}, {complaints: [], foreign: []});
    console.log('Result: the example for Next installs from packed packages, builds with strict types, and chats.');
  } finally {
    await browser.close();
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
} finally {
  await rm(folder, {recursive: true, force: true});
}
