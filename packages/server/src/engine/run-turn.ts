/**
 * Runs one turn: asks the model, passes on its events, and saves the answer while it grows. An async iterator with one
 * signal: the reader's pulls set the pace, which is the backpressure. Knows no HTTP and no log.
 */
import {
  ChatError,
  type ChatEvent,
  type Closing,
  type EndReason,
  type ErrorCode,
  type EventBatches,
  type Message,
  type Part,
  type Usage,
  type UsageEvent,
  emptyAnswer,
  isEnd,
} from '@chatlet/protocol';
import {type AnswerSavingServices, createAnswerSaver} from './answer-saver.ts';
import {countUsage} from './count-usage.ts';
import {type DraftLimits, createDraft} from './draft.ts';
import type {ResolvedModel} from './models.ts';
import type {Ground, GroundedPrompt} from './grounding/retrieval.ts';
import type {Grounding, MarkCounts} from './grounding/ground-answer.ts';
import type {EndedAnswer} from './grounding/note-grounding.ts';
import {costOf} from './prices.ts';
import type {AnswerOptions, PromptMessage, ProviderRequest} from './provider.ts';
import {doesReason, rememberReasoning} from './reasoning-models.ts';
import {type RoundHolds, createRoundHolds} from './round-holds.ts';
import {createSideQuestions} from './side-questions.ts';
import type {Expense, Hold} from './spending.ts';
import {type Step, noMore} from './step.ts';
import type {UsageRecord} from './store.ts';
import {type AskModel, type ToolFacts, type ToolLimits, type ToolLoopOptions, answerWithTools} from './tool-loop.ts';
import {answerUntilAborted} from './until-aborted.ts';
import {subtractUsage, sumUsage} from './usage-sums.ts';

export interface TurnRequest {
  /** Id of the answer. */
  readonly answerId: string;
  /** Absent if nothing is stored. */
  readonly chatId?: string;
  readonly questionId?: string;
  readonly model: ResolvedModel;
  readonly messages: readonly PromptMessage[];
  readonly options: AnswerOptions;
  /** Tokens that the model may think in addition to `options.maxTokens`, which then counts visible text alone. */
  readonly maxReasoningTokens?: number;
  /** Whether an answer without a word is an answer; by default it is an error. */
  readonly mayBeEmpty?: boolean;
  /** The server's tools that the model may call. */
  readonly tools?: TurnTools | undefined;
  /** The answer so far, if it goes on after a person's answer to a tool's call. */
  readonly begun?: Message;
  /** Parts of an earlier answer with which this one goes on. The model reads them before `begun`. */
  readonly earlierParts?: readonly Part[];
  readonly createdAt: string;
}

/** The tools of a turn, and whose turn it is. */
export type TurnTools = Pick<ToolLoopOptions, 'tools' | 'context' | 'mayWait' | 'onWait' | 'takenCallIds'>;

export interface TurnServices extends AnswerSavingServices {
  readonly addUsage?: (record: UsageRecord) => Promise<void>;
  /** Counts the answer among those that are being written, until the returned function is called. May refuse it. */
  readonly enter?: (() => () => void) | undefined;
  /** Reserves a round's highest possible cost; undefined if no ceiling counts. Absent if there is no ceiling at all. */
  readonly hold?: ((expense: Expense) => Promise<Hold | undefined>) | undefined;
  /** Characters after which an answer ends with the reason `length`. */
  readonly maxAnswerLength: number;
  /** Finds the passages that the answer is based on. */
  readonly ground?: Ground | undefined;
  /** Notes for the operator what the answer cites. Nobody waits for it. */
  readonly noteGrounding?: (ended: EndedAnswer) => Promise<void>;
  /** Lets the operator's moderation judge the answer. */
  readonly judge?: ((answer: EventBatches, options: {signal: AbortSignal}) => EventBatches) | undefined;
  /** What tools may take. */
  readonly toolLimits?: Partial<ToolLimits>;
  /** Counts turns for the operator. */
  readonly watch?: TurnWatch;
  /** Called when the turn is over, also if its reader has gone away in the middle. */
  readonly onEnd?: () => void;
}

/** Told about each turn, but never about its words. Must not throw. */
export interface TurnWatch {
  /** A turn has begun. `ended` follows for each. */
  began(): void;
  /** `firstWord` is absent if the model said nothing. */
  ended(facts: TurnFacts): void;
  /** Told about each call of a tool that the server has run. */
  toolEnded?(facts: ToolFacts): void;
}

