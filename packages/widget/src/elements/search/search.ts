/**
 * Shows the site's pages while the visitor writes a question: a list over the field, from which the arrow keys choose and
 * which Enter opens. Enter without a choice asks, as always. A chunk that the chat loads with the first letter; plain DOM in
 * the composer's root, so that the field can name the chosen page to screen readers.
 */
import type {LitElement, ReactiveController} from 'lit';
import type {ChatStore} from '../../client/chat-store.ts';
import type {FoundPage, PageQuery} from '../../client/transport.ts';
import {ChatActionEvent} from '../../events.ts';
import {answerEnglish} from '../../translations/answer-english.ts';
import {completeEnglish} from '../../translations/index.ts';
import type {Words} from '../../translations/words.ts';
import {makeElement, makeStyles} from '../make-element.ts';
import {readWebUrl} from '../sources/web-url.ts';
import {searchStyles} from './search.styles.ts';

completeEnglish(answerEnglish);

/** Milliseconds without a key before a search. */
const pause = 150;
const shortest = 2;
/** The part of the conversation's height that the list may cover. */
const mostOfThread = 0.6;

interface SearchLook {
  /** The text in the field; empty while no pages are wanted. */
  readonly text: string;
  readonly section: string | undefined;
  readonly words: Words;
  /** The list stands in place of the greeting. */
  readonly whole: boolean;
}

interface SearchView {
  show(look: SearchLook): void;
}

interface SearchTargets {
  search(query: PageQuery, options: {signal: AbortSignal}): Promise<readonly FoundPage[]>;
  /** Says a text to screen readers. */
  say(text: string): void;
  /** The height over the field that the list may take. */
  room(): number;
}

const putStyles = makeStyles(searchStyles);

