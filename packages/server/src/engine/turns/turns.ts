/**
 * Starts turns, keeps them running whoever listens, stops them, and ends them all when the server goes. A turn
 * belongs to the server, not to the request that asked for it: responses read from the turn log.
 */
import {type Chat, ChatError, type Message, type Page, type Part, emptyAnswer, textOf} from '@chatlet/protocol';
import {fitContext, instructionsOf, newestTurns} from '../context.ts';
import {chatIdOf, derivedId, isChatId, newId} from '../ids.ts';
import type {Models, ResolvedModel} from '../models.ts';
import {noSuchChat, noSuchMessage} from '../not-found.ts';
import {type Plan, checkPlan} from '../plans.ts';
import type {AnswerOptions, PromptMessage} from '../provider.ts';
import {eventsOf} from './replay.ts';
import type {Report} from '../report.ts';
import {runTurn, type TurnRequest, type TurnWatch} from '../run-turn.ts';
import type {Spending} from '../spending.ts';
import type {Owner, PageRequest, Store} from '../store.ts';
import {titleOf} from '../title.ts';
import type {NumberedBatch, RunningTurn, TurnLog} from '../turn-log.ts';

/** What somebody says to a chat. */
export interface Question {
  /** The client's own name for it; saying it twice under one name makes one turn. */
  readonly id?: string;
  readonly parts: readonly Part[];
}

/** What is asked of a chat: an answer to a new question, to a corrected one, or another answer to an old one. */
export interface TurnAsk {
  /** Absent for a new chat. Our own id of a chat that exists, or a client's name for one, which its first turn begins. */
  readonly chatId?: string;
  readonly model?: string;
  /** The model's name where neither the caller nor the chat nor the operator has chosen one. */
  readonly defaultModel?: string;
  /** Absent when an answer is asked for again. */
  readonly question?: Question;
  /** What a new chat is asked where no question is: it has no answer yet that could be asked for again. */
  readonly firstQuestion?: Question;
  /** The message that this turn replaces with all after it. `last-answer`: whichever is the newest answer. */
  readonly replaceFrom?: string;
  /** Instructions for this turn alone; they come after the operator's and are not stored. */
  readonly instructions?: readonly PromptMessage[];
  /** What was said before, as the client tells it: believed where the chat is new, and never stored. */
  readonly context?: readonly PromptMessage[];
  readonly options?: AnswerOptions;
  /** What the one who asks may have; without it, everything. */
  readonly plan?: Plan;
  /** Two requests with the same key make one turn. */
  readonly idempotencyKey?: string;
  /** What a question means that has its answer already: to read that one, or to get another. */
  readonly whenAnswered?: 'read-again' | 'answer-anew';
}

/** A turn that can be read: from the log, or, where it is over and no longer there, from the saved answer. */
export interface ReadableTurn {
  readonly chatId: string;
  readonly answerId: string;
  readonly createdAt: string;
  /** The model's id as it was asked for. */
  readonly model: string;
  /** The events after a number, until the turn ends or the signal aborts. */
  read(after: number, options: {signal: AbortSignal}): AsyncIterable<NumberedBatch>;
}

export interface Turns {
  /**
   * Begins a turn and gives it to read, before the model has said anything; where the same question was asked
   * before, gives the turn that answers it.
   * @throws ChatError `not-found`, `model-not-found`, `conflict`, `context-too-long`, `shutting-down`
   */
  start(owner: Owner, ask: TurnAsk): Promise<ReadableTurn>;
  /** The running turn of a chat; with `recent` also one that ended a moment ago. */
  find(owner: Owner, chatId: string, options?: {readonly recent?: boolean}): Promise<ReadableTurn | undefined>;
  /**
   * The messages of a chat as `Store.messages` gives them. None is being written of which no turn runs: that one is
   * `interrupted`.
   * @throws ChatError `not-found`
   */
  messages(owner: Owner, chatId: string, page: PageRequest): Promise<Page<Message>>;
  /** Stops the chat's turn and waits until it has ended and is saved. False where none was running. */
  stop(owner: Owner, chatId: string): Promise<boolean>;
  /** Ends all turns of this process with the error `shutting-down`, and waits until they are saved. */
  shutDown(): Promise<void>;
}

