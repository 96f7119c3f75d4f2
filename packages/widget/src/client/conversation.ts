/**
 * Keeps one conversation and its turn. Messages change here and nowhere else on the page. Knows no list of chats, no
 * DOM, no Lit and no HTTP.
 */
import {ChatError, isForPage, textOf} from '@chatlet/protocol';
import type {ChatEvent, Message} from '@chatlet/protocol';
import {isAnswering} from './chat-state.ts';
import type {ConversationState, Problem, ShownMessage} from './chat-state.ts';
import type {Environment} from './environment.ts';
import type {GrowingAnswer} from './growing-answer.ts';
import {newId} from './ids.ts';
import {omitUndefined} from './omit-undefined.ts';
import {mostQueued, readQueue, saveQueue} from './question-queue.ts';
import type {QueuedQuestion} from './question-queue.ts';
import {decideRetry} from './retry.ts';
import {loadAnswering} from './load-answering.ts';
import type {Answering} from './load-answering.ts';
import {asShown, failed, isSame, mergeSaved, newAnswer, newQuestion, retryTimeOf, stopped} from './shown-messages.ts';
import type {ChatStorage} from './storage.ts';
import type {FollowCalls, PageTools} from './page-tool.ts';
import type {ChatRequest, ChatTransport, ToolReply, WaitingCall} from './transport.ts';

/** A page that comes back looks at the saved messages if it has not done so for this many milliseconds. */
const lookAgainAfter = 10_000;
/** How long the server may take to end an answer after the stop request. */
const stopTime = 2000;

export interface RetrievalOptions {
  readonly section: string | undefined;
  readonly retrieval: boolean | undefined;
}

export interface ConversationOptions {
  readonly transport: ChatTransport;
  readonly storage: ChatStorage;
  readonly environment: Environment;
  readonly onChange: () => void;
  /** Called when a chat has begun and when a turn has ended: the list of chats is out of date. */
  readonly onChatsChanged: () => void;
  /** Called when the server has accepted a question: its answer is being written in this chat. */
  readonly onAccepted: (chatId: string) => void;
  /** Whether a question that has waited may be asked now. If not, it goes on waiting. */
  readonly mayAsk: (text: string) => boolean;
  /** The chat is deleted on the server when the page leaves it. */
  readonly temporary?: boolean;
  /** How the site's pages are searched for the next answer: the place of the visitor, and whether at all. */
  readonly retrieval?: () => RetrievalOptions;
  /** The functions of the page, if it has some. */
  readonly pageTools?: () => PageTools | undefined;
  /** Called with the answer when its turn has ended: complete, stopped or failed. */
  readonly onEnd: (answer: ShownMessage) => void;
}

/** A chat that is being loaded. */
interface Loading {
  readonly kind: 'loading';
  readonly controller: AbortController;
}

/** A turn that is followed, or was followed last. */
interface Turn {
  readonly kind: 'turn';
  readonly controller: AbortController;
  /** A retry sends it again. Absent if the page found the answer being written when it opened the chat. */
  readonly request?: ChatRequest;
  answer: GrowingAnswer;
  /** Characters of the text that stays until the events have caught up with it. */
  catchUpTo: number;
  /** `wanted`: as soon as the chat has an id. */
  stop: 'no' | 'wanted' | 'requested';
  /** Stopped before the server had named the chat: shown as stopped already, while the stop request waits for the name. */
  stoppedEarly: boolean;
  /** Whether `onAccepted` was called. */
  isAnnounced: boolean;
}

/** The newest of these supersedes the one before, which may no longer change the state. */
type Activity = Loading | Turn;

interface AskOptions {
  readonly trigger: ChatRequest['trigger'];
  readonly before: readonly ShownMessage[];
  readonly text?: string;
  /** A question that has waited in the queue, in place of `text`. */
  readonly queued?: QueuedQuestion;
  readonly messageId?: string;
  readonly replaceFrom?: string;
}

