/** A tool that a visitor must allow, at the real page of the real server, which is killed while the call waits. */
import assert from 'node:assert/strict';
import {mkdir, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, before, suite, test} from 'node:test';
import type {Browser, Page} from 'playwright-core';
import {type Upstream, callsTool, says, startUpstream} from '../../server/src/testing/upstream.ts';
import {launchBrowser} from './browser.ts';
import {ask, newVisit, untilShown} from './chat-page.ts';
import {startChatServer} from './chat-server.ts';
import {upstreamSettings} from './stage.ts';

const serverPackage = new URL('../../server/dist/index.js', import.meta.url).href;

/** A tool of the operator's that appends what it was told to a file. */
const toolFile = (path: string) => `
  import {appendFile} from 'node:fs/promises';
  import {defineTool} from ${JSON.stringify(serverPackage)};
  export default defineTool({
    name: 'send-mail',
    description: 'Sends a mail.',
    input: {type: 'object', properties: {to: {type: 'string'}, text: {type: 'string'}}, required: ['to', 'text']},
    annotations: {destructiveHint: true},
    run: async (input) => {
      await appendFile(${JSON.stringify(path)}, JSON.stringify(input) + '\\n');
      return 'sent';
    },
  });
`;

const callsMail = callsTool('send-mail', {to: 'ada@example.com', text: '<b>Hello</b> Ada'});

suite('a tool that a visitor must allow', () => {
  let browser: Browser;
  let upstream: Upstream;
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'chatlet-approval-'));
    [browser, upstream] = await Promise.all([launchBrowser(), startUpstream()]);
  });
  after(async () => {
    await browser.close();
    await upstream.close();
    await rm(folder, {recursive: true, force: true});
  });

  /** The mails that were sent by the tool. */
  const sent = async (): Promise<readonly string[]> =>
    (await readFile(join(folder, 'sent'), 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');

  async function startServer() {
    await mkdir(join(folder, 'tools'), {recursive: true});
    await writeFile(join(folder, 'tools/send-mail.mjs'), toolFile(join(folder, 'sent')));
    return startChatServer({env: {...upstreamSettings(upstream), CHATLET_TOOLS: join(folder, 'tools')}});
  }

  const card = (page: Page) => page.getByRole('group', {name: 'Allow “send-mail”?'});

  test('waits on a card in every tab and over a crash of the server, and is done once, with the visitor’s input', async () => {
    const first = await startServer();
    await using visit = await newVisit({browser, server: first});
    const page = await visit.openTab();
    upstream.script(callsMail, says('Done.'));
    await ask(page, 'Write to Ada');
    await card(page).waitFor();
    assert.match(
      await card(page).innerText(),
      /may delete or overwrite[\s\S]*ada@example\.com[\s\S]*<b>Hello<\/b> Ada/,
    );
    assert.deepEqual(await sent(), []);

    await first.kill();
    await using server = await first.restart();
    const other = await visit.openTab(server.url);
    await other.getByRole('button', {name: 'Write to Ada', exact: true}).click();
    await card(other).waitFor();
    await page.reload();
    await card(page).waitFor();

    // By keyboard alone: the input is corrected and allowed.
    await card(page).getByRole('button', {name: 'Change the input'}).press('Enter');
    const field = card(page).getByRole('textbox', {name: 'Input'});
    assert.ok(await field.evaluate((element) => element.matches(':focus')));
    await field.fill('{"to": "bob@example.com", ');
    await card(page).getByRole('button', {name: 'Allow once'}).press('Enter');
    await card(page).getByText('This is not valid JSON.').waitFor();
    await field.fill('{"to": "bob@example.com", "text": "Hello"}');
    await card(page).getByRole('button', {name: 'Allow once'}).press('Enter');
    await untilShown(page, ['Write to Ada', 'Done.']);
    assert.deepEqual(await sent(), ['{"to":"bob@example.com","text":"Hello"}']);
    await page
      .getByRole('textbox', {name: /message/i})
      .and(page.locator(':focus'))
      .waitFor();

    await card(other).getByRole('button', {name: 'Allow once'}).click();
    await untilShown(other, ['Write to Ada', 'Done.']);
    assert.equal((await sent()).length, 1);
    await page.reload();
    await untilShown(page, ['Write to Ada', 'Done.']);
  });

  test('is not done if the visitor refuses, and the model reads why', async () => {
    await using server = await startServer();
    await using visit = await newVisit({browser, server});
    const page = await visit.openTab();
    const earlier = (await sent()).length;
    upstream.script(callsMail, says('As you like.'));
    await ask(page, 'Write to Ada');
    await card(page).getByRole('button', {name: 'Refuse'}).click();
    await page.keyboard.type('Not today');
    await page.keyboard.press('Enter');
    await untilShown(page, ['Write to Ada', 'As you like.']);
    const told = JSON.stringify(upstream.requests.at(-1)?.body);
    assert.match(told, /The person refused, and said: Not today/);
    assert.equal((await sent()).length, earlier);
  });
});
