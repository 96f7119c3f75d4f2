/** Our streaming engine, token by token, in messages that the browser may leave unpainted. */
import {MarkdownView, markdownStyles, warmUp} from '../../../widget/src/markdown/index.ts';
import {compete} from './bench.ts';
import {startShell} from './shell.ts';

const styles = document.createElement('style');
styles.textContent = `.answer { content-visibility: auto; contain-intrinsic-size: auto 300px; } ${markdownStyles}`;
document.head.append(styles);
// As the widget does when it is opened.
warmUp();

compete(async (stage, answerPath) =>
  startShell(stage, answerPath, {
    open(box) {
      const view = new MarkdownView(box);
      return {
        append: (token) => view.append(token),
        async end() {
          view.end();
          await view.idle;
        },
      };
    },
    async showHistory(messages, answers) {
      const work: Promise<void>[] = [];
      const older = [...answers];
      const showIn = (place: ParentNode, answer: string) => {
        const box = document.createElement('article');
        box.className = 'answer';
        const view = new MarkdownView(box);
        view.append(answer);
        view.end();
        view.flush();
        work.push(view.idle);
        place.prepend(box);
      };
      // What the reader sees comes first and whole; the older ones are made ready beside the page while the browser has
      // nothing better to do, and enter it in batches.
      for (const answer of older.splice(-20).reverse()) showIn(messages, answer);
      let batch = document.createDocumentFragment();
      while (older.length > 0) {
        const deadline = await new Promise<IdleDeadline>((resolve) => requestIdleCallback(resolve, {timeout: 500}));
        do showIn(batch, older.pop() ?? '');
        while (older.length > 0 && batch.childElementCount < 500 && deadline.timeRemaining() > 1);
        if (batch.childElementCount < 500 && older.length > 0) continue;
        messages.prepend(batch);
        batch = document.createDocumentFragment();
      }
      await Promise.all(work);
    },
  }),
);
