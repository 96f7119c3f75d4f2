/** The disk fills up under a visitor who reads an answer: nothing that was shown is lost, and what cannot be kept is said. */
import assert from 'node:assert/strict';
import {join} from 'node:path';
import {rm} from 'node:fs/promises';
import {DatabaseSync} from 'node:sqlite';
import {after, before, suite, test} from 'node:test';
import type {Browser} from 'playwright-core';
import {canMount, fillDisk, mountSmallDisk} from '../../server/src/stores/sqlite/testing/small-disk.ts';
import {type Upstream, delta, done, nextReply, startUpstream} from '../../server/src/testing/upstream.ts';
import {launchBrowser} from './browser.ts';
import {ask, newVisit, stopButton, thread, untilShown} from './chat-page.ts';
import {startChatServer} from './chat-server.ts';
import {upstreamSettings} from './stage.ts';

suite('a disk that fills up', () => {
  let browser: Browser;
  let upstream: Upstream;
  before(async () => {
    [browser, upstream] = await Promise.all([launchBrowser(), startUpstream()]);
  });
  after(async () => {
    await browser?.close();
    await upstream?.close();
  });

  test(
    'R-5: takes no word of an answer, also over a reload; a new question is refused in words, and there is room again',
    {skip: canMount ? false : 'NOT RUN: a small disk can be mounted by root alone'},
    async (t) => {
      const disk = await mountSmallDisk(t, '4m');
      const folder = join(disk, 'chatlet');
      await using server = await startChatServer({
        folder,
        env: {...upstreamSettings(upstream), CHATLET_LOG_LEVEL: 'silent'},
      });
      await using visit = await newVisit({browser, server});
      const page = await visit.openTab();
      const reply = nextReply(upstream);
      await ask(page, 'Tell me');
      const exchange = await reply;
      await exchange.write(delta('It begins.'));
      await untilShown(page, ['Tell me', 'It begins.']);

      await fillDisk(join(disk, 'ballast'));
      const rest = ` ${'And it goes on. '.repeat(200)}Here it ends.`;
      await exchange.write(delta(rest));
      exchange.end(done());
      const whole = ['Tell me', `It begins.${rest}`];
      await untilShown(page, whole);
      const stop = stopButton(page);
      await stop.waitFor({state: 'detached'});
      await page.reload();
      await untilShown(page, whole);
      assert.equal(await page.getByText(/interrupted/i).count(), 0);

      await ask(page, 'And now?');
      await thread(page).getByText('The server cannot store anything just now.').waitFor();
      assert.equal(upstream.requests.length, 1, 'A model was asked for an answer that cannot be kept.');
      const shot = process.env['CHATLET_SHOT'];
      if (shot !== undefined) await page.screenshot({path: shot});

      await rm(join(disk, 'ballast'));
      await untilStored(join(folder, 'chatlet.db'), 'Here it ends.');
      await server.kill();
      await using again = await server.restart();
      await page.goto(again.url);
      await untilShown(page, whole);
      // The question that was refused is a draft by now.
      assert.equal(await page.getByRole('textbox', {name: /message/i}).inputValue(), 'And now?');
      await page.getByRole('textbox', {name: /message/i}).press('Enter');
      await untilShown(page, [...whole, 'And now?', 'You said: And now?']);
    },
  );
});

/** Waits until an ended answer with these words is in the file itself. */
async function untilStored(path: string, words: string): Promise<void> {
  const db = new DatabaseSync(path, {readOnly: true});
  try {
    const ended = db.prepare(`select 1 from messages where status = 'done' and parts like ?`);
    for (const end = performance.now() + 30_000; performance.now() < end;) {
      if (ended.get(`%${words}%`)) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  } finally {
    db.close();
  }
  assert.fail(`"${words}" was not saved.`);
}