/** An ended answer. */
export interface TurnFacts {
  readonly answerId: string;
  /** Absent if nothing was stored. */
  readonly chatId?: string;
  /** The model's id as it was asked for. */
  readonly model: string;
  /** The id of the provider that serves the model. */
  readonly provider: string;
  /** How it ended; `left` if the reader went away in the middle. */
  readonly outcome: EndReason | 'error' | 'left';
  /** Present if it ended with an error. */
  readonly error?: ErrorCode;
  /** Milliseconds from the beginning to the model's first word, and to the end. */
  readonly firstWord?: number;
  /** Milliseconds from the beginning to the end. */
  readonly duration: number;
  /** Absent if nobody has counted. */
  readonly usage?: Usage;
  /** Present if passages were searched for the answer. */
  readonly marks?: MarkCounts;
}

export interface TurnBatches extends AsyncIterableIterator<readonly ChatEvent[], void> {
  return(): Promise<Step>;
}

/**
 * Gives the turn's events in batches: events that arrived together leave together. The first event is `message-start`,
 * and the last one is always `message-end` or `error`. The answer is saved before the last batch is
 * given. Nothing happens before the first pull. Batches must be pulled one at a time, as `for await` does. Written by
 * hand, because a generator would cost three more steps for every token of every answer.
 *
 * Aborting the signal ends the turn with `message-end` `stopped`, or with the abort's reason if that is a ChatError.
 */
