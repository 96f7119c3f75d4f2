/** Our streaming engine, token by token, in messages that the browser may leave unpainted. */
import {MarkdownView, markdownStyles, warmUp} from '../../../widget/src/markdown/index.ts';
import {compete} from './bench.ts';
import {addAnswerBox, startShell} from './shell.ts';

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
      const boxes = answers.map(() => addAnswerBox(messages));
      const work: Promise<void>[] = [];
      const showNewest = () => {
        const [answer, box] = [answers[boxes.length - 1], boxes.pop()];
        if (answer === undefined || !box) return;
        const view = new MarkdownView(box);
        view.append(answer);
        view.end();
        view.flush();
        work.push(view.idle);
      };
      // What the reader sees comes first and whole; the older ones follow while the browser has nothing better to do.
      for (let first = 0; first < 20; first++) showNewest();
      while (boxes.length > 0) {
        const deadline = await new Promise<IdleDeadline>((resolve) => requestIdleCallback(resolve, {timeout: 500}));
        do showNewest();
        while (boxes.length > 0 && deadline.timeRemaining() > 1);
      }
      await Promise.all(work);
    },
  }),
);
