/** The list of earlier chats: search, open, rename, delete, undo. A menu for all chats at once is loaded when it is wanted. */
import {html, LitElement, nothing} from 'lit';
import type {PropertyValues, TemplateResult} from 'lit';
import {property, query, state} from 'lit/decorators.js';
import {repeat} from 'lit/directives/repeat.js';
import type {Chat} from '@chatlet/protocol';
import type {HistoryState} from '../../client/chat-state.ts';
import {isTouch} from '../../controllers/tabbable.ts';
import {ChatActionEvent} from '../../events.ts';
import type {ChatAction} from '../../events.ts';
import {base} from '../../styles/base.ts';
import {draw, icon} from '../../styles/icons.ts';
import {moreIcon} from '../../styles/more-icons.ts';
import {en} from '../../translations/en.ts';
import {completeEnglish} from '../../translations/index.ts';
import type {Words} from '../../translations/words.ts';
import {groupByDay} from './group-by-day.ts';
import {historyStyles} from './history.styles.ts';

const icons = {
  search: draw('<circle cx="11" cy="11" r="6"/><path d="m20 20-4.5-4.5"/>'),
  trash: draw('<path d="M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13"/>'),
  more: draw('<path d="M5 12v.01M12 12v.01M19 12v.01" stroke-width="2.5"/>'),
};

completeEnglish(en);

/** Milliseconds to wait for the next letter before the server is asked (debounce). */
const searchPause = 250;

/**
 * @tagname chatlet-history
 * @csspart history - The whole panel.
 * @csspart chat-item - One chat.
 * @csspart new-chat - The button for a new chat.
 * @csspart all-chats - The menu for all chats: take them along, delete them.
 */
export class ChatletHistory extends LitElement {
  static override styles = [base, historyStyles];

  @query('.find input') private finder!: HTMLInputElement | null;
  @query('.rename input') private renamer!: HTMLInputElement | null;
  @query('.all-chats') private menuButton!: HTMLElement | null;

  @state() private renaming: string | undefined;
  @state() private menu: HTMLElement | undefined;
  /** Id of the chat whose buttons are shown although nothing hovers over it. */
  @state() private toolsOf: string | undefined;
  #searchTimer: ReturnType<typeof setTimeout> | undefined;
  /** Finds the place that gets the focus as soon as it is there, because the pressed button goes away. */
  #landing: (() => HTMLElement | null | undefined) | undefined;

