/**
 * The chat of a page as one state: its conversation, the list of earlier chats, and the settings of the server. Tells
 * its listeners at most once a frame. Knows no DOM, no Lit and no HTTP, and changes no message itself.
 */
import type {Message} from '@chatlet/protocol';
import type {ChatList} from './chat-list.ts';
import type {ChatState, HistoryState, ShownMessage} from './chat-state.ts';
import {Conversation} from './conversation.ts';
import type {RetrievalOptions} from './turn.ts';
import {omitUndefined} from './omit-undefined.ts';
import {browserEnvironment} from './environment.ts';
import type {Environment} from './environment.ts';
import {loadPart} from './load-part.ts';
import type {PageTools} from './page-tool.ts';
import type {ChatStorage} from './storage.ts';
import type {ChatConfig, ChatTransport, ExportFormat, ModelChoice, ToolReply, WaitingCall} from './transport.ts';
import {readConfig} from './validate.ts';

/** Longer settings, such as those with hundreds of models, are not kept on the device: characters of JSON. */
const longestKept = 20_000;

/** What a chat store needs: a transport, and perhaps a storage. */
export interface ChatStoreOptions {
  readonly transport: ChatTransport;
  readonly storage: ChatStorage;
  /** Clocks, frames and events of the page; those of the browser by default. */
  readonly environment?: Environment;
  /** Called when the server has accepted a question: its answer is being written in this chat. */
  readonly onAccepted?: (chatId: string) => void;
  /** Whether a question that has waited may be asked now. If not, it goes on waiting. By default yes. */
  readonly mayAsk?: (text: string) => boolean;
  /** The chat is deleted on the server when the page leaves it. */
  readonly temporary?: boolean;
  /** How the site's pages are searched for the next answer. */
  readonly retrieval?: () => RetrievalOptions;
  /** The functions of the page, if it has some. */
  readonly pageTools?: () => PageTools | undefined;
  /** Called with the answer when its turn has ended: complete, stopped or failed. */
  readonly onEnd?: (answer: ShownMessage) => void;
}

/** What is deleted when a visitor is forgotten. */
export interface ForgetOptions {
  /** Another tab has cleared the device already, so it is left as it is; false by default. */
  readonly deviceAlreadyCleared?: boolean;
  /** Deletes everything of the visitor on the server too. */
  readonly delete?: boolean;
}

/** The chat without its looks: its state, and everything that changes it. */
export class ChatStore {
  /** For parts that ask more than a chat does, such as the apps of tools. */
  readonly transport: ChatTransport;
  readonly #storage: ChatStorage;
  readonly #environment: Environment;
  readonly #conversation: Conversation;
  /** The list of the visitor's chats. Its code is fetched when it is first wanted. */
  #list: ChatList | undefined;
  #history: HistoryState;
  /** Aborted and replaced when the visitor is forgotten: what was begun for them changes nothing for the next one. */
  #visitor = new AbortController();
  readonly #listeners = new Set<() => void>();
  #settings: Pick<ChatState, 'config' | 'models' | 'settings'> = {config: {}, models: [], settings: 'ready'};
  /** Composed at the first `getState()` after a change; absent until then. */
  #state: ChatState | undefined;
  #cancelFrame: (() => void) | undefined;
  /** Id of the chat that was removed last, if it was the shown one. */
  #removedWhileOpen: string | undefined;
  readonly #closing = new AbortController();

