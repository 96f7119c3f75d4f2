/** The button in the corner of a page, and the panel with the chat that it opens. */
import {html, LitElement, nothing} from 'lit';
import type {PropertyValues, TemplateResult} from 'lit';
import {property, query, state} from 'lit/decorators.js';
import type {Api} from '../../client/backends.ts';
import type {TokenSource} from '../../client/http-transport.ts';
import type {StorageMode} from '../../client/storage.ts';
import type {ChatTransport} from '../../client/transport.ts';
import {LocalizeController} from '../../controllers/localize.ts';
import {ChatCloseEvent, ChatOpenEvent} from '../../events.ts';
import type {ChatActionEvent} from '../../events.ts';
import type {Renderers} from '../../markdown/index.ts';
import {base} from '../../styles/base.ts';
import {icon} from '../../styles/icons.ts';
import {tokens} from '../../styles/tokens.ts';
import type {Words} from '../../translations/words.ts';
import {launcherStyles} from './launcher.styles.ts';

/**
 * A floating button that opens a chat. Takes the attributes of `<chatlet-chat>` and hands them on, or holds a
 * `<chatlet-chat>` that the page puts in.
 *
 * @tagname chatlet-launcher
 * @slot - A `<chatlet-chat>` to show in place of the launcher's own.
 * @slot icon - In place of the mark on the button.
 * @fires chatlet-open - The panel has opened.
 * @fires chatlet-close - The panel has closed.
 * @csspart launcher - The button.
 * @csspart panel - The panel.
 * @cssproperty [--chatlet-launcher-inset=20px] - The distance from the edges of the window.
 * @cssproperty [--chatlet-launcher-size=58px] - The button's width and height.
 * @cssproperty [--chatlet-panel-width=400px] - The panel's width.
 * @cssproperty [--chatlet-panel-height=660px] - The panel's height, if the window is high enough.
 */
export class ChatletLauncher extends LitElement {
  static override styles = [tokens, base, launcherStyles];

  readonly #localize = new LocalizeController(this);

  @query('.launcher') private button!: HTMLButtonElement | null;
  @query('.panel') private panel!: HTMLElement | null;

  @state() private unread = false;
  /** Whether the chat has been created: when it is first needed. It is kept from then on. */
  @state() private made = false;

  /** Whether the panel is open. */
  @property({type: Boolean, reflect: true}) open = false;
  @property() endpoint: string | undefined;
  @property() api: Api = 'chatlet';
  @property({type: Number, attribute: 'history-limit'}) historyLimit: number | undefined;
  @property({type: Boolean, attribute: 'answer-cache'}) answerCache = false;
  @property() model: string | undefined;
  @property() heading: string | undefined;
  @property() subheading: string | undefined;
  @property() greeting: string | undefined;
  @property() introduction: string | undefined;
  @property() placeholder: string | undefined;
  @property() disclaimer: string | undefined;
  @property({reflect: true}) theme: 'light' | 'dark' | undefined;
  @property() history: 'auto' | 'drawer' | 'off' = 'auto';
  @property({type: Boolean}) math = false;
  @property({attribute: false}) renderers: Renderers | undefined;
  @property({type: Array}) starters: readonly string[] | undefined;
  @property({attribute: false}) token: TokenSource | undefined;
  @property({attribute: false}) headers: Readonly<Record<string, string>> | undefined;
  @property({attribute: false}) strings: Partial<Words> | undefined;
  @property() credentials: RequestCredentials | undefined;
  @property() storage: StorageMode = 'local';
  @property() consent: 'required' | 'granted' | undefined;
  @property({type: Boolean}) temporary = false;
  @property({attribute: false}) transport: ChatTransport | undefined;

  override willUpdate(changed: PropertyValues<this>): void {
    if (!this.open) return;
    this.made = true;
    if (changed.has('open')) this.unread = false;
  }

