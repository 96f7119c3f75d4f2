/**
 * Starts turns, finds them, stops them, and ends them all when the server shuts down. A turn belongs to the server and
 * not to the request that asked for it: responses read from the turn log.
 */
import {
  type Chat,
  ChatError,
  type Message,
  type Page,
  type ToolWaitEvent,
  isCall,
  isForPage,
  pageToolLimits,
} from '@chatlet/protocol';
import type {Concurrency} from '../concurrency.ts';
import {createInOrder} from '../in-order.ts';
import type {Payer} from '../payer.ts';
import {noSuchChat} from '../not-found.ts';
import {type Plan, checkQuota} from '../plans.ts';
import type {Owner, PageRequest} from '../store.ts';
import {type ToolReply, applyReply, handOverCalls, noSuchWait, stopPageCalls} from '../tool-waits.ts';
import type {RunningTurn} from '../turn-log.ts';
import type {TurnAsk} from './ask.ts';
import {createHistory} from './history.ts';
import {type PlacedAsk, judgeAsk} from './judge-ask.ts';
import {type PrepareServices, type PreparedTurn, prepareTurn, toTurnStart} from './prepare.ts';
import {type PumpServices, pumpTurn} from './pump.ts';
import {type ReadableTurn, readFromLog, replaySaved} from './readable-turn.ts';
import {createUnsavedEnds} from './unsaved-ends.ts';
import {type TurnTarget, assignIds, findChatId, isKeptForWaits, isResponse, resolveTarget} from './target.ts';

export interface Turns {
  /**
   * Begins a turn and returns it for reading before the model has said anything. If the same question was asked before,
   * returns the turn that answers it.
   * @throws ChatError `not-found`, `model-not-found`, `conflict`, `context-too-long`, `content-refused`, `rate-limited`,
   * `storage-unavailable`, `shutting-down`
   */
  start(owner: Owner, ask: TurnAsk): Promise<ReadableTurn>;
  /** The running turn of a chat; with `recent` also one that ended a moment ago. */
  find(owner: Owner, chatId: string, options?: {readonly recent?: boolean}): Promise<ReadableTurn | undefined>;
  /**
   * The messages of a chat as `Store.messages` gives them. An answer that is marked as being written while no turn runs
   * becomes `interrupted`.
   * @throws ChatError `not-found`
   */
  messages(owner: Owner, chatId: string, page: PageRequest): Promise<Page<Message>>;
  /**
   * Takes a person's answer to a call that waits. When no other call of its answer waits, the turn goes on; then `find`
   * finds it, and its stream begins with the parts of `answer`. A reply is taken once: of several at the same time all
   * others get a `conflict`.
   * @throws ChatError `not-found` if there is no such chat; `conflict` if the call does not wait, its time is over, or the
   * chat has gone on
   */
  answerTool(owner: Owner, chatId: string, reply: ToolReply, asker: Asking): Promise<ToolAnswered>;
  /** Stops the chat's turn and waits until it has ended and is saved. False if none was running. */
  stop(owner: Owner, chatId: string): Promise<boolean>;
  /** Stops the owner's turns in this process, and resolves with their number when they have ended and are saved. */
  stopAll(owner: Owner): Promise<number>;
  /** Gives up ended answers of the owner that the store could not take yet. */
  forget(owner: Owner): void;
  /** Ends all turns of this process with the error `shutting-down`, and waits until they are saved. */
  shutDown(): Promise<void>;
}

export interface ToolAnswered {
  readonly goesOn: boolean;
  /** With the reply. */
  readonly answer: Message;
}

/** Who answers a call: the limits and the functions of the caller's page count for the rest of the turn. */
export type Asking = Pick<TurnAsk, 'plan' | 'payer' | 'pageTools'>;

export interface TurnsServices extends Omit<PumpServices, 'unsavedEnds'>, Omit<PrepareServices, 'mayWait'> {
  readonly concurrency?: Concurrency;
}

interface TurnStarter extends PlacedAsk {
  readonly owner: Owner;
  readonly payer: Payer;
  /** Called when the turn has ended. */
  readonly leave: (() => void) | undefined;
}

interface WaitingTurn {
  readonly asker: Asking;
  readonly target: TurnTarget;
  /** As it waits. */
  readonly answer: Message;
  readonly write: () => Promise<Message> | undefined;
}

interface Running {
  readonly owner: Owner;
  readonly abort: AbortController;
  readonly ended: Promise<void>;
}

/** Milliseconds to wait until a turn has ended and its last state is saved. The upstream is let go long before. */
const stopTimeout = 5_000;
/** Milliseconds after the time of a function of the page: the page itself tells that it took too long, if it is there. */
const timerGrace = 1_000;