export interface TurnsServices {
  readonly store: Store;
  readonly turnLog: TurnLog;
  readonly models: Models;
  readonly report: Report;
  /** Whether a day has a ceiling. */
  readonly spending?: Spending;
  /** What the operator tells the model before every conversation. */
  readonly instructions?: string;
  readonly watch?: TurnWatch;
  /** Characters after which an answer ends with the reason `length`. */
  readonly maxAnswerLength: number;
  /** Milliseconds between two checkpoints of a growing answer. */
  readonly checkpointEvery: number;
}

/** How long a stop waits for the turn's last words to be saved. The turn is over for the upstream long before. */
const stopPatience = 5_000;
/** As many of a chat's messages as a turn looks at; older ones are past every model's window. */
const historyLength = 1_000;
const historyPage = 200;

/** Where in its chat a turn goes. */
interface Place {
  readonly chatId: string;
  /** The chat as it stands; absent for a new one. */
  readonly chat: Chat | undefined;
  readonly answerId: string;
  /** Id of the question that is answered. */
  readonly questionId: string;
  /** To be stored with the answer; absent where a stored one is answered again. */
  readonly question: Question | undefined;
  /** The messages that stay, oldest first. */
  readonly kept: readonly Message[];
  /** The message that goes, with all after it. */
  readonly replaceFrom: string | undefined;
  /** Whether this answers the chat's first question. */
  readonly isFirst: boolean;
}

type StoredTurn = TurnRequest & {readonly chatId: string; readonly questionId: string};

/** A turn on its way. */
interface Begun {
  readonly abort: AbortController;
  /** Resolves when the question is stored. */
  readonly stored: Promise<void>;
}

/** An answer that is in the history. */
interface Answered {
  readonly chatId: string;
  readonly questionId: string | undefined;
  readonly answer: Message;
}

