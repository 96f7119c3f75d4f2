/** The conversation: a scrolling region of messages that follows its end while the reader is there. */
import {html, LitElement, nothing} from 'lit';
import type {PropertyValues, TemplateResult} from 'lit';
import {property, query} from 'lit/decorators.js';
import {guard} from 'lit/directives/guard.js';
import {repeat} from 'lit/directives/repeat.js';
import {isAnswering} from '../../client/chat-state.ts';
import type {ChatStatus, ShownMessage} from '../../client/chat-state.ts';
import {ScrollAnchorController} from '../../controllers/scroll-anchor.ts';
import {whenIdle} from '../../controllers/idle.ts';
import {StickToBottomController} from '../../controllers/stick-to-bottom.ts';
import {ChatActionEvent} from '../../events.ts';
import type {Renderers} from '../../markdown/index.ts';
import {base} from '../../styles/base.ts';
import {moreIcon} from '../../styles/more-icons.ts';
import {answerEnglish} from '../../translations/answer-english.ts';
import {completeEnglish, wordsFor} from '../../translations/index.ts';
import type {Words} from '../../translations/words.ts';
import {messageParts} from '../parts.ts';
import {MessageGroups} from './groups.ts';
import type {Group} from './groups.ts';
import {threadStyles} from './thread.styles.ts';

completeEnglish(answerEnglish);

/** Milliseconds that are enough to put in one more group. */
const timeForGroup = 6;

/**
 * @tagname chatlet-thread
 * @slot empty - Shown while there are no messages.
 * @slot pending - Under the messages: what waits.
 * @csspart thread - The scrolling region.
 * @csspart message - The box of one message.
 * @csspart jump - The pill that leads back to the end.
 */
export class ChatletThread extends LitElement {
  static override styles = [base, threadStyles];

  readonly #stick = new StickToBottomController(this);
  readonly #anchor = new ScrollAnchorController(this);
  readonly #groups = new MessageGroups();

  @query('.scroller') private scroller!: HTMLElement;
  @query('.content') private content!: HTMLElement;
  @query('.end') private end!: HTMLElement;

  #atTop: IntersectionObserver | undefined;
  #filling = false;
  /** The message that has the focus, or had it last. */
  #current: Element | undefined;
  /** The key of the first message that was shown after the last update. */
  #top: string | undefined;

