/** One message: a question, or an answer with its tools and sources. Changes nothing itself: it sends actions. */
import {css, html, LitElement, nothing, unsafeCSS} from 'lit';
import type {PropertyValues, TemplateResult} from 'lit';
import {property, query, state} from 'lit/decorators.js';
import {textOf} from '@chatlet/protocol';
import type {ErrorCode, Part, TextPart, ToolPart} from '@chatlet/protocol';
import type {ShownMessage} from '../../client/chat-state.ts';
import {CountdownController} from '../../controllers/countdown.ts';
import {ChatActionEvent} from '../../events.ts';
import type {ChatAction} from '../../events.ts';
import {markdownStyles, type Renderers} from '../../markdown/index.ts';
import {base} from '../../styles/base.ts';
import {changingIcon, moreIcon} from '../../styles/more-icons.ts';
import {answerEnglish} from '../../translations/answer-english.ts';
import {completeEnglish, isIncomplete, loadEnglish, wordsFor} from '../../translations/index.ts';
import {guessDirection, guessLanguage} from '../../translations/guess-language.ts';
import type {Words} from '../../translations/words.ts';
import type * as Sources from '../sources/sources.ts';
import type {WaitingCard} from './card-parts.ts';
import {flushMarkdown, markdown} from './markdown-directive.ts';
import {messageStyles} from './message.styles.ts';
import {kindOfNotice, noticeWords} from './notice-words.ts';
import type * as Steps from './steps.ts';
import {timeText} from './time-text.ts';

completeEnglish(answerEnglish);

interface PartLook {
  /** Whether more of it may follow. */
  readonly growing: boolean;
  /** Its index among the parts. */
  readonly index: number;
}

/** Milliseconds before code is fetched again. */
const retryTime = 2000;

/**
 * @tagname chatlet-message
 * @csspart question - A question and its buttons.
 * @csspart bubble - The tinted box around a question's text.
 * @csspart answer - The whole answer.
 * @csspart text - The answer's text.
 * @csspart reasoning - The model's reasoning, folded.
 * @csspart tool - A tool call.
 * @csspart app - The frame with the app of a tool, which shows a result.
 * @csspart approval - The card of a call that waits for the visitor.
 * @csspart person - The line that says that a person was asked, or answers.
 * @csspart ask-person - The card on which a visitor hands the chat to a person.
 * @csspart sources - The chips of the sources.
 * @csspart source-card - The card of a source, at the mark in the text that names it.
 * @csspart not-from-pages - The line under an answer that does not come from the site's pages.
 * @csspart follow-ups - The questions to ask next.
 * @csspart actions - The buttons: copy, answer again, edit.
 * @csspart notice - An error with advice.
 */
export class ChatletMessage extends LitElement {
  // One sheet and not three, because the browser goes through all sheets for every message.
  static override styles = css`
    ${base}${unsafeCSS(markdownStyles)}${messageStyles}
  `;

  @query('.edit textarea') private editor!: HTMLTextAreaElement | null;

  @state() private editing = false;
  @state() private copied = false;
  /** All of a long question is shown. */
  @state() private unfolded = false;

  #countdown: CountdownController | undefined;
  /** By answer and call. */
  readonly #cards = new Map<string, HTMLElement | undefined>();
  /** Whether the question was asked while this page showed it. */
  #isNew: boolean | undefined;
  #copiedTimer: ReturnType<typeof setTimeout> | undefined;
  /** The code for thoughts and calls of tools, if the message has some. */
  #steps: typeof Steps | undefined;
  #loadsSteps = false;
  /** The code for sources, if the message has needed it. */
  #sources: typeof Sources | undefined;
  /** It could not be fetched. */
  #lacksSources = false;

  @property({attribute: false}) message: ShownMessage | undefined;
  @property({attribute: false}) words: Words = wordsFor('en');
  /** Whether it is the last message, which can be answered again or retried. */
  @property({type: Boolean}) last = false;
  /** Whether formulas between dollar signs are set. */
  @property({type: Boolean}) math = false;
  /** What shows code of a language in another way than as code. */
  @property({attribute: false}) renderers: Renderers | undefined;
  /** Leads to a person, for questions that the site's pages do not answer. */
  @property({attribute: false}) contact: string | undefined;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    flushMarkdown(this.renderRoot);
    clearTimeout(this.#copiedTimer);
  }