export function createTurns(services: TurnsServices): Turns {
  const {store, turnLog, models, report, spending} = services;
  const running = new Map<string, {readonly abort: AbortController; readonly ended: Promise<void>}>();
  let shuttingDown = false;

  /**
   * A page of a chat's messages. An answer that is still being written though no turn runs, as after its last state could
   * not be saved, is an interrupted one, and is saved as one.
   */
  async function messagesOf(owner: Owner, chatId: string, page: PageRequest): Promise<Page<Message>> {
    const found = await store.messages(owner, chatId, page);
    const unfinished = found.items.filter(isUnfinished);
    if (unfinished.length === 0) return found;
    const running = await turnLog.find(owner, chatId);
    const left = new Set(unfinished.map(({id}) => id).filter((id) => id !== running?.turnId));
    if (left.size === 0) return found;
    const interrupted = async (message: Message): Promise<Message> => {
      const {id} = message;
      if (!left.has(id) || !isUnfinished(message)) return message;
      const saved = {...message, status: 'interrupted'} as const;
      await store.saveMessage(owner, chatId, saved).catch((error: unknown) => report(error, {answerId: id}));
      return saved;
    };
    // Read again: one that has ended in between has been saved before it left the log.
    const {items, ...rest} = await store.messages(owner, chatId, page);
    return {...rest, items: await Promise.all(items.map(interrupted))};
  }

  /** The newest messages, oldest first. */
  async function historyOf(owner: Owner, chatId: string): Promise<readonly Message[]> {
    let history: readonly Message[] = [];
    let cursor: string | undefined;
    do {
      const page = await messagesOf(owner, chatId, {limit: historyPage, ...(cursor && {cursor})});
      history = [...page.items, ...history];
      cursor = page.next;
    } while (cursor !== undefined && history.length < historyLength);
    return history;
  }

  /** The model that was asked for; where none was, the chat's, and the default where that one has gone. */
  async function resolveModel({model, defaultModel}: TurnAsk, chat: Chat | undefined): Promise<ResolvedModel> {
    if (model !== undefined || chat === undefined) return models.resolve(model, defaultModel);
    return models.resolve(chat.model).catch(() => models.resolve(undefined));
  }

  /**
   * Writes a turn into its log until it has ended, whoever reads. Never rejects. The model is asked while the store
   * still writes the question: nobody sees a word before that is `stored`, and where it fails the model is let go.
   */
  async function pump(owner: Owner, turn: StoredTurn, {abort, stored}: Begun) {
    const {chatId, answerId} = turn;
    const isStored = stored.then(
      () => true,
      () => false,
    );
    const batches = runTurn(
      turn,
      {
        ...services,
        save: async (answer) => {
          // Where the question could not be stored there is no place for its answer, and who asked has been told.
          if (await isStored) await store.saveMessage(owner, chatId, answer);
        },
        addUsage: (record) => store.addUsage(owner, record),
        hold: spending && ((expense) => spending.hold(owner, expense)),
      },
      abort,
    );
    try {
      const start = await batches.next();
      const words = batches.next();
      // It may fail before it is waited for.
      words.catch(() => {});
      try {
        await stored;
      } catch (error) {
        const refused = ChatError.from(error);
        abort.abort(refused);
        turnLog.append(answerId, [refused.toEvent()]);
        await words;
        await batches.return();
        return;
      }
      if (!start.done) turnLog.append(answerId, start.value);
      for (let step = await words; !step.done; step = await batches.next()) turnLog.append(answerId, step.value);
    } catch (error) {
      report(error, {answerId});
      try {
        // Or the end of the log would look like the end of the answer.
        turnLog.append(answerId, [ChatError.from(error).toEvent()]);
        await batches.return();
      } catch (again) {
        report(again, {answerId});
      }
    } finally {
      turnLog.close(answerId);
      running.delete(answerId);
    }
  }

  function fromLog({turnId, chatId, model, createdAt}: RunningTurn): ReadableTurn {
    const read: ReadableTurn['read'] = (after, options) => turnLog.read(turnId, after, options);
    return {chatId, answerId: turnId, model, createdAt, read};
  }

  /** The turn that once answered this question: from the log while it is there, else from what was saved. */
  async function again(owner: Owner, {chatId, questionId = '', answer}: Answered): Promise<ReadableTurn> {
    const logged = await turnLog.find(owner, chatId, {recent: true});
    if (logged?.turnId === answer.id) return fromLog(logged);
    const events = eventsOf(answer, {chatId, questionId});
    return {
      chatId,
      answerId: answer.id,
      createdAt: answer.createdAt,
      model: answer.model ?? '',
      async *read(after) {
        const rest = events.slice(after);
        if (rest.length > 0) yield {first: after + 1, events: rest};
      },
    };
  }

  /** The same; of a new chat, which has nothing yet that could be answered again, its first question. */
  async function askedOf(owner: Owner, ask: TurnAsk): Promise<TurnAsk> {
    const {firstQuestion: question, replaceFrom: _, ...rest} = ask;
    if (!question) return ask;
    const named = namedChat(owner, ask);
    const chat = named === undefined ? undefined : await store.chat(owner, named);
    return chat ? ask : {...rest, question};
  }

  /**
   * Where the turn goes, or the answer that there is already.
   * @throws ChatError `not-found`, `invalid-request`
   */
  async function placeOf(owner: Owner, ask: TurnAsk): Promise<Place | Answered> {
    const named = namedChat(owner, ask);
    const chatId = named ?? newId('chat');
    const chat = named === undefined ? undefined : await store.chat(owner, named);
    if (!chat && ask.chatId !== undefined && isChatId(ask.chatId)) throw noSuchChat();
    const history = chat ? await historyOf(owner, chatId) : [];
    const answerId =
      ask.idempotencyKey === undefined ? newId('msg') : derivedId('msg', chatId, 'answer to', ask.idempotencyKey);
    const sentId = ask.question && (ask.question.id ? derivedId('msg', chatId, ask.question.id) : newId('msg'));
    const byName = history.findIndex(({id}) => id === answerId);
    const given = byName < 0 ? placeOfAnswer(history, {chatId, questionId: sentId, ask}) : byName;
    const earlier = history[given];
    if (earlier && !isAskedAnew(ask, earlier, {byName: byName >= 0, isLast: given === history.length - 1})) {
      return {chatId, questionId: history[given - 1]?.id, answer: earlier};
    }
    // A question that is asked anew is there; its answer alone goes.
    const question = earlier ? undefined : ask.question;
    const first = earlier ? given : firstToGo(history, chatId, ask);
    const kept = first === undefined ? history : history.slice(0, first);
    const before = kept.at(-1);
    const questionId = question ? sentId : before?.role === 'user' ? before.id : undefined;
    if (questionId === undefined) {
      throw new ChatError('invalid-request', 'There is no question before this message to answer again.');
    }
    const replaceFrom = first === undefined ? undefined : history[first]?.id;
    const isFirst = !chat || (earlier !== undefined && kept.length === 1);
    return {chatId, chat, answerId, questionId, question, kept, replaceFrom, isFirst};
  }

  /**
   * What is asked of the model, as far as it fits and the plan allows.
   * @throws ChatError `model-not-found`, `plan-limit`, `context-too-long`
   */
  async function prepared(ask: TurnAsk, place: Place): Promise<StoredTurn> {
    const {chatId, chat, answerId, questionId, question, kept, isFirst} = place;
    const model = await resolveModel(ask, chat);
    // What the client tells of earlier turns is not stored, so the chat's first question brings it again.
    const context = isFirst ? (ask.context ?? []) : [];
    const {instructions = [], plan = unlimited} = ask;
    const brought = context.length + instructions.length + (question ? 1 : 0);
    const options = granted(ask, plan, {question, messageCount: brought});
    // What somebody sends is refused where it is too much; what is stored is told as far as the plan goes.
    const told = newestTurns(kept.filter(hasSomethingToSay), (plan.maxMessages ?? Infinity) - brought);
    const createdAt = new Date().toISOString();
    const messages = await fitContext(
      [
        ...instructionsOf(services.instructions),
        ...instructions,
        ...context,
        ...told,
        ...(question ? [{role: 'user', parts: question.parts} as const] : []),
      ],
      {contextLength: model.model.contextLength, maxTokens: ask.options?.maxTokens},
    );
    return {answerId, chatId, questionId, model, messages, options, createdAt};
  }

  /**
   * Claims the chat, stores the question and asks the model; where the same turn has just been begun, gives that one.
   * @throws ChatError `conflict`, or what the store has refused
   */
  async function begin(owner: Owner, request: StoredTurn, {ask, place}: {ask: TurnAsk; place: Place}) {
    const {answerId, chatId, questionId, createdAt} = request;
    const {chat, question, replaceFrom} = place;
    const model = request.model.asked;
    const turn: RunningTurn = {turnId: answerId, owner, chatId, questionId, model, createdAt};
    try {
      // From here to its end there is one turn in this chat.
      await turnLog.open(turn);
    } catch (error) {
      const other = await turnLog.find(owner, chatId);
      const isSame = other?.turnId === answerId || (ask.question !== undefined && other?.questionId === questionId);
      if (other && isSame) return fromLog(other);
      throw error;
    }
    const abort = new AbortController();
    turnLog.onStopRequest(answerId, () => abort.abort());
    // The server may have begun to close since this began.
    if (shuttingDown) abort.abort(new ChatError('shutting-down'));
    const stored = store.startTurn(owner, {
      chat: {
        id: chatId,
        title: chat?.title ?? titleOf(question ?? {parts: []}),
        model,
        createdAt: chat?.createdAt ?? createdAt,
        updatedAt: createdAt,
      },
      continues: chat !== undefined,
      ...(question && {question: {id: questionId, role: 'user', parts: question.parts, status: 'done', createdAt}}),
      answer: emptyAnswer({id: answerId, createdAt, model}),
      ...(replaceFrom !== undefined && {replaceFrom}),
    });
    const ended = pump(owner, request, {abort, stored});
    running.set(answerId, {abort, ended});
    try {
      await stored;
    } catch (error) {
      // Not before the chat is free for another try.
      await ended;
      throw error;
    }
    return fromLog(turn);
  }

  return {
    async start(owner, asked) {
      if (shuttingDown) throw new ChatError('shutting-down');
      const ask = await askedOf(owner, asked);
      const place = await placeOf(owner, ask);
      if ('answer' in place) return again(owner, place);
      return begin(owner, await prepared(ask, place), {ask, place});
    },

    async find(owner, chatId, options) {
      const turn = await turnLog.find(owner, chatId, options);
      return turn && fromLog(turn);
    },

    messages: messagesOf,

    async stop(owner, chatId) {
      const turn = await turnLog.find(owner, chatId);
      if (!turn || !(await turnLog.requestStop(turn.turnId))) return false;
      // The end of the log is the end of the turn on whatever node runs it.
      const signal = AbortSignal.timeout(stopPatience);
      for await (const _ of turnLog.read(turn.turnId, Number.MAX_SAFE_INTEGER, {signal})) {
        // Only its end is of interest.
      }
      return true;
    },

    async shutDown() {
      shuttingDown = true;
      const unended = [...running.values()];
      for (const {abort} of unended) abort.abort(new ChatError('shutting-down'));
      await Promise.all(unended.map(({ended}) => ended));
    },
  };
}

