/** A visitor downloads all chats, and deletes them, with the widget and the real server. */
import assert from 'node:assert/strict';
import {text} from 'node:stream/consumers';
import {suite, test} from 'node:test';
import {ask, lastAnswer, loadChatIds, newVisit, nextVisitor, storedTexts, untilShown} from './chat-page.ts';
import {setStage} from './stage.ts';

suite('all chats at once', () => {
  const stage = setStage();

  test('are downloaded as a file and deleted after a second question; the chunk for it is loaded then', async () => {
    await using visit = await newVisit(stage);
    const page = await visit.openTab();
    const chunks: string[] = [];
    page.on('request', (request) => {
      if (/\/all-chats-[\w-]+\.js$/.test(request.url())) chunks.push(request.url());
    });
    const asked = nextVisitor(page);
    await ask(page, 'Where is my canary?');
    const visitor = await asked;
    await lastAnswer(page).getByRole('button', {name: 'Copy answer'}).waitFor();
    assert.equal((await loadChatIds(stage.server, visitor)).length, 1);
    assert.deepEqual(chunks, []);

    const menuButton = page.getByRole('button', {name: 'Download or delete all chats'});
    for (const [item, name] of [
      ['Download all my chats as Markdown', 'chats.md'],
      ['Download all my chats as JSON', 'chats.json'],
    ] as const) {
      const downloaded = page.waitForEvent('download');
      await menuButton.click();
      await page.getByRole('menuitem', {name: item}).click();
      const file = await downloaded;
      assert.equal(file.suggestedFilename(), name);
      const written = await text(await file.createReadStream());
      assert.match(written, /Where is my canary\?/);
      if (name.endsWith('json')) assert.equal(typeof JSON.parse(written), 'object');
    }
    assert.equal(chunks.length, 1);

    await menuButton.press('Enter');
    await page.getByRole('menu').waitFor();
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await page.getByRole('alertdialog').getByRole('button', {name: 'Cancel'}).waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByText('Your chats appear here.').waitFor();
    await untilShown(page, []);
    assert.equal(await menuButton.evaluate((button) => button.matches(':focus')), true);
    assert.deepEqual(await loadChatIds(stage.server, visitor), []);
    assert.deepEqual(await storedTexts(page), []);
  });
});
