/** Chooses the model of the next answer from a list, by mouse, keys or first letters. Renders nothing if there is only one model. */
import {html, LitElement, nothing} from 'lit';
import type {PropertyValues, TemplateResult} from 'lit';
import {property, query, state} from 'lit/decorators.js';
import type {Model} from '@chatlet/protocol';
import {isTouch} from '../../controllers/tabbable.ts';
import {ChatActionEvent} from '../../events.ts';
import {base} from '../../styles/base.ts';
import {moreIcon} from '../../styles/more-icons.ts';
import {answerEnglish} from '../../translations/answer-english.ts';
import {completeEnglish, wordsFor} from '../../translations/index.ts';
import type {Words} from '../../translations/words.ts';
import {modelPickerStyles} from './model-picker.styles.ts';

completeEnglish(answerEnglish);

/** From so many models on, they can be filtered. */
const manyModels = 8;
/** Letters typed within so many milliseconds are one word. */
const typeAheadTime = 700;

/**
 * @tagname chatlet-model-picker
 * @csspart button - Shows the model and opens the list.
 * @csspart list - The list of models.
 * @csspart option - One model.
 */
export class ChatletModelPicker extends LitElement {
  static override styles = [base, modelPickerStyles];

  @query('.pill') private button!: HTMLButtonElement | null;
  @query('.options') private list!: HTMLElement | null;
  @query('.filter') private filterField!: HTMLInputElement | null;

  @state() private open = false;
  @state() private activeIndex = 0;
  @state() private filter = '';

  #typed = '';
  #typedTimer: ReturnType<typeof setTimeout> | undefined;
  #outside: AbortController | undefined;

  @property({attribute: false}) models: readonly Model[] = [];
  /** Id of the chosen model. */
  @property() model: string | undefined;
  @property({attribute: false}) words: Words = wordsFor('en');

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.hide();
    clearTimeout(this.#typedTimer);
  }

  override updated(changed: PropertyValues): void {
    if (!this.open) return;
    // On a touch screen a field would raise the keyboard unasked.
    if (changed.has('open')) (isTouch() ? this.list : (this.filterField ?? this.list))?.focus();
    this.list?.querySelector('.active')?.scrollIntoView({block: 'nearest'});
  }

