/**
 * Turns without a chat: the request carries the whole conversation, and the answer is not stored, only its cost. A turn
 * ends when its reader's signal aborts. Knows no HTTP.
 */
import {ChatError, type ChatEvent} from '@chatlet/protocol';
import type {Concurrency} from './concurrency.ts';
import {checkContext, toInstructions} from './context.ts';
import {type EndedAnswer, noteGrounding} from './grounding/note-grounding.ts';
import type {Retrieval, RetrievalAsk} from './grounding/retrieval.ts';
import {newId} from './ids.ts';
import type {Models, ResolvedModel} from './models.ts';
import type {Payer} from './payer.ts';
import {type Moderation, judgeMessages, toJudge} from './moderation.ts';
import type {Plan} from './plans.ts';
import type {AnswerOptions, PromptMessage} from './provider.ts';
import type {Report} from './report.ts';
import {type TurnWatch, runTurn} from './run-turn.ts';
import type {Expense, Spending} from './spending.ts';
import type {Owner, Store} from './store.ts';
import {type PickTool, type Toolbox, chooseTools} from './tool.ts';
import {waitAtMost} from './wait-at-most.ts';

export interface UnsavedAsk {
  readonly model?: string | undefined;
  /** The model if neither the caller nor the operator has chosen one. */
  readonly defaultModel?: string;
  readonly messages: readonly PromptMessage[];
  /** Within the plan. */
  readonly options: AnswerOptions;
  /** Whether the model may call the server's tools, unless `options` brings tools; by default it may not. */
  readonly usesTools?: boolean | PickTool;
  /** Whether and where documents are searched. Without it they are searched only if the plan says so. */
  readonly retrieval?: RetrievalAsk;
  /** The caller's limits; none if it is absent. */
  readonly plan?: Plan;
  /** The payer; by default the owner, not as a stranger. */
  readonly payer?: Payer;
  /** Whether an answer without a word is an answer; by default it is an error. */
  readonly mayBeEmpty?: boolean;
  /** Two requests with the same key make one turn. */
  readonly idempotencyKey?: string;
}

/** An answer that can be read once, or any number of times if it is kept for its idempotency key. */
export interface UnsavedTurn {
  readonly answerId: string;
  /** ISO 8601, UTC, with milliseconds. */
  readonly createdAt: string;
  readonly model: ResolvedModel;
  /**
   * The batches of `runTurn`: the model is asked when the first batch is pulled, and nothing is read ahead. Must be read
   * to the end even after an abort, since the answer is counted at its end.
   */
  read(options: {signal: AbortSignal}): AsyncIterable<readonly ChatEvent[]>;
}

export interface UnsavedTurns {
  /**
   * Finds the model and checks that the conversation fits.
   * @throws ChatError `model-not-found`, `context-too-long`, `content-refused`, `shutting-down`
   */
  start(owner: Owner, ask: UnsavedAsk): Promise<UnsavedTurn>;
  /** Stops the owner's turns, and resolves with their number when they are read. */
  stopAll(owner: Owner): Promise<number>;
  /** Forgets the owner's answers that are kept for their idempotency keys. */
  forget(owner: Owner): void;
  /** Ends all turns of this process with the error `shutting-down`, and waits until they are read. */
  shutDown(): Promise<void>;
  /** Aborts when `shutDown` is called: from then on no turn should wait for a slow reader. */
  readonly ending: AbortSignal;
}

export interface UnsavedTurnsServices {
  readonly store: Pick<Store, 'addUsage' | 'addCitations'>;
  readonly models: Models;
  readonly report: Report;
  readonly concurrency?: Concurrency;
  readonly spending?: Spending;
  readonly moderation?: Moderation;
  /** Absent if there are no documents. */
  readonly retrieval?: Retrieval;
  readonly instructions?: string;
  /** The server's tools as they are now. */
  readonly tools?: () => Toolbox;
  readonly watch?: TurnWatch;
  readonly maxAnswerLength: number;
}

