/** streaming-markdown fed once a frame, with `content-visibility: auto` on messages. */
import * as smd from 'streaming-markdown';
import {compete} from './bench.ts';
import {oncePerFrame} from './frames.ts';
import {addAnswerBox, startShell} from './shell.ts';

const styles = document.createElement('style');
styles.textContent = '.answer { content-visibility: auto; contain-intrinsic-size: auto 300px; }';
document.head.append(styles);

compete(async (stage, answerPath) =>
  startShell(stage, answerPath, {
    open(box) {
      const parser = smd.parser(smd.default_renderer(box));
      let waiting = '';
      const frame = oncePerFrame(() => {
        smd.parser_write(parser, waiting);
        waiting = '';
      });
      return {
        append(token) {
          waiting += token;
          frame.ask();
        },
        async end() {
          frame.finish();
          smd.parser_end(parser);
        },
      };
    },
    async showHistory(messages, answers) {
      for (const answer of answers) {
        const parser = smd.parser(smd.default_renderer(addAnswerBox(messages)));
        smd.parser_write(parser, answer);
        smd.parser_end(parser);
      }
    },
  }),
);
