/**
 * One turn: asks the model, passes on what it says, keeps the answer saved while it grows. An async iterator with
 * one signal; whoever pulls sets the pace. Knows no HTTP and no log.
 */
import {
  ChatError,
  type ChatEvent,
  type EndReason,
  type ErrorCode,
  type Message,
  type Usage,
  type UsageEvent,
  emptyAnswer,
  inputTextOf,
  isEnd,
  textOf,
} from '@chatlet/protocol';
import {type Clock, systemClock} from './clock.ts';
import {countPromptTokens, countTokens, estimatePromptTokens, estimateTokens} from './count-tokens.ts';
import {draft} from './draft.ts';
import type {ResolvedModel} from './models.ts';
import {costOf} from './prices.ts';
import type {AnswerOptions, PromptMessage, ProviderRequest} from './provider.ts';
import type {Report} from './report.ts';
import type {Expense, Hold} from './spending.ts';
import {type Step, noMore} from './step.ts';
import type {UsageRecord} from './store.ts';
import {answerUntilAborted} from './until-aborted.ts';

export interface TurnRequest {
  /** Id of the answer. */
  readonly answerId: string;
  /** Absent where nothing is stored. */
  readonly chatId?: string;
  readonly questionId?: string;
  readonly model: ResolvedModel;
  readonly messages: readonly PromptMessage[];
  readonly options: AnswerOptions;
  readonly createdAt: string;
}

export interface TurnServices {
  /** Keeps a checkpoint or the last state of the answer. Absent where nothing is stored. */
  readonly save?: (answer: Message) => Promise<void>;
  readonly addUsage?: (record: UsageRecord) => Promise<void>;
  /** Holds back what the answer may cost at most, where that has a ceiling. */
  readonly hold?: ((expense: Expense) => Promise<Hold>) | undefined;
  readonly report: Report;
  /** Characters after which an answer ends with the reason `length`. */
  readonly maxAnswerLength: number;
  /** Milliseconds between two checkpoints of a growing answer. */
  readonly checkpointEvery: number;
  /** By what a save is tried again; the machine's own clock by default. */
  readonly clock?: Pick<Clock, 'after'>;
  /** Hears what an operator wants to count. */
  readonly watch?: TurnWatch;
  /** Told when the turn is over, also where whoever pulls has gone away in the middle. */
  readonly onEnd?: () => void;
}

/** Hears of turns as they go, and never what is said in them. Must not throw. */
export interface TurnWatch {
  began(): void;
  /** What came of it; `firstWord` is absent where the model said nothing. */
  ended(facts: TurnFacts): void;
}

export interface TurnFacts {
  readonly answerId: string;
  readonly chatId?: string;
  /** The model's id as it was asked for, and who serves it. */
  readonly model: string;
  readonly provider: string;
  /** How it ended; `left` where whoever read it went away in the middle. */
  readonly outcome: EndReason | 'error' | 'left';
  readonly error?: ErrorCode;
  /** Milliseconds from the beginning to the model's first word, and to the end. */
  readonly firstWord?: number;
  readonly duration: number;
  readonly usage?: Usage;
}

export interface TurnBatches extends AsyncIterableIterator<readonly ChatEvent[], void> {
  return(): Promise<Step>;
}

/**
 * The turn's events in batches: what arrived together leaves together. The first is `message-start`, the last is
 * `message-end` or `error`, whatever the provider does. By the time the last batch is given, the answer is saved.
 * Nothing happens before the first is pulled, and they are to be pulled one at a time, as `for await` does. Written out
 * rather than as a generator, which would cost every token of every answer three more steps.
 *
 * Aborting the signal ends the turn with `message-end` `stopped`, or, where the reason is a ChatError, with that error.
 */
