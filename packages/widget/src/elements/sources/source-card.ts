/**
 * The card of a source: its title, the passage with the cited words, its age, and the way to the sentence. One card for the
 * page, shown at the mark that the visitor points at. A chunk that a message loads when it has sources; plain DOM, because
 * all of its text is text.
 */
import type {SourcePart} from '@chatlet/protocol';
import {guessDirection, guessLanguage} from '../../translations/guess-language.ts';
import type {Words} from '../../translations/words.ts';
import {makeElement, makeStyles} from '../make-element.ts';
import {findQuote, plainWords} from './letters.ts';
import {sourceCardStyles} from './source-card.styles.ts';

/** Milliseconds after which the card follows a pointer that stays, and goes when it leaves. */
const showAfter = 150;
const hideAfter = 250;
/** Pixels between the mark and the card, and between the card and the window. */
const distance = 6;
const margin = 8;
const widest = 360;
/** Characters of the passage around the cited words. */
const around = {before: 90, after: 140};

export interface CardContent {
  readonly source: SourcePart;
  readonly number: number;
  /** The words that were cited. */
  readonly quote: string;
  /** The address at which they are, of the web. */
  readonly url: string | undefined;
  readonly words: Words;
  /** The visitor follows the link. It may be kept from opening its address. */
  onOpen(event: Event): void;
}

const putStyles = makeStyles(sourceCardStyles);
let shown: {readonly mark: HTMLElement; readonly card: HTMLElement; readonly ending: AbortController} | undefined;
/** Whether the card stays when the pointer or the focus leaves. */
let isPinned = false;
/** Whether the mark gets the focus back from its card, which does not show that again. */
let isGivingBack = false;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Shows or hides the card after the visitor has pointed at a mark, put the focus on it, or pressed it. */
export function pointAtMark(event: Event, mark: HTMLElement, content: CardContent): void {
  // The message of the last card may have gone.
  if (shown?.mark.isConnected === false) hideCard();
  if (event.type === 'click') press(mark, {content, byKey: event instanceof MouseEvent && event.detail === 0});
  else if (event.type === 'focusin') {
    if (mark.matches(':focus-visible') && !isGivingBack) show(mark, content);
  } else if (event instanceof PointerEvent && event.pointerType !== 'touch') hover(mark, content);
}

function press(mark: HTMLElement, {content, byKey}: {content: CardContent; byKey: boolean}): void {
  if (shown?.mark === mark && isPinned) {
    hideCard();
    return;
  }
  show(mark, content);
  isPinned = true;
  if (byKey) focusCard();
}

function hover(mark: HTMLElement, content: CardContent): void {
  clearTimeout(timer);
  if (shown?.mark === mark) return;
  timer = setTimeout(() => {
    if (mark.matches(':hover') && !isPinned) show(mark, content);
  }, showAfter);
}

function hideSoon(): void {
  clearTimeout(timer);
  timer = setTimeout(() => {
    const hasFocus = shown?.mark.matches(':focus-visible') === true || shown?.card.matches(':focus-within') === true;
    const isUnderPointer = shown?.mark.matches(':hover') === true || shown?.card.matches(':hover') === true;
    if (!isPinned && !hasFocus && !isUnderPointer) hideCard();
  }, hideAfter);
}

/** Hides the card, if there is one. */
export function hideCard(): void {
  clearTimeout(timer);
  isPinned = false;
  if (!shown) return;
  const {mark, card, ending} = shown;
  shown = undefined;
  ending.abort();
  mark.ariaExpanded = 'false';
  card.remove();
}

function show(mark: HTMLElement, content: CardContent): void {
  if (shown?.mark === mark) return;
  hideCard();
  const root = mark.getRootNode();
  if (!(root instanceof ShadowRoot)) return;
  putStyles(root);
  const card = makeCard(content);
  root.append(card);
  card.showPopover();
  mark.ariaExpanded = 'true';
  const ending = new AbortController();
  shown = {mark, card, ending};
  const place = () => placeCard(card, mark);
  place();
  const {signal} = ending;
  const capture = {capture: true, signal};
  addEventListener('scroll', place, {...capture, passive: true});
  addEventListener('resize', place, {signal});
  document.addEventListener('pointerdown', (event) => hideFromOutside(event, {mark, card}), capture);
  // Before the panel, which Escape closes too.
  addEventListener('keydown', handleKey, capture);
  for (const element of [mark, card]) {
    element.addEventListener('pointerleave', hideSoon, {signal});
    element.addEventListener('focusout', hideSoon, {signal});
  }
  // The mark scrolls out of the conversation, or goes away.
  const watcher = new IntersectionObserver((entries) => {
    if (entries.at(-1)?.isIntersecting === false) hideCard();
  });
  watcher.observe(mark);
  signal.addEventListener('abort', () => watcher.disconnect());
}

function hideFromOutside(event: Event, {mark, card}: {mark: HTMLElement; card: HTMLElement}): void {
  const path = event.composedPath();
  if (!path.includes(mark) && !path.includes(card)) hideCard();
}