  constructor(options: ChatStoreOptions) {
    const {transport, storage, environment = browserEnvironment()} = options;
    const {temporary = false, onAccepted = () => {}, onEnd = () => {}, mayAsk = () => true} = options;
    this.transport = transport;
    this.#storage = storage;
    this.#environment = environment;
    if (transport.config || transport.models) this.#settings = {...this.#settings, settings: 'loading'};
    this.#history = this.#emptyHistory();
    this.#conversation = new Conversation({
      transport,
      storage,
      environment,
      temporary,
      onChange: () => this.#changed(),
      onChatsChanged: () => this.#list?.refresh(),
      onAccepted,
      onEnd,
      mayAsk,
      ...omitUndefined({retrieval: options.retrieval, pageTools: options.pageTools}),
    });
  }

  /** Returns the same object until something changes. */
  getState(): ChatState {
    this.#state ??= {...this.#conversation.getState(), ...this.#settings, history: this.#history};
    return this.#state;
  }

  /** Calls back after changes, once a frame. Returns a function that unsubscribes. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Fetches the settings of the server, and the chat that this tab had open. Until then the last known settings count. */
  async start(options: {chatId?: string} = {}): Promise<void> {
    this.#recallSettings();
    const chatId = options.chatId ?? (this.transport.history && this.#storage.tab.get('chat'));
    await Promise.all([this.#loadSettings(), chatId === undefined ? undefined : this.open(chatId)]);
  }

  /** Cleans up: stops listening and fetching. A turn on the server goes on. */
  close(): void {
    this.#leaveList();
    this.#closing.abort();
    this.#conversation.close();
    this.#cancelFrame?.();
  }

  /**
   * Forgets everything of this visitor: on the page, in the tab, on the device; with `delete` also on the server. Answers
   * that run end. If another tab has cleared the device
   * already (`deviceAlreadyCleared`), it is left as it is: it may hold something of the next visitor.
   */
  forget(options: ForgetOptions = {}): void {
    const {deviceAlreadyCleared = false} = options;
    this.#forgetList();
    if (!deviceAlreadyCleared) {
      // Before the device forgets who the visitor was.
      this.transport.forget?.(options.delete ? {delete: true} : {});
      this.#storage.device.clear();
    }
    this.#storage.tab.clear();
    this.#conversation.clear();
  }

  /**
   * Asks. Resolves with the answer when its turn has ended: complete, stopped or failed. Resolves with undefined if
   * the text is empty or an answer is still being written.
   */
  send(text: string): Promise<ShownMessage | undefined> {
    return this.#conversation.send(text);
  }

  /**
   * Lets a question wait until the answer that is being written has ended well, and sends it then. At most five wait, in
   * order; after a stop or a failure they wait for `sendQueued()`. False if nothing is being written or five wait already.
   */
  enqueue(text: string): boolean {
    return this.#conversation.enqueue(text);
  }

  /** Takes a question out of the queue. */
  removeQueued(id: string): void {
    this.#conversation.removeQueued(id);
  }

  /** Takes a question out of the queue and back into the draft. */
  editQueued(id: string): void {
    this.#conversation.editQueued(id);
  }

  /** Asks the first question of the queue, if no answer is being written. The others follow it. */
  sendQueued(): void {
    this.#conversation.sendQueued();
  }

  /** Ends the answer that is being written. Its text so far stays. */
  stop(): void {
    this.#conversation.stop();
  }

  /**
   * Answers a call of a tool that waits.
   * @throws ChatError if the server did not take the reply: `conflict` if somebody has answered before
   */
  answerTool(call: WaitingCall, reply: ToolReply): Promise<void> {
    return this.#conversation.answerTool(call, reply);
  }

  /**
   * Hands the chat, with these words, to a person of the site. The visitor has agreed.
   * @throws ChatError if the server did not take it
   */
  askPerson(text: string): Promise<void> {
    return this.#conversation.askPerson(text);
  }

  /** Compares the messages with those that the server has: a person may have replied. */
  lookForReply(): Promise<void> {
    return this.#conversation.lookAgain();
  }

  /** Asks for another answer in place of this one; without an id, of the last one. */
  regenerate(messageId?: string): Promise<ShownMessage | undefined> {
    return this.#conversation.regenerate(messageId);
  }

  /** Asks a corrected question. It replaces the old one and everything after it. */
  edit(messageId: string, text: string): Promise<ShownMessage | undefined> {
    return this.#conversation.edit(messageId, text);
  }

  /** Asks again after a failure: the same question under the same id if it may not have arrived. */
  retry(): Promise<ShownMessage | undefined> {
    return this.#conversation.retry();
  }

  /** Shows an earlier chat, and goes on reading if its answer is still being written. */
  open(chatId: string): Promise<void> {
    return this.#conversation.open(chatId);
  }

  /** Another tab has asked: shows its question and follows its answer, if this chat is shown here. */
  async followTurn(chatId: string): Promise<void> {
    this.#list?.refresh();
    await this.#conversation.lookAgain(chatId);
  }

  /** The page has new functions: an answer may wait for one of them. */
  lookAgain(): void {
    if (this.getState().messages.at(-1)?.status === 'waiting') void this.#conversation.lookAgain();
  }

  /** Loads the messages before the first one shown. */
  loadOlder(): Promise<void> {
    return this.#conversation.loadOlder();
  }

  /** Leaves the chat for an empty one. An answer that is being written there goes on there. */
  newChat(): void {
    this.#conversation.newChat();
  }

  /** Shows these messages as a chat that the server does not know. */
  setMessages(messages: readonly Message[]): void {
    this.#conversation.setMessages(messages);
  }

  /** Chooses the model that the next question goes to, also for later visits. */
  setModel(model: string): void {
    this.#storage.device.set('model', model);
    this.#conversation.setModel(model);
  }

  /** Keeps the draft, also over a reload. */
  setDraft(draft: string): void {
    this.#conversation.setDraft(draft);
  }

  /** Fetches the newest chats; with a search, those that match it. */
  async loadHistory(search?: string): Promise<void> {
    if (!this.transport.history) return;
    const {signal} = this.#visitor;
    if (!this.#list) this.#setHistory({...this.#history, status: 'loading'});
    try {
      const list = this.#list ?? (await this.#loadList());
      await list.load(search);
    } catch {
      // The code could not be fetched, or the visitor was forgotten meanwhile.
      if (!signal.aborted) this.#setHistory({...this.#history, status: 'failed'});
    }
  }

  /** Fetches the chats after the last one listed. */
  async loadMoreHistory(): Promise<void> {
    await this.#list?.loadMore();
  }

  /**
   * Shows the new title at once. If the server refuses it, the old one is shown again. An empty title changes
   * nothing.
   */
  async rename(chatId: string, title: string): Promise<void> {
    await this.#list?.rename(chatId, title);
  }

  /** Takes a chat off the list, and off the server when the undo time is over. */
  remove(chatId: string): void {
    if (!this.#list?.remove(chatId)) return;
    this.#removedWhileOpen = this.#conversation.getState().chatId === chatId ? chatId : undefined;
    if (this.#removedWhileOpen !== undefined) this.newChat();
  }

  /** Puts the chat back that was just removed. If it was open, and nothing has been begun since, it is open again. */
  undoRemove(): void {
    const removed = this.#removedWhileOpen;
    const {chatId, messages} = this.getState();
    if (this.#list?.undoRemove() && removed && !chatId && messages.length === 0) void this.open(removed);
  }

  /** Lets the undo time stand still, or begin again. */
  holdRemoval(held: boolean): void {
    this.#list?.holdRemoval(held);
  }

  /** All chats of the visitor as a file; undefined if the backend does not offer that. */
  async exportChats(format: ExportFormat): Promise<Blob | undefined> {
    const list = await this.#loadList();
    return list.export(format);
  }

  /** Deletes all chats of the visitor on the server, then wipes the page, the tab and the device. Rejects if the server fails. */
  async removeAllChats(): Promise<void> {
    const list = await this.#loadList();
    await list.removeAll();
    this.#forgetList();
    this.#storage.device.clear();
    this.#storage.tab.clear();
    this.#conversation.clear();
  }

  async #loadList(): Promise<ChatList> {
    const {history} = this.transport;
    const {signal} = this.#visitor;
    const loaded = await loadPart(() => import('./chat-list.ts'));
    signal.throwIfAborted();
    const onChange = (state: HistoryState) => this.#setHistory(state);
    return (this.#list ??= new loaded.ChatList({history, environment: this.#environment, onChange}));
  }

  #leaveList(): void {
    this.#list?.close();
    this.#visitor.abort();
  }

  #forgetList(): void {
    this.#leaveList();
    this.#list = undefined;
    this.#visitor = new AbortController();
    this.#setHistory(this.#emptyHistory());
  }

  #emptyHistory(): HistoryState {
    return {status: this.transport.history ? 'unread' : 'absent', chats: [], search: ''};
  }

  #setHistory(history: HistoryState): void {
    this.#history = history;
    this.#changed();
  }

  async #loadSettings(): Promise<void> {
    const {signal} = this.#closing;
    try {
      const config = await this.transport.config?.({signal});
      const choice = config?.models ? config : await this.transport.models?.({signal});
      if (signal.aborted) return;
      const settings = {...config, ...choice};
      const text = JSON.stringify(settings);
      this.#storage.device.set('settings', text.length > longestKept ? undefined : text);
      this.#takeSettings(settings);
    } catch {
      // A chat without a greeting and a picker still chats; if something is really wrong, the first question shows it.
      this.#settings = {...this.#settings, settings: 'ready'};
    }
    this.#changed();
  }

  #recallSettings(): void {
    const text = this.#storage.device.get('settings');
    if (text === undefined || this.#settings.settings === 'ready') return;
    try {
      this.#takeSettings(readConfig(JSON.parse(text)));
    } catch {
      // Another script has written there. The server tells the settings soon.
    }
  }

  #takeSettings({models = [], defaultModel, ...config}: ChatConfig & Partial<ModelChoice>): void {
    this.#settings = {config, models, settings: 'ready'};
    const chosen = this.#conversation.getState().model;
    const model = models.some(({id}) => id === chosen) ? chosen : (defaultModel ?? models[0]?.id);
    if (model !== undefined) this.#conversation.setModel(model);
  }

  #changed(): void {
    this.#state = undefined;
    if (this.#closing.signal.aborted) return;
    this.#cancelFrame ??= this.#environment.frame(() => {
      this.#cancelFrame = undefined;
      for (const listener of this.#listeners) listener();
    });
  }
}