/**
 * How the answer may be written by the plan of the one who asks.
 * @throws ChatError `plan-limit`
 */
function granted(
  {options = {}}: TurnAsk,
  plan: Plan,
  {question, messageCount}: {readonly question: Question | undefined; readonly messageCount: number},
): AnswerOptions {
  const {maxTokens, ...rest} = options;
  return {...rest, ...checkPlan({messageCount, question: question ? textOf(question) : '', maxTokens}, plan)};
}

const unlimited: Plan = {name: 'unlimited'};

/** The chat that is meant; undefined for a new one that nobody has named. */
function namedChat(owner: Owner, {chatId, question, idempotencyKey}: TurnAsk): string | undefined {
  if (chatId !== undefined) return chatIdOf(owner, chatId);
  // The name of a first question is all that tells a second sending of it from a second chat.
  const first = question?.id ?? idempotencyKey;
  return first === undefined ? undefined : derivedId('chat', owner, 'begins with', first);
}

/** Where the answer stands to a question that is asked a second time; -1 where it is a new one. */
function placeOfAnswer(
  history: readonly Message[],
  {chatId, questionId, ask}: {chatId: string; questionId: string | undefined; ask: TurnAsk},
): number {
  const asked = questionId === undefined ? -1 : history.findIndex(({id}) => id === questionId);
  // Whoever corrects a question may keep its name. Sent again, a correction finds nothing left to replace.
  const corrects = ask.replaceFrom !== undefined && history.some(isCalled(ask.replaceFrom, chatId));
  return asked < 0 || corrects || asked + 1 === history.length ? -1 : asked + 1;
}

