/** The field for a question. It sends every change as a draft, and shows the value that it is given. */
import {html, LitElement, nothing} from 'lit';
import type {TemplateResult} from 'lit';
import {property, query} from 'lit/decorators.js';
import {isAnswering} from '../../client/chat-state.ts';
import type {ChatStatus} from '../../client/chat-state.ts';
import {ChatActionEvent} from '../../events.ts';
import type {ChatAction} from '../../events.ts';
import {base} from '../../styles/base.ts';
import {icon} from '../../styles/icons.ts';
import {wordsFor} from '../../translations/index.ts';
import type {Words} from '../../translations/words.ts';
import {composerStyles} from './composer.styles.ts';

/**
 * @tagname chatlet-composer
 * @slot tools - Tools beside the send button, such as the model picker.
 * @csspart composer - The box around the text and its buttons.
 * @csspart input - The text.
 * @csspart send - The button that sends; while an answer is being written, it is there if there is a text.
 * @csspart stop - The button that stops the answer.
 * @csspart found - What is found while a question is written: the box over the composer.
 * @csspart pages - The list of pages in it.
 * @csspart page - One page.
 */
export class ChatletComposer extends LitElement {
  static override styles = [base, composerStyles];

  @query('textarea') private input!: HTMLTextAreaElement | null;

  @property() value = '';
  @property() placeholder = '';
  /** Said to screen readers behind the name of the field. */
  @property() description = '';
  @property({attribute: false}) status: ChatStatus = 'idle';
  @property({attribute: false}) words: Words = wordsFor('en');
  /** Seconds until a question may be sent again. */
  @property({attribute: false}) wait = 0;
  /** One line for everything, because there are no tools. */
  @property({type: Boolean, reflect: true}) compact = false;

  override updated(): void {
    // What the visitor has written is in the field already, and setting it again would move the caret.
    if (this.input && this.input.value !== this.value) this.input.value = this.value;
  }

  #handleInput(): void {
    // At once, so that the chat, which renders once a frame, finds a text that was written and sent within one.
    this.value = this.input?.value ?? '';
    this.#dispatch({type: 'draft', text: this.value});
  }

  #handleKey(event: KeyboardEvent): void {
    // While a word is being composed, Enter and Escape belong to the input method (IME). Safari ends the composition
    // before the key event, which then still has the key code 229.
    if (event.isComposing || event.keyCode === 229) return;
    const isEmpty = this.input?.value === '' && !event.shiftKey;
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      if (!event.repeat) this.send();
    } else if (event.key === 'ArrowUp' && isEmpty) {
      event.preventDefault();
      this.#dispatch({type: 'edit-last', onlyQueued: false});
    } else if (event.key === 'Backspace' && isEmpty && !event.repeat) {
      this.#dispatch({type: 'edit-last', onlyQueued: true});
    } else if (event.key === 'Escape' && isAnswering(this.status)) {
      event.preventDefault();
      event.stopPropagation();
      this.#dispatch({type: 'stop'});
    }
  }

  #handleSubmit(event: Event): void {
    event.preventDefault();
    this.send();
  }

  #handleStop(): void {
    this.#dispatch({type: 'stop'});
  }

  /** A press beside the buttons puts the focus in the text. */
  #handlePress(event: MouseEvent): void {
    if (event.target !== event.currentTarget) return;
    event.preventDefault();
    this.focus();
  }

  override focus(options?: FocusOptions): void {
    this.input?.focus(options);
  }

  /**
   * Sends the text, unless it is blank. While an answer is being written, the text waits as the next question. After too many
   * questions it stays where it is.
   */
  send(): void {
    const text = this.input?.value ?? '';
    if (this.wait > 0) this.#dispatch({type: 'say', text: this.words.sendAgainIn(this.wait)});
    else if (this.status !== 'loading' && text.trim() !== '') this.#dispatch({type: 'send', text});
  }

  #dispatch(action: ChatAction): void {
    this.dispatchEvent(new ChatActionEvent(action));
  }

  override render(): TemplateResult {
    const {words, value, wait} = this;
    const answering = isAnswering(this.status);
    const blank = value.trim() === '';
    const send = wait > 0 ? words.sendAgainIn(wait) : answering ? words.askNext : words.send;
    return html`<form class="box" part="composer" @submit=${this.#handleSubmit}>
      <div class="field">
        <div class="replica" aria-hidden="true">${value}&nbsp;</div>
        <textarea
          part="input"
          rows="1"
          dir=${value === '' ? nothing : 'auto'}
          enterkeyhint="send"
          autocomplete="off"
          aria-label=${words.composerLabel}
          aria-describedby=${this.description ? 'description' : nothing}
          placeholder=${this.placeholder || words.placeholder}
          @input=${this.#handleInput}
          @keydown=${this.#handleKey}
        ></textarea>
        <span id="description" hidden>${this.description}</span>
      </div>
      <div class="bar" @mousedown=${this.#handlePress}>
        <slot name="tools"></slot>
        ${
          answering
            ? html`<button class="round stop" part="stop" type="button" title=${words.stop} @click=${this.#handleStop}>
                ${icon('stop')}
              </button>`
            : nothing
        }
        ${
          answering && blank
            ? nothing
            : html`<button
                class="round send"
                part="send"
                type="submit"
                title=${send}
                ?disabled=${blank || this.status === 'loading' || wait > 0}
              >
                ${icon('send')}
              </button>`
        }
      </div>
    </form>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'chatlet-composer': ChatletComposer;
  }
}
