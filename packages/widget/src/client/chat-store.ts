/**
 * Keeps a conversation and its one running turn: the only place on the page where messages change. Tells its listeners
 * at most once a frame. Knows no DOM, no Lit and no HTTP.
 */
import {applyEvent, ChatError, emptyAnswer, joinDeltas, textOf} from '@chatlet/protocol';
import type {ChatEvent, Message} from '@chatlet/protocol';
import {ChatList} from './chat-list.ts';
import {isAnswering} from './chat-state.ts';
import type {ChatState, Problem, ShownMessage} from './chat-state.ts';
import {browserEnvironment} from './environment.ts';
import type {Environment} from './environment.ts';
import {followTurn} from './follow-turn.ts';
import type {FollowOptions} from './follow-turn.ts';
import {newId} from './ids.ts';
import type {ChatStorage} from './storage.ts';
import type {ChatRequest, ChatTransport} from './transport.ts';

/** How long an answer may take to end after it was asked to stop. */
const stopTime = 2000;

export interface ChatStoreOptions {
  readonly transport: ChatTransport;
  readonly storage: ChatStorage;
  readonly environment?: Environment;
  /** Called with every answer whose turn has ended, however it ended. */
  readonly onEnd?: (answer: ShownMessage) => void;
}

export interface ForgetOptions {
  readonly deviceAlreadyCleared?: boolean;
  /** @deprecated Say `deviceAlreadyCleared: true` in place of `device: 'cleared'`. */
  readonly device?: 'clear' | 'cleared';
}

export class ChatStore {
  readonly #transport: ChatTransport;
  readonly #storage: ChatStorage;
  readonly #environment: Environment;
  readonly #onEnd: (answer: ShownMessage) => void;
  readonly #listeners = new Set<() => void>();
  #state: ChatState;
  #cancelFrame: (() => void) | undefined;
  /** The turn that is followed, or the chat that is loaded. A newer one takes its place; only the newest writes. */
  #current: AbortController | undefined;
  /** What was asked last, to be asked again. */
  #lastRequest: ChatRequest | undefined;
  #stopWanted = false;
  /** What the page has told the model beforehand: never shown, first in every conversation that is sent. */
  #instructions: readonly Message[] = [];
  readonly #list: ChatList;
  /** Leads to the older messages that are being fetched. */
  #loadingOlder: string | undefined;
  readonly #alive = new AbortController();

