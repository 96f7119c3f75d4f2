/** One visitor with two tabs: neither shows a hole, both are the same visitor, and no question is answered twice. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {delta, done, nextReply} from '../../server/src/testing/upstream.ts';
import {ask, loadChatIds, newVisit, nextVisitor, stopButton, untilShown} from './chat-page.ts';
import {sampling} from './sampling.ts';
import {setUpstreamStage} from './stage.ts';

suite('two tabs of one visitor', () => {
  const stage = setUpstreamStage();
  const {runs, tellResult} = sampling('two first questions at once', 3);

  test('R-19: show the same chat without a reload, whichever of them asks, and the model is told all of it', async () => {
    const {upstream} = stage;
    await using visit = await newVisit(stage);
    const [one, other] = [await visit.openTab(), await visit.openTab()];
    await ask(one, 'First?');
    const first = ['First?', 'You said: First?'];
    await untilShown(one, first);
    await other.getByRole('button', {name: /^First\?/}).click();
    await untilShown(other, first);

    const reply = nextReply(upstream);
    await ask(one, 'Second?');
    const exchange = await reply;
    await exchange.write(delta('It begins'));
    await untilShown(other, [...first, 'Second?', 'It begins']);
    await exchange.write(delta(' and ends.'));
    exchange.end(done());
    const second = [...first, 'Second?', 'It begins and ends.'];
    await untilShown(other, second);
    await stopButton(other).waitFor({state: 'detached'});

    await ask(other, 'Third?');
    const third = [...second, 'Third?', 'You said: Third?'];
    for (const tab of [one, other]) await untilShown(tab, third);
    const told = upstream.requests.at(-1)?.body?.['messages'] as {readonly content: string}[];
    assert.deepEqual(
      told.map(({content}) => content),
      third.slice(0, -1),
    );
    for (const tab of [one, other]) {
      await tab.reload();
      await untilShown(tab, third);
    }
  });

  test('R-4: that ask their first questions at once are one visitor, and both chats are there after a reload', async () => {
    for (let run = 0; run < runs; run += 1) {
      await using visit = await newVisit(stage);
      const tabs = [await visit.openTab(), await visit.openTab()];
      const visitors = tabs.map((tab) => nextVisitor(tab));
      const questions = tabs.map((_, tab) => `Question ${run}.${tab}`);
      await Promise.all(
        tabs.map((tab, index) => tab.getByRole('textbox', {name: /message/i}).fill(questions[index] ?? '')),
      );
      await Promise.all(tabs.map((tab) => tab.keyboard.press('Enter')));
      for (const [index, tab] of tabs.entries()) {
        const question = questions[index] ?? '';
        await untilShown(tab, [question, `You said: ${question}`]);
      }
      const [visitor = '', other] = await Promise.all(visitors);
      assert.equal(visitor, other, `two visitors in round ${run}`);
      assert.equal((await loadChatIds(stage.server, visitor)).length, 2);
      for (const [index, tab] of tabs.entries()) {
        await tab.reload();
        const question = questions[index] ?? '';
        await untilShown(tab, [question, `You said: ${question}`]);
        for (const each of questions) await tab.getByRole('button', {name: each, exact: true}).waitFor();
      }
    }
    tellResult(`${runs} pairs of tabs were one visitor each`);
  });
});

suite('the first question of a new visitor', () => {
  const stage = setUpstreamStage();

  test('R-3: whose response is lost is asked again by the page, and answered once to one visitor', async () => {
    const {server, upstream} = stage;
    await using visit = await newVisit(stage);
    const page = await visit.openTab();
    const reply = nextReply(upstream);
    const visitors: (string | undefined)[] = [];
    await page.route('**/api/chat', async (route) => {
      visitors.push(route.request().headers()['x-chatlet-visitor']);
      if (visitors.length > 1) return route.continue();
      // The server gets the question, and the page no byte of the response.
      route.fetch().catch(() => {});
      await reply;
      return route.abort('connectionreset');
    });
    await ask(page, 'Once?');
    const exchange = await reply;
    await exchange.write(delta('Once'));
    await untilShown(page, ['Once?', 'Once']);
    exchange.end(done());
    await stopButton(page).waitFor({state: 'detached'});

    assert.equal(upstream.requests.length, 1);
    assert.equal(visitors.length, 2);
    const [visitor = ''] = visitors;
    assert.equal(visitors[1], visitor);
    assert.equal((await loadChatIds(server, visitor)).length, 1);
    await page.reload();
    await untilShown(page, ['Once?', 'Once']);
  });
});