export function createTurns(given: TurnsServices): Turns {
  const unsavedEnds = createUnsavedEnds(given);
  const services = {...given, unsavedEnds, mayWait: given.store.changeMessage !== undefined};
  const {store, turnLog} = services;
  const history = createHistory(services);
  const running = new Map<string, Running>();
  /** Of two replies to two calls of a chat, the later one sees that no other call waits. */
  const inOrder = createInOrder();
  const timers = new Set<NodeJS.Timeout>();
  let shuttingDown = false;

  async function loadChat(owner: Owner, chatId: string | undefined): Promise<Chat | undefined> {
    return chatId === undefined ? undefined : store.chat(owner, chatId);
  }

  /** @throws ChatError `quota-exceeded` */
  async function checkKept(owner: Owner, asked: {readonly plan: Plan | undefined; readonly beginsChat: boolean}) {
    const {plan, beginsChat} = asked;
    if (!store.kept || (plan?.maxChats ?? plan?.maxBytes) === undefined || !plan) return;
    checkQuota(plan, {...(await store.kept(owner)), beginsChat});
  }

  /** Turns `firstQuestion` into the question if the chat does not exist yet. */
  async function resolveAsk(owner: Owner, ask: TurnAsk): Promise<TurnAsk> {
    if (ask.kind !== 'another-answer' || !ask.firstQuestion) return ask;
    if (await loadChat(owner, findChatId(owner, ask))) return ask;
    const {replaceFrom: _, firstQuestion: question, ...details} = ask;
    return {...details, kind: 'new-question', question};
  }

  /**
   * Opens the turn in the log; until it ends no other turn can begin in its chat. If the same turn has just been begun
   * by another request, opens nothing and returns that turn.
   * @throws ChatError `conflict`
   */
  async function claimChat(ask: TurnAsk, turn: RunningTurn): Promise<ReadableTurn | undefined> {
    try {
      await turnLog.open(turn);
      return undefined;
    } catch (error) {
      const other = await turnLog.find(turn.owner, turn.chatId);
      const isSame =
        other?.turnId === turn.turnId || (ask.kind !== 'another-answer' && other?.questionId === turn.questionId);
      if (other && isSame) return readFromLog(turnLog, other);
      throw error;
    }
  }

  /** Ends a claimed turn that cannot begin, so that its chat is free for another try. Returns the error to throw. */
  function freeChat(answerId: string, error: unknown): unknown {
    turnLog.append(answerId, [ChatError.from(error).toEvent()]);
    turnLog.close(answerId);
    return error;
  }

  /**
   * Counts the answer among those that are being written, until the returned function is called. Called when the chat is
   * claimed, so that a repeated request reads the running answer also if its caller may begin no other.
   */
  function takePlace({plan}: TurnAsk, {answerId}: PreparedTurn, payer: Payer): (() => void) | undefined {
    try {
      return services.concurrency?.enter(payer, plan);
    } catch (error) {
      throw freeChat(answerId, error);
    }
  }

  /**
   * The turn and its place as the operator's moderation leaves them. If it refuses, the chat is free for another try.
   * @throws ChatError `content-refused`; `internal` if the moderation fails
   */
  async function moderateTurn(turn: PreparedTurn, {owner, ...placed}: PlacedAsk & {readonly owner: Owner}) {
    const {answerId, chatId, model, createdAt} = turn;
    try {
      const judged = await judgeAsk(placed, {owner, chatId, model: model.asked}, services.moderation);
      const {target} = judged;
      if (judged === placed) return {turn, target};
      return {turn: {...(await prepareTurn(owner, judged, services)), createdAt}, target};
    } catch (error) {
      throw freeChat(answerId, error);
    }
  }

  /**
   * Takes the replies to the calls with which the turn goes on.
   * @throws ChatError `conflict` if somebody has answered one of them before; `not-found`
   */
  async function takeReplies(owner: Owner, ask: TurnAsk): Promise<void> {
    const waiting = ask.kind === 'new-question' ? ask.response?.goesOnFrom : undefined;
    if (!waiting) return;
    const {chatId, answerId, replies: taken} = waiting;
    if (!store.changeMessage) throw noSuchChat();
    await store.changeMessage(owner, chatId, answerId, (stored) => handOverCalls(stored, taken, Date.now()));
  }

  /** Counts a claimed turn among those that run, until `end` is called. */
  function enter(owner: Owner, {answerId}: PreparedTurn, leave: (() => void) | undefined) {
    const abort = new AbortController();
    const over = Promise.withResolvers<void>();
    const end = () => {
      running.delete(answerId);
      leave?.();
      over.resolve();
    };
    running.set(answerId, {owner, abort, ended: over.promise});
    turnLog.onStopRequest(answerId, () => abort.abort());
    // The shutdown may have begun since the caller looked.
    if (shuttingDown) abort.abort(new ChatError('shutting-down'));
    return {abort, end};
  }

  /**
   * Stores the question and asks the model.
   * @throws ChatError if the moderation or the store refuses the question
   */
  async function beginTurn(
    claimed: PreparedTurn,
    {owner, payer, leave, ...placed}: TurnStarter,
  ): Promise<ReadableTurn> {
    const {abort, end} = enter(owner, claimed, leave);
    let moderated: Pick<TurnStarter, 'target'> & {readonly turn: PreparedTurn} = {turn: claimed, target: placed.target};
    try {
      if (services.moderation?.input) moderated = await moderateTurn(claimed, {owner, ...placed});
      await takeReplies(owner, placed.ask).catch((error: unknown) => {
        throw freeChat(claimed.answerId, error);
      });
    } catch (error) {
      end();
      throw error;
    }
    const {turn, target} = moderated;
    const start = toTurnStart(turn, target);
    const stored = turn.storedAtEnd ? Promise.resolve() : store.startTurn(owner, start);
    const told = withPageTimer(turn, {owner, asker: placed.ask});
    const ended = pumpTurn(told, {owner, payer, ask: placed.ask, abort, start, stored, services}).finally(end);
    try {
      await stored;
    } catch (error) {
      // By then the chat is free for another try.
      await ended;
      throw error;
    }
    return readFromLog(turnLog, toRunningTurn(owner, turn), {hasPast: false});
  }

  /** @throws ChatError `not-found`, `conflict` */
  async function replyTo(owner: Owner, chatId: string, reply: ToolReply, asker: Asking): Promise<ToolAnswered> {
    const chat = await store.chat(owner, chatId);
    if (!chat || !store.changeMessage) throw noSuchChat();
    const messages = await history.loadNewest(owner, chatId);
    const {callId, messageId} = reply;
    const index = messages.findLastIndex(
      ({id, parts}) => (messageId ?? id) === id && parts.some((part) => isCall(part, callId)),
    );
    const answer = messages[index];
    if (!answer) throw noSuchWait();
    if (answer.parts.some((part) => isCall(part, callId) && part.wait?.ask === 'person')) {
      throw new ChatError('forbidden', 'A person of the site answers this, and nobody else.');
    }
    const now = Date.now();
    const change = (stored: Message) => applyReply(stored, reply, now);
    // Checked before anything is claimed; the store checks it again in the same step in which it writes.
    const replied = change(answer);
    const goesOn = replied.status === 'answering';
    if (index < messages.length - 1) throw new ChatError('conflict', 'The chat has gone on without this answer.');
    const write = () => store.changeMessage?.(owner, chatId, answer.id, change);
    if (goesOn)
      await continueTurn(owner, {asker, target: toTarget(chat, messages.slice(0, index), answer), answer, write});
    else await write();
    return {goesOn, answer: replied};
  }

  /** Goes on with an answer that has waited. `write` stores it as being written again, or throws. */
  async function continueTurn(owner: Owner, {asker, target, answer, write}: WaitingTurn): Promise<void> {
    const {chatId} = target;
    const ask: TurnAsk = {
      ...asker,
      kind: 'another-answer',
      chatId,
      replaceFrom: answer.id,
      usesTools: true,
      ...(answer.model !== undefined && {model: answer.model}),
    };
    const prepared = await prepareTurn(owner, {ask, target}, services);
    // A call whose tool is gone fails in words.
    const {tools = {tools: new Map(), context: {owner, chatId}}} = prepared;
    const turn = {...prepared, tools, createdAt: answer.createdAt};
    // A visitor sees the end of the turn that waits a moment before it has left the log.
    if ((await turnLog.find(owner, chatId))?.turnId === answer.id) await waitForEnd(answer.id);
    await turnLog.open(toRunningTurn(owner, turn));
    const {payer = {owner}} = asker;
    const {abort, end} = enter(owner, turn, takePlace(ask, turn, payer));
    try {
      const begun = await write();
      const start = toTurnStart(turn, target);
      const options = {owner, payer, ask, abort, start, stored: Promise.resolve(), services};
      void pumpTurn({...withPageTimer(turn, {owner, asker}), ...(begun && {begun})}, options).finally(end);
    } catch (error) {
      end();
      throw freeChat(answer.id, error);
    }
  }

  async function answerTool(owner: Owner, chatId: string, reply: ToolReply, asker: Asking): Promise<ToolAnswered> {
    if (shuttingDown) throw new ChatError('shutting-down');
    return inOrder(chatId, () => replyTo(owner, chatId, reply, asker));
  }

  /** Tells the model in time that no page has run its function. After a restart the next page that looks at the chat does. */
  function withPageTimer(
    turn: PreparedTurn,
    {owner, asker}: {readonly owner: Owner; readonly asker: Asking},
  ): PreparedTurn {
    const {answerId, chatId, tools} = turn;
    if (!tools) return turn;
    const giveUp = async (callId: string) => {
      const reply = {callId, messageId: answerId, error: 'It took too long.'};
      try {
        await answerTool(owner, chatId, reply, asker);
      } catch (error) {
        const {details} = ChatError.from(error);
        if (details?.['reason'] === 'claimed') wait(callId);
      }
    };
    const wait = (callId: string) => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        void giveUp(callId);
      }, pageToolLimits.time + timerGrace);
      timer.unref();
      timers.add(timer);
    };
    const onWait = (event: ToolWaitEvent) => {
      if (event.wait.ask === 'page') wait(event.callId);
    };
    return {...turn, tools: {...tools, onWait}};
  }

  /** Ends an answer that waits for functions of the page. False if it waits for none. */
  async function stopWaiting(owner: Owner, chatId: string): Promise<boolean> {
    if (!store.changeMessage) return false;
    const {items} = await history.loadMessages(owner, chatId, {limit: 1});
    const answer = items.at(-1);
    if (!answer?.parts.some(isForPage)) return false;
    await store.changeMessage(owner, chatId, answer.id, (stored) => {
      if (stored.parts.some(isForPage)) return stopPageCalls(stored);
      throw noSuchWait();
    });
    return true;
  }

  /** False if the turn is not running. */
  async function stopTurn(turnId: string): Promise<boolean> {
    if (!(await turnLog.requestStop(turnId))) return false;
    await waitForEnd(turnId);
    return true;
  }

  /** The log ends when the turn ends, whichever node runs it. */
  async function waitForEnd(turnId: string): Promise<void> {
    const signal = AbortSignal.timeout(stopTimeout);
    for await (const _ of turnLog.read(turnId, Number.MAX_SAFE_INTEGER, {signal})) {
      // No event is wanted, only the end.
    }
  }

  return {
    async start(owner, asked) {
      if (shuttingDown) throw new ChatError('shutting-down');
      const ask = await resolveAsk(owner, asked);
      const chatId = findChatId(owner, ask);
      const chat = await loadChat(owner, chatId);
      const messages = chat ? await history.loadNewest(owner, chat.id) : [];
      const target = resolveTarget(ask, assignIds(ask, chatId), {chat, history: messages});
      if (target.kind === 'answered') return replaySaved(target, {owner, turnLog});
      await store.checkRoom?.();
      if (!isKeptForWaits(ask)) await checkKept(owner, {plan: ask.plan, beginsChat: !chat && !isResponse(ask)});
      const turn = await prepareTurn(owner, {ask, target}, services);
      const same = await claimChat(ask, toRunningTurn(owner, turn));
      if (same) return same;
      const {payer = {owner}} = ask;
      return beginTurn(turn, {owner, payer, ask, target, leave: takePlace(ask, turn, payer)});
    },

    answerTool,

    async find(owner, chatId, options) {
      const turn = await turnLog.find(owner, chatId, options);
      return turn && readFromLog(turnLog, turn);
    },

    messages: history.loadMessages,

    async stop(owner, chatId) {
      const turn = await turnLog.find(owner, chatId);
      return turn === undefined ? stopWaiting(owner, chatId) : stopTurn(turn.turnId);
    },

    async stopAll(owner) {
      const theirs = [...running].filter(([, turn]) => turn.owner === owner);
      const stopped = await Promise.all(theirs.map(([answerId]) => stopTurn(answerId)));
      return stopped.filter(Boolean).length;
    },

    forget: (owner) => unsavedEnds.forgetOwner(owner),

    async shutDown() {
      shuttingDown = true;
      for (const timer of timers) clearTimeout(timer);
      const unended = [...running.values()];
      for (const {abort} of unended) abort.abort(new ChatError('shutting-down'));
      await Promise.all(unended.map(({ended}) => ended));
      await unsavedEnds.close();
    },
  };
}

/** The place of an answer that goes on after the messages before it. */
function toTarget(chat: Chat, kept: readonly Message[], answer: Message): TurnTarget {
  return {
    kind: 'unanswered',
    chatId: chat.id,
    chat,
    answerId: answer.id,
    questionId: kept.at(-1)?.id ?? '',
    question: undefined,
    kept,
    replaceFrom: undefined,
    isFirst: false,
  };
}

function toRunningTurn(owner: Owner, turn: PreparedTurn): RunningTurn {
  const {answerId, chatId, questionId, createdAt} = turn;
  return {turnId: answerId, owner, chatId, questionId, model: turn.model.asked, createdAt};
}
