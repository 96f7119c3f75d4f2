/** `chatlet-server stale`: prints pages that answers cite and that need a look, beside a running server or without one. */
import {existsSync} from 'node:fs';
import {ChatError} from '@chatlet/protocol';
import {oldAge} from '../engine/page-review.ts';
import {sqliteIndex} from '../retrieval/index/sqlite.ts';
import {createPageReview} from '../retrieval/page-review.ts';
import {indexRetriever} from '../retrieval/retriever.ts';
import {indexPathOf} from '../retrieval/source-settings.ts';
import {openReader} from '../stores/sqlite/beside.ts';
import {type Command, CommandError, misused} from './command.ts';
import {findDatabase} from './database-file.ts';
import {toPrintable} from './printable.ts';

export const stale: Command = {
  name: 'stale',
  options: {days: {value: 'DAYS'}, json: {}},
  notes:
    `The command stale lists pages that answers cite and that have changed since their last citation, or for ${oldAge} days ` +
    'not at all, the most cited first.',
  async run({env, options}) {
    const {days = String(oldAge), json} = options;
    if (!/^[1-9]\d{0,4}$/.test(days))
      throw new CommandError('--days takes a number from 1 to 99999.', {exitCode: misused});
    const {server, path} = await findDatabase(env);
    const indexPath = indexPathOf(server.retrieval ?? {}, server.databaseUrl);
    if (indexPath === undefined || !existsSync(indexPath))
      throw new ChatError('not-found', 'There is no index. chatlet-server ingest makes one.');
    const store = openReader(path);
    const retriever = indexRetriever(sqliteIndex({path: indexPath}));
    try {
      const pages = await createPageReview({store, retriever}).stale({days: Number(days)});
      if (json !== undefined) return {out: [JSON.stringify({pages}, null, 2)]};
      if (pages.length === 0) return {notes: ['No page that answers cite has changed since, or is old.']};
      return {
        out: pages.map(({id, title, why, citations, lastCited, updatedAt}) => {
          const changed = why.includes('changed') ? [`changed since it was cited on ${lastCited.slice(0, 10)}`] : [];
          const old =
            why.includes('old') && updatedAt !== undefined ? [`not changed since ${updatedAt.slice(0, 10)}`] : [];
          return `${String(citations).padStart(5)}  ${[...changed, ...old].join(', ')}: ${toPrintable(`${title} (${id})`)}`;
        }),
      };
    } finally {
      store.close();
      await retriever.close();
    }
  },
};