  @property({attribute: false}) messages: readonly ShownMessage[] = [];
  @property({attribute: false}) status: ChatStatus = 'idle';
  @property({attribute: false}) words: Words = wordsFor('en');
  /** Whether the server has older messages. */
  @property({type: Boolean}) older = false;
  /** Whether formulas between dollar signs are set. */
  @property({type: Boolean}) math = false;
  @property({attribute: false}) renderers: Renderers | undefined;
  /** Leads to a person, for questions that the site's pages do not answer. */
  @property({attribute: false}) contact: string | undefined;
  /** How many questions wait in the slot `pending`. */
  @property({attribute: false}) waiting = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    this.requestUpdate();
    if (this.hasUpdated) this.#watchTop();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#atTop?.disconnect();
  }

  override willUpdate(changed: PropertyValues<this>): void {
    const {first} = this.#groups;
    // Older messages have come, and the button for them goes away as soon as they are put in.
    if (changed.has('messages') && first !== undefined && this.messages.findIndex(({key}) => key === first) > 0) {
      this.#holdScrollPosition();
    }
  }

  override updated(changed: PropertyValues<this>): void {
    // Tried again at the next change if it could not be fetched.
    if (!customElements.get('chatlet-message')) void import('../message/defined.ts').catch(() => {});
    this.#stick.attach({scroller: this.scroller, content: this.content, end: this.end});
    const before = changed.get('messages');
    if (this.#groups.hasMore(this.messages)) void this.#fillIn();
    if (changed.has('older') || this.#top !== this.#groups.first) this.#watchTop();
    this.#top = this.#groups.first;
    // A new question and a chat that was just opened are shown at the end.
    if (changed.has('status') && (this.status === 'sending' || this.status === 'loading')) this.#stick.follow();
    else if (before?.length === 0 && this.messages.length > 0) this.#stick.follow();
    else if (this.waiting > (changed.get('waiting') ?? this.waiting)) this.#stick.follow();
  }

  #handleOlder(): void {
    this.dispatchEvent(new ChatActionEvent({type: 'older-messages'}));
  }

  #handleFocus(event: FocusEvent): void {
    this.#current = findMessage(event);
  }

  #handleKey(event: KeyboardEvent): void {
    if (event.key === 'Tab') this.#skipOtherMessages();
    const step = {ArrowUp: -1, ArrowDown: 1}[event.key];
    const [target] = event.composedPath();
    const isBox = target === this.scroller || (target instanceof Element && target.localName === 'article');
    if (!isBox || step === undefined || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const next = this.#findNext(step, target === this.scroller ? undefined : findMessage(event));
    if (!next) return;
    event.preventDefault();
    next.focus({preventScroll: true});
    next.scrollIntoView({block: 'nearest'});
  }

  override focus(options?: FocusOptions): void {
    this.scroller.focus(options);
  }

  /** Goes to the end, and follows it from then on. */
  jumpToLatest(): void {
    this.#stick.follow();
    // The pressed button is removed, so the focus needs another place.
    if (this.renderRoot.querySelector('.jump:focus')) this.focus({preventScroll: true});
  }

  /** The message that an arrow key leads to. Undefined if it should scroll, because more of the present message is out of view. */
  #findNext(step: number, present: Element | undefined): HTMLElement | undefined {
    const {top, bottom} = this.scroller.getBoundingClientRect();
    const messages = [...this.content.querySelectorAll<HTMLElement>('chatlet-message')];
    if (present) {
      const box = present.getBoundingClientRect();
      const more = step < 0 ? box.top < top - 1 : box.bottom > bottom + 1;
      return more ? undefined : messages[messages.findIndex((each) => each === present) + step];
    }
    const isInView = (message: Element) => {
      const box = message.getBoundingClientRect();
      return box.bottom > top && box.top < bottom;
    };
    return step < 0 ? messages.findLast(isInView) : messages.find(isInView);
  }

  /** For Tab the thread is one place (roving focus): it goes to the buttons of one message, and then leaves the thread. */
  #skipOtherMessages(): void {
    const present = this.#current?.isConnected
      ? this.#current
      : [...this.content.querySelectorAll('chatlet-message')].at(-1);
    const others = [...this.content.querySelectorAll<HTMLElement>('.group')].flatMap((group) =>
      present && group.contains(present) ? [...group.querySelectorAll<HTMLElement>('chatlet-message')] : [group],
    );
    for (const other of others) other.inert = other !== present;
    // The browser moves the focus when the event is over.
    setTimeout(() => {
      for (const other of others) other.inert = false;
    });
  }

  /** Asks for the next page of older messages shortly before the reader reaches the first message (pagination). */
  #watchTop(): void {
    this.#atTop?.disconnect();
    const button = this.content.firstElementChild;
    if (!button?.matches('.older')) return;
    this.#atTop = new IntersectionObserver(
      (entries) => {
        // Not while the end is followed: a chat that was just opened is still on its way there.
        if (entries.at(-1)?.isIntersecting && !this.#stick.following) this.#handleOlder();
      },
      {root: this.scroller, rootMargin: '400px 0px 0px'},
    );
    this.#atTop.observe(button);
  }

  /**
   * Puts in older messages, newest first, while the browser is idle. A chat of a thousand messages appears at once, and a
   * moment later find-in-page finds all of it.
   */
  async #fillIn(): Promise<void> {
    if (this.#filling) return;
    this.#filling = true;
    while (this.isConnected && this.#groups.hasMore(this.messages)) {
      const left = await whenIdle();
      do {
        this.#holdScrollPosition();
        this.#groups.addOlder(this.messages);
        this.requestUpdate();
        await this.updateComplete;
      } while (left() > timeForGroup && this.isConnected && this.#groups.hasMore(this.messages));
    }
    this.#filling = false;
  }

  /** Keeps the scroll position while messages are put in above it. */
  #holdScrollPosition(): void {
    if (this.#stick.following) return;
    this.#anchor.hold({
      scroller: this.scroller,
      content: this.content,
      find: (box) =>
        box.matches('.content, .group') ? box.querySelectorAll(':scope > :is(.group, chatlet-message)') : [],
    });
  }

  override render(): TemplateResult {
    const {words, messages, status} = this;
    const groups = this.#groups.group(messages);
    return html`<div
        class="scroller"
        part="thread"
        role="region"
        aria-label=${words.conversation}
        tabindex="0"
        @focusin=${this.#handleFocus}
        @keydown=${this.#handleKey}
      >
        <div class="content">
          ${
            this.older && !this.#groups.hasMore(messages)
              ? html`<button class="button older" type="button" @click=${this.#handleOlder}>
                  ${words.olderMessages}
                </button>`
              : nothing
          }
          ${repeat(
            groups,
            ({key}) => key,
            (group, index) => this.#group(group, groups.length - index),
          )}
          ${status === 'loading' ? this.#skeleton() : messages.length === 0 ? html`<slot name="empty"></slot>` : nothing}
          <slot name="pending"></slot>
          <div class="end"></div>
        </div>
      </div>
      ${
        this.#stick.away
          ? html`<button
              class=${isAnswering(status) ? 'jump growing' : 'jump'}
              part="jump"
              type="button"
              title=${isAnswering(status) ? nothing : words.jumpToLatest}
              @click=${this.jumpToLatest}
            >
              ${moreIcon('down')}${isAnswering(status) ? words.jumpToLatest : nothing}
            </button>`
          : nothing
      }`;
  }

  /**
   * Several messages. The browser skips a group that is off-screen (`content-visibility`), unless it is one of the last two
   * and was not put in front.
   */
  #group(group: Group, fromEnd: number): unknown {
    const {words, math, renderers, contact} = this;
    const isOffscreen = fromEnd > 2 || group.lines !== undefined;
    const lastKey = fromEnd === 1 ? group.messages.at(-1)?.key : undefined;
    return guard(
      [group, words, math, renderers, contact, isOffscreen, lastKey],
      () =>
        html`<div class=${isOffscreen ? 'group offscreen' : 'group'} .style=${`--_lines: ${group.lines ?? 1}`}>
          ${repeat(
            group.messages,
            (message) => message.key,
            (message) =>
              html`<chatlet-message
                part="message"
                exportparts=${messageParts}
                .message=${message}
                .words=${words}
                .last=${message.key === lastKey}
                .math=${math}
                .renderers=${renderers}
                .contact=${contact}
              ></chatlet-message>`,
          )}
        </div>`,
    );
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

function findMessage(event: Event): Element | undefined {
  return event
    .composedPath()
    .filter((place) => place instanceof Element)
    .find(({localName}) => localName === 'chatlet-message');
}

declare global {
  interface HTMLElementTagNameMap {
    'chatlet-thread': ChatletThread;
  }
}
