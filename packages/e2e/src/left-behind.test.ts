/** What a chat leaves behind: on the visitor's device, on the page after signing out, and of a temporary chat on the server. */
import assert from 'node:assert/strict';
import {after, before, suite, test} from 'node:test';
import type {Page} from 'playwright-core';
import {delta, nextReply} from '../../server/src/testing/upstream.ts';
import {ask, loadChatIds, newVisit, nextVisitor, storedTexts, untilShown} from './chat-page.ts';
import {setUpstreamStage} from './stage.ts';
import {type StaticSite, startStaticSite} from './static-site.ts';

suite('what a chat leaves behind', () => {
  const stage = setUpstreamStage();
  let site: StaticSite;

  before(async () => {
    const page = (attributes: string) => `<!doctype html><title>Shop</title>
      <script type="module" src="${stage.server.url}/chatlet.js"></script>
      <chatlet-chat ${attributes} style="height: 600px"></chatlet-chat>`;
    site = await startStaticSite({
      pages: {
        '/index.html': page(''),
        '/none.html': page('storage="none"'),
        '/temporary.html': page('temporary'),
        '/away.html': '<!doctype html><title>Away</title>',
      },
    });
  });
  after(() => site.close());

  test('R-17: nothing is written on the device before the first question, not even a draft', async () => {
    await using visit = await newVisit(stage);
    const page = await visit.openTab(site.url);
    const composer = page.getByRole('textbox', {name: /message/i});
    await composer.pressSequentially('My secret plan');
    assert.equal(await composer.inputValue(), 'My secret plan');
    // Leaving a page is the last moment at which a chat may write.
    await page.reload();
    await composer.waitFor();
    assert.deepEqual(await storedTexts(page), []);
    assert.deepEqual(await visit.cookies(), []);

    await ask(page, 'Now?');
    await untilShown(page, ['Now?', 'You said: Now?']);
    const stored = await storedTexts(page);
    assert.ok(
      stored.some((text) => /:visitor: v2\./.test(text)),
      stored.join('\n'),
    );
    assert.ok(!stored.some((text) => text.includes('secret')), stored.join('\n'));
  });

  test('R-17: with storage="none" a question leaves nothing on the device, and a reload begins anew', async () => {
    await using visit = await newVisit(stage);
    const page = await visit.openTab(`${site.url}/none.html`);
    await ask(page, 'Here?');
    await untilShown(page, ['Here?', 'You said: Here?']);
    await page.getByRole('textbox', {name: /message/i}).pressSequentially('A draft');
    assert.deepEqual(await storedTexts(page), []);
    await page.reload();
    await page.getByRole('textbox', {name: /message/i}).waitFor();
    await untilShown(page, []);
    assert.deepEqual(await storedTexts(page), []);
  });

  test('R-17: a temporary chat is gone from the server however it is left, and was never on the device', async () => {
    await using visit = await newVisit(stage);
    const page = await visit.openTab(`${site.url}/temporary.html`);
    const ways: Readonly<Record<string, () => Promise<unknown>>> = {
      'a new chat': () => page.getByRole('button', {name: 'New chat'}).first().click(),
      'a reload': () => page.reload(),
      'another page': () => page.goto(`${site.url}/away.html`),
      'the end of the tab': () => page.close({runBeforeUnload: true}),
    };
    for (const [way, leave] of Object.entries(ways)) {
      if (page.url().endsWith('/away.html')) await page.goBack();
      const visitor = nextVisitor(page);
      await ask(page, `Forget ${way}`);
      await untilShown(page, [`Forget ${way}`, `You said: Forget ${way}`]);
      assert.equal((await loadChatIds(stage.server, await visitor)).length, 1);
      assert.deepEqual(await storedTexts(page), []);
      await leave();
      await untilGone(await visitor, way);
    }
    const later = await visit.openTab(site.url);
    assert.deepEqual(await storedTexts(later), []);
    assert.deepEqual(await visit.cookies(), []);
  });

  test('R-17: a temporary chat that is left in the middle of its answer is gone, and its model is let go', async () => {
    await using visit = await newVisit(stage);
    const page = await visit.openTab(`${site.url}/temporary.html`);
    const visitor = nextVisitor(page);
    const reply = nextReply(stage.upstream);
    await ask(page, 'Forget this');
    const exchange = await reply;
    await exchange.write(delta('I will'));
    await untilShown(page, ['Forget this', 'I will']);
    await page.goto(`${site.url}/away.html`);
    await exchange.abandoned;
    await untilGone(await visitor, 'another page');
  });

  test('R-17: a temporary chat is not in the list of the same person’s other chats', async () => {
    await using visit = await newVisit(stage);
    const kept = await visit.openTab(site.url);
    await ask(kept, 'Keep this');
    await untilShown(kept, ['Keep this', 'You said: Keep this']);
    const temporary = await visit.openTab(`${site.url}/temporary.html`);
    await ask(temporary, 'Forget this');
    await untilShown(temporary, ['Forget this', 'You said: Forget this']);
    await kept.reload();
    for (const page of [kept, temporary]) {
      await page.getByRole('navigation', {name: /chats/i}).getByRole('button', {name: 'New chat'}).waitFor();
    }
    await kept.getByRole('button', {name: 'Keep this', exact: true}).waitFor();
    assert.equal(await kept.getByRole('button', {name: 'Forget this', exact: true}).count(), 0);
    assert.equal(await temporary.getByRole('button', {name: 'Keep this', exact: true}).count(), 0);
  });

  test('R-14: signing out leaves nothing of the visitor to read, in this tab and in another', async () => {
    await using visit = await newVisit(stage);
    const [page, other] = [await visit.openTab(site.url), await visit.openTab(site.url)];
    const visitor = nextVisitor(page);
    await ask(page, 'Canary question');
    await untilShown(page, ['Canary question', 'You said: Canary question']);
    await other.getByRole('button', {name: 'Canary question', exact: true}).click();
    await untilShown(other, ['Canary question', 'You said: Canary question']);
    await other.getByRole('textbox', {name: /message/i}).pressSequentially('Canary draft');
    await page.evaluate(() => document.querySelector('chatlet-chat')?.logout());
    for (const tab of [page, other]) {
      await untilShown(tab, []);
      await tab.getByRole('button', {name: 'Canary question', exact: true}).waitFor({state: 'detached'});
      const left = [...(await readableTexts(tab)), ...(await storedTexts(tab))].join('\n');
      assert.ok(!/canary/i.test(left), left);
      assert.ok(!left.includes(await visitor), left);
    }
    const next = nextVisitor(page);
    await ask(page, 'Who am I?');
    await untilShown(page, ['Who am I?', 'You said: Who am I?']);
    assert.notEqual(await next, await visitor);
  });

  async function untilGone(visitor: string, way: string): Promise<void> {
    let ids = await loadChatIds(stage.server, visitor);
    for (let tries = 0; ids.length > 0 && tries < 100; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      ids = await loadChatIds(stage.server, visitor);
    }
    assert.deepEqual(ids, [], `The server still has the chat after ${way}.`);
  }
});

/** All texts, values and attributes of the page's elements, also of those that only a screen reader meets. */
function readableTexts(page: Page): Promise<readonly string[]> {
  return page
    .locator('body *')
    .evaluateAll((elements) =>
      elements.flatMap((element) => [
        element.textContent,
        'value' in element ? String(element.value) : '',
        ...[...element.attributes].map(({value}) => value),
      ]),
    );
}