export function runTurn(turn: TurnRequest, services: TurnServices, {signal}: {signal: AbortSignal}): TurnBatches {
  const {answerId: id, chatId, questionId} = turn;
  const {asked: askedModel, provider, upstreamId} = turn.model;
  const written = draft(emptyAnswer({id, createdAt: turn.createdAt, model: askedModel}), services.maxAnswerLength);
  const checkpoint = checkpoints(() => written.answer(), services);
  let state: 'new' | 'running' | 'ended' | 'over' = 'new';
  let words: AsyncIterator<readonly ChatEvent[], unknown> | undefined;
  let held: Hold | undefined;
  let began = 0;
  let firstWord: number | undefined;

  const ask = async () => {
    let request: ProviderRequest = {...turn.options, model: upstreamId, messages: turn.messages};
    if (services.hold) {
      held = await services.hold({...request, pricing: turn.model.model.pricing});
      request = {...request, maxTokens: held.maxTokens};
    }
    return answerUntilAborted(provider, request, {signal})[Symbol.asyncIterator]();
  };

  const proceed = async (): Promise<Step> => {
    let failure: ChatError | undefined;
    try {
      words ??= await ask();
      for (;;) {
        const step = await words.next();
        if (step.done) break;
        const taken = written.take(step.value);
        if (firstWord === undefined && taken.some(isWord)) firstWord = performance.now() - began;
        if (written.hasEnded()) return await finish(taken);
        if (taken.length === 0) continue;
        checkpoint.soon();
        return {done: false, value: taken};
      }
    } catch (thrown) {
      failure = ChatError.from(thrown);
      if (!signal.aborted) services.report(failure, {answerId: id, model: askedModel});
    }
    words = undefined;
    const ending = signal.aborted ? endOf(signal) : (failure ?? new ChatError('interrupted')).toEvent();
    return finish(written.take([ending]));
  };

  /** Saves the ended answer; gives the last batch with its usage, which stands before the event that ended it. */
  const finish = async (batch: readonly ChatEvent[]): Promise<Step> => {
    state = 'ended';
    let complete = batch;
    const answer = written.answer();
    // An answer that is stopped may have got no further than the figures of its beginning, and some upstreams send zeros.
    if (!answer.usage?.completionTokens && answer.parts.length > 0) {
      const counted = await countUsage(turn.messages, answer);
      written.take([counted]);
      const others = batch.filter(({type}) => type !== 'usage');
      complete = others.flatMap((event): readonly ChatEvent[] => (isEnd(event) ? [counted, event] : [event]));
    }
    // Together, so that a store can write both at once.
    await Promise.all([checkpoint.end(), keepUsage(turn, written.answer(), services)]);
    return {done: false, value: complete};
  };

  /** When all is read, and where the one who pulls has gone away in the middle. */
  const leave = async (): Promise<Step> => {
    if (state === 'over') return noMore;
    const isBegun = state !== 'new';
    state = 'over';
    try {
      await words?.return?.();
    } catch (error) {
      services.report(error, {answerId: id});
    }
    checkpoint.cancel();
    const {usage, error, endReason} = written.answer();
    held?.end(usage);
    if (isBegun) {
      services.watch?.ended({
        answerId: id,
        ...(chatId && {chatId}),
        model: askedModel,
        provider: provider.id,
        outcome: error ? 'error' : (endReason ?? 'left'),
        ...(error && {error: error.code}),
        ...(firstWord !== undefined && {firstWord}),
        duration: performance.now() - began,
        ...(usage && {usage}),
      });
    }
    services.onEnd?.();
    return noMore;
  };

  const begin = (): Step => {
    state = 'running';
    began = performance.now();
    services.watch?.began();
    const about = {...(chatId && {chatId}), ...(questionId && {questionId})};
    return {done: false, value: [{type: 'message-start', messageId: id, model: askedModel, ...about}]};
  };

  return {
    next() {
      if (state === 'running') return proceed();
      return state === 'new' ? Promise.resolve(begin()) : leave();
    },
    return: leave,
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

function isWord({type}: ChatEvent): boolean {
  return type === 'text-delta' || type === 'reasoning-delta' || type === 'tool-call';
}

/** How a turn ends whose signal was aborted: as the reason says, or because somebody pressed stop. */
function endOf(signal: AbortSignal): ChatEvent {
  const reason: unknown = signal.reason;
  return reason instanceof ChatError ? reason.toEvent() : {type: 'message-end', reason: 'stopped' satisfies EndReason};
}

/** Everything that the model wrote, thoughts and tool calls included: what completion tokens are counted from. */
function wordsOf(answer: Message): string {
  let words = textOf(answer);
  for (const part of answer.parts) {
    if (part.type === 'reasoning') words += part.text;
    else if (part.type === 'tool') words += inputTextOf(part);
  }
  return words;
}

/** Characters that are written in it. */
function lengthOf({parts}: Message): number {
  let length = 0;
  for (const part of parts) if ('text' in part) length += part.text.length;
  return length;
}

/** A model that writes this much does not stop by itself; its tokens are guessed, without a tokenizer's memory. */
const countedLength = 500_000;

/** What the answer used, where the provider does not tell, or tells of the question alone. */
async function countUsage(messages: readonly PromptMessage[], answer: Message): Promise<UsageEvent> {
  const words = wordsOf(answer);
  const [promptTokens, completionTokens] =
    words.length > countedLength
      ? [estimatePromptTokens(messages), estimateTokens(words)]
      : await Promise.all([countPromptTokens(messages), countTokens(words)]);
  return {type: 'usage', promptTokens: answer.usage?.promptTokens || promptTokens, completionTokens, estimated: true};
}

interface Checkpoints {
  /** The answer has grown: save it within the interval. */
  soon(): void;
  /**
   * Saves the last state and waits for it, trying again a few times. Never throws: a store that fails must not take the
   * answer with it.
   */
  end(): Promise<void>;
  cancel(): void;
}

/**
 * A checkpoint writes all of the answer: one of this many characters is written at the usual pace, a longer one less
 * often, so that what is written grows with the answer and not with its square.
 */
const quickLength = 64 * 1024;

/** Milliseconds before each further try to save the last state. Whoever reads the answer waits for its end meanwhile. */
const pauses: readonly number[] = [100, 400, 1_500];

/** Saves a growing answer once an interval at most, one save at a time. */
function checkpoints(
  current: () => Message,
  {save, report, checkpointEvery, clock = systemClock}: TurnServices,
): Checkpoints {
  if (!save) return {soon() {}, async end() {}, cancel() {}};
  let timer: NodeJS.Timeout | undefined;
  const tell = (error: unknown) => report(error, {answerId: current().id});
  // A checkpoint that fails is made good by the next; nothing comes after the last state.
  const saveLast = async ([pause, ...later]: readonly number[]): Promise<void> => {
    try {
      await save(current());
    } catch (error) {
      if (pause === undefined || !ChatError.from(error).retryable) return tell(error);
      await new Promise<void>((resolve) => clock.after(pause, resolve));
      await saveLast(later);
    }
  };
  return {
    soon() {
      if (timer) return;
      const interval = checkpointEvery * Math.max(1, lengthOf(current()) / quickLength);
      timer = setTimeout(() => {
        void save(current())
          .catch(tell)
          .then(() => {
            timer = undefined;
          });
      }, interval).unref();
    },
    async end() {
      clearTimeout(timer);
      // A checkpoint that is on its way is written before this; stores keep the order.
      await saveLast(pauses);
    },
    cancel() {
      clearTimeout(timer);
    },
  };
}

async function keepUsage(turn: TurnRequest, answer: Message, {addUsage, report}: TurnServices): Promise<void> {
  if (!addUsage || !answer.usage) return;
  const {promptTokens, completionTokens, estimated = false} = answer.usage;
  const cost = costOf(answer.usage, turn.model.model.pricing);
  try {
    await addUsage({
      messageId: answer.id,
      ...(turn.chatId && {chatId: turn.chatId}),
      model: turn.model.asked,
      promptTokens,
      completionTokens,
      ...(cost !== undefined && {cost}),
      estimated,
      createdAt: new Date().toISOString(),
    });
  } catch (error) {
    report(error, {answerId: answer.id});
  }
}
