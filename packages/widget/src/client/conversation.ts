/**
 * Keeps one conversation and its turn. Messages change here and nowhere else on the page. Knows no list of chats, no
 * DOM, no Lit and no HTTP.
 */
import {ChatError, textOf} from '@chatlet/protocol';
import type {Message} from '@chatlet/protocol';
import {heldUntil, isAnswering} from './chat-state.ts';
import type {ConversationState, Problem, ShownMessage} from './chat-state.ts';
import {draftKey} from './draft-key.ts';
import {newId} from './ids.ts';
import {omitUndefined} from './omit-undefined.ts';
import {mostQueued, readQueue, saveQueue} from './question-queue.ts';
import type {QueuedQuestion} from './question-queue.ts';
import {decideRetry} from './retry.ts';
import {loadAnswering} from './load-answering.ts';
import type {Answering} from './load-answering.ts';
import {loadSavedMessages} from './load-saved-messages.ts';
import {asShown, failed, newAnswer, newQuestion, retryTimeOf, stopped} from './shown-messages.ts';
import type {FollowCalls} from './page-tool.ts';
import type {ChatRequest, ToolReply, WaitingCall} from './transport.ts';
import type {Activity, ConversationOptions, Loading, Turn, TurnConversation} from './turn.ts';

/** How long the server may take to end an answer after the stop request. */
const stopTime = 2000;

interface AskOptions {
  readonly trigger: ChatRequest['trigger'];
  readonly before: readonly ShownMessage[];
  readonly text?: string;
  /** A question that has waited in the queue, in place of `text`. */
  readonly queued?: QueuedQuestion;
  readonly messageId?: string;
  readonly replaceFrom?: string;
}

interface ShownTurn {
  readonly before: readonly ShownMessage[];
  readonly answer: ShownMessage;
}

export class Conversation implements TurnConversation {
  readonly options: ConversationOptions;
  #state: ConversationState;
  /** Running or ended. Absent in a new chat. */
  activity: Activity | undefined;
  /** System messages of the page: never shown, and first in every conversation that is sent. */
  instructions: readonly Message[] = [];
  readonly closing = new AbortController();
  readonly #cleanups: readonly (() => void)[];
  /** A question out of the queue that the server has not confirmed: the tab keeps it until then. */
  unconfirmed: QueuedQuestion | undefined;
  /** When the saved messages were last compared with those shown. */
  lookedAt = 0;
  /** Settles when the last turn has ended. */
  #running: Promise<unknown> | undefined;
  /** What waits for an answer to end that was stopped before its chat had a name. */
  #waiting: object | undefined;

  constructor(options: ConversationOptions) {
    this.options = options;
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
    this.closing.abort();
    this.#supersede(undefined);
  }

  // Turns