  override willUpdate(): void {
    if (!this.#steps && this.message?.parts.some(isStep)) this.#useSteps();
  }

  override updated(changed: PropertyValues): void {
    if (this.message && hasSources(this.message, this.last)) void this.#showSources();
    if (changed.has('editing') && this.editing) {
      this.editor?.focus();
      this.editor?.setSelectionRange(-1, -1);
    }
  }

  async #handleCopy(): Promise<void> {
    if (!this.message) return;
    try {
      await navigator.clipboard.writeText(textOf(this.message));
    } catch {
      // Without permission, or on an insecure page: the text can still be selected.
      return;
    }
    this.copied = true;
    this.#dispatch({type: 'say', text: this.words.copied});
    clearTimeout(this.#copiedTimer);
    this.#copiedTimer = setTimeout(() => (this.copied = false), 1500);
  }

  #handleUnfold(): void {
    this.unfolded = true;
    // The button goes away.
    this.focus({preventScroll: true});
  }

  #handleCancel(): void {
    this.editing = false;
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>('.change')?.focus());
  }

  #handleSave(): void {
    const text = this.editor?.value.trim() ?? '';
    if (!this.message || text === '') return;
    this.editing = false;
    this.#dispatch({type: 'edit', messageId: this.message.id, text});
  }

  #handleEditKey(event: KeyboardEvent): void {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === 'Enter' && !event.shiftKey && !event.repeat) {
      event.preventDefault();
      this.#handleSave();
    } else if (event.key === 'Escape') {
      event.stopPropagation();
      this.#handleCancel();
    }
  }

  /** Puts the focus on the message as a whole, from which Tab goes to its buttons. */
  override focus(options?: FocusOptions): void {
    this.renderRoot.querySelector<HTMLElement>('article')?.focus(options);
  }

  /** Fetches code that shows more words than usual answers have, and these words, which are in `words` when it resolves. */
  async #load<Code>(load: () => Promise<Code>): Promise<Code> {
    if (!isIncomplete(this.words)) return load();
    const [code] = await Promise.all([load(), loadEnglish()]);
    // The chat around the message hands them on before the next task, perhaps with some of the page's own.
    await new Promise((resolve) => void setTimeout(resolve));
    if (isIncomplete(this.words)) this.words = {...wordsFor('en'), ...this.words};
    return code;
  }

  #useSteps(): void {
    if (stepsCode && !isIncomplete(this.words) && this.renderRoot instanceof ShadowRoot) {
      this.#steps = stepsCode;
      stepsCode.putStyles(this.renderRoot);
    } else if (!this.#loadsSteps) {
      this.#loadsSteps = true;
      void this.#loadSteps();
    }
  }

  /** Fetches the code for thoughts and calls of tools. Until then the answer is shown as one that is waited for. */
  async #loadSteps(): Promise<void> {
    try {
      stepsCode = await this.#load(() => import('./steps.ts'));
    } catch {
      await new Promise((resolve) => void setTimeout(resolve, retryTime));
    }
    this.#loadsSteps = false;
    if (this.isConnected) this.requestUpdate();
  }

  /** Fetches the code for sources. If it cannot be fetched, the text has no marks; the next change tries again. */
  async #showSources(): Promise<void> {
    const before = this.#sources;
    try {
      this.#sources = sourcesCode = await this.#load(async () => sourcesCode ?? import('../sources/sources.ts'));
    } catch {
      if (!this.#lacksSources) this.requestUpdate();
      this.#lacksSources = true;
      return;
    }
    if (this.#sources === before) return;
    if (this.renderRoot instanceof ShadowRoot) this.#sources.putStyles(this.renderRoot);
    this.requestUpdate();
  }

  /** The result of an action that somebody waits for. */
  #dispatch(action: ChatAction): unknown {
    const event = new ChatActionEvent(action);
    this.dispatchEvent(event);
    return event.result;
  }

  /** Starts a countdown only if it is needed, because most messages need none. */
  #secondsUntil(moment: number | undefined): number {
    if (moment === undefined && !this.#countdown) return 0;
    this.#countdown ??= new CountdownController(this);
    return this.#countdown.secondsUntil(moment);
  }

  override render(): TemplateResult | typeof nothing {
    if (!this.message) return nothing;
    return this.message.role === 'user' ? this.#question(this.message) : this.#answer(this.message);
  }

  #question(message: ShownMessage): TemplateResult {
    const {words} = this;
    const time = this.#timeText(message);
    const name = nameOf(words.questionBy, time);
    if (this.editing) {
      return html`<article class="question" tabindex="-1" part="question" aria-label=${name}>
        <div class="edit">
          <textarea
            aria-label=${words.editQuestion}
            rows="3"
            dir="auto"
            .value=${textOf(message)}
            @keydown=${this.#handleEditKey}
          ></textarea>
          <div class="edit-buttons">
            <button class="button" type="button" @click=${this.#handleCancel}>${words.cancel}</button>
            <button class="button primary" type="button" @click=${this.#handleSave}>${words.save}</button>
          </div>
        </div>
      </article>`;
    }
    this.#isNew ??= message.unsent === true;
    const isFolded = !this.unfolded && isLong(textOf(message));
    return html`<article
      class=${this.#isNew ? 'question new' : 'question'}
      tabindex="-1"
      part="question"
      aria-label=${name}
    >
      <div
        class=${isFolded ? 'bubble folded' : 'bubble'}
        part="bubble"
        dir="auto"
        lang=${guessLanguage(textOf(message), words.language) ?? nothing}
      >
        ${message.parts.map((part) => this.#questionPart(part))}
      </div>
      ${isFolded ? html`<button class="button unfold" type="button" @click=${this.#handleUnfold}>${words.showAll}</button>` : nothing}
      <div class="actions quiet" part="actions">
        ${this.#copyButton()}
        <button
          class="icon-button small change"
          type="button"
          title=${words.edit}
          @click=${() => (this.editing = true)}
        >
          ${moreIcon('edit')}
        </button>
        ${this.#time(message, time)}
      </div>
    </article>`;
  }

  #questionPart(part: Part): TemplateResult | typeof nothing {
    if (part.type === 'text') return html`<span class="words">${part.text}</span>`;
    if (part.type === 'file') return html`<span class="file">${moreIcon('file')}${part.name ?? part.mediaType}</span>`;
    return nothing;
  }

  #answer(message: ShownMessage): TemplateResult {
    const answering = message.status === 'answering';
    const sources = this.#sources;
    const time = this.#timeText(message);
    // Sources may come in the middle of a text.
    const last = message.parts.findLast(({type}) => type !== 'source');
    return html`<article class="answer" tabindex="-1" part="answer" aria-label=${nameOf(this.words.answerBy, time)}>
      ${message.parts.map((part, index) => this.#part(part, {growing: answering && part === last, index}))}
      ${answering && message.parts.every((part) => !this.#steps && isStep(part)) ? this.#waiting(message) : nothing}
      ${sources?.sourcesTemplate(this) ?? nothing} ${this.#ending(message)}
      ${sources?.notFromPagesTemplate(this) ?? nothing}
      ${answering ? html`<div class="actions reserved"></div>` : this.#actions(message, time)}
      ${sources?.followUpsTemplate(this) ?? nothing}
    </article>`;
  }

  #waiting({autoRetry}: ShownMessage): TemplateResult {
    const {words} = this;
    const wait = this.#secondsUntil(autoRetry?.at);
    if (autoRetry && wait > 0) {
      return html`<div class="notice" part="notice">
        <p><b>${words.errors[autoRetry.code].title}</b> ${words.askedAgainIn(wait)}</p>
      </div>`;
    }
    return html`<div class="dots" role="img" aria-label=${this.words.waiting}><i></i><i></i><i></i></div>`;
  }

  #part(part: Part, {growing, index}: PartLook): TemplateResult | typeof nothing {
    switch (part.type) {
      case 'text':
        return this.#text(part, {growing, index});
      case 'reasoning':
        // Without a text, it only keeps what an upstream wants back.
        return (isStep(part) && this.#steps?.reasoningTemplate(this, part, growing)) || nothing;
      case 'tool':
        return this.#tool(part);
      case 'file':
        return html`<span class="file">${moreIcon('file')}${part.name ?? part.mediaType}</span>`;
      case 'source':
        return nothing;
      default:
        part satisfies never;
        return nothing;
    }
  }

  #text(part: TextPart, {growing, index}: PartLook): TemplateResult {
    const {words, math, renderers} = this;
    const cited = this.#sources?.cite(this, {part, index});
    // Before the code for its marks is there, the text stops where the first one stands.
    const end = cited || this.#lacksSources ? undefined : part.citations?.[0]?.at;
    const text = part.text.slice(0, end);
    const point = cited ? cited.point : nothing;
    return html`<div
      class="text"
      part="text"
      dir=${guessDirection(part.text)}
      lang=${guessLanguage(part.text, words.language) ?? nothing}
      ?data-growing=${growing || nothing}
      @click=${point}
      @pointerover=${point}
      @focusin=${point}
      ${markdown(text, {growing: growing || text !== part.text, words, math, renderers, marks: cited?.marks})}
    ></div>`;
  }

  #tool(part: ToolPart): TemplateResult | typeof nothing {
    const ask = part.state === 'waiting' ? part.wait?.ask : undefined;
    const hasCard = ask === 'approval' || ask === 'form' || ask === 'url';
    if (part.wait?.ask === 'person' && this.message) return this.#card(part, this.message);
    if (hasCard && this.last && this.message) return this.#card(part, this.message);
    const line = this.#steps?.toolTemplate(this, part) ?? nothing;
    return part.app && this.message ? html`${line}${this.#card(part, this.message)}` : line;
  }

  /** The card is kept while the message is drawn anew: the visitor may be writing in it. */
  #card(part: ToolPart, {id: messageId}: ShownMessage): TemplateResult {
    const {callId, wait, state: progress} = part;
    // A call may ask for one thing after the other, and the visitor's language may come after the card.
    const key = [
      messageId,
      callId,
      wait?.expiresAt,
      (part.app || wait?.ask === 'person') && progress,
      this.words.language,
    ].join();
    if (!this.#cards.has(key)) {
      this.#cards.set(key, undefined);
      void this.#makeCard(key, {part, messageId});
    }
    return html`${this.#cards.get(key)}`;
  }

  /** Fetches the code of the card, and tries again if it could not be fetched: a call that waits brings no change. */
  async #makeCard(key: string, call: Pick<WaitingCard, 'part' | 'messageId'>): Promise<void> {
    const {renderRoot} = this;
    try {
      const create = await this.#load(() => creatorOf(call.part));
      const {words} = this;
      if (!(renderRoot instanceof ShadowRoot)) return;
      const perform = async (action: ChatAction) => this.#dispatch(action);
      const said = this.message ? textOf(this.message) : '';
      this.#cards.set(key, create(renderRoot, {...call, words, perform, said}));
      this.requestUpdate();
    } catch {
      this.#cards.delete(key);
      setTimeout(() => this.isConnected && this.requestUpdate(), retryTime);
    }
  }

  /** A line or notice about an answer that is not simply complete. */
  #ending(message: ShownMessage): TemplateResult | typeof nothing {
    const {words} = this;
    switch (message.status) {
      case 'answering':
      case 'waiting':
        return nothing;
      case 'stopped':
        return this.#mark(words.stopped);
      case 'interrupted':
      case 'failed':
        return this.#notice(message);
      case 'done':
        if (message.endReason === 'length') return this.#mark(words.cutByLength);
        if (message.endReason === 'content-filter') return html`<p class="mark plain">${words.cutByFilter}</p>`;
        if (message.parts.every((part) => part.type === 'reasoning' || part.type === 'source' || isRunning(part))) {
          return html`<p class="mark plain">${words.noWords}</p>`;
        }
        return nothing;
      default:
        message.status satisfies never;
        return nothing;
    }
  }

  /** A line about an answer that ended early, and a way to go on with it. */
  #mark(text: string): TemplateResult {
    const mark = html`<p class="mark plain">${text}</p>`;
    return this.last ? html`<div class="ended">${mark}${this.#resume()}</div>` : mark;
  }

  /** Asks for more in words, which the visitor sees as a question: no protocol of ours or of others can go on with an answer. */
  #resume(): TemplateResult | typeof nothing {
    const {words, message} = this;
    if (!message || textOf(message) === '') return nothing;
    return this.#button('resume', {name: words.resume, action: {type: 'send', text: words.resume}});
  }

  #button(kind: string, {name, action, off}: {name: string; action: ChatAction; off?: boolean}): TemplateResult {
    return html`<button
      class="button plain ${kind}"
      type="button"
      ?disabled=${off}
      @click=${() => this.#dispatch(action)}
    >
      ${name}
    </button>`;
  }

  #notice(message: ShownMessage): TemplateResult {
    const {words, last} = this;
    const code = message.error?.code ?? 'interrupted';
    const wait = last ? this.#secondsUntil(message.retryAt) : 0;
    const {title, text} = noticeWords(code, {words, wait});
    return html`<div class="notice ${kindOfNotice(code)}" part="notice">
      ${moreIcon('alert')}
      <p class="plain"><b>${title}</b> ${last ? text : nothing}</p>
      ${last ? html`<div class="ways">${this.#ways(message, {code, wait})}</div>` : nothing}
    </div>`;
  }

  /** The buttons of a notice. */
  #ways(message: ShownMessage, {code, wait}: {code: ErrorCode; wait: number}): unknown {
    const {words} = this;
    if (code === 'context-too-long' || code === 'not-found') {
      return this.#button('leave', {name: words.newChat, action: {type: 'new-chat'}});
    }
    const canRetry = message.error?.retryable !== false || code === 'unauthenticated';
    const retry = {name: wait > 0 ? words.retryIn(wait) : words.retry, action: {type: 'retry'} as const, off: wait > 0};
    return [
      code === 'unauthenticated' ? this.#button('sign-in', {name: words.signIn, action: {type: 'sign-in'}}) : nothing,
      message.status === 'interrupted' ? this.#resume() : nothing,
      canRetry ? this.#button('retry', retry) : nothing,
    ];
  }

  #actions(message: ShownMessage, time: string): TemplateResult | typeof nothing {
    const {words} = this;
    // A lone button to copy under an error would look like a leftover.
    const said = textOf(message) !== '' && message.status !== 'failed';
    // A model's answer must not take the place of a person's.
    const isOfPerson = message.parts.some((part) => part.type === 'tool' && part.wait?.ask === 'person');
    const again = this.last && message.status !== 'failed' && message.status !== 'interrupted' && !isOfPerson;
    if (!said && !again) return nothing;
    return html`<div class=${this.last ? 'actions' : 'actions earlier'} part="actions">
      ${said ? this.#copyButton() : nothing}
      ${
        again
          ? html`<button
              class="icon-button small regenerate"
              type="button"
              title=${words.regenerate}
              @click=${() => this.#dispatch({type: 'regenerate', messageId: message.id})}
            >
              ${moreIcon('retry')}
            </button>`
          : nothing
      }
      ${this.#time(message, time)}
    </div>`;
  }

  /** When the message was written, as the visitor's language tells it. Empty if that is unknown. */
  #timeText({createdAt}: ShownMessage): string {
    const date = new Date(createdAt);
    if (Number.isNaN(date.getTime())) return '';
    return timeText(date, {language: this.words.language, onReady: () => this.requestUpdate()});
  }

  /** Seen when a pointer hovers over the message. */
  #time({createdAt}: ShownMessage, text: string): TemplateResult | typeof nothing {
    return text === '' ? nothing : html`<time class="time" datetime=${createdAt}>${text}</time>`;
  }

  #copyButton(): TemplateResult {
    const mine = this.message?.role === 'user';
    const name = this.copied ? this.words.copied : mine ? this.words.copyQuestion : this.words.copyAnswer;
    return html`<button class="icon-button small copy" type="button" title=${name} @click=${this.#handleCopy}>
      ${changingIcon(this.copied ? 'check' : 'copy')}
    </button>`;
  }
}

/** The code of a card, by what its call waits for, or of the app that shows its result. */
async function creatorOf({app, wait}: ToolPart) {
  const ask = wait?.ask;
  if (app) return (await import('./app-frame.ts')).createAppFrame;
  if (ask === 'person') return (await import('./person-card.ts')).createPersonLine;
  return ask === 'approval'
    ? (await import('./approval-card.ts')).createApprovalCard
    : (await import('./input-card.ts')).createInputCard;
}

/** Whether an answer has something of what is in the code for sources. */
function hasSources({parts, status, grounded, followUps}: ShownMessage, last: boolean): boolean {
  if (parts.some(({type}) => type === 'source')) return true;
  return status === 'done' && (grounded === false || (last && followUps !== undefined));
}

/** Whether a part is shown by the code for thoughts and calls. Without a text, a thought only keeps what an upstream wants back. */
function isStep(part: Part): boolean {
  return part.type === 'tool' || (part.type === 'reasoning' && part.text !== '');
}

/** Tells one message from the others for those who go through them by ear. */
function nameOf(by: string, time: string): string {
  return time === '' ? by : `${by}, ${time}`;
}

/** Whether a question takes more than about 14 lines. Its first twelve are shown. */
function isLong(text: string): boolean {
  let lines = 0;
  for (const {length} of text.split('\n')) lines += Math.max(1, Math.ceil(length / 60));
  return lines > 14;
}

function isRunning(part: Part): boolean {
  return part.type === 'tool' && part.state === 'running';
}

/** The code for thoughts and calls, once it was fetched. */
let stepsCode: typeof Steps | undefined;
/** The code for sources, once it was fetched. */
let sourcesCode: typeof Sources | undefined;

declare global {
  interface HTMLElementTagNameMap {
    'chatlet-message': ChatletMessage;
  }
}
