/** A visitor at the real page of the real server, with the offline model: by keyboard, by mouse, after a reload. */
import assert from 'node:assert/strict';
import {before, suite, test} from 'node:test';
import type {BrowserContext} from 'playwright-core';
import {openPage} from './browser.ts';
import {stopButton} from './chat-page.ts';
import {setStage} from './stage.ts';

suite('visitors', () => {
  const stage = setStage();
  let context: BrowserContext;

  before(async () => {
    context = await stage.browser.newContext({viewport: {width: 1200, height: 800}});
  });

  test('a visitor asks by keyboard alone, and the answer streams in', async () => {
    const {page, complaints, foreign} = await openPage(context, stage.server.url);
    const composer = page.getByRole('textbox', {name: /message/i});
    await composer.focus();
    await page.keyboard.type('Show a table');
    await page.keyboard.press('Enter');
    await stopButton(page).waitFor();
    await page.getByRole('article').last().getByRole('table').waitFor();
    await stopButton(page).waitFor({state: 'detached'});
    assert.equal(await composer.inputValue(), '');
    assert.deepEqual({complaints, foreign}, {complaints: [], foreign: []});
    await page.close();
  });

  test('a visitor stops an answer, and its text stays, also after a reload', async () => {
    const {page} = await openPage(context, stage.server.url);
    await page.getByRole('button', {name: 'New chat'}).first().click();
    await page.getByRole('textbox', {name: /message/i}).fill('Show a long answer');
    await page.keyboard.press('Enter');
    const answer = page.getByRole('article').last();
    await answer.getByRole('paragraph').first().waitFor();
    await stopButton(page).click();
    await answer.getByText('Stopped').waitFor();
    const said = (await answer.getByRole('paragraph').first().textContent()) ?? '';
    assert.notEqual(said, '');

    await page.reload();
    const again = page.getByRole('article').last();
    await again.getByText('Stopped').waitFor();
    assert.equal(await again.getByRole('paragraph').first().textContent(), said);
    await page.close();
  });

  test('a visitor opens a second chat, renames it and deletes it', async () => {
    const {page} = await openPage(context, stage.server.url);
    await page.getByRole('button', {name: 'New chat'}).first().click();
    await page.getByRole('textbox', {name: /message/i}).fill('Show a list of spades');
    await page.keyboard.press('Enter');
    const history = page.getByRole('navigation', {name: /chats/i});
    const entry = history.getByRole('button', {name: /^Show a list of spades/});
    await entry.waitFor();

    await history.getByRole('button', {name: /rename.*spades/i}).click();
    await page.keyboard.press('ControlOrMeta+A');
    await page.keyboard.type('Spades');
    await page.keyboard.press('Enter');
    await history.getByRole('button', {name: 'Spades', exact: true}).waitFor();

    await history.getByRole('button', {name: /delete.*spades/i}).click();
    await history.getByRole('button', {name: 'Spades', exact: true}).waitFor({state: 'detached'});
    await page.reload();
    await history.getByRole('button', {name: 'New chat'}).waitFor();
    assert.equal(await history.getByRole('button', {name: 'Spades', exact: true}).count(), 0);
    await page.close();
  });

  test('a visitor finds the draft again after a reload', async () => {
    const {page} = await openPage(context, stage.server.url);
    const composer = page.getByRole('textbox', {name: /message/i});
    await composer.fill('Half a thought');
    await page.reload();
    await page.waitForFunction(() => document.querySelector('chatlet-chat') !== null);
    await assert.doesNotReject(() =>
      page.waitForFunction(() => {
        const element = document.querySelector('chatlet-chat')?.shadowRoot?.querySelector('chatlet-composer');
        return element?.shadowRoot?.querySelector('textarea')?.value === 'Half a thought';
      }),
    );
    await page.close();
  });

  test('a visitor reads an error if the model fails, and can try again', async () => {
    const {page} = await openPage(context, stage.server.url);
    await page.getByRole('textbox', {name: /message/i}).fill('Show an error');
    await page.keyboard.press('Enter');
    await page.getByRole('button', {name: /try again|retry/i}).waitFor();
    await page.close();
  });

  test('a visitor never sees the chats of another', async () => {
    const other = await stage.browser.newContext({viewport: {width: 1200, height: 800}});
    const {page} = await openPage(other, stage.server.url);
    const history = page.getByRole('navigation', {name: /chats/i});
    await history.getByRole('button', {name: 'New chat'}).waitFor();
    assert.equal(await history.getByText('Show a table').count(), 0);
    await other.close();
  });
});