  @property({attribute: false}) history: HistoryState = {status: 'unread', chats: [], search: ''};
  /** Id of the chat that is shown. */
  @property({attribute: false}) chatId: string | undefined;
  @property({attribute: false}) words: Words = en;
  /** The history lies over the chat and can be closed. */
  @property({type: Boolean}) drawer = false;
  /** Whether the visitor can download and delete all chats at once. */
  @property({attribute: false}) allChats = false;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#searchTimer);
    this.menu = undefined;
  }

  override updated(changed: PropertyValues): void {
    if (changed.has('renaming') && this.renaming !== undefined) this.renamer?.select();
    this.#land();
    if (changed.has('menu')) this.menu?.querySelector('button')?.focus();
  }

  #handleChatKey(event: KeyboardEvent, chat: Chat): void {
    if (event.key === 'F2') this.renaming = chat.id;
    else if (event.key === 'Delete') this.#remove(chat);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #handleUndo(): void {
    const {removed} = this.history;
    if (removed) this.#landing = () => this.#findTitle(removed.id);
    this.#dispatch({type: 'undo-remove'});
  }

  #handleMore(): void {
    const {length} = this.history.chats;
    this.#landing = () => this.#findTitle(this.history.chats[length]?.id);
    this.#dispatch({type: 'more-chats'});
  }

  #handleReload(): void {
    this.focus();
    this.#dispatch({type: 'reload-chats'});
  }

  #handleSearch(): void {
    const text = this.finder?.value.trim() ?? '';
    clearTimeout(this.#searchTimer);
    this.#searchTimer = setTimeout(() => this.#dispatch({type: 'search-chats', text}), searchPause);
  }

  #handleRenameKey(event: KeyboardEvent): void {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === 'Enter') {
      event.preventDefault();
      this.#finishRename(true);
    } else if (event.key === 'Escape') {
      event.stopPropagation();
      this.#finishRename(false);
    }
  }

  async #handleMenuButton(): Promise<void> {
    const {words} = this;
    if (this.menu) {
      this.#closeMenu();
      return;
    }
    try {
      const {createAllChatsMenu} = await import('./all-chats.ts');
      if (!(this.renderRoot instanceof ShadowRoot)) return;
      this.menu = createAllChatsMenu(this.renderRoot, {
        words,
        perform: async (action) => this.#dispatch(action),
        close: (options) => this.#closeMenu(options),
      });
    } catch {
      // The chunk could not be fetched. Pressing the button tries again.
      this.#dispatch({type: 'say', text: words.errors.network.title});
    }
  }

  override focus(options?: FocusOptions): void {
    // On a touch screen a field would raise the keyboard unasked.
    if (isTouch()) this.renderRoot.querySelector<HTMLElement>('.new')?.focus(options);
    else this.finder?.focus(options);
  }

  #findTitle(chatId: string | undefined): HTMLElement | null {
    return chatId === undefined ? null : this.renderRoot.querySelector(`[data-chat="${CSS.escape(chatId)}"]`);
  }

  #land(): void {
    const place = this.#landing?.();
    if (!place) return;
    this.#landing = undefined;
    place.focus();
  }

  #remove({id: chatId}: Chat): void {
    this.#landing = () => this.renderRoot.querySelector<HTMLElement>('.undo .button');
    this.#dispatch({type: 'remove-chat', chatId});
  }

  #closeMenu({refocus = true} = {}): void {
    this.menu = undefined;
    if (refocus) this.menuButton?.focus();
  }

  #finishRename(keep: boolean): void {
    const chatId = this.renaming;
    if (chatId === undefined) return;
    const title = this.renamer?.value ?? '';
    this.renaming = undefined;
    this.toolsOf = undefined;
    if (keep) this.#dispatch({type: 'rename-chat', chatId, title});
    void this.updateComplete.then(() => this.#findTitle(chatId)?.focus());
  }

  /** The result of an action that somebody waits for. */
  #dispatch(action: ChatAction): unknown {
    const event = new ChatActionEvent(action);
    this.dispatchEvent(event);
    return event.result;
  }

  override render(): TemplateResult {
    const {words, drawer} = this;
    return html`<nav class="panel" part="history" aria-label=${words.history}>
      <div class="top">
        <button class="new" part="new-chat" type="button" @click=${() => this.#dispatch({type: 'new-chat'})}>
          ${icon('compose')}${words.newChat}
        </button>
        ${
          this.allChats
            ? html`<button
                class="icon-button all-chats"
                type="button"
                title=${words.allChats}
                aria-haspopup="menu"
                aria-expanded=${this.menu !== undefined}
                @mousedown=${(event: Event) => event.preventDefault()}
                @click=${this.#handleMenuButton}
              >
                ${icons.more}
              </button>`
            : nothing
        }
        ${
          drawer
            ? html`<button
                class="icon-button"
                type="button"
                title=${words.dismiss}
                @click=${() => this.#dispatch({type: 'hide-history'})}
              >
                ${icon('close')}
              </button>`
            : nothing
        }
      </div>
      ${this.menu}
      <label class="find">
        ${icons.search}<input
          type="search"
          placeholder=${words.searchChats}
          aria-label=${words.searchChats}
          @input=${this.#handleSearch}
        />
      </label>
      <div class="list">${this.#list()}</div>
    </nav>`;
  }

  #list(): TemplateResult | readonly TemplateResult[] {
    const {words} = this;
    const {status, chats, search, next} = this.history;
    if (status === 'failed') {
      return html`<div class="empty">
        <p>${words.historyFailed}</p>
        <button class="button" type="button" @click=${this.#handleReload}>${words.retry}</button>
      </div>`;
    }
    if (chats.length === 0 && status !== 'ready') {
      return html`<div class="skeletons" role="img" aria-label=${words.loading}>
        ${[80, 64, 92, 56, 74].map((percent) => html`<div class="skeleton" .style=${`inline-size: ${percent}%`}></div>`)}
      </div>`;
    }
    const rows = this.#withRemoved(chats);
    if (rows.length === 0) return html`<p class="empty">${search === '' ? words.noChats : words.noChatsFound}</p>`;
    const groups = groupByDay(rows, {now: Date.now(), words});
    return html`${groups.map(
      (group) =>
        html`<section aria-label=${group.title}>
          <h3>${group.title}</h3>
          <ul>
            ${repeat(
              group.chats,
              (chat) => chat.id,
              (chat) => html`<li>${this.#row(chat)}</li>`,
            )}
          </ul>
        </section>`,
    )}
    ${
      next === undefined
        ? nothing
        : html`<button class="button more" type="button" @click=${this.#handleMore}>${words.moreChats}</button>`
    }`;
  }

  /** The removed chat keeps its place while it can be undone. The list is in the order of the newest answers. */
  #withRemoved(chats: readonly Chat[]): readonly Chat[] {
    const {removed} = this.history;
    if (!removed) return chats;
    const index = chats.findIndex(({updatedAt}) => updatedAt < removed.updatedAt);
    return chats.toSpliced(index === -1 ? chats.length : index, 0, removed);
  }

  #row(chat: Chat): TemplateResult {
    if (chat.id === this.history.removed?.id) return this.#undo();
    return this.renaming === chat.id ? this.#rename(chat) : this.#item(chat);
  }

  #undo(): TemplateResult {
    const {words} = this;
    const hold = (held: boolean) => () => this.#dispatch({type: 'hold-removal', held});
    return html`<div class="undo">
      <span>${words.removed}</span>
      <button class="button" type="button" @click=${this.#handleUndo} @focus=${hold(true)} @blur=${hold(false)}>
        ${words.undo}
      </button>
    </div>`;
  }

  #item(chat: Chat): TemplateResult {
    const {words} = this;
    const title = chat.title || words.untitled;
    const current = chat.id === this.chatId;
    return html`<div class=${current ? 'item current' : 'item'} part="chat-item">
      <button
        class="title"
        type="button"
        data-chat=${chat.id}
        aria-current=${current ? 'true' : 'false'}
        @click=${() => this.#dispatch({type: 'open-chat', chatId: chat.id})}
        @keydown=${(event: KeyboardEvent) => this.#handleChatKey(event, chat)}
      >
        <bdi>${title}</bdi>
      </button>
      <span class=${this.toolsOf === chat.id ? 'tools open-tools' : 'tools'}>
        <button
          class="icon-button small"
          type="button"
          title=${words.rename}
          aria-label="${words.rename}: ${title}"
          @click=${() => (this.renaming = chat.id)}
        >
          ${moreIcon('edit')}
        </button>
        <button
          class="icon-button small"
          type="button"
          title=${words.remove}
          aria-label="${words.remove}: ${title}"
          @click=${() => this.#remove(chat)}
        >
          ${icons.trash}
        </button>
      </span>
      <button
        class="icon-button small tools-button"
        type="button"
        aria-label="${words.chatActions}: ${title}"
        aria-expanded=${this.toolsOf === chat.id}
        @click=${() => (this.toolsOf = this.toolsOf === chat.id ? undefined : chat.id)}
      >
        ${icons.more}
      </button>
    </div>`;
  }

  #rename(chat: Chat): TemplateResult {
    return html`<div class="rename">
      <input
        aria-label=${this.words.chatTitle}
        dir="auto"
        maxlength="200"
        .value=${chat.title}
        @keydown=${this.#handleRenameKey}
        @blur=${() => this.#finishRename(true)}
      />
    </div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'chatlet-history': ChatletHistory;
  }
}