export function runTurn(turn: TurnRequest, services: TurnServices, {signal}: {signal: AbortSignal}): TurnBatches {
  const {answerId: id, createdAt, model} = turn;
  let grounded: GroundedPrompt | undefined;
  const draft = createDraft(turn.begun ?? emptyAnswer({id, createdAt, model: model.asked}), {
    ...limitsOf(turn, services),
    closingOf: (answer, reason) =>
      grounded?.wasSearched() ? closingOf(grounded.grounding, answer, reason) : undefined,
  });
  const saver = createAnswerSaver(() => draft.answer(), services);
  let state: 'new' | 'running' | 'ended' | 'over' = 'new';
  let upstream: AsyncIterator<readonly ChatEvent[], unknown> | undefined;
  const aside = createSideQuestions({model, hold: services.hold});
  let holds: RoundHolds | undefined;
  let leavePlace: (() => void) | undefined;
  let beganAt = 0;
  let firstWord: number | undefined;
  /** From the first call that waits on: a person is asked when the answer is saved, so that a crash cannot take the question. */
  const unsaid: ChatEvent[] = [];

  /** What this turn has written, if an earlier one has begun the answer. */
  const ofTurn = () => (turn.begun ? partAfter(draft.answer(), turn.begun) : draft.answer());

  const begin = (): Step => {
    state = 'running';
    beganAt = performance.now();
    services.watch?.began();
    return {done: false, value: [startOf(turn)]};
  };

  const ask = async () => {
    const {options} = turn;
    const {provider, upstreamId} = model;
    leavePlace = services.enter?.();
    if (services.ground && !provider.answersAlone?.(turn.messages, [...(turn.tools?.tools.values() ?? [])]))
      grounded = await services.ground(turn.messages, {signal, askAside: aside.ask});
    const {messages} = grounded ?? turn;
    let request: ProviderRequest = {...options, ...toAllTokens(turn), model: upstreamId, messages};
    const askModel: AskModel = (...asked) => answerUntilAborted(provider, ...asked);
    const tools = withSearch(turn, grounded?.search);
    if (services.hold) holds = createRoundHolds(services.hold, model.model.pricing);
    if (holds && !tools) request = await holds.begin(request);
    const told = tools
      ? answerWithTools(holds ? holdEachRound(askModel, holds) : askModel, request, {
          ...tools,
          begun: wholeBeginning(turn),
          report: services.report,
          ...(services.toolLimits && {limits: services.toolLimits}),
          watch: (facts) => services.watch?.toolEnded?.(facts),
          signal,
        })
      : askModel(request, {signal});
    const answer = grounded?.grounding.read(told) ?? told;
    return (services.judge?.(answer, {signal}) ?? answer)[Symbol.asyncIterator]();
  };

  const proceed = async (): Promise<Step> => {
    let failure: ChatError | undefined;
    try {
      upstream ??= await ask();
      for (;;) {
        const step = await upstream.next();
        if (step.done) break;
        const taken = draft.take(withSpent(step.value, aside.spent()));
        if (firstWord === undefined && taken.some(isWord)) {
          firstWord = performance.now() - beganAt;
          if (taken.some(({type}) => type === 'reasoning-delta')) rememberReasoning(model);
        }
        if (draft.hasEnded()) {
          reportSilence(step.value, taken);
          return await finish([...unsaid, ...taken]);
        }
        if (taken.length === 0) continue;
        saver.grow(taken);
        if (unsaid.length === 0 && !taken.some(({type}) => type === 'tool-wait')) return {done: false, value: taken};
        unsaid.push(...taken);
      }
    } catch (thrown) {
      failure = ChatError.from(thrown);
      // The upstream refuses a model in the same words as we do.
      if (failure.code === 'model-not-found') failure = model.missing?.(failure.cause ?? failure) ?? failure;
      if (!signal.aborted) services.report(failure, {answerId: id, model: model.asked});
    }
    upstream = undefined;
    const ending = signal.aborted ? endOf(signal) : (failure ?? new ChatError('interrupted')).toEvent();
    return finish([...unsaid, ...draft.take([ending])]);
  };

  /** Reports an end without a word, which the upstream did not call an error. */
  const reportSilence = (told: readonly ChatEvent[], taken: readonly ChatEvent[]) => {
    const failed = taken.find(({type}) => type === 'error');
    if (failed?.type !== 'error' || told.some(({type}) => type === 'error')) return;
    services.report(ChatError.fromEvent(failed), {answerId: id, model: model.asked});
    // Perhaps its thoughts were not told; the next try has room for them.
    rememberReasoning(model);
  };

  /** Adds the usage to the last batch if the upstream did not tell it, and saves the ended answer. */
  const finish = async (batch: readonly ChatEvent[]): Promise<Step> => {
    state = 'ended';
    let last = batch;
    if (lacksUsage(ofTurn())) {
      const begun = wholeBeginning(turn);
      const {messages} = grounded ?? turn;
      const counted = await countUsage(begun ? [...messages, begun] : messages, ofTurn());
      const spent = ofTurn().usage ? undefined : aside.spent();
      const all: UsageEvent = {...counted, ...sumUsage([begun?.usage, spent, counted])};
      draft.take([all]);
      last = withUsage(batch, all);
    }
    // Together, so that a store can write both at once.
    await Promise.all([saver.end(), saveUsage(turn, ofTurn().usage, services)]);
    if (grounded) {
      const noted = services.noteGrounding?.({prompt: grounded, answer: draft.answer()});
      noted?.catch((error: unknown) => services.report(error, {answerId: id}));
    }
    return {done: false, value: last};
  };

  /** Ends the turn after its last batch, or in the middle if its reader goes away. */
  const leave = async (): Promise<Step> => {
    if (state === 'over') return noMore;
    const hasBegun = state !== 'new';
    state = 'over';
    try {
      await upstream?.return?.();
    } catch (error) {
      services.report(error, {answerId: id});
    }
    saver.cancel();
    const answer = draft.answer();
    const {usage} = ofTurn();
    const spent = aside.spent();
    holds?.end(usage && spent ? subtractUsage(usage, spent) : usage);
    leavePlace?.();
    const duration = performance.now() - beganAt;
    const marks = grounded?.wasSearched() ? grounded.grounding.marks() : undefined;
    if (hasBegun)
      services.watch?.ended(
        toFacts(turn, {...answer, ...(usage && {usage})}, {firstWord, duration, ...(marks && {marks})}),
      );
    services.onEnd?.();
    return noMore;
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

/** The answer so far, as the model reads it. */
function wholeBeginning({begun, earlierParts = []}: TurnRequest): Message | undefined {
  return begun && {...begun, parts: [...earlierParts, ...begun.parts]};
}

function holdEachRound(ask: AskModel, holds: RoundHolds): AskModel {
  return async function* (request, options) {
    const held = await holds.begin(request);
    for await (const batch of ask(held, options)) {
      holds.note(batch);
      yield batch;
    }
  };
}

/** The upstream's limit: thoughts count as tokens of the answer. */
function toAllTokens({options: {maxTokens}, maxReasoningTokens, model}: TurnRequest): {maxTokens?: number} {
  if (maxTokens === undefined || maxReasoningTokens === undefined || !doesReason(model)) return {};
  // Upstreams refuse an answer that is longer than their context.
  const most = Math.max(maxTokens, Math.floor((model.model.contextLength ?? Infinity) / 2));
  return {maxTokens: Math.min(maxTokens + maxReasoningTokens, most)};
}

function limitsOf(turn: TurnRequest, {maxAnswerLength}: TurnServices): DraftLimits {
  const {options, maxReasoningTokens, mayBeEmpty = false} = turn;
  const tokens = maxReasoningTokens !== undefined && {
    textTokens: options.maxTokens,
    reasoningTokens: maxReasoningTokens,
  };
  // A text can begin with its stop sequence.
  const hasWords = turn.begun !== undefined || options.stop !== undefined;
  return {characters: maxAnswerLength, ...tokens, mayBeEmpty: mayBeEmpty || hasWords};
}

function startOf({answerId, chatId, questionId, model}: TurnRequest): ChatEvent {
  const about = {...(chatId && {chatId}), ...(questionId && {questionId})};
  return {type: 'message-start', messageId: answerId, model: model.asked, ...about};
}

function isWord({type}: ChatEvent): boolean {
  return type === 'text-delta' || type === 'reasoning-delta' || type === 'tool-call';
}

/** The last event of an aborted turn: the abort's own error, or `stopped` if somebody pressed stop. */
function endOf(signal: AbortSignal): ChatEvent {
  const reason: unknown = signal.reason;
  return reason instanceof ChatError ? reason.toEvent() : {type: 'message-end', reason: 'stopped' satisfies EndReason};
}

/** A stopped answer may have only the figures of its beginning, and some upstreams send zeros. */
function lacksUsage({usage, parts}: Message): boolean {
  return !usage?.completionTokens && parts.length > 0;
}

/** Adds what the turn has cost beside its answer. */
function withSpent(batch: readonly ChatEvent[], spent: Usage | undefined): readonly ChatEvent[] {
  if (!spent) return batch;
  return batch.map((event) => (event.type === 'usage' ? {...event, ...sumUsage([spent, event])} : event));
}

/** Puts the usage before the event that ends the answer, in place of any other. */
function withUsage(batch: readonly ChatEvent[], usage: UsageEvent): readonly ChatEvent[] {
  const others = batch.filter(({type}) => type !== 'usage');
  return others.flatMap((event): readonly ChatEvent[] => (isEnd(event) ? [usage, event] : [event]));
}

function toFacts(
  {answerId, chatId, model}: TurnRequest,
  {usage, error, endReason}: Message,
  {firstWord, duration, marks}: Pick<TurnFacts, 'duration' | 'marks'> & {readonly firstWord: number | undefined},
): TurnFacts {
  return {
    answerId,
    ...(chatId && {chatId}),
    model: model.asked,
    provider: model.provider.id,
    outcome: error ? 'error' : (endReason ?? 'left'),
    ...(error && {error: error.code}),
    ...(firstWord !== undefined && {firstWord}),
    duration,
    ...(usage && {usage}),
    ...(marks && {marks}),
  };
}

/** The tools of the turn, with the search if the model is to search by itself. */
function withSearch({tools, chatId}: TurnRequest, search: GroundedPrompt['search']): TurnTools | undefined {
  if (!search) return tools;
  const {tool, owner} = search;
  const box = new Map([[tool.name, tool], ...(tools?.tools ?? [])]);
  return {context: {owner, ...(chatId && {chatId})}, mayWait: false, ...tools, tools: box};
}

/** What the end of a grounded answer says. An answer that was stopped before its first mark may have had one later. */
function closingOf(grounding: Grounding, {parts}: Message, reason: EndReason): Closing {
  const citations = parts.flatMap((part) => (part.type === 'text' ? (part.citations ?? []) : []));
  const isGrounded = citations.some(({sourceId}) => grounding.isPassage(sourceId));
  if (reason !== 'stop' && reason !== 'length') return isGrounded ? {grounded: true} : {};
  const followUps = grounding.followUps();
  const nearestPage = isGrounded ? undefined : grounding.nearestPage();
  return {grounded: isGrounded, ...(followUps.length > 0 && {followUps}), ...(nearestPage && {nearestPage})};
}

/** The part of an answer that followed another part of it, with its own tokens. */
function partAfter({usage: all, ...answer}: Message, begun: Message): Message {
  const usage = all && begun.usage ? subtractUsage(all, begun.usage) : all;
  return {...answer, parts: answer.parts.slice(begun.parts.length), ...(usage && {usage})};
}

async function saveUsage(turn: TurnRequest, usage: Usage | undefined, {addUsage, report}: TurnServices): Promise<void> {
  if (!addUsage || !usage) return;
  const {estimated = false, ...figures} = usage;
  const cost = costOf(usage, turn.model.model.pricing);
  try {
    await addUsage({
      messageId: turn.answerId,
      ...(turn.chatId && {chatId: turn.chatId}),
      model: turn.model.asked,
      ...figures,
      ...(cost !== undefined && {cost}),
      estimated,
      createdAt: new Date().toISOString(),
    });
  } catch (error) {
    report(error, {answerId: turn.answerId});
  }
}
