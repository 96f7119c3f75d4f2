/**
 * The whole chat in a box: history, conversation, composer. The only element that talks with the store: the elements
 * inside it send actions, this one performs them. Knows no HTTP: a transport does.
 */
import {html, LitElement, nothing} from 'lit';
import type {PropertyValues, TemplateResult} from 'lit';
import {property, query, state} from 'lit/decorators.js';
import type {Message} from '@chatlet/protocol';
import type {Api} from '../../client/backends.ts';
import {isApi} from '../../client/backends.ts';
import {heldUntil, isAnswering} from '../../client/chat-state.ts';
import type {ChatState, ShownMessage} from '../../client/chat-state.ts';
import {ChatStore} from '../../client/chat-store.ts';
import {defaultEndpoint} from '../../client/default-endpoint.ts';
import {createHttpTransport} from '../../client/http-transport.ts';
import type {HeadersSource, TokenSource} from '../../client/http-transport.ts';
import {omitUndefined} from '../../client/omit-undefined.ts';
import type {PageTool, PageTools} from '../../client/page-tool.ts';
import {connectOtherTabs} from '../../client/other-tabs.ts';
import type {OtherTabs} from '../../client/other-tabs.ts';
import {createStorage, findStorages} from '../../client/storage.ts';
import type {ChatStorage, StorageMode, StorageNamespace} from '../../client/storage.ts';
import type {ChatTransport} from '../../client/transport.ts';
import {readMessages} from '../../client/validate.ts';
import {withAnswerCache} from '../../client/with-answer-cache.ts';
import {AnnouncerController} from '../../controllers/announcer.ts';
import {ChatController} from '../../controllers/chat.ts';
import {CountdownController} from '../../controllers/countdown.ts';
import {LocalizeController} from '../../controllers/localize.ts';
import {SizeController} from '../../controllers/size.ts';
import type {StallController} from '../../controllers/stall.ts';
import {findFocused, isTouch, keepTabInside} from '../../controllers/tabbable.ts';
import {
  ChatAnsweredEvent,
  ChatActionEvent,
  ChatChangeEvent,
  ChatErrorEvent,
  ChatSendEvent,
  ChatStoppedEvent,
} from '../../events.ts';
import type {Renderers} from '../../markdown/index.ts';
import {base} from '../../styles/base.ts';
import {icon} from '../../styles/icons.ts';
import {tokens} from '../../styles/tokens.ts';
import {saysSomething} from '../../translations/own-words.ts';
import type {OwnWords, Words} from '../../translations/words.ts';
import {noticeWords} from '../message/notice-words.ts';
import {composerParts, historyParts, threadParts} from '../parts.ts';
import {isForLauncher, perform} from './actions.ts';
import type {PerformedAction} from './actions.ts';
import {chatStyles} from './chat.styles.ts';
import {choiceOf} from './choices.ts';
import {editsText, isTextField} from './keys.ts';
import type * as lazyParts from './lazy-parts.ts';

/** A message as a page may write it. */
export type MessageInput = Message | {readonly role: 'user' | 'assistant' | 'system'; readonly content: string};

type LazyParts = typeof lazyParts;

/** Elements that a chat can be shown without. Each is fetched when the chat first has one. */
const laterElements: Readonly<Record<string, () => Promise<unknown>>> = {
  'chatlet-history': () => import('../history/define-history.ts'),
  'chatlet-model-picker': () => import('../model-picker/define-model-picker.ts'),
  'chatlet-thread': () => import('../thread/define-thread.ts'),
};

/** From this width on, the history stands beside the conversation. In less than this height, all else makes room for it. */
const sizeLimits = {wideFrom: 720, lowBelow: 420};

/**
 * A chat that fills its box.
 *
 * @tagname chatlet-chat
 * @slot logo - In place of the mark in the header.
 * @slot greeting - In place of the greeting before the first question.
 * @slot disclaimer - In place of the line under the composer.
 * @fires chatlet-send
 * @fires chatlet-answered
 * @fires chatlet-stopped
 * @fires chatlet-error
 * @fires chatlet-chat-change
 * @fires chatlet-model-change
 * @fires chatlet-sign-in
 * @csspart chat - The box around everything.
 * @csspart header - The line at the top.
 * @csspart heading - The name in it.
 * @csspart greeting - The greeting before the first question.
 * @csspart ai-notice - The line that says before the first question that an AI answers.
 * @csspart temporary - The line that says that the chat is temporary.
 * @csspart starter - A question to start with.
 * @csspart footer - The composer and the line under it.
 * @csspart disclaimer - The line under the composer.
 * @csspart queue - The questions that are asked next.
 * @csspart queued - The dashed box of one of them.
 * @csspart connection - The line that says that the connection is lost.
 * @csspart help - The list of keys.
 * @cssproperty {<color>} [--chatlet-accent=#2f6f5e] - Buttons, links, tints.
 * @cssproperty {<color>} --chatlet-accent-ink - Text on the accent; by default black or white.
 * @cssproperty {<color>} --chatlet-background - By default white, or nearly black in the dark.
 * @cssproperty {<color>} --chatlet-ink - Text on the background.
 * @cssproperty {<length>} [--chatlet-radius=18px] - The corners of the box.
 * @cssproperty {<font-family-name>#} --chatlet-font-family - The font; the attribute `page-font` takes the page's.
 * @cssproperty {<length>} [--chatlet-font-size=15px] - The size of the text; all others follow it.
 * @cssproperty {*} --chatlet-font - An older name of `--chatlet-font-family`.
 * @cssproperty {<font-family-name>#} --chatlet-font-mono - The font family of code.
 * @cssproperty {<number>} [--chatlet-density=1] - Less than 1 makes the gaps smaller, more makes them larger.
 */
