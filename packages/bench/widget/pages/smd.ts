/** streaming-markdown fed token by token, as its README shows it. */
import * as smd from 'streaming-markdown';
import {compete} from './bench.ts';
import {addAnswerBox, startShell} from './shell.ts';

compete(async (stage, answerPath) =>
  startShell(stage, answerPath, {
    open(box) {
      const parser = smd.parser(smd.default_renderer(box));
      return {append: (token) => smd.parser_write(parser, token), end: async () => smd.parser_end(parser)};
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
