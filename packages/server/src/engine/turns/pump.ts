/** Writes a turn into its log until it has ended, whether anybody reads or not. Knows no chat history and no prompt. */
import {ChatError} from '@chatlet/protocol';
import {noteGrounding} from '../grounding/note-grounding.ts';
import type {Retrieval} from '../grounding/retrieval.ts';
import {type Moderation, toJudge} from '../moderation.ts';
import {type TurnServices, runTurn} from '../run-turn.ts';
import type {Payer} from '../payer.ts';
import type {Spending} from '../spending.ts';
import type {Owner, Store, TurnStart} from '../store.ts';
import type {TurnLog} from '../turn-log.ts';
import type {TurnAsk} from './ask.ts';
import type {PreparedTurn} from './prepare.ts';
import {partEvents} from './replay.ts';
import type {UnsavedEnds} from './unsaved-ends.ts';

export interface PumpServices extends Omit<
  TurnServices,
  'save' | 'append' | 'keepUnsaved' | 'addUsage' | 'enter' | 'hold' | 'ground' | 'noteGrounding' | 'judge' | 'onEnd'
> {
  readonly store: Store;
  readonly turnLog: TurnLog;
  readonly unsavedEnds: UnsavedEnds;
  readonly moderation?: Moderation;
  /** Absent if there are no documents. */
  readonly retrieval?: Retrieval;
  /** Whether a day has a ceiling. */
  readonly spending?: Spending;
}

export interface PumpOptions {
  readonly owner: Owner;
  readonly payer: Payer;
  readonly ask: Pick<TurnAsk, 'plan' | 'retrieval'>;
  readonly abort: AbortController;
  readonly start: TurnStart;
  /** Resolves when the question is stored, or at once if the turn is stored at its end. */
  readonly stored: Promise<void>;
  readonly services: PumpServices;
}

/**
 * Never rejects. The model is asked while the store still writes the question. Readers see no event before the question
 * is stored, and if that fails the model's answer is aborted.
 */
export async function pumpTurn(turn: PreparedTurn, options: PumpOptions): Promise<void> {
  const {answerId} = turn;
  const {abort, stored} = options;
  const {turnLog, report} = options.services;
  const batches = runTurn(turn, servicesOfTurn(turn, options), abort);
  try {
    const start = await batches.next();
    const first = batches.next();
    // This promise may reject before it is awaited.
    first.catch(() => {});
    try {
      await stored;
    } catch (error) {
      const refused = ChatError.from(error);
      abort.abort(refused);
      turnLog.append(answerId, [refused.toEvent()]);
      await first;
      await batches.return();
      return;
    }
    if (!start.done) turnLog.append(answerId, [...start.value, ...(turn.begun ? partEvents(turn.begun) : [])]);
    for (let step = await first; !step.done; step = await batches.next()) turnLog.append(answerId, step.value);
  } catch (error) {
    report(error, {answerId});
    try {
      // Without an error event the end of the log would look like the end of the answer.
      turnLog.append(answerId, [ChatError.from(error).toEvent()]);
      await batches.return();
    } catch (further) {
      report(further, {answerId});
    }
  } finally {
    turnLog.close(answerId);
  }
}

function servicesOfTurn(
  {answerId, chatId, model, options: {maxTokens, tools}, storedAtEnd = false}: PreparedTurn,
  {owner, payer, ask, start, stored, services}: PumpOptions,
): TurnServices {
  const {store, spending, moderation, retrieval, unsavedEnds} = services;
  const {contextLength} = model.model;
  const isStored = stored.then(
    () => true,
    () => false,
  );
  return {
    ...services,
    save: async (answer) => {
      if (storedAtEnd === 'if-waiting' && answer.status !== 'waiting') return;
      if (storedAtEnd) {
        await store.startTurn(owner, {...start, answer});
        return;
      }
      // If the question could not be stored there is no row for its answer, and the caller has been told.
      if (await isStored) await store.saveMessage(owner, chatId, answer);
    },
    ...(!storedAtEnd && {
      append: async (take) => {
        if (await isStored) await store.appendEvents(owner, chatId, {messageId: answerId, take});
      },
      keepUnsaved: (answer) => unsavedEnds.keep({owner, chatId, answer}),
    }),
    addUsage: (record) => store.addUsage(owner, record),
    hold: spending && ((expense) => spending.hold(payer, expense)),
    ground: retrieval?.forTurn({
      owner,
      plan: ask.plan,
      asked: ask.retrieval,
      contextLength,
      maxTokens,
      truncates: true,
      bringsTools: (tools ?? []).length > 0,
    }),
    noteGrounding: (ended) => noteGrounding({store, owner, chatId, ...ended}),
    judge: toJudge({owner, chatId, model: model.asked}, moderation),
  };
}
