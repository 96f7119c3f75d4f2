/** The actions of the buttons in a message: copy code or a table, load an image. Loaded with the first button. */
import type {MarkdownWords} from './words.ts';

/** Milliseconds for which a button says that it has copied. */
const copiedFor = 2000;

/** Runs the action of a button, or of a link within the message, that was clicked. */
export function handleClick(button: Element, message: HTMLElement, words: MarkdownWords): void {
  if (!(button instanceof HTMLButtonElement)) goTo(message, button.getAttribute('href') ?? '');
  else if (button.className === 'image') loadImage(button);
  else if (button.className === 'copy') void copy(button, words);
  else if (button.className === 'unfold') unfold(button);
  else if (button.className === 'footnote-number') goToNote(message, button);
}

/** The address that GitHub gives a heading: its words in lower case, with hyphens between them. */
const slugOf = (text: string): string =>
  text
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}\s_-]/gu, '')
    .replace(/\s/g, '-');

/** Scrolls to the heading that `#address` means. */
function goTo(message: HTMLElement, address: string): void {
  let wanted = address.slice(1);
  try {
    wanted = decodeURIComponent(wanted);
  } catch {
    // A stray `%` stands for itself.
  }
  const headings = [...message.querySelectorAll<HTMLElement>('h3, h4, h5, h6')];
  show(headings.find((heading) => slugOf(heading.textContent) === slugOf(wanted)));
}

/** Goes from a reference to its footnote, or from there back to the first reference. */
function goToNote(message: HTMLElement, button: HTMLButtonElement): void {
  const isBack = button.parentElement?.className === 'footnote';
  const notes = message.querySelectorAll<HTMLElement>(
    isBack ? 'sup > .footnote-number' : '.footnote > .footnote-number',
  );
  show([...notes].find(({textContent}) => textContent === button.textContent));
}

function show(element: HTMLElement | undefined): void {
  if (!element) return;
  // The next step by keyboard begins here.
  if (!(element instanceof HTMLButtonElement)) element.tabIndex = -1;
  element.focus({preventScroll: true});
  element.scrollIntoView({block: 'nearest'});
}

function unfold(button: HTMLButtonElement): void {
  const code = button.parentElement;
  code?.classList.remove('folded');
  code?.querySelector('pre')?.focus({preventScroll: true});
  button.remove();
}

function loadImage(button: HTMLButtonElement): void {
  const image = document.createElement('img');
  image.referrerPolicy = 'no-referrer';
  image.alt = button.dataset['alt'] ?? '';
  if (button.title) image.title = button.title;
  image.src = button.dataset['src'] ?? '';
  button.replaceWith(image);
}

async function copy(button: HTMLButtonElement, words: MarkdownWords): Promise<void> {
  const table = button.closest('.table')?.querySelector('table');
  const source = table ?? button.closest('.code')?.querySelector('code');
  if (!source) return;
  const text = table ? toTabSeparated(table) : source.textContent;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without permission, or on a page without https, the older API still works during a click.
    if (!copySelected(source)) return;
  }
  // The button changes its name without losing the focus, which no screen reader says.
  button.dispatchEvent(new Event('markdown-copied', {bubbles: true, composed: true}));
  const {textContent, ariaLabel} = button;
  if (textContent === words.copied) return;
  button.textContent = words.copied;
  button.ariaLabel = null;
  button.dataset['copied'] = '';
  setTimeout(() => {
    button.textContent = textContent;
    button.ariaLabel = ariaLabel;
    delete button.dataset['copied'];
  }, copiedFor);
}

/** Returns a table as spreadsheets paste it: one line for each row, tabs between cells. */
function toTabSeparated(table: HTMLTableElement): string {
  return [...table.rows]
    .map((row) => [...row.cells].map((cell) => cell.textContent.replace(/\s+/g, ' ').trim()).join('\t'))
    .join('\n');
}

function copySelected(source: Element): boolean {
  const selection = getSelection();
  if (!selection) return false;
  selection.selectAllChildren(source);
  return document.execCommand('copy');
}
