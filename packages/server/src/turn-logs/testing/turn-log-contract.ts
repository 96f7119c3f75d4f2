/** The contract of a turn log, as tests that every implementation runs. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import type {ChatEvent} from '@chatlet/protocol';
import type {NumberedBatch, RunningTurn, TurnLog} from '../../engine/turn-log.ts';

export interface TurnLogContract {
  readonly name: string;
  /** Creates a log that nobody else writes into. */
  readonly create: () => Promise<{readonly log: TurnLog; readonly close?: () => Promise<void>}>;
}

const owner = 'visitor:one';
let turns = 0;

/** A turn in a chat of its own. */
function newTurn(fields: Partial<RunningTurn> = {}): RunningTurn {
  turns += 1;
  const createdAt = new Date().toISOString();
  return {turnId: `msg_${turns}`, owner, chatId: `chat_${turns}`, model: 'm', createdAt, ...fields};
}

const says = (...words: readonly string[]): readonly ChatEvent[] =>
  words.map((delta) => ({type: 'text-delta', delta}) as const);

const never = (): {signal: AbortSignal} => ({signal: new AbortController().signal});

/** Reads to the end, and checks that the numbers have no gap. */
async function readAll(batches: AsyncIterable<NumberedBatch>, after = 0): Promise<readonly ChatEvent[]> {
  const events: ChatEvent[] = [];
  for await (const batch of batches) {
    assert.equal(batch.first, after + events.length + 1);
    assert.notEqual(batch.events.length, 0);
    events.push(...batch.events);
  }
  return events;
}