/** `root`: of the composer. Nothing happens in one without a text field. */
function createSearch(root: ShadowRoot, targets: SearchTargets): SearchView {
  putStyles(root);
  const list = makeElement('div', {id: 'pages', class: 'pages', role: 'listbox', part: 'pages'});
  const none = makeElement('p', {class: 'no-pages'});
  const hints = makeElement('p', {class: 'hints', 'aria-hidden': 'true'});
  const box = makeElement('div', {class: 'found', part: 'found'}, list, none, hints);
  let look: SearchLook | undefined;
  let options: readonly HTMLAnchorElement[] = [];
  let active = -1;
  let searching = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;

  const field = () => root.querySelector('textarea');

  function hide(): void {
    clearTimeout(timer);
    searching.abort();
    box.remove();
    options = [];
    choose(-1);
    for (const name of ['aria-controls', 'aria-haspopup', 'aria-autocomplete']) field()?.removeAttribute(name);
  }

  async function search({text, section}: SearchLook): Promise<void> {
    searching.abort();
    searching = new AbortController();
    const {signal} = searching;
    try {
      const found = await targets.search({text, ...(section === undefined ? {} : {section})}, {signal});
      if (!signal.aborted) showPages(found);
    } catch {
      // The question can be asked all the same.
      if (!signal.aborted) hide();
    }
  }

  function showPages(found: readonly FoundPage[]): void {
    if (!look) return;
    const {text, words, whole} = look;
    const pages = found.filter(({url}) => readWebUrl(url) !== undefined);
    options = pages.map((page, index) => {
      const option = makeOption(page, {index, text});
      option.addEventListener('pointermove', () => choose(index));
      return option;
    });
    list.replaceChildren(...options);
    list.hidden = options.length === 0;
    list.ariaLabel = words.pages;
    none.hidden = options.length > 0;
    none.textContent = words.noPages;
    hints.replaceChildren(
      makeElement('span', {}, options.length > 0 ? `↑ ↓ ${words.choosePage}` : ''),
      makeElement('span', {}, `↵ ${words.askChat}`),
    );
    box.classList.toggle('whole', whole);
    const room = targets.room();
    box.style.maxBlockSize = `${whole ? room : Math.max(140, room * mostOfThread)}px`;
    box.style.minBlockSize = whole ? `${room}px` : '';
    if (!box.isConnected) root.append(box);
    list.scrollTop = 0;
    choose(-1);
    const input = field();
    input?.setAttribute('aria-controls', 'pages');
    input?.setAttribute('aria-haspopup', 'listbox');
    input?.setAttribute('aria-autocomplete', 'list');
    targets.say(options.length > 0 ? words.saysPages(options.length) : words.noPages);
  }

  function choose(index: number): void {
    options[active]?.setAttribute('aria-selected', 'false');
    active = index;
    const option = options[index];
    option?.setAttribute('aria-selected', 'true');
    option?.scrollIntoView({block: 'nearest'});
    if (option) field()?.setAttribute('aria-activedescendant', option.id);
    else field()?.removeAttribute('aria-activedescendant');
  }

  function handleKey(event: KeyboardEvent): void {
    if (!box.isConnected || event.isComposing || event.keyCode === 229) return;
    const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
    const chosen = options[active];
    const isPlain = !event.shiftKey && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (event.key === 'Escape') hide();
    else if (step !== undefined && isPlain && options.length > 0 && look?.text.includes('\n') === false) {
      // From the last page, and from the first one up, the way leads back to the field.
      choose(((active + 1 + step + options.length + 1) % (options.length + 1)) - 1);
    } else if (event.key === 'Enter' && isPlain && chosen) chosen.click();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  root.addEventListener('keydown', (event) => event instanceof KeyboardEvent && handleKey(event), {capture: true});
  root.addEventListener('focusout', (event) => {
    const next = event instanceof FocusEvent ? event.relatedTarget : null;
    if (!(next instanceof Node) || !root.contains(next)) hide();
  });
  // A press on a page leaves the focus in the field, so that the list stays until the page opens.
  box.addEventListener('mousedown', (event) => event.preventDefault());

  return {
    show(next) {
      const before = look;
      look = next;
      if (before?.text === next.text && before.section === next.section) return;
      clearTimeout(timer);
      if (next.text.trim().length < shortest) hide();
      else timer = setTimeout(() => void search(next), pause);
    },
  };
}

/** A page of the site opens in its place; a foreign one, in a place of its own. */
function makeOption({title, section, url, snippet}: FoundPage, {index, text}: {index: number; text: string}) {
  const {origin, href} = new URL(url);
  const option = makeElement(
    'a',
    {
      id: `page-${index}`,
      class: 'page',
      part: 'page',
      role: 'option',
      href,
      tabindex: '-1',
      'aria-selected': 'false',
      ...(origin === location.origin ? {} : {target: '_blank', rel: 'noopener noreferrer'}),
    },
    makeElement('span', {class: 'page-title', dir: 'auto'}, ...markWords(title, text)),
    makeElement(
      'span',
      {class: 'page-about', dir: 'auto'},
      ...markWords([section === title ? '' : section, snippet].filter(Boolean).join(' · '), text),
    ),
  );
  return option;
}

/** The text with the words of the query in bold. */
function markWords(text: string, query: string): readonly (Node | string)[] {
  const words = (query.match(/[\p{L}\p{N}]{2,}/gu) ?? []).join('|');
  if (words === '') return [text];
  const pieces = text.split(new RegExp(`(?<![\\p{L}\\p{N}])(${words})`, 'giu'));
  return pieces.map((piece, index) => (index % 2 === 1 ? makeElement('b', {}, piece) : piece));
}

/** A chat, as its search sees it. */
export interface SearchHost extends LitElement {
  readonly search: boolean;
  readonly section: string | undefined;
}

/** Shows pages beside the question that is being written in a chat. */
export class SearchController implements ReactiveController {
  readonly #chat: SearchHost;
  #view: SearchView | undefined;

  constructor(chat: SearchHost) {
    this.#chat = chat;
    chat.addController(this);
    this.hostUpdated();
  }

  hostUpdated(): void {
    const {renderRoot, search, section} = this.#chat;
    const thread = renderRoot.querySelector('chatlet-thread');
    const root = renderRoot.querySelector('chatlet-composer')?.shadowRoot;
    if (!thread || !root) return;
    const withStore = (run: (store: ChatStore) => void) =>
      thread.dispatchEvent(new ChatActionEvent({type: 'run', run: ({store}) => run(store)}));
    this.#view ??= createSearch(root, {
      search: (asked, options) =>
        new Promise((resolve) => withStore(({transport}) => resolve(transport.search?.(asked, options) ?? []))),
      say: (text) => void thread.dispatchEvent(new ChatActionEvent({type: 'say', text})),
      room: () => thread.clientHeight - 6,
    });
    withStore((store) => {
      const {draft, status, messages} = store.getState();
      const text = search && status === 'idle' ? draft : '';
      this.#view?.show({text, section: section ?? undefined, whole: messages.length === 0, words: thread.words});
    });
  }
}