  constructor({transport, storage, environment = browserEnvironment(), onEnd = () => {}}: ChatStoreOptions) {
    this.#transport = transport;
    this.#storage = storage;
    this.#environment = environment;
    this.#onEnd = onEnd;
    const onChange = () => this.#set({history: this.#list.getState()});
    this.#list = new ChatList({history: transport.history, environment, onChange});
    const model = storage.device.get('model');
    this.#state = {
      status: 'idle',
      messages: [],
      draft: storage.device.get(draftKey(undefined)) ?? '',
      config: {},
      models: [],
      history: this.#list.getState(),
      ...(model === undefined ? {} : {model}),
    };
  }

  /** The same object until something changes. */
  getState(): ChatState {
    return this.#state;
  }

  /** Calls back after changes, once a frame. Gives its undoing. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Fetches what a first look needs, and the chat that this tab had open. */
  async start(options: {chatId?: string} = {}): Promise<void> {
    const chatId = options.chatId ?? (this.#transport.history && this.#storage.tab.get('chat'));
    await Promise.all([this.#loadConfig(), chatId === undefined ? undefined : this.open(chatId)]);
  }

  /** Lets go of everything. A turn on the server goes on. */
  close(): void {
    this.#list.close();
    this.#alive.abort();
    this.#current?.abort();
    this.#current = undefined;
    this.#cancelFrame?.();
    this.#listeners.clear();
  }

  /**
   * Forgets everything of the one who was here: on the page, in the tab, on the device. If another tab has cleared the
   * device already (`deviceAlreadyCleared`), the next visitor's things may be there: the device is left as it is.
   */
  forget(options: ForgetOptions = {}): void {
    const {deviceAlreadyCleared = options.device === 'cleared'} = options;
    this.#list.clear();
    if (!deviceAlreadyCleared) {
      this.#storage.device.clear();
      this.#transport.forget?.();
    }
    this.#storage.tab.clear();
    this.#instructions = [];
    this.newChat();
    this.#set({draft: ''});
  }

  // Turns

  /**
   * Asks. Resolves with the answer when it has ended, however it ended; with undefined where nothing was asked,
   * because there are no words or an answer is still being written.
   */
  async send(text: string): Promise<ShownMessage | undefined> {
    const words = text.trim();
    if (words === '' || this.#state.status !== 'idle') return undefined;
    return this.#ask({trigger: 'send', before: this.#state.messages, text: words});
  }

  /** Ends the answer that is being written. What was said stays. */
  stop(): void {
    const turn = this.#current;
    if (!turn || !isAnswering(this.#state.status) || this.#stopWanted) return;
    this.#stopWanted = true;
    // Between two attempts there is nothing on the server to stop.
    const waiting = (this.#state.messages.at(-1)?.autoRetry?.at ?? 0) > this.#environment.now();
    if (!this.#transport.stop || waiting) {
      turn.abort();
      return;
    }
    // In a chat without an id yet the first event brings it, and the stop goes out then.
    if (this.#state.chatId !== undefined) this.#requestStop(this.#state.chatId, turn);
    else this.#environment.after(stopTime * 5, () => turn.abort());
  }

  /** Writes an answer anew; without an id the last one. */
  async regenerate(messageId?: string): Promise<ShownMessage | undefined> {
    const {messages, status} = this.#state;
    const index = messages.findLastIndex(
      (message) => message.role === 'assistant' && (messageId ?? message.id) === message.id,
    );
    const answer = messages[index];
    if (!answer || status !== 'idle') return undefined;
    // Stopped before it arrived: the server knows neither the question nor the answer.
    const unheard = answer.unsent === true && messages[index - 1]?.unsent === true && index === messages.length - 1;
    if (unheard && this.#lastRequest) return this.retry();
    return this.#ask({trigger: 'regenerate', before: messages.slice(0, index), messageId: answer.id});
  }

  /** Puts a question differently. It and all after it go away. */
  async edit(messageId: string, text: string): Promise<ShownMessage | undefined> {
    const {messages, status} = this.#state;
    const index = messages.findIndex((message) => message.id === messageId && message.role === 'user');
    const question = messages[index];
    const words = text.trim();
    if (!question || words === '' || status !== 'idle') return undefined;
    const before = messages.slice(0, index);
    // The server cannot replace what it never got.
    if (question.unsent) return this.#ask({trigger: 'send', before, text: words});
    return this.#ask({trigger: 'edit', before, text: words, replaceFrom: messageId});
  }

  /** Asks again after a failure: the same question under the same id where it may not have arrived. */
  async retry(): Promise<ShownMessage | undefined> {
    const {messages, status, problem, chatId} = this.#state;
    if (problem && chatId !== undefined) {
      await this.open(chatId);
      return undefined;
    }
    const answer = messages.at(-1);
    const question = messages.at(-2);
    if (status !== 'idle' || answer?.role !== 'assistant' || answer.status === 'done') return undefined;
    const request = this.#lastRequest;
    if (request && question?.unsent)
      return this.#run({request}, {before: messages.slice(0, -1), answer: this.#emptyAnswer()});
    if (request?.trigger === 'regenerate' && answer.unsent) {
      return this.#run({request}, {before: messages.slice(0, -1), answer: this.#emptyAnswer()});
    }
    return this.regenerate(answer.id);
  }

  async #ask(asked: {
    trigger: ChatRequest['trigger'];
    before: readonly ShownMessage[];
    text?: string;
    messageId?: string;
    replaceFrom?: string;
  }): Promise<ShownMessage | undefined> {
    const {trigger, text, messageId, replaceFrom} = asked;
    const {chatId, model} = this.#state;
    const before = text === undefined ? asked.before : [...asked.before, this.#question(text)];
    const question = text === undefined ? undefined : before.at(-1);
    const request: ChatRequest = {
      trigger,
      messages: [...this.#instructions, ...before.filter((message) => message.unsent !== true || message === question)],
      ...(chatId === undefined ? {} : {chatId}),
      ...(model === undefined ? {} : {model}),
      ...(question && text !== undefined ? {message: {id: question.id, text}} : {}),
      ...(messageId === undefined ? {} : {messageId}),
      ...(replaceFrom === undefined ? {} : {replaceFrom}),
    };
    this.#lastRequest = request;
    // The words stay in storage until the server has them: a reload before that gives them back as a draft.
    if (trigger === 'send' && text !== undefined) {
      this.#storage.device.set(draftKey(chatId), text);
      this.#set({draft: ''});
    }
    return this.#run({request}, {before, answer: this.#emptyAnswer()});
  }

  #question(text: string): ShownMessage {
    const id = newId('msg');
    const createdAt = new Date(this.#environment.now()).toISOString();
    return {id, key: id, role: 'user', parts: [{type: 'text', text}], status: 'done', createdAt, unsent: true};
  }

  #emptyAnswer(): ShownMessage {
    const id = newId('local');
    const createdAt = new Date(this.#environment.now()).toISOString();
    const {model} = this.#state;
    return {...emptyAnswer({id, createdAt, ...(model === undefined ? {} : {model})}), key: id, unsent: true};
  }

  /** Follows a turn to its end and shows it growing as the last message. Never rejects: failures become state. */
  async #run(
    begin: FollowOptions['begin'],
    shown: {before: readonly ShownMessage[]; answer: ShownMessage},
  ): Promise<ShownMessage | undefined> {
    const turn = this.#supersede();
    this.#stopWanted = false;
    const key = shown.answer.key;
    const status = 'request' in begin ? 'sending' : 'answering';
    this.#set({messages: [...shown.before, shown.answer], status}, 'problem');
    // Coming back to a turn, its events are read from the first: what is shown stays until they have caught up.
    const catchUpTo = textOf(shown.answer).length;
    let answer: ShownMessage = 'request' in begin ? shown.answer : {...shown.answer, parts: []};
    const thinking: {since?: number} = {};
    try {
      const events = followTurn(
        {
          transport: this.#transport,
          begin,
          environment: this.#environment,
          onConnection: (connected) => {
            if (this.#current === turn) this.#set({status: connected ? 'answering' : 'reconnecting'});
          },
          onRefusal: ({code}, milliseconds) => {
            if (this.#current !== turn) return;
            const autoRetry = {at: this.#environment.now() + milliseconds, code};
            this.#set({messages: this.#withAnswer(key, {...answer, autoRetry, again: autoRetry})});
          },
        },
        {signal: turn.signal},
      );
      for await (const batch of events) {
        if (this.#current !== turn) return undefined;
        for (const event of joinDeltas(batch)) {
          this.#notice(event, turn);
          answer = this.#grown(answer, event, thinking);
        }
        const behind = answer.status === 'answering' && textOf(answer).length < catchUpTo;
        this.#set({
          status: 'answering',
          messages: behind ? this.#state.messages : this.#withAnswer(key, answer),
        });
      }
    } catch (thrown) {
      if (this.#current !== turn) return undefined;
      answer = this.#ended(answer, thrown, turn.signal);
      const saved = answer.status === 'interrupted' ? await this.#reloadAfterCut(turn, answer) : undefined;
      if (this.#current !== turn) return undefined;
      if (saved) {
        this.#current = undefined;
        this.#set({status: 'idle', messages: saved});
        answer = saved.at(-1) ?? answer;
        this.#onEnd(answer);
        return answer;
      }
    }
    this.#current = undefined;
    this.#set({status: 'idle', messages: this.#withAnswer(key, answer)});
    this.#list.refresh();
    this.#onEnd(answer);
    return answer;
  }

  /** What an event says about the chat, not about the answer. */
  #notice(event: ChatEvent, turn: AbortController): void {
    const {messages} = this.#state;
    const question = messages.at(-2);
    if (question?.unsent) {
      const {unsent: _, ...sent} = question;
      const id = event.type === 'message-start' ? (event.questionId ?? sent.id) : sent.id;
      this.#set({messages: messages.with(messages.length - 2, {...sent, id})});
      this.#saveDraft();
    }
    if (event.type !== 'message-start' || event.chatId === undefined) return;
    if (this.#state.chatId === undefined) {
      this.#storage.device.set(draftKey(undefined), undefined);
      this.#set({chatId: event.chatId});
      this.#storage.tab.set('chat', event.chatId);
      this.#saveDraft();
      this.#list.refresh();
    }
    if (this.#stopWanted) this.#requestStop(event.chatId, turn);
  }

  #grown(answer: ShownMessage, event: ChatEvent, thinking: {since?: number}): ShownMessage {
    const {unsent: _, ...sent} = answer;
    const now = this.#environment.now();
    const next = {...applyEvent(sent, event), key: answer.key};
    const timing: {thoughtFor?: number; retryAt?: number} = {};
    if (answer.thoughtFor !== undefined) timing.thoughtFor = answer.thoughtFor;
    if (event.type === 'reasoning-delta') thinking.since ??= now;
    else if (thinking.since !== undefined && event.type !== 'usage') {
      timing.thoughtFor ??= Math.max(1, Math.round((now - thinking.since) / 1000));
    }
    if (event.type === 'error' && event.retryAfter !== undefined) timing.retryAt = now + event.retryAfter * 1000;
    return {...next, ...timing};
  }

  /** The answer whose turn did not come to its end: somebody stopped it, or it failed. */
  #ended(answer: ShownMessage, thrown: unknown, signal: AbortSignal): ShownMessage {
    if (signal.aborted) return {...answer, status: 'stopped', endReason: 'stopped'};
    const failed = this.#grown(answer, ChatError.from(thrown).toEvent(), {});
    return answer.unsent ? {...failed, unsent: true} : failed;
  }

  /** The server may have ended, or finished, what we could not follow any more: what it has saved is what counts. */
  async #reloadAfterCut(turn: AbortController, seen: ShownMessage): Promise<readonly ShownMessage[] | undefined> {
    const {chatId} = this.#state;
    const {history} = this.#transport;
    if (chatId === undefined || !history) return undefined;
    try {
      const {messages} = await history.load(chatId, {signal: turn.signal});
      const last = messages.at(-1);
      if (last?.role !== 'assistant' || last.status === 'answering') return undefined;
      // A server that died may have saved a moment less than it had said.
      const parts = textOf(last).length < textOf(seen).length ? seen.parts : last.parts;
      return this.#asShown([...messages.slice(0, -1), {...last, parts}]);
    } catch {
      // Not to be had now: what was seen stays, marked as interrupted.
      return undefined;
    }
  }

  #requestStop(chatId: string, turn: AbortController): void {
    // The server ends the answer and says so, and then shown and saved are the same. Only where it does not, the page
    // ends it for itself.
    const giveUp = () => this.#environment.after(stopTime, () => turn.abort());
    this.#transport.stop?.(chatId).then(giveUp, () => turn.abort());
  }

  // Chats

  /** Shows an earlier chat, and goes on reading where its answer is still being written. */
  async open(chatId: string): Promise<void> {
    const {history} = this.#transport;
    if (!history) return;
    const loading = this.#supersede();
    this.#lastRequest = undefined;
    this.#storage.tab.set('chat', chatId);
    const draft = this.#storage.device.get(draftKey(chatId)) ?? '';
    this.#set({status: 'loading', chatId, messages: [], draft}, 'problem', 'olderCursor');
    try {
      const {messages, olderCursor} = await history.load(chatId, {signal: loading.signal});
      if (this.#current !== loading) return;
      const shown = this.#asShown(messages);
      const last = shown.at(-1);
      if (olderCursor !== undefined) this.#set({olderCursor});
      if (last?.status === 'answering' && this.#transport.resume) {
        void this.#run({chatId}, {before: shown.slice(0, -1), answer: last});
        return;
      }
      this.#current = undefined;
      this.#set({messages: shown, status: 'idle'});
    } catch (thrown) {
      if (this.#current !== loading) return;
      this.#current = undefined;
      const error = ChatError.from(thrown);
      if (error.code === 'not-found') this.newChat();
      else this.#set({status: 'idle', problem: this.#problem(error)});
    }
  }

  /** Puts the messages before the first shown in front of it. */
  async loadOlder(): Promise<void> {
    const {chatId, olderCursor: cursor} = this.#state;
    const {history} = this.#transport;
    if (chatId === undefined || cursor === undefined || !history || this.#loadingOlder === cursor) return;
    this.#loadingOlder = cursor;
    const {signal} = this.#alive;
    try {
      const {messages, olderCursor} = await history.load(chatId, {signal, cursor});
      if (this.#state.chatId !== chatId || this.#state.olderCursor !== cursor) return;
      const all = [...this.#asShown(messages), ...this.#state.messages];
      this.#set({messages: all, ...(olderCursor === undefined ? {} : {olderCursor})}, 'olderCursor');
    } catch {
      // The button is still there; pressing it tries again.
    } finally {
      if (this.#loadingOlder === cursor) this.#loadingOlder = undefined;
    }
  }

  /** Leaves the chat for an empty one. An answer that is being written there goes on there. */
  newChat(): void {
    this.#supersede();
    this.#current = undefined;
    this.#lastRequest = undefined;
    this.#storage.tab.set('chat', undefined);
    const draft = this.#storage.device.get(draftKey(undefined)) ?? '';
    this.#set({status: 'idle', messages: [], draft}, 'chatId', 'problem', 'olderCursor');
  }

  /** Shows these messages instead, as a chat that the server does not know. */
  setMessages(messages: readonly Message[]): void {
    this.newChat();
    this.#instructions = messages.filter(({role}) => role === 'system');
    this.#set({messages: this.#asShown(messages)});
  }

  setModel(model: string): void {
    this.#storage.device.set('model', model);
    this.#set({model});
  }

  /** Keeps what is being written, also over a reload. */
  setDraft(draft: string): void {
    if (draft === this.#state.draft) return;
    this.#set({draft});
    this.#saveDraft();
  }

  // History

  /** Fetches the newest chats; with a search, those that match it. */
  loadHistory(search?: string): Promise<void> {
    return this.#list.load(search);
  }

  /** Fetches the chats after the last one listed. */
  loadMoreHistory(): Promise<void> {
    return this.#list.loadMore();
  }

  rename(chatId: string, title: string): Promise<void> {
    return this.#list.rename(chatId, title);
  }

  /** Takes a chat off the list; a little later, unless that is undone, off the server. */
  remove(chatId: string): void {
    if (this.#list.remove(chatId) && this.#state.chatId === chatId) this.newChat();
  }

  /** Puts the chat back that was just removed. */
  undoRemove(): void {
    this.#list.undoRemove();
  }

  // Set-up

  async #loadConfig(): Promise<void> {
    const {signal} = this.#alive;
    try {
      const config = await this.#transport.config?.({signal});
      const choice = config?.models ? {...config, models: config.models} : await this.#transport.models?.({signal});
      if (signal.aborted) return;
      if (config) this.#set({config});
      if (!choice) return;
      const {models, defaultModel} = choice;
      const known = models.some((model) => model.id === this.#state.model);
      const model = known ? this.#state.model : (defaultModel ?? models[0]?.id);
      this.#set({models, ...(model === undefined ? {} : {model})});
    } catch {
      // A chat without a greeting and a picker still chats; what is really wrong shows with the first question.
    }
  }

  #problem(error: ChatError): Problem {
    const {code, message, retryable, retryAfter} = error;
    const retryAt = retryAfter === undefined ? undefined : this.#environment.now() + retryAfter * 1000;
    return {code, message, retryable, ...(retryAt === undefined ? {} : {retryAt})};
  }

  #asShown(messages: readonly Message[]): readonly ShownMessage[] {
    return messages.filter((message) => message.role !== 'system').map((message) => ({...message, key: message.id}));
  }

  /** Makes room for a newer turn or chat: what ran before is not listened to any more. */
  #supersede(): AbortController {
    const before = this.#current;
    const next = new AbortController();
    this.#current = next;
    before?.abort();
    return next;
  }

  #withAnswer(key: string, answer: ShownMessage): readonly ShownMessage[] {
    return this.#state.messages.map((message) => (message.key === key ? answer : message));
  }

  #saveDraft(): void {
    const {draft, chatId} = this.#state;
    this.#storage.device.set(draftKey(chatId), draft === '' ? undefined : draft);
  }

  /** The one place where state is replaced. Keys in `cleared` go. */
  #set(change: Partial<ChatState>, ...cleared: readonly ('chatId' | 'problem' | 'olderCursor')[]): void {
    const state = {...this.#state, ...change};
    for (const key of cleared) if (!(key in change)) delete state[key];
    this.#state = state;
    if (this.#alive.signal.aborted) return;
    this.#cancelFrame ??= this.#environment.frame(() => {
      this.#cancelFrame = undefined;
      for (const listener of this.#listeners) listener();
    });
  }
}

function draftKey(chatId: string | undefined): string {
  return `draft:${chatId ?? 'new'}`;
}
