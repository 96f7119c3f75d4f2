/**
 * The things that an answer from a site's pages has beside its text: the marks that name its sources, the chips and the card of these,
 * the line that says that it is not from the pages, and questions to ask next. A chunk that a message loads when it has
 * one of these.
 */
import {html, nothing} from 'lit';
import type {TemplateResult} from 'lit';
import type {Message, NearestPage, SourcePart, TextPart} from '@chatlet/protocol';
import {asksPerson} from '../../client/validate.ts';
import {ChatActionEvent, type ChatAction} from '../../events.ts';
import {createMarks, markStyles} from '../../markdown/marks.ts';
import {moreIcon} from '../../styles/more-icons.ts';
import type {Words} from '../../translations/words.ts';
import {makeStyles} from '../make-element.ts';
import type {TextMarks} from '../message/markdown-directive.ts';
import {findCitation, numberSources, placeCitations} from './citations.ts';
import type {NumberedSource} from './citations.ts';
import {isThisPage, showInPage} from './show-in-page.ts';
import {hideCard, pointAtMark} from './source-card.ts';
import {sourcesStyles} from './sources.styles.ts';
import {addressOfQuote} from './text-fragment.ts';
import {contactUrl, readWebUrl} from './web-url.ts';

/** The message around it. */
export interface SourcesHost extends HTMLElement {
  readonly message: Message | undefined;
  readonly words: Words;
  readonly last: boolean;
  readonly contact: string | undefined;
}

/** Puts the style sheet into the root of a message. */
export const putStyles = makeStyles(markStyles + sourcesStyles);

/** The chips of the sources: those that are cited first, with the numbers of their marks. */
export function sourcesTemplate(host: SourcesHost): TemplateResult | typeof nothing {
  const sources = numberSources(host.message?.parts ?? []);
  if (sources.length === 0) return nothing;
  return html`<ul class="sources" part="sources" aria-label=${host.words.sources}>
    ${sources.map((cited) => {
      const {source, number, quote = source.quote} = cited;
      const inner = html`<span class="number">${number}</span><span class="title">${nameOf(source, sources)}</span>`;
      const url = addressOf(cited);
      return html`<li>
        ${
          url
            ? html`<a
                class="chip"
                href=${url}
                target="_blank"
                rel="noopener noreferrer"
                title=${quote ?? new URL(url).host}
                @click=${(event: Event) => openSource(event, cited, host)}
                >${inner}</a
              >`
            : html`<span class="chip" title=${quote ?? source.title}>${inner}</span>`
        }
      </li>`;
    })}
  </ul>`;
}

/** Says quietly that the site's pages were searched and the answer is not from them, and leads to the nearest one and to a person. */
export function notFromPagesTemplate(host: SourcesHost): TemplateResult | typeof nothing {
  const {message, words, contact} = host;
  if (message?.status !== 'done' || message.grounded !== false) return nothing;
  const address = contactUrl(contact);
  const ask = async ({currentTarget}: Event) => {
    const {createAskCard} = await import('../message/person-card.ts');
    if (!(currentTarget instanceof HTMLElement) || !(host.shadowRoot instanceof ShadowRoot)) return;
    const line = currentTarget.closest('p');
    if (line?.nextElementSibling?.getAttribute('part') === 'ask-person') return;
    const perform = async (action: ChatAction) => {
      const event = new ChatActionEvent(action);
      host.dispatchEvent(event);
      return event.result;
    };
    line?.after(createAskCard(host.shadowRoot, {words, perform}));
  };
  return html`<p class="not-from-pages" part="not-from-pages">
    <span class="tag">${moreIcon('alert')}${words.notFromPages}</span>
    ${nearestTemplate(message.nearestPage, words)}
    ${address ? html`<a href=${address} target="_blank" rel="noopener noreferrer">${words.contact}</a>` : nothing}
    ${contact === asksPerson ? html`<button type="button" @click=${ask}>${words.contact}</button>` : nothing}
  </p>`;
}