export class Conversation {
  readonly #options: ConversationOptions;
  #state: ConversationState;
  /** Running or ended. Absent in a new chat. */
  #activity: Activity | undefined;
  /** System messages of the page: never shown, and first in every conversation that is sent. */
  #instructions: readonly Message[] = [];
  /** Cursor of the older messages that are being fetched. */
  #loadingOlder: string | undefined;
  readonly #closing = new AbortController();
  readonly #cleanups: readonly (() => void)[];
  /** A question out of the queue that the server has not confirmed: the tab keeps it until then. */
  #unconfirmed: QueuedQuestion | undefined;
  /** When the saved messages were last compared with those shown. */
  #lookedAt = 0;

  constructor(options: ConversationOptions) {
    this.#options = options;
    const {environment, temporary = false} = options;
    this.#cleanups = [
      environment.onBack(() => this.#handleBack()),
      ...(temporary ? [environment.onLeave(() => this.#removeTemporary())] : []),
    ];
    const {device, tab} = options.storage;
    const model = device.get('model');
    const draft = device.get(draftKey(undefined)) ?? '';
    const queue = readQueue(tab, undefined);
    this.#state = {status: 'idle', messages: [], draft, queue, ...omitUndefined({model})};
  }

  getState(): ConversationState {
    return this.#state;
  }

  /** Stops listening. A turn on the server goes on. */
  close(): void {
    this.#removeTemporary();
    for (const cleanUp of this.#cleanups) cleanUp();
    this.#closing.abort();
    this.#supersede(undefined);
  }

  // Turns

  async send(text: string): Promise<ShownMessage | undefined> {
    const question = text.trim();
    if (question === '' || this.#state.status !== 'idle') return undefined;
    return this.#ask({trigger: 'send', before: this.#state.messages, text: question});
  }

  /** Lets a question wait until the answer has ended. False if none is being written, or too many wait already. */
  enqueue(text: string): boolean {
    const {queue, status} = this.#state;
    const question = text.trim();
    if (question === '' || !isAnswering(status) || queue.length >= mostQueued) return false;
    this.#options.storage.keep?.();
    this.#setQueue([...queue, {id: newId('msg'), text: question}]);
    this.setDraft('');
    return true;
  }

  /** Takes a question out of the queue. */
  removeQueued(id: string): void {
    this.#setQueue(this.#state.queue.filter((question) => question.id !== id));
  }

  /** Takes a question out of the queue into the draft, before what is there. */
  editQueued(id: string): void {
    const {queue, draft} = this.#state;
    const question = queue.find((each) => each.id === id);
    if (!question) return;
    this.removeQueued(id);
    this.setDraft(draft === '' ? question.text : `${question.text}\n${draft}`);
  }

  /** Asks the first question of the queue, if no answer is being written. */
  sendQueued(): void {
    const {queue, messages, status} = this.#state;
    const [queued, ...rest] = queue;
    if (!queued || status !== 'idle' || !this.#options.mayAsk(queued.text)) return;
    this.#set({queue: rest});
    void this.#ask({trigger: 'send', before: messages, queued});
  }

  /** The queue goes on by itself only after a complete answer; after a failure or a stop the visitor decides. */
  #continueQueue(): void {
    const last = this.#state.messages.at(-1);
    if (last?.role === 'assistant' && last.status === 'done') this.sendQueued();
  }

  #setQueue(queue: readonly QueuedQuestion[]): void {
    this.#set({queue});
    this.#saveQueue();
  }

  #saveQueue(): void {
    const {queue, chatId} = this.#state;
    const all = this.#unconfirmed ? [this.#unconfirmed, ...queue] : queue;
    saveQueue(this.#options.storage.tab, {chatId, queue: all});
  }

  /** Ends the answer that is being written. Its text so far stays. */
  stop(): void {
    const turn = this.#activity;
    if (turn?.kind !== 'turn' || !isAnswering(this.#state.status) || turn.stop !== 'no') return;
    turn.stop = 'wanted';
    const {transport, environment} = this.#options;
    // Between two attempts there is nothing on the server to stop.
    const waiting = (this.#state.messages.at(-1)?.autoRetry?.at ?? 0) > environment.now();
    if (!transport.stop || waiting) {
      turn.controller.abort();
      return;
    }
    if (this.#state.chatId !== undefined) {
      this.#requestStop(this.#state.chatId, turn);
      return;
    }
    // A new chat has no id until the headers of its answer arrive; the stop request is sent then.
    turn.stoppedEarly = true;
    this.#set({status: 'idle', messages: this.#withAnswer(stopped(turn.answer.message))});
    environment.after(stopTime * 5, () => turn.controller.abort());
  }

  /** Asks for another answer in place of this one; without an id, of the last one. */
  async regenerate(messageId?: string): Promise<ShownMessage | undefined> {
    const {messages, status} = this.#state;
    const index = messages.findLastIndex(
      (message) => message.role === 'assistant' && (messageId ?? message.id) === message.id,
    );
    const answer = messages[index];
    if (!answer || status !== 'idle') return undefined;
    // If the server never heard of this answer, it gets the same request as before.
    const retry = index === messages.length - 1 ? decideRetry(this.#state, this.#lastRequest()) : undefined;
    if (retry?.kind === 'resend') return this.#resend(retry.request);
    return this.#ask({trigger: 'regenerate', before: messages.slice(0, index), messageId: answer.id});
  }

  /** Asks a corrected question. It replaces the old one and everything after it. */
  async edit(messageId: string, text: string): Promise<ShownMessage | undefined> {
    const {messages, status} = this.#state;
    const index = messages.findIndex((message) => message.id === messageId && message.role === 'user');
    const question = messages[index];
    const newText = text.trim();
    if (!question || newText === '' || status !== 'idle') return undefined;
    const before = messages.slice(0, index);
    // The server cannot replace a question that it never got.
    if (question.unsent) return this.#ask({trigger: 'send', before, text: newText});
    return this.#ask({trigger: 'edit', before, text: newText, replaceFrom: messageId});
  }

  /** Asks again after a failure: the same question under the same id if it may not have arrived. */
  async retry(): Promise<ShownMessage | undefined> {
    const retry = decideRetry(this.#state, this.#lastRequest());
    switch (retry?.kind) {
      case undefined:
        return undefined;
      case 'open':
        await this.open(retry.chatId);
        return undefined;
      case 'resend':
        return this.#resend(retry.request);
      case 'regenerate':
        return this.regenerate(retry.messageId);
      default:
        retry satisfies never;
        return undefined;
    }
  }

  /**
   * Answers a call that waits, and shows how the answer goes on.
   * @throws ChatError if the server did not take the reply
   */
  async answerTool(call: WaitingCall, reply: ToolReply): Promise<void> {
    const {chatId} = this.#state;
    const {transport} = this.#options;
    if (chatId === undefined || !transport.answerTool) throw new ChatError('not-found');
    try {
      await transport.answerTool(chatId, call, {...reply, ...this.#definitions()});
    } finally {
      // Another tab may have answered.
      void this.lookAgain(chatId);
    }
  }

  #definitions(): Pick<ChatRequest, 'pageTools'> {
    return omitUndefined({pageTools: this.#options.pageTools?.()?.definitions()});
  }

  /**
   * Hands the chat to a person of the site.
   * @throws ChatError if the server did not take it
   */
  async askPerson(text: string): Promise<void> {
    const {chatId} = this.#state;
    const {transport} = this.#options;
    if (chatId === undefined || !transport.askPerson) throw new ChatError('not-found');
    await transport.askPerson(chatId, text);
    await this.lookAgain(chatId);
  }

  #lastRequest(): ChatRequest | undefined {
    return this.#activity?.kind === 'turn' ? this.#activity.request : undefined;
  }

  async #resend(request: ChatRequest): Promise<ShownMessage | undefined> {
    return this.#run({request}, {before: this.#state.messages.slice(0, -1), answer: this.#newAnswer()});
  }

  async #ask(options: AskOptions): Promise<ShownMessage | undefined> {
    const {trigger, before, queued, text = queued?.text, messageId, replaceFrom} = options;
    const {chatId, model} = this.#state;
    const id = queued?.id ?? newId('msg');
    const question = text === undefined ? undefined : newQuestion(text, {id, now: this.#now()});
    const shown = question ? [...before, question] : before;
    const request: ChatRequest = {
      trigger,
      messages: [...this.#instructions, ...shown.filter((message) => message.unsent !== true || message === question)],
      ...omitUndefined({
        chatId,
        model,
        message: question && text !== undefined ? {id: question.id, text} : undefined,
        messageId,
        replaceFrom,
        temporary: this.#options.temporary || undefined,
        ...this.#options.retrieval?.(),
        ...this.#definitions(),
      }),
    };
    this.#options.storage.keep?.();
    this.#unconfirmed = queued;
    this.#saveQueue();
    // The question stays in storage until the server has it: a reload before that gives it back as a draft.
    if (trigger === 'send' && text !== undefined && !queued) {
      this.#options.storage.device.set(draftKey(chatId), text);
      this.#set({draft: ''});
    }
    return this.#run({request}, {before: shown, answer: this.#newAnswer()});
  }

  #newAnswer(): ShownMessage {
    return newAnswer(this.#state.model, this.#now());
  }

  /** Follows a turn to its end and shows its answer as the last message. Never rejects: failures become state. */
  async #run(
    begin: FollowCalls['begin'],
    {before, answer}: {before: readonly ShownMessage[]; answer: ShownMessage},
  ): Promise<ShownMessage | undefined> {
    const asking = 'request' in begin;
    // A page that resumes a turn reads its events from the first. The saved text stays until they catch up with it.
    const message = asking || 'waiting' in begin ? answer : {...answer, parts: []};
    const turn: Turn = {
      kind: 'turn',
      controller: new AbortController(),
      ...omitUndefined({request: asking ? begin.request : undefined}),
      answer: {message},
      catchUpTo: textOf(answer).length,
      stop: 'no',
      stoppedEarly: false,
      isAnnounced: false,
    };
    this.#supersede(turn);
    this.#set({messages: [...before, answer], status: asking ? 'sending' : 'answering'}, 'problem');
    try {
      const answering = await loadAnswering();
      turn.controller.signal.throwIfAborted();
      for await (const events of this.#follow(begin, {turn, answering})) {
        if (this.#activity !== turn) return undefined;
        for (const event of events) this.#apply(event, {turn, answering});
        if (turn.stoppedEarly) continue;
        const grown = turn.answer.message;
        const behind = textOf(grown).length < turn.catchUpTo;
        this.#set({status: 'answering', ...(behind ? {} : {messages: this.#withAnswer(grown)})});
      }
    } catch (thrown) {
      if (this.#activity !== turn) return undefined;
      const saved = await this.#endBroken(turn, thrown);
      if (this.#activity !== turn) return undefined;
      if (saved) return this.#end(turn, saved.at(-1) ?? turn.answer.message, saved);
    }
    this.#options.onChatsChanged();
    const ended = turn.answer.message;
    return this.#end(turn, ended, this.#withAnswer(ended));
  }

  #follow(
    begin: FollowCalls['begin'],
    {turn, answering}: {turn: Turn; answering: Answering},
  ): AsyncGenerator<readonly ChatEvent[]> {
    const {transport, environment, storage, pageTools, onAccepted} = this.#options;
    const {followTurn} = answering;
    const follow = pageTools?.()?.follow ?? followTurn;
    const events = follow(
      {
        transport,
        begin,
        environment,
        followTurn,
        storage: storage.tab,
        onGoesOn: onAccepted,
        onFree: (chatId) => void this.lookAgain(chatId),
        onAccepted: (chatId) => {
          if (this.#activity !== turn) return;
          this.#markQuestionSent();
          this.#adoptChat(chatId, turn);
        },
        onConnection: (connected) => {
          if (this.#activity === turn && !turn.stoppedEarly)
            this.#set({status: connected ? 'answering' : 'reconnecting'});
        },
        onRefusal: ({code}, milliseconds) => {
          const autoRetry = {at: environment.now() + milliseconds, code};
          this.#set({messages: this.#withAnswer({...turn.answer.message, autoRetry, again: autoRetry})});
        },
      },
      {signal: turn.controller.signal},
    );
    return answering.readThoughts(events);
  }

  #apply(event: ChatEvent, {turn, answering}: {turn: Turn; answering: Answering}): void {
    // The stream of an answer that goes on begins anew. Agents begin several messages in one stream.
    if (event.type === 'message-start' && turn.answer.message.status === 'waiting') {
      turn.catchUpTo = textOf(turn.answer.message).length;
      turn.answer = {message: {...turn.answer.message, parts: []}};
    }
    this.#markQuestionSent(event.type === 'message-start' ? event.questionId : undefined);
    if (event.type === 'message-start' && event.chatId !== undefined) this.#adoptChat(event.chatId, turn);
    turn.answer = answering.grow(turn.answer, {event, now: this.#now()});
  }

  /** The headers of the answer show that the server has the question, and its first event brings the question's id. */
  #markQuestionSent(questionId: string | undefined = this.#state.messages.at(-2)?.id): void {
    const {messages} = this.#state;
    const question = messages.at(-2);
    if (question?.role !== 'user' || questionId === undefined) return;
    if (!question.unsent && question.id === questionId) return;
    const {unsent: wasUnsent, ...sent} = question;
    this.#set({messages: messages.with(messages.length - 2, {...sent, id: questionId})});
    if (wasUnsent) this.#saveDraft();
    if (this.#unconfirmed?.id !== question.id) return;
    this.#unconfirmed = undefined;
    this.#saveQueue();
  }

  /** The headers of a new chat's first answer bring the chat's id, and so does the first event. */
  #adoptChat(chatId: string, turn: Turn): void {
    if (turn.request && !turn.isAnnounced) {
      turn.isAnnounced = true;
      this.#options.onAccepted(chatId);
    }
    if (this.#state.chatId === undefined) {
      const {device, tab} = this.#options.storage;
      device.set(draftKey(undefined), undefined);
      saveQueue(tab, {chatId: undefined, queue: []});
      this.#set({chatId});
      tab.set('chat', chatId);
      this.#saveDraft();
      this.#saveQueue();
      this.#options.onChatsChanged();
    }
    if (turn.stop === 'wanted') this.#requestStop(chatId, turn);
  }

  #requestStop(chatId: string, turn: Turn): void {
    turn.stop = 'requested';
    // The server ends the answer, so that page and server agree. If the server does not, the page ends it.
    const abort = () => turn.controller.abort();
    const giveUp = () => this.#options.environment.after(stopTime, abort);
    // While the answer waits, no stream has its end.
    const isWaiting = turn.answer.message.status === 'waiting';
    this.#options.transport.stop?.(chatId).then(isWaiting ? abort : giveUp, abort);
  }

  /** Ends the answer of a turn that threw. Resolves with the chat's messages if the server has saved its end. */
  async #endBroken(turn: Turn, thrown: unknown): Promise<readonly ShownMessage[] | undefined> {
    const {message} = turn.answer;
    const ended = turn.controller.signal.aborted ? stopped(message) : failed(message, {thrown, now: this.#now()});
    turn.answer = {message: ended};
    return ended.status === 'interrupted' ? this.#loadSaved(turn) : undefined;
  }

  /** The stream broke, but the server may have finished the answer: loads the messages that it has saved. */
  async #loadSaved(turn: Turn): Promise<readonly ShownMessage[] | undefined> {
    const {chatId} = this.#state;
    if (chatId === undefined || !this.#options.transport.history) return undefined;
    try {
      const {messages} = await this.#load(chatId, {signal: turn.controller.signal});
      const last = messages.at(-1);
      if (last?.role !== 'assistant' || last.status === 'answering') return undefined;
      // A server that crashed may have saved less than it had sent.
      const seen = turn.answer.message;
      const parts = textOf(last).length < textOf(seen).length ? seen.parts : last.parts;
      return [...messages.slice(0, -1), {...last, parts}];
    } catch {
      // The chat cannot be loaded now: the text so far stays, marked as interrupted.
      return undefined;
    }
  }

  #end(turn: Turn, answer: ShownMessage, messages: readonly ShownMessage[]): ShownMessage {
    this.#set({status: 'idle', messages});
    this.#options.onEnd(answer);
    // The answer may have been complete when the stop request came.
    if (turn.stop === 'no') this.#continueQueue();
    return answer;
  }

  // Coming back

  /** The page is online, visible or shown again: what was given up is tried once more. */
  #handleBack(): void {
    const {status, messages} = this.#state;
    const last = messages.at(-1);
    if (status !== 'idle') return;
    if (last?.unsent && last.error?.code === 'network') void this.retry();
    else if (last?.status === 'interrupted' || this.#now() - this.#lookedAt > lookAgainAfter) void this.lookAgain();
  }

  /**
   * Compares the messages shown with those that the server has saved: another tab or another device may have asked, and
   * an answer that was given up here may have been finished there. If one is being written, goes on reading it.
   */
  async lookAgain(chatId: string | undefined = this.#state.chatId): Promise<void> {
    const {transport} = this.#options;
    const activity = this.#activity;
    const isStill = () => this.#activity === activity && this.#state.chatId === chatId && this.#state.status === 'idle';
    if (chatId === undefined || !transport.history || !isStill()) return;
    this.#lookedAt = this.#now();
    try {
      const {messages} = await this.#load(chatId, {signal: this.#closing.signal});
      if (!isStill()) return;
      const merged = mergeSaved(this.#state.messages, messages);
      if (!this.#goOn(chatId, merged) && !isSame(merged, this.#state.messages)) {
        this.#set({messages: merged});
        this.#continueQueue();
      }
    } catch {
      // What is shown stays; the next return tries again.
    }
  }

  /** Follows the last answer if it is being written, or waits for functions that this page has. */
  #goOn(chatId: string, messages: readonly ShownMessage[]): boolean {
    const {transport, pageTools} = this.#options;
    const answer = messages.at(-1);
    if (!answer || !transport.resume) return false;
    const waits = answer.status === 'waiting' && pageTools?.() !== undefined && answer.parts.some(isForPage);
    if (!waits && answer.status !== 'answering') return false;
    const begin = waits ? {chatId, waiting: answer} : {chatId};
    void this.#run(begin, {before: messages.slice(0, -1), answer});
    return true;
  }

  #removeTemporary(): void {
    const {temporary, transport} = this.#options;
    const {chatId} = this.#state;
    if (!temporary || chatId === undefined) return;
    transport.history?.remove(chatId).catch(() => {
      // Nobody is there any more to be told; the server's own retention removes it.
    });
  }

  // Chats

  /** Shows an earlier chat, and goes on reading if its answer is still being written. */
  async open(chatId: string): Promise<void> {
    const {transport, storage} = this.#options;
    if (!transport.history) return;
    if (chatId !== this.#state.chatId) this.#removeTemporary();
    const loading: Loading = {kind: 'loading', controller: new AbortController()};
    this.#supersede(loading);
    storage.tab.set('chat', chatId);
    const draft = storage.device.get(draftKey(chatId)) ?? '';
    const queue = readQueue(storage.tab, chatId);
    this.#unconfirmed = undefined;
    this.#set({status: 'loading', chatId, messages: [], draft, queue}, 'problem', 'olderCursor');
    try {
      const {messages: shown, olderCursor} = await this.#load(chatId, {signal: loading.controller.signal});
      if (this.#activity !== loading) return;
      if (olderCursor !== undefined) this.#set({olderCursor});
      // The page was left before it knew that the server has them.
      this.#setQueue(queue.filter(({id}) => !shown.some((message) => message.id === id)));
      if (!this.#goOn(chatId, shown)) {
        this.#set({messages: shown, status: 'idle'});
        this.#continueQueue();
      }
    } catch (thrown) {
      if (this.#activity !== loading) return;
      const error = ChatError.from(thrown);
      if (error.code === 'not-found') this.newChat();
      else this.#set({status: 'idle', problem: this.#problem(error)});
    }
  }

  /** Loads the messages before the first one shown. */
  async loadOlder(): Promise<void> {
    const {chatId, olderCursor: cursor} = this.#state;
    if (chatId === undefined || cursor === undefined || this.#loadingOlder === cursor) return;
    this.#loadingOlder = cursor;
    try {
      const {messages, olderCursor} = await this.#load(chatId, {signal: this.#closing.signal, cursor});
      if (this.#state.chatId !== chatId || this.#state.olderCursor !== cursor) return;
      const all = [...messages, ...this.#state.messages];
      this.#set({messages: all, ...omitUndefined({olderCursor})}, 'olderCursor');
    } catch {
      // The button is still there; pressing it tries again.
    } finally {
      if (this.#loadingOlder === cursor) this.#loadingOlder = undefined;
    }
  }

  /** Loads messages of a chat from the server as the page shows them. */
  async #load(chatId: string, options: {signal: AbortSignal; cursor?: string}) {
    const loaded = this.#options.transport.history?.load(chatId, options);
    const [{messages, olderCursor}, {separateThoughts}] = await Promise.all([
      loaded ?? {messages: [], olderCursor: undefined},
      loadAnswering(),
    ]);
    return {messages: separateThoughts(asShown(messages)), olderCursor};
  }

  /** Leaves the chat for an empty one. An answer that is being written there goes on there. */
  newChat(): void {
    this.#removeTemporary();
    this.#supersede(undefined);
    const {device, tab} = this.#options.storage;
    tab.set('chat', undefined);
    const draft = device.get(draftKey(undefined)) ?? '';
    const queue = readQueue(tab, undefined);
    this.#unconfirmed = undefined;
    this.#set({status: 'idle', messages: [], draft, queue}, 'chatId', 'problem', 'olderCursor');
  }

  /** Shows these messages as a chat that the server does not know. */
  setMessages(messages: readonly Message[]): void {
    this.newChat();
    this.#instructions = messages.filter(({role}) => role === 'system');
    const shown = asShown(messages);
    this.#set({messages: shown});
    void this.#separateThoughts(shown);
  }

  /** Shows the thoughts in these messages apart from the answers, when the code for that is there. */
  async #separateThoughts(shown: readonly ShownMessage[]): Promise<void> {
    try {
      const {separateThoughts} = await loadAnswering();
      const messages = separateThoughts(shown);
      if (this.#state.messages === shown && !isSame(messages, shown)) this.#set({messages});
    } catch {
      // The chunk could not be fetched. Without it the messages are not shown either.
    }
  }

  /** Leaves the chat, and forgets the draft and the page's system messages. */
  clear(): void {
    this.#instructions = [];
    this.newChat();
    this.#set({draft: ''});
  }

  /** The model that the next question goes to. */
  setModel(model: string): void {
    this.#set({model});
  }

  /** Keeps the draft, also over a reload. */
  setDraft(draft: string): void {
    if (draft === this.#state.draft) return;
    this.#set({draft});
    this.#saveDraft();
  }

  #problem(error: ChatError): Problem {
    const {code, message, retryable} = error;
    return {code, message, retryable, ...omitUndefined({retryAt: retryTimeOf(error, this.#now())})};
  }

  #now(): number {
    return this.#options.environment.now();
  }

  /** A newer turn or chat takes the place of the one before, which is aborted. */
  #supersede(next: Activity | undefined): void {
    const before = this.#activity;
    this.#activity = next;
    before?.controller.abort();
  }

  #withAnswer(answer: ShownMessage): readonly ShownMessage[] {
    return this.#state.messages.map((message) => (message.key === answer.key ? answer : message));
  }

  #saveDraft(): void {
    const {draft, chatId} = this.#state;
    this.#options.storage.device.set(draftKey(chatId), draft === '' ? undefined : draft);
  }

  /** Replaces the conversation's state; nothing else does. Keys in `cleared` go. */
  #set(change: Partial<ConversationState>, ...cleared: readonly ('chatId' | 'problem' | 'olderCursor')[]): void {
    const state = {...this.#state, ...change};
    for (const key of cleared) if (!(key in change)) delete state[key];
    this.#state = state;
    this.#options.onChange();
  }
}

function draftKey(chatId: string | undefined): string {
  return `draft:${chatId ?? 'new'}`;
}
