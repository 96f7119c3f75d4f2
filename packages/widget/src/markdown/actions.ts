/** What the buttons in a message do: copy code and tables, load an image. Loaded when the first of them is there. */
import type {MarkdownWords} from './words.ts';

/** How long a button says that it worked. */
const copiedFor = 2000;

/** Does what a click on `target` asks for. */
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
    // Without permission, or on a page without https, the old way still works while the click is fresh.
    if (!copySelected(source)) return;
  }
  const name = button.textContent;
  if (name === words.copied) return;
  button.textContent = words.copied;
  setTimeout(() => {
    button.textContent = name;
  }, copiedFor);
}

/** A table as spreadsheets paste it: a line a row, a tab between cells. */
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