  async send(text: string): Promise<ShownMessage | undefined> {
    const question = text.trim();
    if (question === '' || !this.#mayAsk()) return undefined;
    if (!this.#isStopping()) return this.#ask({trigger: 'send', before: this.#state.messages, text: question});
    const queued = {id: newId('msg'), text: question};
    this.setQueue([...this.#state.queue, queued]);
    this.setDraft('');
    return this.#askQueued(queued);
  }

  /** Not while an answer is being written, nor before a refusal has counted down. */
  #mayAsk(): boolean {
    return this.#state.status === 'idle' && heldUntil(this.#state) <= this.now();
  }

  #isStopping(): boolean {
    return this.activity?.kind === 'turn' && this.activity.stoppedEarly;
  }

  /**
   * Does something when an answer has ended that was stopped before its chat had a name: until then, a question would begin a
   * second chat. Does nothing if the visitor has stopped that too, or has left the chat.
   */
  async #afterStop<Result>(next: () => Promise<Result>): Promise<Result | undefined> {
    const waiting = (this.#waiting = {});
    const {activity} = this;
    this.set({status: 'sending'});
    await this.#running;
    return this.#waiting === waiting && this.activity === activity ? next() : undefined;
  }

  /** Lets a question wait until the answer has ended. False if none is being written, or too many wait already. */
  enqueue(text: string): boolean {
    const {queue, status} = this.#state;
    const question = text.trim();
    if (question === '' || !isAnswering(status) || queue.length >= mostQueued) return false;
    this.options.storage.keep?.();
    this.setQueue([...queue, {id: newId('msg'), text: question}]);
    this.setDraft('');
    return true;
  }

  /** Takes a question out of the queue. */
  removeQueued(id: string): void {
    this.setQueue(this.#state.queue.filter((question) => question.id !== id));
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
    const [queued] = this.#state.queue;
    if (queued && this.#mayAsk() && this.options.mayAsk(queued.text)) void this.#askQueued(queued);
  }

  async #askQueued(queued: QueuedQuestion): Promise<ShownMessage | undefined> {
    if (this.#isStopping()) return this.#afterStop(() => this.#askQueued(queued));
    const {queue, messages} = this.#state;
    // It may have been taken back.
    if (!queue.includes(queued)) return undefined;
    this.set({queue: queue.filter((question) => question !== queued)});
    return this.#ask({trigger: 'send', before: messages, queued});
  }

  /** The queue goes on by itself only after a complete answer; after a failure or a stop the visitor decides. */
  continueQueue(): void {
    const last = this.#state.messages.at(-1);
    if (last?.role === 'assistant' && last.status === 'done') this.sendQueued();
  }

  setQueue(queue: readonly QueuedQuestion[]): void {
    this.set({queue});
    this.saveQueue();
  }

  saveQueue(): void {
    const {queue, chatId} = this.#state;
    const all = this.unconfirmed ? [this.unconfirmed, ...queue] : queue;
    saveQueue(this.options.storage.tab, {chatId, queue: all});
  }

  /** Ends the answer that is being written. Its text so far stays. */
  stop(): void {
    const turn = this.activity;
    if (turn?.kind !== 'turn' || !isAnswering(this.#state.status)) return;
    if (turn.stoppedEarly) {
      this.#waiting = undefined;
      this.set({status: 'idle'});
    }
    if (turn.stop !== 'no') return;
    turn.stop = 'wanted';
    const {transport, environment} = this.options;
    // Between two attempts there is nothing on the server to stop.
    const waiting = (this.#state.messages.at(-1)?.autoRetry?.at ?? 0) > environment.now();
    if (!transport.stop || waiting) {
      turn.controller.abort();
      return;
    }
    if (this.#state.chatId !== undefined) {
      this.requestStop(this.#state.chatId, turn);
      return;
    }
    // A new chat has no id until the headers of its answer arrive; the stop request is sent then.
    turn.stoppedEarly = true;
    this.set({status: 'idle', messages: this.withAnswer(stopped(turn.answer.message))});
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
    if (this.#isStopping()) return this.#afterStop(() => this.regenerate(this.#state.messages[index]?.id));
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
    // Then it may have another id.
    if (this.#isStopping()) return this.#afterStop(() => this.edit(this.#state.messages[index]?.id ?? '', text));
    const before = messages.slice(0, index);
    // The server cannot replace a question that it never got.
    if (question.unsent) return this.#ask({trigger: 'send', before, text: newText});
    return this.#ask({trigger: 'edit', before, text: newText, replaceFrom: messageId});
  }

  /** Asks again after a failure: the same question under the same id if it may not have arrived. */
  async retry(): Promise<ShownMessage | undefined> {
    if (this.#isStopping()) return this.#afterStop(() => this.retry());
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
    await (await loadSavedMessages()).answerTool(this, call, reply);
  }

  /**
   * Hands the chat to a person of the site.
   * @throws ChatError if the server did not take it
   */
  async askPerson(text: string): Promise<void> {
    await (await loadSavedMessages()).askPerson(this, text);
  }

  definitions(): Pick<ChatRequest, 'pageTools'> {
    return omitUndefined({pageTools: this.options.pageTools?.()?.definitions()});
  }

  #lastRequest(): ChatRequest | undefined {
    return this.activity?.kind === 'turn' ? this.activity.request : undefined;
  }

  async #resend(request: ChatRequest): Promise<ShownMessage | undefined> {
    // Replies to calls that wait are said once more behind the answer as it was.
    const shown = request.trigger === 'continue' && asShown(request.messages).at(-1);
    return this.run({request}, {before: this.#state.messages.slice(0, -1), answer: shown || this.#newAnswer()});
  }

  async #ask(options: AskOptions): Promise<ShownMessage | undefined> {
    const {trigger, before, queued, text = queued?.text, messageId, replaceFrom} = options;
    const {chatId, model} = this.#state;
    const id = queued?.id ?? newId('msg');
    const question = text === undefined ? undefined : newQuestion(text, {id, now: this.now()});
    const shown = question ? [...before, question] : before;
    const request: ChatRequest = {
      trigger,
      messages: [...this.instructions, ...shown.filter((message) => message.unsent !== true || message === question)],
      ...omitUndefined({
        chatId,
        model,
        message: question && text !== undefined ? {id: question.id, text} : undefined,
        messageId,
        replaceFrom,
        replaced: trigger === 'send' ? undefined : this.#state.messages.at(-1),
        temporary: this.options.temporary || undefined,
        ...this.options.retrieval?.(),
        ...this.definitions(),
      }),
    };
    this.options.storage.keep?.();
    this.unconfirmed = queued;
    this.saveQueue();
    // The question stays in storage until the server has it: a reload before that gives it back as a draft.
    if (trigger === 'send' && text !== undefined && !queued) {
      this.options.storage.device.set(draftKey(chatId), text);
      this.set({draft: ''});
    }
    return this.run({request}, {before: shown, answer: this.#newAnswer()});
  }

  #newAnswer(): ShownMessage {
    return newAnswer(this.#state.model, this.now());
  }

  /** Follows a turn to its end and shows its answer as the last message. Never rejects: failures become state. */
  run(begin: FollowCalls['begin'], shown: ShownTurn): Promise<ShownMessage | undefined> {
    const running = this.#run(begin, shown);
    this.#running = running;
    return running;
  }

  async #run(begin: FollowCalls['begin'], {before, answer}: ShownTurn): Promise<ShownMessage | undefined> {
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
    this.set({messages: [...before, answer], status: asking ? 'sending' : 'answering'}, 'problem');
    let answering: Answering;
    try {
      answering = await loadAnswering();
    } catch (thrown) {
      if (this.activity !== turn) return undefined;
      return this.end(turn, failed(turn.answer.message, {thrown, now: this.now()}));
    }
    return answering.runTurn(this, begin, turn);
  }

  requestStop(chatId: string, turn: Turn): void {
    turn.stop = 'requested';
    // The server ends the answer, so that page and server agree. If the server does not, the page ends it.
    const abort = () => turn.controller.abort();
    const giveUp = () => this.options.environment.after(stopTime, abort);
    // While the answer waits, no stream has its end.
    const isWaiting = turn.answer.message.status === 'waiting';
    this.options.transport.stop?.(chatId).then(isWaiting ? abort : giveUp, abort);
  }

  /** Ends a turn with this answer. `messages`: those of the chat, if the server has told them. */
  end(turn: Turn, answer: ShownMessage, messages = this.withAnswer(answer)): ShownMessage {
    turn.stoppedEarly = false;
    this.set({status: 'idle', messages});
    this.options.onEnd(answer);
    // The answer may have been complete when the stop request came.
    if (turn.stop === 'no') this.continueQueue();
    return answer;
  }

  // Coming back

  /** The page is online, visible or shown again. */
  async #handleBack(): Promise<void> {
    try {
      (await loadAnswering()).handleBack(this);
    } catch {
      // The chunk could not be fetched. The next return tries again.
    }
  }

  /** Compares the messages shown with those that the server has saved. */
  async lookAgain(chatId?: string): Promise<void> {
    try {
      await (await loadSavedMessages()).lookAgain(this, chatId);
    } catch {
      // The chunk could not be fetched. What is shown stays; the next return tries again.
    }
  }

  #removeTemporary(): void {
    const {temporary, transport} = this.options;
    const {chatId} = this.#state;
    if (!temporary || chatId === undefined) return;
    transport.history?.remove(chatId).catch(() => {
      // Nobody is there any more to be told; the server's own retention removes it.
    });
  }

  // Chats

  /** Shows an earlier chat, and goes on reading if its answer is still being written. */
  async open(chatId: string): Promise<void> {
    const {transport, storage} = this.options;
    if (!transport.history) return;
    if (chatId !== this.#state.chatId) this.#removeTemporary();
    const loading: Loading = {kind: 'loading', controller: new AbortController()};
    this.#supersede(loading);
    storage.tab.set('chat', chatId);
    const draft = storage.device.get(draftKey(chatId)) ?? '';
    const queue = readQueue(storage.tab, chatId);
    this.unconfirmed = undefined;
    this.set({status: 'loading', chatId, messages: [], draft, queue}, 'problem', 'olderCursor');
    try {
      const [saved, sent] = await Promise.all([
        loadSavedMessages(),
        transport.history.load(chatId, {signal: loading.controller.signal}),
      ]);
      const loaded = await saved.readLoaded(sent);
      if (this.activity === loading) saved.showLoaded(this, {chatId, queue, loaded});
    } catch (thrown) {
      if (this.activity !== loading) return;
      const error = ChatError.from(thrown);
      if (error.code === 'not-found') this.newChat();
      else this.set({status: 'idle', problem: this.#problem(error)});
    }
  }

  /** Loads the messages before the first one shown. */
  async loadOlder(): Promise<void> {
    try {
      await (await loadSavedMessages()).loadOlder(this);
    } catch {
      // The button is still there; pressing it tries again.
    }
  }

  /** Leaves the chat for an empty one. An answer that is being written there goes on there. */
  newChat(): void {
    this.#removeTemporary();
    this.#supersede(undefined);
    const {device, tab} = this.options.storage;
    tab.set('chat', undefined);
    const draft = device.get(draftKey(undefined)) ?? '';
    const queue = readQueue(tab, undefined);
    this.unconfirmed = undefined;
    this.set({status: 'idle', messages: [], draft, queue}, 'chatId', 'problem', 'olderCursor');
  }

  /** Shows these messages as a chat that the server does not know. */
  setMessages(messages: readonly Message[]): void {
    this.newChat();
    this.instructions = messages.filter(({role}) => role === 'system');
    const shown = asShown(messages);
    this.set({messages: shown});
    void this.#separateThoughts(shown);
  }

  /** Shows the thoughts in these messages apart from the answers, when the code for that is there. */
  async #separateThoughts(shown: readonly ShownMessage[]): Promise<void> {
    try {
      const {separateThoughts} = await loadAnswering();
      const messages = await separateThoughts(shown);
      const isChanged = messages.some((message, index) => message !== shown[index]);
      if (this.#state.messages === shown && isChanged) this.set({messages});
    } catch {
      // The chunk could not be fetched. Without it the messages are not shown either.
    }
  }

  /** Leaves the chat, and forgets the draft and the page's system messages. */
  clear(): void {
    this.instructions = [];
    this.newChat();
    this.set({draft: ''});
  }

  /** The model that the next question goes to. */
  setModel(model: string): void {
    this.set({model});
  }

  /** Keeps the draft, also over a reload. */
  setDraft(draft: string): void {
    if (draft === this.#state.draft) return;
    this.set({draft});
    this.saveDraft();
  }

  #problem(error: ChatError): Problem {
    const {code, message, retryable} = error;
    return {code, message, retryable, ...omitUndefined({retryAt: retryTimeOf(error, this.now())})};
  }

  now(): number {
    return this.options.environment.now();
  }

  /** A newer turn or chat takes the place of the one before, which is aborted: one that is being stopped, when it is. */
  #supersede(next: Activity | undefined): void {
    const before = this.activity;
    const isStopping = this.#isStopping() && !this.closing.signal.aborted;
    this.activity = next;
    if (!isStopping) before?.controller.abort();
  }

  withAnswer(answer: ShownMessage): readonly ShownMessage[] {
    return this.#state.messages.map((message) => (message.key === answer.key ? answer : message));
  }

  saveDraft(): void {
    const {draft, chatId} = this.#state;
    this.options.storage.device.set(draftKey(chatId), draft === '' ? undefined : draft);
  }

  /** Replaces the conversation's state; nothing else does. Keys in `cleared` go. */
  set(change: Partial<ConversationState>, ...cleared: readonly ('chatId' | 'problem' | 'olderCursor')[]): void {
    const state = {...this.#state, ...change};
    for (const key of cleared) if (!(key in change)) delete state[key];
    this.#state = state;
    this.options.onChange();
  }
}
