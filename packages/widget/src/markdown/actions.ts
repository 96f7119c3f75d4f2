/** The actions of the buttons in a message: copy code or a table, load an image. Loaded with the first button. */
import type {MarkdownWords} from './words.ts';

/** Milliseconds for which a button says that it has copied. */
const copiedFor = 2000;

/** Runs the action of the button that was clicked, if `target` is in one. */
export function handleClick(target: EventTarget | null, words: MarkdownWords): void {
  const button = target instanceof Element ? target.closest('button') : null;
  if (button?.className === 'image') loadImage(button);
  else if (button?.className === 'copy') void copy(button, words);
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
  const name = button.textContent;
  if (name === words.copied) return;
  button.textContent = words.copied;
  setTimeout(() => {
    button.textContent = name;
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