/**
 * Whether a question that has its answer is to be answered again. A failure is no answer: who tries again under the
 * same name wants one, and so does a page whose question came to nothing; what was said before a failure it can read.
 * But where the chat has gone on since, a late repetition must not take away what came after.
 */
function isAskedAnew(
  {whenAnswered}: TurnAsk,
  {status, error, parts}: Message,
  {byName, isLast}: {readonly byName: boolean; readonly isLast: boolean},
): boolean {
  if (status === 'answering') return false;
  if (!byName && whenAnswered === 'answer-anew') return true;
  const failed = error !== undefined || status === 'interrupted';
  return failed && isLast && (byName || parts.length === 0);
}

/**
 * The place of the message from which on a turn replaces the history; undefined where it adds to the end.
 * @throws ChatError `not-found`
 */
function firstToGo(history: readonly Message[], chatId: string, {replaceFrom, question}: TurnAsk): number | undefined {
  if (replaceFrom === undefined) return undefined;
  const found =
    replaceFrom === 'last-answer'
      ? history.findLastIndex(({role}) => role === 'assistant')
      : history.findIndex(isCalled(replaceFrom, chatId));
  // Asked to answer a question again, the answer that stands after it is what goes.
  const first = !question && history[found]?.role === 'user' ? found + 1 : found;
  if (!history[first]) throw noSuchMessage();
  return first;
}

/** Finds a message by its id, or by the name that the client gave it. */
function isCalled(name: string, chatId: string): (message: Message) => boolean {
  const names = new Set([name, derivedId('msg', chatId, name)]);
  return ({id}) => names.has(id);
}

function isUnfinished({status}: Message): boolean {
  return status === 'answering';
}

/** Answers that failed before their first word are no part of what a model should read. */
function hasSomethingToSay(message: Message): boolean {
  return message.parts.some((part) => part.type === 'text' || part.type === 'file' || part.type === 'tool');
}