function nearestTemplate(page: NearestPage | undefined, words: Words): TemplateResult | typeof nothing {
  if (!page) return nothing;
  const url = readWebUrl(page.url);
  const title = html`<bdi>${page.title}</bdi>`;
  return html`<span class="nearest"
    >${words.nearestPage}
    ${url ? html`<a href=${url} target="_blank" rel="noopener noreferrer">${title}</a>` : title}</span
  >`;
}

/** Questions to ask next, under the last answer until the next one is asked. */
export function followUpsTemplate(host: SourcesHost): TemplateResult | typeof nothing {
  const {message, words, last} = host;
  const {status, followUps = []} = message ?? {};
  if (!last || status !== 'done' || followUps.length === 0) return nothing;
  return html`<ul class="follow-ups" part="follow-ups" aria-label=${words.followUps}>
    ${followUps.slice(0, 3).map(
      (text) =>
        html`<li>
          <button
            class="follow-up"
            type="button"
            dir="auto"
            @click=${() => host.dispatchEvent(new ChatActionEvent({type: 'send', text}))}
          >
            ${text}
          </button>
        </li>`,
    )}
  </ul>`;
}

export interface Cited {
  readonly marks: TextMarks;
  /** Handles a click, the focus, or a pointer in the text. */
  point(event: Event): void;
}

/** The marks in a text; undefined if it has none. `index`: of the text among the parts. */
export function cite(host: SourcesHost, {part, index}: {part: TextPart; index: number}): Cited | undefined {
  if (!part.citations?.length) return undefined;
  const sources = numberSources(host.message?.parts ?? []);
  const placed = placeCitations(part, {index, sources, words: host.words});
  return {marks: {placed, create: createMarks}, point: (event) => handleMark(event, host)};
}

/** The visitor points at a mark in the text, puts the focus on it, or presses it. */
function handleMark(event: Event, host: SourcesHost): void {
  const mark = event.target instanceof Element ? event.target.closest<HTMLElement>('.citation') : null;
  const cited = mark && findCitation(host.message?.parts ?? [], mark.dataset['mark'] ?? '');
  if (!cited) return;
  const onOpen = (opening: Event) => openSource(opening, cited, host);
  pointAtMark(event, mark, {...cited, url: addressOf(cited), words: host.words, onOpen});
}

/** The address of the cited words; of the whole page if there are none. Undefined if the source has no address of the web. */
function addressOf({source, quote = source.quote}: NumberedSource): string | undefined {
  const url = readWebUrl(source.url);
  return url === undefined || quote === undefined ? url : addressOfQuote({url, quote, passage: source.quote});
}

/** Shows the cited words if they are in the page that the chat is on. Then the link, which was pressed, opens nothing. */
function openSource(event: Event, {source, quote = source.quote}: NumberedSource, host: SourcesHost): void {
  const url = readWebUrl(source.url);
  if (url === undefined || quote === undefined || !isThisPage(url)) return;
  const range = showInPage(quote, source.quote);
  if (!range) return;
  event.preventDefault();
  hideCard();
  host.dispatchEvent(new ChatActionEvent({type: 'say', text: host.words.saysShown}));
  if (isCovered(range)) host.dispatchEvent(new ChatActionEvent({type: 'close'}));
}

/** Whether a launcher's panel lies over the words, as on a phone. */
function isCovered(range: Range): boolean {
  const {left, width} = range.getBoundingClientRect();
  const middle = Math.min(Math.max(left + width / 2, 0), innerWidth - 1);
  return document.elementFromPoint(middle, innerHeight / 2)?.localName === 'chatlet-launcher';
}

/** The title of a source; with the heading of its passage if another source is of the same document. */
function nameOf({id, title, section}: SourcePart, sources: readonly NumberedSource[]): string {
  const isShared = sources.some(({source}) => source.title === title && source.id !== id);
  const heading = section?.split(' › ').at(-1);
  return isShared && heading && heading !== title ? `${title} › ${heading}` : title;
}
