/**
 * One turn: asks the model, passes on what it says, keeps the answer saved while it grows. An async generator with
 * one signal; whoever pulls sets the pace. Knows no HTTP and no log.
 */
import {
  ChatError,
  type ChatEvent,
  type EndReason,
  type ErrorCode,
  type Message,
  type Usage,
  applyEvent,
  emptyAnswer,
  isEnd,
  joinDeltas,
  textOf,
} from '@chatlet/protocol';
import {countPromptTokens, countTokens, estimatePromptTokens, estimateTokens} from './count-tokens.ts';
import type {ResolvedModel} from './models.ts';
import {costOf} from './prices.ts';
import type {AnswerOptions, PromptMessage, ProviderRequest} from './provider.ts';
import type {Report} from './report.ts';
import type {Expense, Hold} from './spending.ts';
import type {UsageRecord} from './store.ts';
import {untilAborted} from './until-aborted.ts';

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

/**
 * The turn's events in batches: what arrived together leaves together. The first is `message-start`, the last is
 * `message-end` or `error`, whatever the provider does. By the time the last batch is given, the answer is saved.
 *
 * Aborting the signal ends the turn with `message-end` `stopped`, or, where the reason is a ChatError, with that error.
 */
export async function* runTurn(
  turn: TurnRequest,
  services: TurnServices,
  {signal}: {signal: AbortSignal},
): AsyncGenerator<readonly ChatEvent[], void, void> {
  const {answerId: id, chatId, questionId} = turn;
  const {asked: askedModel, provider, upstreamId} = turn.model;
  let answer = emptyAnswer({id, createdAt: turn.createdAt, model: askedModel});
  const checkpoint = checkpoints(() => answer, services);
  let room = services.maxAnswerLength;
  const began = performance.now();
  let firstWord: number | undefined;
  services.watch?.began();

  /** Takes a batch over into the answer; gives it as it goes out, cut after its end and at the length limit. */
  const take = (batch: readonly ChatEvent[]): readonly ChatEvent[] => {
    const taken: ChatEvent[] = [];
    let ended = false;
    for (const event of joinDeltas(batch)) {
      if (ended ? event.type !== 'usage' : event.type === 'message-start') continue;
      if (event.type === 'text-delta' || event.type === 'reasoning-delta') {
        if (event.delta.length > room) {
          const delta = cutText(event.delta, room);
          room = 0;
          if (delta !== '') taken.push({...event, delta});
          taken.push({type: 'message-end', reason: 'length'});
          break;
        }
        room -= event.delta.length;
      }
      taken.push(event);
      ended ||= isEnd(event);
    }
    for (const event of taken) answer = applyEvent(answer, event);
    return taken;
  };

  /** Saves the ended answer; gives the batch with its usage, which stands before the event that ended it. */
  const finish = async (batch: readonly ChatEvent[]): Promise<readonly ChatEvent[]> => {
    let complete = batch;
    if (!answer.usage && answer.parts.length > 0) {
      const words = wordsOf(answer);
      const [promptTokens, completionTokens] =
        words.length > countedLength
          ? [estimatePromptTokens(turn.messages), estimateTokens(words)]
          : await Promise.all([countPromptTokens(turn.messages), countTokens(words)]);
      const usage: ChatEvent = {type: 'usage', promptTokens, completionTokens, estimated: true};
      answer = applyEvent(answer, usage);
      complete = batch.flatMap((event): readonly ChatEvent[] => (isEnd(event) ? [usage, event] : [event]));
    }
    // Together, so that a store can write both at once.
    await Promise.all([checkpoint.end(), keepUsage(turn, answer, services)]);
    return complete;
  };

  let request: ProviderRequest = {...turn.options, model: upstreamId, messages: turn.messages};
  let held: Hold | undefined;
  try {
    yield [
      {
        type: 'message-start',
        messageId: id,
        model: askedModel,
        ...(chatId && {chatId}),
        ...(questionId && {questionId}),
      },
    ];
    if (services.hold) {
      held = await services.hold({...request, pricing: turn.model.model.pricing});
      request = {...request, maxTokens: held.maxTokens};
    }
    const words = provider.endsOnAbort
      ? provider.answer(request, {signal})
      : untilAborted(() => provider.answer(request, {signal}), {signal});
    for await (const batch of words) {
      const taken = take(batch);
      if (firstWord === undefined && taken.some(isWord)) firstWord = performance.now() - began;
      if (taken.some(isEnd)) {
        yield await finish(taken);
        return;
      }
      if (taken.length === 0) continue;
      checkpoint.soon();
      yield taken;
    }
    yield await finish(take([signal.aborted ? endOf(signal) : new ChatError('interrupted').toEvent()]));
  } catch (thrown) {
    if (signal.aborted) {
      yield await finish(take([endOf(signal)]));
      return;
    }
    const error = ChatError.from(thrown);
    services.report(error, {answerId: id, model: askedModel});
    yield await finish(take([error.toEvent()]));
  } finally {
    // Where the one who pulls has gone away in the middle.
    checkpoint.cancel();
    held?.end(answer.usage);
    services.watch?.ended({
      answerId: id,
      ...(chatId && {chatId}),
      model: askedModel,
      provider: provider.id,
      outcome: answer.error ? 'error' : (answer.endReason ?? 'left'),
      ...(answer.error && {error: answer.error.code}),
      ...(firstWord !== undefined && {firstWord}),
      duration: performance.now() - began,
      ...(answer.usage && {usage: answer.usage}),
    });
    services.onEnd?.();
  }
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
    else if (part.type === 'tool') words += JSON.stringify(part.input);
  }
  return words;
}

/** The first `length` UTF-16 units, one less where that would cut a character in two. */
function cutText(text: string, length: number): string {
  const cut = text.slice(0, length);
  return /[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut;
}

/** Characters that are written in it. */
function lengthOf({parts}: Message): number {
  let length = 0;
  for (const part of parts) if ('text' in part) length += part.text.length;
  return length;
}

/** A model that writes this much does not stop by itself; its tokens are guessed, without a tokenizer's memory. */
const countedLength = 500_000;

interface Checkpoints {
  /** The answer has grown: save it within the interval. */
  soon(): void;
  /** Saves the last state and waits for it. Never throws: a store that fails must not take the answer with it. */
  end(): Promise<void>;
  cancel(): void;
}

/**
 * A checkpoint writes all of the answer: one of this many characters is written at the usual pace, a longer one less
 * often, so that what is written grows with the answer and not with its square.
 */
const quickLength = 64 * 1024;

/** Saves a growing answer once an interval at most, one save at a time. */
function checkpoints(current: () => Message, {save, report, checkpointEvery}: TurnServices): Checkpoints {
  if (!save) return {soon() {}, async end() {}, cancel() {}};
  let timer: NodeJS.Timeout | undefined;
  const store = () => save(current()).catch((error: unknown) => report(error, {answerId: current().id}));
  return {
    soon() {
      if (timer) return;
      const interval = checkpointEvery * Math.max(1, lengthOf(current()) / quickLength);
      timer = setTimeout(() => {
        void store().then(() => {
          timer = undefined;
        });
      }, interval).unref();
    },
    async end() {
      clearTimeout(timer);
      // A checkpoint that is on its way is written before this; stores keep the order.
      await store();
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