  readonly #handleOutside = (event: Event): void => {
    if (!event.composedPath().includes(this)) this.hide();
  };

  #handleButton(): void {
    if (this.open) this.hide();
    else this.show();
  }

  #handleButtonKey(event: KeyboardEvent): void {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    event.preventDefault();
    this.show();
  }

  #handleBlur(event: FocusEvent): void {
    const next = event.relatedTarget;
    if (next !== this.button && !(next instanceof Node && this.renderRoot.contains(next))) this.hide();
  }

  #handleKey(event: KeyboardEvent): void {
    const last = this.#shown.length - 1;
    const isFilter = event.target === this.filterField;
    if (isFilter && (event.isComposing || event.keyCode === 229)) return;
    const moves: Record<string, number> = {
      ArrowDown: Math.min(this.activeIndex + 1, last),
      ArrowUp: Math.max(this.activeIndex - 1, 0),
      ...(!isFilter && {Home: 0, End: last}),
    };
    const move = moves[event.key];
    if (move !== undefined) this.activeIndex = move;
    else if (event.key === 'Enter' || (event.key === ' ' && this.#typed === '' && !isFilter))
      this.#choose(this.activeIndex);
    else if (event.key === 'Escape') this.#close();
    else if (event.key === 'Tab') {
      this.#close();
      return;
    } else if (!isFilter && event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey)
      this.#typeAhead(event.key);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Opens the list at the chosen model. */
  show(): void {
    if (this.open) return;
    this.open = true;
    this.filter = '';
    this.activeIndex = Math.max(
      0,
      this.models.findIndex((model) => model.id === this.model),
    );
    this.#outside = new AbortController();
    document.addEventListener('pointerdown', this.#handleOutside, {capture: true, signal: this.#outside.signal});
  }

  /** Closes the list of models. */
  hide(): void {
    this.open = false;
    this.#outside?.abort();
    this.#outside = undefined;
  }

  #handleFilter(): void {
    this.filter = this.filterField?.value ?? '';
    this.activeIndex = 0;
  }

  /** The models whose name, id, description or tags have every word of the filter. */
  get #shown(): readonly Model[] {
    const words = this.filter.toLowerCase().split(/\s+/).filter(Boolean);
    if (words.length === 0) return this.models;
    return this.models.filter(({id, name, description = '', tags = []}) => {
      const text = [id, name, description, ...tags].join(' ').toLowerCase();
      return words.every((word) => text.includes(word));
    });
  }

  /** Type-ahead: goes to the next model that begins with the typed letters. A repeated letter goes through its models. */
  #typeAhead(letter: string): void {
    clearTimeout(this.#typedTimer);
    this.#typedTimer = setTimeout(() => (this.#typed = ''), typeAheadTime);
    this.#typed += letter.toLowerCase();
    const first = this.#typed.slice(0, 1);
    const again = this.#typed === first.repeat(this.#typed.length);
    const sought = again ? first : this.#typed;
    const from = again ? this.activeIndex + 1 : this.activeIndex;
    const order = this.#shown.map((_, index) => (from + index) % this.#shown.length);
    const found = order.find((index) => this.#shown[index]?.name.toLowerCase().startsWith(sought));
    if (found !== undefined) this.activeIndex = found;
  }

  #choose(index: number): void {
    const model = this.#shown[index];
    this.#close();
    if (model && model.id !== this.model)
      this.dispatchEvent(new ChatActionEvent({type: 'choose-model', model: model.id}));
  }

  #close(): void {
    this.hide();
    this.button?.focus();
  }

  /** `$2.50 / $10 per 1M`: of the input and of the output. A model without a price, or a free one, says nothing. */
  #price({pricing}: Model): string {
    if (!pricing || pricing.prompt + pricing.completion === 0) return '';
    const {language, perMillion} = this.words;
    const dollars = (perThousand: number) => {
      const value = perThousand * 1000;
      const minimumFractionDigits = Number.isInteger(value) ? 0 : 2;
      const style = {
        style: 'currency',
        currency: 'USD',
        currencyDisplay: 'narrowSymbol',
        minimumFractionDigits,
      } as const;
      return value.toLocaleString(language, style);
    };
    return perMillion(`${dollars(pricing.prompt)} / ${dollars(pricing.completion)}`);
  }

  override render(): TemplateResult | typeof nothing {
    if (this.models.length < 2) return nothing;
    const {words} = this;
    const chosen = this.models.find((model) => model.id === this.model) ?? this.models[0];
    const name = chosen?.name ?? '';
    const shown = this.#shown;
    return html`<button
        class="pill"
        part="button"
        type="button"
        aria-haspopup="listbox"
        aria-expanded=${this.open}
        aria-label=${words.chooseModel(name)}
        @click=${this.#handleButton}
        @keydown=${this.#handleButtonKey}
      >
        <span class="pill-name">${name}</span>${moreIcon('down')}
      </button>
      ${
        this.open
          ? html`<div class="menu" part="list" @keydown=${this.#handleKey} @focusout=${this.#handleBlur}>
              ${
                this.models.length < manyModels
                  ? nothing
                  : html`<input
                      class="filter"
                      role="combobox"
                      autocomplete="off"
                      dir="auto"
                      aria-expanded="true"
                      aria-controls="options"
                      aria-activedescendant="option-${this.activeIndex}"
                      aria-label=${words.filterModels}
                      placeholder=${words.filterModels}
                      @input=${this.#handleFilter}
                    />`
              }
              <div
                id="options"
                class="options"
                role="listbox"
                tabindex="0"
                aria-label=${words.model}
                aria-activedescendant="option-${this.activeIndex}"
              >
                ${shown.map((model, index) => this.#option(model, {index, chosen: model === chosen}))}
              </div>
              ${shown.length === 0 ? html`<p class="none" role="status">${words.noModels}</p>` : nothing}
            </div>`
          : nothing
      }`;
  }

  #option(model: Model, {index, chosen}: {index: number; chosen: boolean}): TemplateResult {
    const {contextLength} = model;
    const about = [model.description, this.#price(model)].filter(Boolean).join(' · ');
    return html`<div
      id="option-${index}"
      class=${index === this.activeIndex ? 'option active' : 'option'}
      part="option"
      role="option"
      aria-selected=${chosen}
      @pointermove=${() => (this.activeIndex = index)}
      @click=${() => this.#choose(index)}
    >
      <span class="tick">${chosen ? moreIcon('check') : nothing}</span>
      <span class="name" title=${model.name}><bdi>${model.name}</bdi></span>
      ${contextLength === undefined ? nothing : html`<span class="size">${formatTokens(contextLength)}</span>`}
      ${about === '' ? nothing : html`<span class="about" title=${about}>${about}</span>`}
    </div>`;
  }
}

/** 128000 → 128k, 1048576 → 1M, as in the names of models. */
function formatTokens(tokens: number): string {
  if (tokens >= 950_000) return `${Math.round(tokens / 100_000) / 10}M`;
  return tokens >= 1000 ? `${Math.round(tokens / 1000)}k` : String(tokens);
}

declare global {
  interface HTMLElementTagNameMap {
    'chatlet-model-picker': ChatletModelPicker;
  }
}
