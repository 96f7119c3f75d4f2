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

test('the past of an answer comes in batches that grow, with every event once and under its number', async () => {
  const events = deltas(100);
  const given = await grow({first: 13, events}, {first: 113, events: deltas(3)});
  assert.deepEqual(
    given.map((batch) => [batch.first, batch.events.length]),
    [
      [13, 8],
      [21, 16],
      [37, 32],
      [69, 44],
      [113, 3],
    ],
  );
  assert.deepEqual(
    given.slice(0, 4).flatMap((batch) => batch.events),
    events,
  );
});

test('a batch that is small already is given as it is', async () => {
  const batch = {first: 1, events: deltas(8)};
  const [given, ...others] = await grow(batch);
  assert.deepEqual([given, others], [batch, []]);
});
