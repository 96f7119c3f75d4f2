/** What the buttons in a message do: copy code and tables, load an image. Loaded when the first of them is there. */
import type {MarkdownWords} from './words.ts';

/** How long a button says that it worked. */
const pause = 2000;

/** Does what a click on `target` asks for. */
export function act(target: EventTarget | null, strings: MarkdownWords): void {
  const button = target instanceof Element ? target.closest('button') : null;
  if (button?.className === 'image') loadImage(button);
  else if (button?.className === 'copy') void copy(button, strings);
}

function loadImage(button: HTMLButtonElement): void {
  const image = document.createElement('img');
  image.referrerPolicy = 'no-referrer';
  image.alt = button.dataset['alt'] ?? '';
  if (button.title) image.title = button.title;
  image.src = button.dataset['src'] ?? '';
  button.replaceWith(image);
}

async function copy(button: HTMLButtonElement, strings: MarkdownWords): Promise<void> {
  const table = button.closest('.table')?.querySelector('table');
  const source = table ?? button.closest('.code')?.querySelector('code');
  if (!source) return;
  const text = table ? tabbed(table) : source.textContent;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without permission, or on a page without https, the old way still works while the click is fresh.
    if (!copySelected(source)) return;
  }
  const name = button.textContent;
  if (name === strings.copied) return;
  button.textContent = strings.copied;
  setTimeout(() => {
    button.textContent = name;
  }, pause);
}

/** A table as spreadsheets paste it: a line a row, a tab between cells. */
function tabbed(table: HTMLTableElement): string {
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
