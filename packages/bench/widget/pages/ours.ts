/** Our streaming engine, token by token, in messages that the browser may leave unpainted, as the chat's thread has them. */
import {MarkdownView, markdownStyles} from '../../../widget/src/markdown/index.ts';
import {compete} from './bench.ts';
import {addAnswerBox, startShell} from './shell.ts';

const styles = document.createElement('style');
styles.textContent = '.answer { content-visibility: auto; contain-intrinsic-size: auto 300px; }';
document.head.append(styles);
document.adoptedStyleSheets.push(markdownStyles);

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
      const views = answers.map((answer) => {
        const view = new MarkdownView(addAnswerBox(messages));
        view.append(answer);
        view.end();
        return view;
      });
      await Promise.all(views.map((view) => view.idle));
    },
  }),
);