export class ChatletChat extends LitElement {
  static override styles = [tokens, base, chatStyles];

  readonly #chat = new ChatController(this, (now, before) => this.#handleChange(now, before));
  readonly #localize = new LocalizeController(this);
  readonly #announcer = new AnnouncerController(this);
  readonly #countdown = new CountdownController(this);
  readonly #size = new SizeController(this, sizeLimits);

  @query('chatlet-thread') private thread!: HTMLElementTagNameMap['chatlet-thread'] | null;
  @query('chatlet-composer') private composer!: HTMLElementTagNameMap['chatlet-composer'] | null;
  @query('chatlet-history') private historyPanel!: HTMLElementTagNameMap['chatlet-history'] | null;
  @query('.history-button') private historyButton!: HTMLElement | null;

  @state() private drawerOpen = false;

  /** Messages that the page set before there was a store. */
  #initialMessages: unknown;
  #transport: ChatTransport | undefined;
  #otherTabs: OtherTabs | undefined;
  #lazyParts: Promise<LazyParts> | LazyParts | undefined;
  #stall: StallController | undefined;
  #told: readonly unknown[] | undefined;
  #storage: ChatStorage | undefined;
  #pageTools: PageTools | undefined;
  readonly #drawer = {
    open: () => this.#openDrawer(),
    close: () => (this.drawerOpen = false),
    leave: () => this.#leaveDrawer(),
  };

  /** Address of the backend; by default the folder of the script, or else the page's origin. */
  @property() endpoint: string | undefined;
  /** Kind of the backend: `chatlet`, or one of those that the README lists under “Other backends”. */
  @property() api: Api = 'chatlet';
  /**
   * How many messages are sent with a question if the backend keeps no chats: those of the system, and the newest. By
   * default 10 for `content`, else all.
   */
  @property({type: Number, attribute: 'history-limit'}) historyLimit: number | undefined;
  /** Answers a question that was asked before from memory, if the backend keeps no chats. */
  @property({type: Boolean, attribute: 'answer-cache'}) answerCache = false;
  /** Id of the model that answers; the visitor may choose another one. */
  @property() model: string | undefined;
  /** Id of the chat that is shown; undefined if it has not begun. */
  @property({attribute: 'chat-id'}) chatId: string | undefined;
  /** The name in the header. */
  @property() heading: string | undefined;
  /** Takes the font of the page. */
  @property({type: Boolean, attribute: 'page-font', reflect: true}) pageFont = false;
  /** A small line under the heading. */
  @property() subheading: string | undefined;
  /** The greeting before the first question. */
  @property() greeting: string | undefined;
  /** A sentence or two under the greeting. */
  @property() introduction: string | undefined;
  /** Says before the first question that no human answers; `off` hides it. */
  @property({attribute: 'ai-notice'}) aiNotice: string | undefined;
  /** Shown in the empty composer. */
  @property() placeholder: string | undefined;
  /** The line under the composer. */
  @property() disclaimer: string | undefined;
  /** `light` or `dark`; by default as in the visitor's system. */
  @property({reflect: true}) theme: 'light' | 'dark' | undefined;
  /** `auto`: beside the conversation if the chat is wide, else a drawer. `drawer`: always a drawer. `off`: none. */
  @property() history: 'auto' | 'drawer' | 'off' = 'auto';
  /** Sets formulas, also if the server's page settings do not. The code for it is fetched with the first formula. */
  @property({type: Boolean}) math = false;
  /** Functions that show code of a language, such as `mermaid`, in another way than as code. */
  @property({attribute: false}) renderers: Renderers | undefined;
  /** An address or a mail address, to which visitors turn with questions that the site's pages do not answer. */
  @property() contact: string | undefined;
  /** Shows pages of the site while the visitor writes a question. */
  @property({type: Boolean}) search = false;
  /** Where the visitor is in the site, a URL or a path such as `/docs/`: answers prefer the pages below it. By default none. */
  @property() section: string | undefined;
  /** Whether the site's pages are searched for answers; by default as the server has it. */
  @property({attribute: false}) retrieval: boolean | undefined;
  /** Questions to start with. The attribute is a JSON list. */
  @property({type: Array}) starters: readonly string[] | undefined;
  /** The signed-in visitor's token, or a function that fetches it. */
  @property({attribute: false}) token: TokenSource | undefined;
  /** Headers that are sent with every request, or a function that makes them for each one. */
  @property({attribute: false, hasChanged: needsConnection}) headers: HeadersSource;
  /** The page's words (i18n) in place of some of the chat's. */
  @property({attribute: false}) strings: OwnWords | undefined;
  /** Whether requests carry the cookies of the backend's site: `omit` (default), `same-origin` or `include`. */
  @property() credentials: RequestCredentials | undefined;
  /**
   * Where the visitor's identity, the draft and the open chat are kept from the first question on: `local` outlives the
   * tab, `session` ends with it, `none` ends with the page.
   */
  @property() storage: StorageMode = 'local';
  /** `required`: nothing is kept or read on the device until the page sets `granted`. */
  @property() consent: 'required' | 'granted' | undefined;
  /** Nothing is kept on the device, and the server deletes the chat when the visitor leaves it. */
  @property({type: Boolean}) temporary = false;
  /** Functions of the page that the model may call. */
  @property({attribute: false}) tools: readonly PageTool[] | undefined;
  /**
   * With the browser's own agents (WebMCP): `take` lets the model call the functions that the page has registered for them,
   * `offer` lets them ask the chat, `both` does both.
   */
  @property() webmcp: 'take' | 'offer' | 'both' | undefined;
  /** Reaches a backend in another way than by HTTP. */
  @property({attribute: false}) transport: ChatTransport | undefined;
  /**
   * Shows a button that closes the panel around the chat.
   * @internal
   */
  @property({type: Boolean, attribute: false}) closable = false;
  /**
   * A button of the panel around the chat, shown beside the one that closes it.
   * @internal
   */
  @property({attribute: false}) panelButton: TemplateResult | undefined;

  /** The conversation. A page that sets it may write `{role, content}` for a message. */
  @property({attribute: false})
  get messages(): readonly Message[] {
    return this.#chat.store?.getState().messages ?? readMessages(this.#initialMessages);
  }
  set messages(messages: readonly MessageInput[]) {
    if (this.#chat.store) this.#chat.store.setMessages(readMessages(messages));
    else this.#initialMessages = messages;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#whenLoaded(() => {});
    // The chat was removed from the page and is put in again.
    if (this.hasUpdated && !this.#chat.store) this.#connect();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    // A page that only moves the chat puts it back in the same task; then everything goes on.
    queueMicrotask(() => {
      if (this.isConnected) return;
      this.#chat.watch(undefined);
      this.#otherTabs?.close();
    });
  }

  override willUpdate(changed: PropertyValues<this>): void {
    const connecting = [
      'endpoint',
      'api',
      'transport',
      'headers',
      'credentials',
      'historyLimit',
      'answerCache',
      'storage',
      'temporary',
    ] as const;
    if (!this.#chat.store || connecting.some((name) => changed.has(name))) this.#connect();
    const store = this.#chat.store;
    if (!store) return;
    if (changed.has('consent') && this.consent !== 'required') this.#storage?.consent?.();
    if (changed.has('token')) this.#transport?.renewToken?.();
    // The answer may have begun on another page, and waits for a function.
    if (changed.has('tools')) void this.#loadTools().then(() => store.lookAgain());
    if (changed.has('chatId') && this.chatId !== store.getState().chatId) {
      if (this.chatId === undefined) store.newChat();
      else void store.open(this.chatId);
    }
    if (changed.has('model') && this.model !== undefined && this.model !== store.getState().model) {
      store.setModel(this.model);
    }
    if (this.#isBeside) this.drawerOpen = this.drawerOpen && this.history === 'drawer';
    if (this.drawerOpen || this.#isBeside) this.#loadHistory();
  }

  override updated(changed: PropertyValues): void {
    // The composer changes its text too, so the draft may differ from it without having changed.
    if (this.composer) this.composer.value = this.#chat.store?.getState().draft ?? '';
    for (const {localName} of this.renderRoot.querySelectorAll(':not(:defined)')) void this.#define(localName);
    this.#tellLauncher();
    if (!changed.has('drawerOpen') || changed.get('drawerOpen') === undefined) return;
    if (this.drawerOpen) void this.#enterDrawer();
    else if (this.historyButton) this.historyButton.focus();
  }

  async #focusThread(options?: FocusOptions): Promise<void> {
    if (!this.thread?.hasUpdated) {
      await customElements.whenDefined('chatlet-thread');
      await this.thread?.updateComplete;
      if (this.matches(':focus-within')) return;
    }
    this.thread?.focus(options);
  }

  /** Fetches the code of an element. */
  async #define(name: string): Promise<void> {
    try {
      await laterElements[name]?.();
    } catch {
      // It could not be fetched. The next change tries again, and so does the button of the drawer.
      if (!this.drawerOpen) return;
      this.drawerOpen = false;
      this.#announcer.say(this.#words.errors.network.title);
    }
  }

  async #enterDrawer(): Promise<void> {
    await customElements.whenDefined('chatlet-history');
    await this.historyPanel?.updateComplete;
    if (this.drawerOpen) this.historyPanel?.focus();
  }

  /** Tells the page and the screen reader of a change before it is rendered. Returns whether it has to be. */
  #handleChange(now: ChatState, before: ChatState): boolean {
    if (now.chatId !== before.chatId) {
      this.chatId = now.chatId;
      this.dispatchEvent(new ChatChangeEvent(now.chatId));
    }
    if (now.model !== before.model) this.model = now.model;
    const last = now.messages.at(-1);
    if (before.messages.length === 0 && now.status === 'idle' && last) {
      this.dispatchEvent(new ChatActionEvent({type: 'loaded', answered: last.role === 'assistant'}));
      // The list has the title of the chat that was opened.
      if (now.chatId !== undefined) this.#loadHistory();
    }
    let growth = false;
    this.#whenLoaded(({tell, isGrowth}) => {
      this.#stall?.see(now, before);
      tell(now, before, {announcer: this.#announcer, words: this.#words, isListed: this.historyPanel !== null});
      growth = isGrowth(now, before);
    });
    // The thread alone shows it.
    if (growth && this.thread) this.thread.messages = now.messages;
    return !growth;
  }

  #loadHistory(): void {
    const {store} = this.#chat;
    if (this.#hasHistory && store?.getState().history.status === 'unread') void store.loadHistory();
  }

  /** The panel's name and description are outside of the chat. */
  #tellLauncher(): void {
    const words = this.#words;
    const {heading = words.heading} = this;
    const aiNotice = this.#shownAiNotice;
    const told = [words, heading, aiNotice];
    if (this.#told?.every((each, index) => each === told[index])) return;
    this.#told = told;
    this.dispatchEvent(new ChatActionEvent({type: 'words', words, heading, aiNotice}));
  }

  /** Uses code that is fetched when the chat is opened. If it cannot be fetched, the next use tries again. */
  #whenLoaded(use: (parts: LazyParts) => void): void {
    if (this.#lazyParts && !(this.#lazyParts instanceof Promise)) use(this.#lazyParts);
    else {
      this.#lazyParts ??= this.#loadLazyParts();
      this.#lazyParts.then(use, () => (this.#lazyParts = undefined));
    }
  }

  async #loadLazyParts(): Promise<LazyParts> {
    const loaded = await import('./lazy-parts.ts');
    this.#lazyParts = loaded;
    this.#stall = loaded.startParts(this, {
      announcer: this.#announcer,
      device: () => this.#storage?.device,
      say: () => this.#announcer.say(this.#words.stillWorking),
    });
    return loaded;
  }

  #handleEnd(answer: ShownMessage): void {
    const {status} = answer;
    this.#whenLoaded(({tellEnd}) => tellEnd(answer, {announcer: this.#announcer, words: this.#words}));
    if (status === 'done') this.dispatchEvent(new ChatAnsweredEvent(answer));
    if (status === 'stopped') this.dispatchEvent(new ChatStoppedEvent(answer));
    if (answer.error) this.dispatchEvent(new ChatErrorEvent(answer.error));
  }

  #handleAction(event: ChatActionEvent): void {
    const {action} = event;
    if (isForLauncher(action)) return;
    event.stopPropagation();
    event.result = this.#perform(action);
  }

  #handleKey(event: KeyboardEvent): void {
    if (event.key === 'F6') {
      event.preventDefault();
      const inThread = this.renderRoot instanceof ShadowRoot && this.renderRoot.activeElement === this.thread;
      if (inThread) this.focusComposer();
      else this.thread?.focus();
    } else if (event.key === 'Escape' && this.drawerOpen) {
      event.preventDefault();
      event.stopPropagation();
      this.drawerOpen = false;
    }
    // The drawer covers the conversation, so Tab stays in it.
    if (this.drawerOpen && this.historyPanel) keepTabInside(event, this.historyPanel);
    this.#handleTyping(event);
  }

  #handleTyping(event: KeyboardEvent): void {
    if (editsText(event)) event.stopPropagation();
  }

  #handleStarter(starter: string): void {
    const prompt = this.#chat.store?.getState().config.prompts?.[starter];
    void this.send(typeof prompt === 'string' ? prompt : starter);
    this.focus();
  }

  #handleClose(): void {
    this.dispatchEvent(new ChatActionEvent({type: 'close'}));
  }

  /**
   * Asks as if the visitor had written the text. Resolves with the answer when it has ended; with undefined if nothing was
   * asked, because an answer is being written, or a refusal has not counted down yet.
   */
  async send(text: string): Promise<Message | undefined> {
    await this.updateComplete;
    await this.#loadTools();
    const store = this.#chat.store;
    if (!store || text.trim() === '' || store.getState().status !== 'idle' || this.#wait > 0) return undefined;
    if (!this.dispatchEvent(new ChatSendEvent(text))) return undefined;
    return store.send(text);
  }

  /**
   * Asks when the answer that is being written has ended well. False if none is being written, or if no more questions
   * can wait.
   */
  enqueue(text: string): boolean {
    const {store} = this.#chat;
    if (!store || text.trim() === '' || !isAnswering(store.getState().status)) return false;
    const isQueued = store.enqueue(text);
    if (!isQueued) this.#announcer.say(this.#words.queueFull);
    return isQueued;
  }

  /**
   * Opens the last question for editing, if no answer is being written.
   * @internal
   */
  editLastQuestion(): void {
    if (this.#chat.store?.getState().status === 'idle')
      this.#whenLoaded(({editLastQuestion}) => editLastQuestion(this.renderRoot));
  }

  /** Lets the model call a function of the page, until its `signal` aborts. */
  registerTool<Input>(tool: PageTool<Input>): void {
    this.tools = [...(this.tools ?? []).filter(({signal}) => !signal?.aborted), tool];
  }

  /** Stops the answer that is being written. The text so far stays. */
  stop(): void {
    this.#chat.store?.stop();
  }

  /** Leaves the chat for an empty one. */
  newChat(): void {
    this.#chat.store?.newChat();
    this.#announcer.reset();
  }

  /** Shows an earlier chat. */
  async openChat(chatId: string): Promise<void> {
    await this.updateComplete;
    this.#announcer.reset();
    await this.#chat.store?.open(chatId);
  }

  /** Puts the focus in the composer. */
  focusComposer(): void {
    this.composer?.focus();
  }

  /** Puts the focus in the composer; on a touch screen, where that would raise the keyboard, in the conversation. */
  override focus(options?: FocusOptions): void {
    if (isTouch()) void this.#focusThread(options);
    else this.composer?.focus(options);
  }

  /**
   * Puts the focus where the visitor goes on, after something in the chat has been done.
   * @internal
   */
  bringFocusHome(): void {
    const {activeElement} = this.shadowRoot ?? document;
    const isTyping = activeElement === this.composer && isTextField(findFocused() ?? undefined);
    // A visitor in the list beside the conversation stays there.
    if (this.matches(':focus-within') && !isTyping && activeElement !== this.historyPanel) this.focus();
  }

  /** Signs a visitor in. Everything of the visitor before is wiped, from the page and from the device. */
  identify(token: TokenSource): void {
    this.logout();
    this.token = token;
  }

  /**
   * Signs the visitor out: stops their answers, wipes everything of theirs from the page and the device, and goes on with an
   * anonymous visitor. With `delete` their chats on the server are deleted too.
   */
  logout(options: {delete?: boolean} = {}): void {
    this.token = undefined;
    const visitors = [this.#storage?.device.get('visitor')];
    this.#forgetVisitor(options);
    // The same person may have asked in elements with other ids, each of which has an identity of its own.
    for (const {device} of findStorages(this.#endpoint)) {
      visitors.push(device.get('visitor'));
      if (!this.transport) this.#createTransport(device).forget?.(options);
      device.clear();
    }
    this.#otherTabs?.announceSignOut(visitors.filter((visitor) => visitor !== undefined));
  }

  /** Deletes all chats of the visitor, who stays signed in. Rejects if the server has not deleted them. */
  async removeAllChats(): Promise<void> {
    const visitor = this.#storage?.device.get('visitor');
    await this.#chat.store?.removeAllChats();
    this.#announcer.reset();
    // Other tabs forget an anonymous visitor, and look again at the list of one who is signed in.
    if (this.token === undefined && visitor !== undefined) this.#otherTabs?.announceSignOut([visitor]);
    else this.#otherTabs?.announceTurn('');
  }

  /** Fetches the code for functions of the page. If it cannot be fetched, the next question tries again. */
  async #loadTools(): Promise<void> {
    if (!this.tools?.length || this.#pageTools) return;
    const loaded = await import('../../client/page-tools.ts').catch(() => {});
    this.#pageTools ??= loaded?.createPageTools(() => this.tools ?? []);
  }

  #connect(): void {
    if (!this.isConnected) return;
    const endpoint = this.#endpoint;
    const mode = this.temporary ? 'none' : (choiceOf('storage', this.storage) ?? 'local');
    const storage = createStorage(this.id ? `${endpoint}#${this.id}` : endpoint, {
      mode,
      needsConsent: this.consent === 'required',
    });
    this.#storage = storage;
    this.#announcer.saysText = storage.device.get('announce') !== 'ends';
    const given = this.transport ?? this.#createTransport(storage.device);
    const transport = this.answerCache ? withAnswerCache(given) : given;
    this.#transport = transport;
    this.#otherTabs?.close();
    const otherTabs = connectOtherTabs(endpoint, {
      onSignOut: (visitors) => {
        // This tab may not see yet that the other has cleared the device, and would go on as the visitor who has left.
        for (const visitor of visitors) storage.device.clearIf?.('visitor', visitor);
        // What is not on the device, only this tab can clear.
        this.#forgetVisitor({deviceAlreadyCleared: mode === 'local'});
      },
      onTurn: (chatId) => void store.followTurn(chatId),
    });
    this.#otherTabs = otherTabs;
    const store = new ChatStore({
      transport,
      storage,
      temporary: this.temporary,
      onAccepted: (chatId) => otherTabs.announceTurn(chatId),
      onEnd: (answer) => this.#handleEnd(answer),
      mayAsk: (text) => this.dispatchEvent(new ChatSendEvent(text)),
      retrieval: () => ({section: this.section ?? undefined, retrieval: this.retrieval}),
      pageTools: () => this.#pageTools,
    });
    this.#chat.watch(store);
    this.#announcer.reset();
    if (this.#initialMessages !== undefined) {
      store.setMessages(readMessages(this.#initialMessages));
      this.#initialMessages = undefined;
    }
    if (this.model !== undefined) store.setModel(this.model);
    void store.start(this.chatId === undefined ? {} : {chatId: this.chatId});
  }

  #createTransport(visitorStorage: StorageNamespace): ChatTransport {
    const {historyLimit} = this;
    return createHttpTransport({
      endpoint: this.#endpoint,
      api: isApi(this.api) ? this.api : 'chatlet',
      visitorStorage,
      // Read for each request, so that a token that is set later counts from then on.
      token: () => (typeof this.token === 'function' ? this.token() : this.token),
      headers: () => (typeof this.headers === 'function' ? this.headers() : this.headers),
      ...omitUndefined({credentials: choiceOf('credentials', this.credentials)}),
      ...(historyLimit !== undefined && historyLimit >= 1 ? {historyLimit} : {}),
    });
  }

  /** Wipes everything of the visitor. `deviceAlreadyCleared`: another tab has wiped the device and told this one. */
  #forgetVisitor(options: {deviceAlreadyCleared?: boolean; delete?: boolean} = {}): void {
    this.#chat.store?.forget(options);
    this.#announcer.reset();
    // A string is the old visitor's token; a function fetches the token of the present one.
    if (typeof this.token === 'string') this.token = undefined;
    this.chatId = undefined;
    if (this.hasUpdated) this.#connect();
  }

  #perform(action: PerformedAction): unknown {
    const {store} = this.#chat;
    return store && perform(action, {store, announcer: this.#announcer, chat: this, drawer: this.#drawer});
  }

  #openDrawer(): void {
    const {store} = this.#chat;
    // The list was wanted for the title of the chat.
    if (store?.getState().history.status === 'failed') void store.loadHistory();
    this.drawerOpen = true;
  }

  /** Closes the drawer after a choice in it, and puts the focus in the composer. Beside the conversation the focus stays. */
  #leaveDrawer(): void {
    if (!this.drawerOpen) return;
    this.drawerOpen = false;
    void this.updateComplete.then(() => this.focusComposer());
  }

  get #endpoint(): string {
    return this.endpoint ?? defaultEndpoint();
  }

  /** Whole seconds until a question may be sent again. */
  get #wait(): number {
    const {store} = this.#chat;
    return this.#countdown.secondsUntil(store && heldUntil(store.getState()));
  }

  get #words(): Words {
    return this.#localize.words({server: this.#chat.store?.getState().config, page: this.strings});
  }

  /** Undefined if the page or its server has turned it off. */
  get #shownAiNotice(): string | undefined {
    const own = this.aiNotice ?? undefined;
    const notice = own !== undefined && saysSomething(own) ? own : this.#words.aiNotice;
    return notice === 'off' ? undefined : notice;
  }

  get #hasHistory(): boolean {
    return this.history !== 'off' && (this.#chat.store?.getState().history.status ?? 'absent') !== 'absent';
  }

  /** Whether the history stands beside the conversation. */
  get #isBeside(): boolean {
    return this.#hasHistory && this.#size.wide && !this.#size.low && this.history !== 'drawer';
  }

  override render(): TemplateResult | typeof nothing {
    const chat = this.#chat.store?.getState();
    if (!chat) return nothing;
    const words = this.#words;
    const beside = this.#isBeside;
    const overlaid = this.drawerOpen && !beside;
    const empty = chat.messages.length === 0;
    const isAsked = chat.messages.some(({role}) => role === 'user');
    const wait = this.#wait;
    return html`<div
      class="chat ${this.#size.wide ? 'wide' : ''} ${this.#size.low ? 'low' : ''} ${empty && chat.status === 'idle' && !chat.problem ? 'first' : ''}"
      part="chat"
      lang=${words.language}
      dir=${this.#localize.direction(words) ?? nothing}
      @chatlet-action=${this.#handleAction}
      @keydown=${this.#handleKey}
      @keypress=${this.#handleTyping}
      @keyup=${this.#handleTyping}
    >
      ${beside || overlaid ? this.#history(chat, {words, overlaid}) : nothing}
      <div class="main" ?inert=${overlaid}>
        ${this.#header(chat, {words, beside})}
        <div class="connection" part="connection" ?hidden=${chat.status !== 'reconnecting'}>
          ${chat.status === 'reconnecting' ? html`<span class="dot"></span><span class="plain">${words.reconnecting}</span>` : nothing}
        </div>
        <chatlet-thread
          exportparts=${threadParts}
          .messages=${chat.messages}
          .status=${chat.status}
          .words=${words}
          ?older=${chat.olderCursor !== undefined}
          ?math=${this.math || chat.config.math}
          .renderers=${this.renderers}
          .contact=${this.contact ?? chat.config.contact}
          .waiting=${chat.queue.length}
        >
          ${
            empty && chat.status !== 'loading'
              ? html`<div slot="empty" class="hello">
                  ${this.#aiNoticeLine()}
                  ${chat.problem ? this.#problem(chat, words) : this.#isGreetingKnown(chat) ? this.#greeting(chat, words) : this.#bones()}
                </div>`
              : nothing
          }
          <div slot="pending" class="pending"></div>
        </chatlet-thread>
        <div class="footer" part="footer">
          ${!empty && !isAsked ? this.#aiNoticeLine() : nothing}
          ${this.temporary ? html`<p class="ai-notice" part="temporary">${icon('history')}<span>${words.temporary}</span></p>` : nothing}
          <chatlet-composer
            exportparts=${composerParts}
            .placeholder=${wait > 0 ? words.sendAgainIn(wait) : empty ? (this.placeholder ?? words.placeholder) : words.replyPlaceholder}
            .wait=${wait}
            .description=${this.#description({isAsked, words})}
            .status=${chat.status}
            .words=${words}
            ?compact=${(chat.models.length < 2 && chat.settings === 'ready') || this.#size.low}
          >
            ${
              chat.models.length < 2
                ? nothing
                : html`<chatlet-model-picker
                    slot="tools"
                    exportparts="button: model-button, list: model-list, option: model-option"
                    .models=${chat.models}
                    .model=${chat.model}
                    .words=${words}
                  ></chatlet-model-picker>`
            }
          </chatlet-composer>
          <slot name="disclaimer">${this.#disclaimer(chat)}</slot>
        </div>
      </div>
      <div class="unseen" aria-live="polite" aria-atomic="true">${this.#spoken()}</div>
    </div>`;
  }

  #spoken(): readonly TemplateResult[] {
    return this.#announcer.spoken.map(
      ({text, language}, index) => html`<span lang=${language ?? nothing}>${index === 0 ? '' : ' '}${text}</span>`,
    );
  }

  #history(chat: ChatState, {words, overlaid}: {words: Words; overlaid: boolean}): TemplateResult {
    return html`${
        overlaid ? html`<div class="scrim" @click=${() => this.#perform({type: 'hide-history'})}></div>` : nothing
      }
      <chatlet-history
        class=${overlaid ? 'drawer' : ''}
        exportparts=${historyParts}
        .history=${chat.history}
        .chatId=${chat.chatId}
        .words=${words}
        .allChats=${!this.temporary && this.#transport?.history?.removeAll !== undefined}
        ?drawer=${overlaid}
      ></chatlet-history>`;
  }

  #header(chat: ChatState, {words, beside}: {words: Words; beside: boolean}): TemplateResult {
    const heading = this.heading ?? words.heading;
    const subheading = this.subheading ?? chat.config.subheading;
    const title = chat.history.chats.find(({id}) => id === chat.chatId)?.title;
    const shown = beside && title ? title : heading;
    const below = title && !beside ? title : subheading;
    const isKnown = chat.settings === 'ready' || this.heading !== undefined || shown !== heading;
    return html`<header class="header" part="header">
      ${beside ? nothing : html`<slot name="logo"><span class="logo">${icon('chat')}</span></slot>`}
      <div class="names">
        <h2 part="heading"><bdi class=${isKnown ? '' : 'bone'}>${shown}</bdi></h2>
        ${below && shown === heading ? html`<p class="plain">${below}</p>` : nothing}
      </div>
      ${
        this.#hasHistory && !beside
          ? html`<button
              class="icon-button history-button"
              type="button"
              title=${words.history}
              aria-expanded=${this.drawerOpen}
              @pointerenter=${prefetchHistory}
              @focus=${prefetchHistory}
              @click=${() => this.#perform({type: 'show-history'})}
            >
              ${icon('history')}
            </button>`
          : nothing
      }
      ${
        !beside && chat.messages.length > 0
          ? html`<button
              class="icon-button"
              part="new-chat"
              type="button"
              title=${words.newChat}
              @click=${() => this.#perform({type: 'new-chat'})}
            >
              ${icon('compose')}
            </button>`
          : nothing
      }
      ${this.panelButton}
      ${
        this.closable
          ? html`<button class="icon-button" type="button" title=${words.close} @click=${this.#handleClose}>
              ${icon('close')}
            </button>`
          : nothing
      }
    </header>`;
  }

  /** What a screen reader says behind the name of the field. A launcher's panel says the AI notice itself. */
  #description({isAsked, words}: {isAsked: boolean; words: Words}): string {
    const notice = isAsked || this.closable ? undefined : this.#shownAiNotice;
    return [notice, this.temporary ? words.temporary : undefined].filter(Boolean).join(' ');
  }

  #aiNoticeLine(): TemplateResult | typeof nothing {
    const notice = this.#shownAiNotice;
    if (notice === undefined) return nothing;
    return html`<p class="ai-notice" part="ai-notice">${icon('spark')}<span dir="auto">${notice}</span></p>`;
  }

  /** Whether what is shown before the first question would not change when the server's settings come. */
  #isGreetingKnown({settings}: ChatState): boolean {
    return settings === 'ready' || (this.greeting !== undefined && this.starters !== undefined);
  }

  /** A skeleton in the place of the greeting. It is an element of its own, so that no browser sees one that moves. */
  #bones(): TemplateResult {
    const starters = [1, 2, 3, 4].slice(0, this.starters?.length ?? 4).map(() => html`<li class="starter"></li>`);
    return html`<div class="greeting" aria-hidden="true">
      <slot name="greeting"
        ><h3 class="bone">&nbsp;</h3>
        <p class="bone">&nbsp;</p></slot
      >
      <ul>
        ${starters}
      </ul>
    </div>`;
  }

  #greeting(chat: ChatState, words: Words): TemplateResult {
    const starters = (this.starters ?? chat.config.starters ?? []).filter((each) => each.trim() !== '').slice(0, 4);
    const greeting = this.greeting ?? words.greeting;
    const introduction = this.introduction ?? words.introduction;
    return html`<div class="greeting" part="greeting">
      <slot name="greeting">
        ${greeting ? html`<h3 dir="auto">${greeting}</h3>` : nothing}
        ${introduction ? html`<p dir="auto">${introduction}</p>` : nothing}
      </slot>
      ${
        starters.length === 0
          ? nothing
          : html`<ul aria-label=${words.starters}>
              ${starters.map(
                (starter) =>
                  html`<li>
                    <button class="starter" part="starter" type="button" @click=${() => this.#handleStarter(starter)}>
                      ${icon('spark')}<span dir="auto">${starter}</span>
                    </button>
                  </li>`,
              )}
            </ul>`
      }
    </div>`;
  }

  #problem(chat: ChatState, words: Words): TemplateResult | typeof nothing {
    const {problem} = chat;
    if (!problem) return nothing;
    const wait = this.#countdown.secondsUntil(problem.retryAt);
    const {title, text} = noticeWords(problem.code, {words, wait});
    return html`<div class="greeting">
      <h3>${title}</h3>
      <p>${text}</p>
      <button class="button retry" type="button" ?disabled=${wait > 0} @click=${() => this.#perform({type: 'retry'})}>
        ${wait > 0 ? words.retryIn(wait) : words.retry}
      </button>
    </div>`;
  }

  #disclaimer(chat: ChatState): TemplateResult | typeof nothing {
    const disclaimer = this.disclaimer ?? chat.config.disclaimer;
    return disclaimer ? html`<p class="disclaimer plain" part="disclaimer">${disclaimer}</p>` : nothing;
  }
}

/** Another object connects anew. Functions are called for each request, and frameworks make a new one at each rendering. */
function needsConnection(now: HeadersSource, before: HeadersSource): boolean {
  return now !== before && (typeof now !== 'function' || typeof before !== 'function');
}

/** Before the button of the history is pressed. If it cannot be fetched now, pressing tries again. */
const prefetchHistory = () => void laterElements['chatlet-history']?.().catch(() => {});

declare global {
  interface HTMLElementTagNameMap {
    'chatlet-chat': ChatletChat;
  }
}
