import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {ChatEvent} from '@chatlet/protocol';
import type {NumberedBatch} from '../../engine/turn-log.ts';
import {growingBatches} from './growing-batches.ts';

const deltas = (count: number): readonly ChatEvent[] =>
  Array.from({length: count}, (_, index) => ({type: 'text-delta', delta: `${index} `}));

async function grow(...batches: readonly NumberedBatch[]): Promise<readonly NumberedBatch[]> {
  const given: NumberedBatch[] = [];
  const source = async function* () {
    yield* batches;
  };
  for await (const batch of growingBatches(source())) given.push(batch);
  return given;
}

const sizeOf = (batch: NumberedBatch) => batch.events.reduce((size, event) => size + JSON.stringify(event).length, 0);

test('the past of an answer comes in batches that grow, with every event once and under its number', async () => {
  const events = deltas(200);
  const given = await grow({first: 13, events}, {first: 213, events: deltas(3)});
  const past = given.slice(0, -1);
  assert.deepEqual(
    past.flatMap((batch) => batch.events),
    events,
  );
  let next = 13;
  for (const [index, batch] of past.entries()) {
    assert.equal(batch.first, next);
    next += batch.events.length;
    const most = 800 * 2 ** index;
    const size = sizeOf(batch);
    assert.ok(size <= most && (size > most - 50 || batch === past.at(-1)), `Batch ${index} has ${size} of ${most}.`);
  }
  assert.equal(past.length, 4);
  assert.deepEqual(given.at(-1), {first: 213, events: deltas(3)});
});

test('an event that is longer than a batch goes alone', async () => {
  const long = {type: 'text-delta', delta: 'word '.repeat(1000)} as const;
  const given = await grow({first: 1, events: [...deltas(2), long, ...deltas(2)]});
  assert.deepEqual(
    given.map((batch) => [batch.first, batch.events.length]),
    [
      [1, 2],
      [3, 1],
      [4, 2],
    ],
  );
});

test('a batch that is small already is given as it is', async () => {
  const batch = {first: 1, events: deltas(8)};
  const [given, ...others] = await grow(batch);
  assert.deepEqual([given, others], [batch, []]);
});
