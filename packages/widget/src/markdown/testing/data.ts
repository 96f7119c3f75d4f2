/** Test data, and functions that render it. */
import {type MarkdownOptions, MarkdownView} from '../index.ts';

export interface Example {
  readonly example: number;
  readonly markdown: string;
  readonly section: string;
}

export async function load<Data>(name: string): Promise<Data> {
  const module: {default: Data} = await import(new URL(`../../../../testdata/data/${name}.json`, import.meta.url).href);
  return module.default;
}

/** All CommonMark and GFM examples, without duplicates. */
export async function examples(): Promise<readonly Example[]> {
  const all = [...(await load<Example[]>('commonmark-0.31.2')), ...(await load<Example[]>('gfm-0.29-spec'))];
  return [...new Map(all.map((each) => [each.markdown, each])).values()];
}

/** Renders a text in parts. Each part is shown before the next one is appended. */
export function render(parts: readonly string[], options: MarkdownOptions = {}): HTMLElement {
  const element = document.createElement('div');
  const view = new MarkdownView(element, options);
  for (const part of parts) {
    view.append(part);
    view.flush();
  }
  view.end();
  view.flush();
  return element;
}

/**
 * The first few entries of a list that should be empty, cut short. A failing test then shows them at once: the difference
 * between two lists of whole documents takes a minute to compute.
 */
export function few(list: Iterable<string>): readonly string[] {
  const entries = [...list];
  const shown = entries.slice(0, 3).map((entry) => (entry.length > 300 ? `${entry.slice(0, 300)}…` : entry));
  return entries.length > 3 ? [...shown, `and ${entries.length - 3} more`] : shown;
}

/** The first place at which two texts differ, or an empty text. */
export function firstDifference(one: string, other: string): string {
  if (one === other) return '';
  let at = 0;
  while (one[at] === other[at]) at++;
  return `at ${at}: ${one.slice(at, at + 80)} ≠ ${other.slice(at, at + 80)}`;
}

/** Milliseconds after which a test that waits has failed. Nothing that it waits for takes a tenth of this. */
export const patience = 10_000;

export const whole = (markdown: string, options?: MarkdownOptions): HTMLElement => render([markdown], options);

/** Cuts a text into pieces of `size` characters. */
export function pieces(markdown: string, size = 1): readonly string[] {
  const out: string[] = [];
  for (let at = 0; at < markdown.length; at += size) out.push(markdown.slice(at, at + size));
  return out;
}

/** A long answer with every kind of block. */
export function mixed(times: number): string {
  let text = '';
  for (let index = 1; index <= times; index++) {
    text += `## Part ${index}: what *matters*

Some **bold** words, \`code\`, a [link](https://example.com/${index}) and a [reference][r${index}], then
more text that goes on for a while, with 2 * 3 = 6 and snake_case_names.

- first item
- second item with **weight**
  - nested \`item\`
- [x] done

1. one
2. two

> A quote with _stress_
> over two lines.

| Name | Count |
|:-----|------:|
| a${index} | ${index} |
| **b** | 2 |

\`\`\`js
const answer = ${index}; // a comment
${'console.log("line", answer);\n'.repeat(40)}\`\`\`

<details><summary>More</summary>

Hidden *text* here.

</details>

[r${index}]: https://example.org/${index}

`;
  }
  return text;
}