  override updated(changed: PropertyValues<this>): void {
    if (!changed.has('open') || !this.panel) return;
    if (this.open) {
      this.panel.showPopover();
      this.#adopt();
      void this.chat?.updateComplete.then(() => this.chat?.focusComposer());
      this.dispatchEvent(new ChatOpenEvent());
    } else if (changed.get('open') === true) {
      const within = this.#hasFocus();
      this.panel.hidePopover();
      if (within) this.button?.focus();
      this.dispatchEvent(new ChatCloseEvent());
    }
  }

  #handleKey(event: KeyboardEvent): void {
    if (event.key !== 'Escape' || event.defaultPrevented) return;
    event.stopPropagation();
    this.hide();
  }

  #handleAction(event: ChatActionEvent): void {
    if (event.action.type !== 'close') return;
    event.stopPropagation();
    this.hide();
  }

  #handleAnswered(): void {
    if (!this.open) this.unread = true;
  }

  /** The chat in the panel: the page's own, or the launcher's after it was first opened. */
  get chat(): HTMLElementTagNameMap['chatlet-chat'] | null {
    return this.#own ?? this.renderRoot.querySelector('chatlet-chat');
  }

  /** The chat that the page has put in, if any. */
  get #own(): HTMLElementTagNameMap['chatlet-chat'] | null {
    return this.querySelector('chatlet-chat');
  }

  /** Opens the panel and puts the focus in the composer. */
  show(): void {
    this.open = true;
  }

  /** Closes the panel. An answer that is being written goes on. */
  hide(): void {
    this.open = false;
  }

  toggle(): void {
    this.open = !this.open;
  }

  /** Whether the focus is in the panel or on the button, even if the window is not in front. */
  #hasFocus(): boolean {
    const root = this.getRootNode();
    const active = root instanceof Document || root instanceof ShadowRoot ? root.activeElement : null;
    return active === this || this.contains(active);
  }

  /** Gives a chat that the page has put in a button to close the panel. */
  #adopt(): void {
    if (this.#own) this.#own.closable = true;
  }

  override render(): TemplateResult {
    const words = this.#localize.words(this.strings);
    const name = this.open ? words.close : this.unread ? `${words.open}. ${words.unread}` : words.open;
    return html`<button
        class="launcher"
        part="launcher"
        type="button"
        aria-label=${name}
        aria-expanded=${this.open}
        @click=${this.toggle}
      >
        ${this.open ? icon('close') : html`<slot name="icon">${icon('chat')}</slot>`}
        ${this.unread ? html`<span class="unread"></span>` : nothing}
      </button>
      <div
        class="panel"
        part="panel"
        popover="manual"
        role="dialog"
        aria-label=${this.heading ?? words.heading}
        @keydown=${this.#handleKey}
        @chatlet-action=${this.#handleAction}
        @chatlet-answered=${this.#handleAnswered}
      >
        <slot @slotchange=${this.#adopt}>${this.made && !this.#own ? this.#chat() : nothing}</slot>
      </div>`;
  }

  #chat(): TemplateResult {
    return html`<chatlet-chat
      exportparts="chat, header, heading, greeting, starter, footer, disclaimer, connection, thread, message, jump, question, bubble, answer, text, reasoning, tool, sources, actions, notice, composer, input, send, stop, model-button, model-list, model-option, history, chat-item, new-chat"
      .endpoint=${this.endpoint}
      .api=${this.api}
      .historyLimit=${this.historyLimit}
      .answerCache=${this.answerCache}
      .model=${this.model}
      .heading=${this.heading}
      .subheading=${this.subheading}
      .greeting=${this.greeting}
      .introduction=${this.introduction}
      .placeholder=${this.placeholder}
      .disclaimer=${this.disclaimer}
      .theme=${this.theme}
      .history=${this.history}
      .math=${this.math}
      .renderers=${this.renderers}
      .starters=${this.starters}
      .token=${this.token}
      .headers=${this.headers}
      .credentials=${this.credentials}
      .storage=${this.storage}
      .consent=${this.consent}
      ?temporary=${this.temporary}
      .strings=${this.strings}
      .transport=${this.transport}
      .closable=${true}
    ></chatlet-chat>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'chatlet-launcher': ChatletLauncher;
  }
}