function handleKey(event: KeyboardEvent): void {
  if (!shown) return;
  const {mark, card} = shown;
  const hasFocus = card.matches(':focus-within');
  if (event.key === 'Escape') {
    event.preventDefault();
    event.stopPropagation();
    hideCard();
    if (hasFocus) giveBack(mark);
  } else if (event.key === 'Tab' && hasFocus) {
    // The card is at the end of the message, and its place is behind the mark. Forwards, the browser goes on from there.
    hideCard();
    giveBack(mark);
    if (event.shiftKey) event.preventDefault();
  }
}

function giveBack(mark: HTMLElement): void {
  isGivingBack = true;
  mark.focus();
  isGivingBack = false;
}

function focusCard(): void {
  const link = shown?.card.querySelector('a');
  (link ?? shown?.card)?.focus();
}

function makeCard({source, number, quote, url, words, onOpen}: CardContent): HTMLElement {
  const card = makeElement(
    'div',
    {
      class: 'source-card',
      part: 'source-card',
      popover: 'manual',
      role: 'dialog',
      tabindex: '-1',
      'aria-label': words.sourceName(number, source.title),
    },
    makeElement('p', {class: 'card-title', dir: 'auto'}, source.title),
  );
  const section = sectionOf(source);
  if (section) card.append(makeElement('p', {class: 'card-section', dir: 'auto'}, section));
  card.append(makeQuote(source.quote ?? quote, {quote, words}));
  const about = [url && new URL(url).host, source.updatedAt && ageOf(source.updatedAt, words)]
    .filter(Boolean)
    .join(' · ');
  const foot = makeElement('p', {class: 'card-foot'}, makeElement('span', {}, about));
  if (url) {
    const link = makeElement(
      'a',
      {href: url, target: '_blank', rel: 'noopener noreferrer'},
      url.includes(':~:') ? words.openAtSentence : words.openPage,
    );
    link.addEventListener('click', onOpen);
    foot.append(link);
  }
  if (about || url) card.append(foot);
  return card;
}

/** The headings above the passage, without the title of the document at either end. */
function sectionOf({title, section = ''}: SourcePart): string {
  const headings = section.split(' › ');
  if (headings.at(-1) === title) headings.pop();
  if (headings[0] === title) headings.shift();
  return headings.join(' › ');
}

/** The passage's words around the cited ones, which are marked. */
function makeQuote(passage: string, {quote, words}: {quote: string; words: Words}): HTMLElement {
  const text = plainWords(passage).replaceAll('\n', ' ');
  const [place = {start: 0, end: text.length}] = findQuote(text, plainWords(quote));
  const {start, end} = place;
  return makeElement(
    'p',
    {class: 'card-quote', dir: guessDirection(text), lang: guessLanguage(text, words.language) ?? ''},
    cutBefore(text.slice(0, start)),
    makeElement('mark', {}, text.slice(start, end)),
    cutAfter(text.slice(end)),
  );
}

function cutBefore(text: string): string {
  return text.length <= around.before ? text : `… ${text.slice(-around.before).replace(/^\S*\s/, '')}`;
}

function cutAfter(text: string): string {
  return text.length <= around.after ? text : `${text.slice(0, around.after).replace(/\s\S*$/, '')} …`;
}

const day = 86_400_000;

/** `changed 3 months ago` */
function ageOf(updatedAt: string, {language, changed}: Words): string {
  const days = Math.floor((Date.now() - Date.parse(updatedAt)) / day);
  if (Number.isNaN(days)) return '';
  const format = new Intl.RelativeTimeFormat(language, {numeric: 'auto'});
  if (days < 45) return changed(format.format(-Math.max(0, days), 'day'));
  return changed(
    days < 700 ? format.format(-Math.round(days / 30.44), 'month') : format.format(-Math.round(days / 365.25), 'year'),
  );
}

/** Puts the card under the mark, or above it if there is no room. It is as wide as the message at most. */
function placeCard(card: HTMLElement, mark: HTMLElement): void {
  const {host} = mark.getRootNode() as ShadowRoot;
  const anchor = mark.getBoundingClientRect();
  const frame = host.getBoundingClientRect();
  const {clientWidth, clientHeight} = document.documentElement;
  const width = Math.min(widest, Math.max(frame.width, 240), clientWidth - 2 * margin);
  card.style.inlineSize = `${width}px`;
  const leftmost = Math.max(margin, Math.min(frame.left, clientWidth - margin - width));
  const rightmost = Math.max(leftmost, Math.min(clientWidth - margin, frame.right) - width);
  const left = Math.min(Math.max((anchor.left + anchor.right - width) / 2, leftmost), rightmost);
  const {height} = card.getBoundingClientRect();
  const below = anchor.bottom + distance;
  const above = anchor.top - distance - height;
  const top = below + height <= clientHeight - margin || above < margin ? below : above;
  card.style.left = `${left}px`;
  card.style.top = `${Math.min(top, Math.max(margin, clientHeight - margin - height))}px`;
}