/** Milliseconds that a stop waits for the readers. */
const stopTimeout = 5_000;

export function createUnsavedTurns(services: UnsavedTurnsServices): UnsavedTurns {
  const {store, models, report, concurrency, spending, moderation, retrieval, instructions, watch} = services;
  const {maxAnswerLength} = services;
  const running = new Map<AbortController, {readonly owner: Owner; readonly ended: Promise<void>}>();
  const ending = new AbortController();
  const preamble = toInstructions(instructions);
  const withPreamble = (sent: readonly PromptMessage[]) => (preamble.length > 0 ? [...preamble, ...sent] : sent);

  return {
    async start(
      owner,
      {
        model: asked,
        defaultModel: apiDefault,
        messages: sent,
        options,
        usesTools,
        retrieval: searched,
        plan,
        payer = {owner},
        mayBeEmpty = false,
      },
    ) {
      if (ending.signal.aborted) throw new ChatError('shutting-down');
      const model = await models.resolve(asked, {apiDefault, plan});
      await checkContext(withPreamble(sent), model.model);
      const about = {owner, model: model.asked};
      // A question that is being judged counts among the answers that are being written.
      const leave = moderation?.input && concurrency?.enter(payer, plan);
      const judged = await judgeMessages(sent, about, moderation).finally(leave);
      const messages = withPreamble(judged);
      const answerId = newId('msg');
      const createdAt = new Date().toISOString();
      const thinking = plan?.maxReasoningTokens !== undefined && {maxReasoningTokens: plan.maxReasoningTokens};
      const tools = chooseTools(services.tools, {usesTools, options, context: {owner}, mayWait: false});
      const turn = {answerId, model, messages, options, tools, ...thinking, mayBeEmpty, createdAt};
      const turnServices = {
        report,
        maxAnswerLength,
        ...(watch && {watch}),
        enter: concurrency && (() => concurrency.enter(payer, plan)),
        hold: spending && ((expense: Expense) => spending.hold(payer, expense)),
        ground: retrieval?.forTurn({
          owner,
          plan,
          asked: searched,
          contextLength: model.model.contextLength,
          maxTokens: options.maxTokens,
          truncates: false,
          bringsTools: (options.tools ?? []).length > 0,
        }),
        noteGrounding: (ended: EndedAnswer) => noteGrounding({store, owner, ...ended}),
        judge: toJudge(about, moderation),
        // Readers do not wait for the disk. The store's later reads see the record, since they use the same connection.
        addUsage: async (record: Parameters<Store['addUsage']>[1]) => {
          store.addUsage(owner, record).catch((error: unknown) => report(error, {answerId}));
        },
      };
      return {
        answerId,
        createdAt,
        model,
        read({signal}) {
          const abort = new AbortController();
          const ended = Promise.withResolvers<void>();
          const follow = () => abort.abort(signal.reason);
          if (signal.aborted) follow();
          else signal.addEventListener('abort', follow, {once: true});
          running.set(abort, {owner, ended: ended.promise});
          if (ending.signal.aborted) abort.abort(new ChatError('shutting-down'));
          // A callback, since a generator around the turn would cost time for every batch of every answer.
          const onEnd = () => {
            signal.removeEventListener('abort', follow);
            running.delete(abort);
            ended.resolve();
          };
          return runTurn(turn, {...turnServices, onEnd}, abort);
        },
      };
    },

    async stopAll(owner) {
      const theirs = [...running].filter(([, turn]) => turn.owner === owner);
      for (const [abort] of theirs) abort.abort();
      // A reader that does not read must not keep its owner from leaving.
      await waitAtMost(Promise.all(theirs.map(([, {ended}]) => ended)), stopTimeout);
      return theirs.length;
    },

    forget() {},

    async shutDown() {
      ending.abort();
      for (const abort of running.keys()) abort.abort(new ChatError('shutting-down'));
      await Promise.all([...running.values()].map(({ended}) => ended));
    },

    ending: ending.signal,
  };
}
