/** That a browser which Playwright has downloaded is found on each system. */
import assert from 'node:assert/strict';
import {mkdirSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'node:test';
import {playwrightDownloads} from './browser.mjs';

test('the Chromium that Playwright has downloaded is found on Linux, Windows and macOS, in old folders and new ones', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'chatlet-browsers-'));
  t.after(() => rmSync(root, {recursive: true}));
  for (const folder of [
    'chromium-1100/chrome-linux',
    'chromium-1200/chrome-linux64',
    'chromium-1200/chrome-win64',
    'chromium-1200/chrome-mac-arm64',
    'chromium_headless_shell-1200/chrome-linux64',
    'firefox-1500/firefox',
  ]) {
    mkdirSync(join(root, folder), {recursive: true});
  }
  assert.deepEqual(playwrightDownloads(root, 'linux'), [
    join(root, 'chromium-1100/chrome-linux/chrome'),
    join(root, 'chromium-1200/chrome-linux64/chrome'),
  ]);
  assert.deepEqual(playwrightDownloads(root, 'win32'), [join(root, 'chromium-1200/chrome-win64/chrome.exe')]);
  const app = 'Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing';
  assert.deepEqual(playwrightDownloads(root, 'darwin'), [join(root, 'chromium-1200/chrome-mac-arm64', app)]);
  assert.deepEqual(playwrightDownloads(join(root, 'missing'), 'linux'), []);
});
