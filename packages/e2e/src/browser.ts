/** A real Chromium that can reach only this machine. */
import {type Browser, type BrowserContext, chromium, type Page} from 'playwright-core';
import {browserArguments, findBrowser} from '../../../scripts/browser.mjs';

/** The Chromium of the whole run (`shared-browser.ts`), or one of this file's own if it runs alone or the other has crashed. */
export async function launchBrowser(): Promise<Browser> {
  const shared = process.env['CHATLET_TEST_BROWSER'];
  const connected = shared === undefined ? undefined : await chromium.connect(shared).catch(() => {});
  return connected ?? chromium.launch({executablePath: findBrowser(), args: browserArguments});
}

export interface WatchedPage {
  readonly page: Page;
  /** Errors in the page's console, exceptions and violations of its policy. */
  readonly complaints: string[];
  /** Requests to hosts other than this machine; they are refused. */
  readonly foreign: string[];
}

/** A page that records errors and requests to other hosts. */
export async function openPage(context: BrowserContext, url: string): Promise<WatchedPage> {
  const page = await context.newPage();
  const complaints: string[] = [];
  const foreign: string[] = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.route(
    ({hostname}) => hostname !== 'localhost' && hostname !== '127.0.0.1',
    (route) => {
      foreign.push(route.request().url());
      return route.abort();
    },
  );
  await page.goto(url);
  return {page, complaints, foreign};
}
