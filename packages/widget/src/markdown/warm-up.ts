/** Runs the engine once in idle time, so that the browser has compiled it before the first answer. */
import {whenIdle} from './frame-scheduler.ts';
import {MarkdownView} from './view.ts';

/** Samples of what most answers contain, which fetch nothing more. Each is one short task. */
const samples = [
  'Some *text* with **strong** words, `code` and a [link](https://example.com "title"), 2 * 3, snake_case.\n\n## Heading\n\n',
  '- item\n- second **item**\n  - nested\n\n1. one\n2. two\n\n> quote\n\nSee https://example.com and [text][r].\n\n[r]: /u\n\n',
  '| a | b |\n|:--|--:|\n| 1 | `2` |\n\n```\nconst a = 1;\n```\n\n<b>x</b> &amp; ~~y~~\n\n---\n',
];

/** Call this once when an answer is likely to come: when a chat is opened, or its text box is focused. */
export function warmUp(): void {
  for (const sample of samples) {
    whenIdle(() => {
      const view = new MarkdownView(document.createElement('div'));
      for (const half of [sample.slice(0, 40), sample.slice(40)]) {
        view.append(half);
        view.flush();
      }
      view.end();
      view.flush();
      view.destroy();
    });
  }
}
