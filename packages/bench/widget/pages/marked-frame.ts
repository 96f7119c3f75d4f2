/** marked and DOMPurify over the whole answer, once a frame: the loop that most pages write for themselves. */
import DOMPurify from 'dompurify';
import {marked} from 'marked';
import {compete} from './bench.ts';
import {oncePerFrame} from './frames.ts';
import {addAnswerBox, startShell} from './shell.ts';

function show(box: HTMLElement, markdown: string): void {
  box.innerHTML = DOMPurify.sanitize(marked.parse(markdown, {async: false}));
}

compete(async (stage, answerPath) =>
  startShell(stage, answerPath, {
    open(box) {
      let whole = '';
      const frame = oncePerFrame(() => show(box, whole));
      return {
        append(token) {
          whole += token;
          frame.ask();
        },
        end: async () => frame.finish(),
      };
    },
    async showHistory(messages, answers) {
      for (const answer of answers) show(addAnswerBox(messages), answer);
    },
  }),
);
