/** Questions that are written while an answer runs, at the real page of the real server. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {delta, done, nextReply} from '../../server/src/testing/upstream.ts';
import {ask, newVisit, stopButton, storedTexts, thread, untilShown} from './chat-page.ts';
import {setUpstreamStage} from './stage.ts';

suite('the next question', () => {
  const stage = setUpstreamStage();

  test('I-32 waits while an answer runs, survives a reload, and is asked once when the answer is complete', async () => {
    await using visit = await newVisit(stage);
    const page = await visit.openTab();
    const asked = nextReply(stage.upstream);
    await ask(page, 'First');
    const exchange = await asked;
    await exchange.write(delta('Yes'));
    await thread(page).getByText('Yes').waitFor();
    await ask(page, 'Second');
    await ask(page, 'Third');
    const waiting = page.getByRole('list', {name: 'Next questions'}).getByRole('listitem');
    await waiting.nth(1).waitFor();
    const field = page.getByRole('textbox', {name: /message/i});
    // It is emptied with the next frame, which may be later than the list.
    while ((await field.inputValue()) !== '') await page.waitForTimeout(10);
    await page.keyboard.type('A draft');

    await page.reload();
    await waiting.nth(1).waitFor();
    assert.equal(await field.inputValue(), 'A draft');
    assert.equal(stage.upstream.requests.length, 1);

    exchange.end(delta('.') + done());
    await untilShown(page, ['First', 'Yes.', 'Second', 'You said: Second', 'Third', 'You said: Third']);
    assert.equal(await waiting.count(), 0);
    assert.equal(await field.inputValue(), 'A draft');
    await stopButton(page).waitFor({state: 'detached'});
    assert.deepEqual(
      (await storedTexts(page)).filter((text) => text.includes('queue:')),
      [],
    );
    await page.reload();
    await untilShown(page, ['First', 'Yes.', 'Second', 'You said: Second', 'Third', 'You said: Third']);
  });
});
