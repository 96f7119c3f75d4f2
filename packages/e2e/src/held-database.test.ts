/** Another program holds the server's database for a while: what visitors see of it is a question that waits. */
import assert from 'node:assert/strict';
import {join} from 'node:path';
import {suite, test} from 'node:test';
import {setTimeout as wait} from 'node:timers/promises';
import {startChild} from '../../server/src/stores/sqlite/testing/child.ts';
import {delta, done, nextReply} from '../../server/src/testing/upstream.ts';
import {ask, newVisit, stopButton, untilShown} from './chat-page.ts';
import {setUpstreamStage} from './stage.ts';

/** Less than the 30 s for which the server's writes wait. */
const heldSeconds = Number(process.env['CHATLET_HELD_SECONDS'] ?? 5);
/** Milliseconds between two pieces of the answer. */
const gap = 100;
/** Milliseconds; a server that waited on its thread for the database would need seconds. */
const promptly = 1_000;

suite('a database that another program holds', () => {
  const stage = setUpstreamStage();

  test('R-8, T2-15: stops no answer and no health check, and a question asked meanwhile is answered', async (t) => {
    const {server, upstream} = stage;
    await using visit = await newVisit(stage);
    const [reading, asking] = [await visit.openTab(), await visit.openTab()];
    const reply = nextReply(upstream);
    await ask(reading, 'Count');
    const exchange = await reply;
    await exchange.write(delta('I count:'));
    await untilShown(reading, ['Count', 'I count:']);

    const other = await startChild(t, 'other-program', join(server.folder, 'chatlet.db'));
    await other.order('begin exclusive');
    const end = performance.now() + heldSeconds * 1000;
    await ask(asking, 'And me?');
    const waits: number[] = [];
    let counted = 'I count:';
    for (let piece = 1; performance.now() < end; piece += 1) {
      await exchange.write(delta(` ${piece}`));
      counted += ` ${piece}`;
      const asked = performance.now();
      assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
      waits.push(performance.now() - asked);
      if (piece % 10 === 0) await untilShown(reading, ['Count', counted]);
      await wait(gap);
    }
    const slowest = Math.round(Math.max(...waits));
    console.log(`Held for ${heldSeconds} s: /healthz answered ${waits.length} times, after ${slowest} ms at most`);
    assert.ok(slowest < promptly, `/healthz took ${slowest} ms.`);
    // The answer ends while nothing can be written.
    exchange.end(done());
    await untilShown(reading, ['Count', counted]);
    assert.equal(await asking.getByRole('article').count(), 2, 'The question that waits is shown.');
    await other.order('commit');

    for (const tab of [reading, asking]) await stopButton(tab).waitFor({state: 'detached'});
    await untilShown(asking, ['And me?', 'You said: And me?']);
    assert.equal(upstream.requests.length, 2);
    await other.kill();
    // What was stored is read by a server that has nothing in memory.
    await using again = await server.kill().then(() => server.restart());
    for (const tab of [reading, asking]) await tab.goto(again.url);
    await untilShown(reading, ['Count', counted]);
    await untilShown(asking, ['And me?', 'You said: And me?']);
  });
});
