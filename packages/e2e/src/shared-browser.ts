/**
 * One Chromium for all files of a test run: to start one takes seconds of a small machine. Each file connects to it, and its
 * contexts are its own. The test runner calls this before it starts the files (`--test-global-setup`).
 */
import {type BrowserServer, chromium} from 'playwright-core';
import {browserArguments, findBrowser} from '../../../scripts/browser.mjs';

let server: BrowserServer | undefined;

export async function globalSetup(): Promise<void> {
  server = await chromium.launchServer({executablePath: findBrowser(), args: [...browserArguments]});
  // The files inherit it.
  process.env['CHATLET_TEST_BROWSER'] = server.wsEndpoint();
}

export async function globalTeardown(): Promise<void> {
  await server?.close();
}