export function turnLogContract({name, create}: TurnLogContract): void {
  const check = (title: string, run: (log: TurnLog) => Promise<void>): void => {
    test(title, async () => {
      const {log, close} = await create();
      try {
        await run(log);
      } finally {
        await close?.();
      }
    });
  };

  suite(`turn log: ${name}`, () => {
    check('gives a reader the events before it came and those after', async (log) => {
      const turn = newTurn();
      await log.open(turn);
      log.append(turn.turnId, says('a', 'b'));
      const reading = readAll(log.read(turn.turnId, 0, never()));
      log.append(turn.turnId, says('c'));
      log.close(turn.turnId);
      assert.deepEqual(await reading, says('a', 'b', 'c'));
    });

    check('gives each of several readers all events, at the reader’s own pace', async (log) => {
      const turn = newTurn();
      await log.open(turn);
      const slow = log.read(turn.turnId, 0, never())[Symbol.asyncIterator]();
      log.append(turn.turnId, says('a'));
      assert.deepEqual((await slow.next()).value?.events, says('a'));
      const quick = readAll(log.read(turn.turnId, 0, never()));
      log.append(turn.turnId, says('b'));
      log.append(turn.turnId, says('c'));
      log.close(turn.turnId);
      assert.deepEqual(await quick, says('a', 'b', 'c'));
      const rest = await readAll({[Symbol.asyncIterator]: () => slow}, 1);
      assert.deepEqual(rest, says('b', 'c'));
    });

    check('resumes after every number, while the turn runs and after it has ended', async (log) => {
      const turn = newTurn();
      const all = says('a', 'b', 'c', 'd');
      await log.open(turn);
      log.append(turn.turnId, all.slice(0, 3));
      const during = [0, 1, 2, 3, 4].map((after) => readAll(log.read(turn.turnId, after, never()), after));
      log.append(turn.turnId, all.slice(3));
      log.close(turn.turnId);
      for (const [after, reading] of during.entries()) assert.deepEqual(await reading, all.slice(after));
      for (let after = 0; after <= 4; after++) {
        assert.deepEqual(await readAll(log.read(turn.turnId, after, never()), after), all.slice(after));
      }
    });

    check('ends a reading that began beyond the last event when the turn ends', async (log) => {
      const turn = newTurn();
      await log.open(turn);
      const reading = readAll(log.read(turn.turnId, Number.MAX_SAFE_INTEGER, never()));
      log.append(turn.turnId, says('a'));
      log.close(turn.turnId);
      assert.deepEqual(await reading, []);
    });

    check('ends a reading when its signal aborts, and no other reading', async (log) => {
      const turn = newTurn();
      await log.open(turn);
      const gone = new AbortController();
      const leaving = readAll(log.read(turn.turnId, 0, gone));
      const staying = readAll(log.read(turn.turnId, 0, never()));
      gone.abort();
      assert.deepEqual(await leaving, []);
      log.append(turn.turnId, says('a'));
      log.close(turn.turnId);
      assert.deepEqual(await staying, says('a'));
    });

    check('gives a reader that is behind a long answer in pieces', async (log) => {
      const turn = newTurn();
      await log.open(turn);
      const words = Array.from({length: 200}, (_, index) => `${index}`.padEnd(10_000, '.'));
      for (const word of words) log.append(turn.turnId, says(word));
      log.close(turn.turnId);
      for await (const {events} of log.read(turn.turnId, 0, never())) assert.ok(events.length < 50);
      assert.deepEqual(await readAll(log.read(turn.turnId, 0, never())), says(...words));
    });

    check('refuses to read an unknown turn', async (log) => {
      await assert.rejects(readAll(log.read('msg_unknown', 0, never())), {code: 'not-found'});
    });

    check('takes no more events for a turn that has ended', async (log) => {
      const turn = newTurn();
      await log.open(turn);
      log.close(turn.turnId);
      log.close(turn.turnId);
      assert.throws(() => log.append(turn.turnId, says('late')), {code: 'internal'});
    });

    check('allows one running turn for each chat, and the next one after its end', async (log) => {
      const first = newTurn();
      const second = newTurn({chatId: first.chatId});
      await log.open(first);
      await assert.rejects(log.open(second), {code: 'conflict'});
      await log.open(newTurn());
      log.close(first.turnId);
      await log.open(second);
      assert.deepEqual(await log.find(owner, first.chatId), second);
    });

    check('finds the running turn for its owner only, and a turn that has just ended if asked', async (log) => {
      const turn = newTurn({questionId: 'msg_question'});
      await log.open(turn);
      assert.deepEqual(await log.find(owner, turn.chatId), turn);
      assert.equal(await log.find('visitor:two', turn.chatId), undefined);
      assert.equal(await log.find(owner, 'chat_unknown'), undefined);
      log.close(turn.turnId);
      assert.equal(await log.find(owner, turn.chatId), undefined);
      assert.deepEqual(await log.find(owner, turn.chatId, {recent: true}), turn);
      assert.equal(await log.find('visitor:two', turn.chatId, {recent: true}), undefined);
    });

    check('begins anew if an ended turn is opened again with its id', async (log) => {
      const turn = newTurn();
      for (const word of ['failed', 'answered']) {
        await log.open(turn);
        log.append(turn.turnId, says(word));
        log.close(turn.turnId);
        assert.deepEqual(await readAll(log.read(turn.turnId, 0, never())), says(word));
      }
      assert.deepEqual(await log.find(owner, turn.chatId, {recent: true}), turn);
      const next = newTurn({chatId: turn.chatId});
      await log.open(next);
      log.close(next.turnId);
      assert.deepEqual(await log.find(owner, turn.chatId, {recent: true}), next);
    });

    check('passes a stop request on once, even if it came before anybody listened', async (log) => {
      const early = newTurn();
      await log.open(early);
      assert.equal(await log.requestStop(early.turnId), true);
      await new Promise<void>((resolve) => log.onStopRequest(early.turnId, resolve));

      const turn = newTurn();
      await log.open(turn);
      let stops = 0;
      const stopped = new Promise<void>((resolve) =>
        log.onStopRequest(turn.turnId, () => {
          stops += 1;
          resolve();
        }),
      );
      assert.equal(await log.requestStop(turn.turnId), true);
      await stopped;
      await log.requestStop(turn.turnId);
      log.close(turn.turnId);
      assert.equal(await log.requestStop(turn.turnId), false);
      assert.equal(await log.requestStop('msg_unknown'), false);
      assert.equal(stops, 1);
    });
  });
}
