/** The conversation: a scrolling region of messages that stays at its end while the reader is there. */
import {html, LitElement, nothing} from 'lit';
import type {PropertyValues, TemplateResult} from 'lit';
import {property, query} from 'lit/decorators.js';
import {repeat} from 'lit/directives/repeat.js';
import type {ChatStatus, ShownMessage} from '../../client/chat-state.ts';
import {StickToBottomController} from '../../controllers/stick-to-bottom.ts';
import {ChatAskEvent} from '../../events.ts';
import {warmUp} from '../../markdown/index.ts';
import {base} from '../../styles/base.ts';
import {icon} from '../../styles/icons.ts';
import {en} from '../../translations/en.ts';
import type {Words} from '../../translations/words.ts';
import {threadStyles} from './thread.styles.ts';

/**
 * @tagname chatlet-thread
 * @slot empty - Shown while there are no messages.
 * @csspart thread - The scrolling region.
 * @csspart message - The box of one message.
 * @csspart jump - The pill that leads back to the end.
 */
export class ChatletThread extends LitElement {
  static override styles = [base, threadStyles];

  readonly #sticky = new StickToBottomController(this);

  @query('.scroller') private scroller!: HTMLElement;
  @query('.content') private content!: HTMLElement;
  @query('.end') private end!: HTMLElement;

  @property({attribute: false}) messages: readonly ShownMessage[] = [];
  @property({attribute: false}) status: ChatStatus = 'idle';
  @property({attribute: false}) words: Words = en;
  /** There are messages before the first. */
  @property({type: Boolean}) older = false;
  /** Formulas between dollar signs are set as such. */
  @property({type: Boolean}) math = false;

  #atTop: IntersectionObserver | undefined;
  #held: ResizeObserver | undefined;

  override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get('messages')?.[0]?.key;
    if (before === undefined || before === this.messages[0]?.key || !this.hasUpdated) return;
    // Older messages have come in front: what is read now stays where it is.
    if (this.messages.some(({key}) => key === before)) this.#holdStill();
  }

  override firstUpdated(): void {
    warmUp();
  }

  override updated(changed: PropertyValues<this>): void {
    this.#sticky.attach({scroller: this.scroller, content: this.content, end: this.end});
    // A question that was just asked, or a chat that was just opened, is looked at from its end.
    const before = changed.get('messages');
    const pageCame = changed.has('messages') && before?.[0]?.key !== this.messages[0]?.key;
    if (changed.has('older') || pageCame) this.#watchTop();
    if (changed.has('status') && (this.status === 'sending' || this.status === 'loading')) this.#sticky.follow();
    else if (before?.length === 0 && this.messages.length > 0) this.#sticky.follow();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.requestUpdate();
    if (this.hasUpdated) this.#watchTop();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#atTop?.disconnect();
    this.#held?.disconnect();
  }

  override focus(options?: FocusOptions): void {
    this.scroller.focus(options);
  }

  /** Goes to the end, and follows it from there. */
  jumpToLatest(): void {
    this.#sticky.follow();
    // The pill goes away under the pointer or the key that pressed it.
    if (this.renderRoot.querySelector('.jump:focus')) this.focus({preventScroll: true});
  }

  override render(): TemplateResult {
    const {words, messages, status} = this;
    const lastKey = messages.at(-1)?.key;
    return html`<div class="scroller" part="thread" role="region" aria-label=${words.conversation} tabindex="0">
        <div class="content">
          ${
            this.older
              ? html`<button class="button older" type="button" @click=${this.handleOlder}>
                  ${words.olderMessages}
                </button>`
              : nothing
          }
          ${repeat(
            messages,
            (message) => message.key,
            (message) =>
              html`<chatlet-message
                part="message"
                exportparts="question, bubble, answer, text, reasoning, tool, sources, actions, notice"
                .message=${message}
                .words=${words}
                ?last=${message.key === lastKey}
                ?math=${this.math}
              ></chatlet-message>`,
          )}
          ${status === 'loading' ? this.#skeleton() : messages.length === 0 ? html`<slot name="empty"></slot>` : nothing}
          <div class="end"></div>
        </div>
      </div>
      ${
        this.#sticky.away
          ? html`<button class="jump" part="jump" type="button" @click=${this.jumpToLatest}>
              ${icon('down')}${words.jumpToLatest}
            </button>`
          : nothing
      }`;
  }

  /** Asks for older messages before the reader has come to the first. Asked anew after each page that has come. */
  #watchTop(): void {
    this.#atTop?.disconnect();
    const button = this.renderRoot.querySelector('.older');
    if (!button) return;
    this.#atTop = new IntersectionObserver(
      (entries) => {
        // Not while the end is kept in view: a chat that has just been opened has yet to get there.
        if (entries.at(-1)?.isIntersecting && !this.#sticky.following) this.handleOlder();
      },
      {root: this.scroller, rootMargin: '400px 0px 0px'},
    );
    this.#atTop.observe(button);
  }

  /**
   * Keeps the first message in view where it is, while something is put in before it and grows as it is rendered. Until
   * the reader moves: from there the browser does it, where it can; at the very top none does.
   */
  #holdStill(): void {
    this.#held?.disconnect();
    if (this.#sticky.following) return;
    const {scroller} = this;
    const {top} = scroller.getBoundingClientRect();
    const shown = [...this.renderRoot.querySelectorAll('chatlet-message')];
    const held = shown.find((message) => message.getBoundingClientRect().bottom > top);
    if (!held) return;
    const before = held.getBoundingClientRect().top;
    const growth = new ResizeObserver(() => {
      const moved = held.isConnected ? held.getBoundingClientRect().top - before : 0;
      if (moved !== 0) scroller.scrollTop += moved;
    });
    this.#held = growth;
    growth.observe(this.content);
    for (const move of ['wheel', 'touchstart', 'pointerdown', 'keydown']) {
      scroller.addEventListener(move, () => growth.disconnect(), {once: true, passive: true});
    }
  }

  private handleOlder(): void {
    this.dispatchEvent(new ChatAskEvent({to: 'older-messages'}));
  }

  #skeleton(): TemplateResult {
    return html`<div class="skeletons" role="img" aria-label=${this.words.loading}>
      <div class="skeleton mine"></div>
      <div class="skeleton"></div>
      <div class="skeleton"></div>
      <div class="skeleton short"></div>
      <div class="skeleton mine short"></div>
      <div class="skeleton"></div>
      <div class="skeleton short"></div>
    </div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'chatlet-thread': ChatletThread;
  }
}
