/**
 * Shows a sentence of the page that the chat is on: scrolls to it and paints it with the CSS Custom Highlight API. Writes
 * nothing into the page's DOM.
 */
import {makeStyles} from '../make-element.ts';
import {findQuote, plainWords} from './letters.ts';

const highlightName = 'chatlet-source';
const putStyles = makeStyles(`::highlight(${highlightName}){background-color:#ffe58a;color:#1b1d22}`);

/** Elements with text that nobody reads, and the chat itself. */
const unread = 'script, style, noscript, template, textarea, select, chatlet-chat, chatlet-launcher';

/** Whether the address leads to the page itself. */
export function isThisPage(url: string): boolean {
  const {origin, pathname, search} = new URL(url);
  return origin === location.origin && pathname === location.pathname && search === location.search;
}

/**
 * Shows the words until the visitor presses somewhere in the page. Returns the stretch of the page, or nothing if the page
 * has no such words, or the browser cannot paint them.
 */
export function showInPage(quote: string, passage = ''): Range | undefined {
  if (!('highlights' in CSS)) return undefined;
  const range = findInPage(quote, passage);
  if (!range) return undefined;
  putStyles(document);
  CSS.highlights.set(highlightName, new Highlight(range));
  document.addEventListener('pointerdown', hide);
  scrollTo(range);
  return range;
}

function hide(event: Event): void {
  if (event.target instanceof Element && event.target.closest('chatlet-chat, chatlet-launcher')) return;
  document.removeEventListener('pointerdown', hide);
  CSS.highlights.delete(highlightName);
}

function scrollTo(range: Range): void {
  const element = range.startContainer.parentElement;
  if (!element) return;
  if (element.getBoundingClientRect().height < innerHeight) element.scrollIntoView({block: 'center'});
  else scrollBy({top: range.getBoundingClientRect().top - innerHeight / 3});
}

function findInPage(quote: string, passage: string): Range | undefined {
  const words = plainWords(quote);
  const context = plainWords(passage);
  const before = context.slice(0, findQuote(context, words)[0]?.start ?? 0);
  const {text, nodes, starts} = readPage();
  for (const {start, end} of findQuote(text, words, before)) {
    const range = document.createRange();
    const first = starts.findLastIndex((at) => at <= start);
    const last = starts.findLastIndex((at) => at < end);
    const [from, to] = [nodes[first], nodes[last]];
    if (!from || !to) continue;
    range.setStart(from, start - (starts[first] ?? 0));
    range.setEnd(to, end - (starts[last] ?? 0));
    if (range.getClientRects().length > 0) return range;
  }
  return undefined;
}

/** The text of the page, its text nodes, and the position of each in the text. */
function readPage(): {readonly text: string; readonly nodes: readonly Text[]; readonly starts: readonly number[]} {
  const nodes: Text[] = [];
  const starts: number[] = [];
  let text = '';
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, (node) =>
    node instanceof Element && node.matches(unread)
      ? NodeFilter.FILTER_REJECT
      : node instanceof Text
        ? NodeFilter.FILTER_ACCEPT
        : NodeFilter.FILTER_SKIP,
  );
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!(node instanceof Text)) continue;
    nodes.push(node);
    starts.push(text.length);
    text += node.data;
  }
  return {text, nodes, starts};
}
