/**
 * Saves an answer: piece by piece while it grows, and whole when it has ended. A reader is at most a quarter of
 * a second ahead of the saved events, however long the answer is. Knows no chat and no store.
 */
import {ChatError, type ChatEvent, type Message, joinDeltas} from '@chatlet/protocol';
import {type Clock, systemClock} from './clock.ts';
import type {Report} from './report.ts';
import type {Piece} from './store.ts';

export interface AnswerSavingServices {
  /** Saves the answer whole. Absent if nothing is stored, and then nothing is appended. */
  readonly save?: (answer: Message) => Promise<void>;
  /** Saves the events since the last piece; `Store.appendEvents` says when and how often `take` is called. */
  readonly append?: (take: () => Piece | undefined) => Promise<void>;
  /** Takes an ended answer that could not be saved. Without it that is reported. */
  readonly keepUnsaved?: (answer: Message) => void;
  readonly report: Report;
  /** Times the retries of a save; by default the machine's own clock. */
  readonly clock?: Pick<Clock, 'after'>;
}

export interface AnswerSaver {
  /** The answer has grown by these events. */
  grow(events: readonly ChatEvent[]): void;
  /**
   * Saves the ended answer and waits for it, with a few retries. Never throws: a store that fails must not take the
   * answer with it.
   */
  end(): Promise<void>;
  /** Saves nothing more. */
  cancel(): void;
}

/** Milliseconds before each retry to save the ended answer. Readers wait for the answer's end meanwhile. */
const retryDelays: readonly number[] = [100, 400, 1_500];
/** Milliseconds before a piece is tried again that could not be saved. */
const pieceRetryDelay = 1_000;

const savesNothing: AnswerSaver = {grow() {}, async end() {}, cancel() {}};

export function createAnswerSaver(current: () => Message, services: AnswerSavingServices): AnswerSaver {
  const {save, append, keepUnsaved, report, clock = systemClock} = services;
  if (!save) return savesNothing;
  const tell = (error: unknown) => report(error, {answerId: current().id});
  let state: 'growing' | 'appending' | 'over' = 'growing';
  let first = 0;
  let unsaved: ChatEvent[] = [];
  let failed = false;

  async function appendPieces(write: (take: () => Piece | undefined) => Promise<void>): Promise<void> {
    while (unsaved.length > 0 && !isOver()) {
      let taken = 0;
      try {
        await write(() => {
          // An ended answer is saved whole: a piece after it would stay for ever.
          if (isOver()) return undefined;
          taken = unsaved.length;
          return {first, events: joinDeltas(unsaved.slice(0, taken))};
        });
        // A store that keeps no pieces takes none. Asking it again at once would never end.
        if (taken === 0) break;
        unsaved = unsaved.slice(taken);
        first += taken;
      } catch (error) {
        // The next piece holds these events, too, so one report is enough.
        if (!failed && !isOver()) tell(error);
        failed = true;
        await new Promise<void>((resolve) => clock.after(pieceRetryDelay, resolve));
      }
    }
    if (state === 'appending') state = 'growing';
  }

  const isOver = () => state === 'over';

  async function saveWhole(write: (answer: Message) => Promise<void>, delays: readonly number[]): Promise<void> {
    const [delay, ...later] = delays;
    try {
      await write(current());
    } catch (error) {
      if (delay === undefined || !ChatError.from(error).retryable) {
        tell(error);
        if (ChatError.from(error).retryable) keepUnsaved?.(current());
        return;
      }
      await new Promise<void>((resolve) => clock.after(delay, resolve));
      await saveWhole(write, later);
    }
  }

  return {
    grow(events) {
      if (!append || state === 'over') return;
      for (const event of events) unsaved.push(event);
      if (state === 'appending') return;
      state = 'appending';
      void appendPieces(append);
    },
    async end() {
      state = 'over';
      unsaved = [];
      await saveWhole(save, retryDelays);
    },
    cancel() {
      state = 'over';
    },
  };
}
