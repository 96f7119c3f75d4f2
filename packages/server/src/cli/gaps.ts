/** `chatlet-server gaps`: prints the questions that no page has answered, beside a running server or without one. */
import {openReader} from '../stores/sqlite/beside.ts';
import {createPageReview} from '../retrieval/page-review.ts';
import type {Command} from './command.ts';
import {findDatabase} from './database-file.ts';
import {toPrintable} from './printable.ts';

export const gaps: Command = {
  name: 'gaps',
  options: {json: {}},
  notes:
    'The command gaps lists questions whose answers cite no page, in groups of the same words: how often and when they were ' +
    'asked, and the nearest passages.',
  async run({env, options}) {
    const {path} = await findDatabase(env);
    const store = openReader(path);
    try {
      const found = await createPageReview({store}).gaps();
      if (options['json'] !== undefined) return {out: [JSON.stringify({gaps: found}, null, 2)]};
      if (found.length === 0) return {notes: ['There are no gaps: each answer cites a page, or no page was searched.']};
      return {
        out: found.flatMap(({question, count, lastAsked, nearest}) => [
          `${String(count).padStart(5)}  ${lastAsked.slice(0, 10)}  ${toPrintable(question)}`,
          ...nearest.map(({id, title}) => `${' '.repeat(19)}near: ${toPrintable(`${title} (${id})`)}`),
        ]),
      };
    } finally {
      store.close();
    }
  },
};
