/** `/api/search`: pages for somebody who types. No model is asked. */
import {z} from 'zod';
import {check} from '../../../check.ts';
import {searchPages} from '../../../engine/search-pages.ts';
import type {Operation} from '../../operation.ts';
import {askerOf} from '../../request/asker.ts';
import {originOf} from '../../request/origin.ts';
import {whileReading} from '../../response/answer.ts';
import {foundPagesAnswer} from './response.ts';

const searchQuery = z.object({
  q: z.string().max(500),
  section: z.string().max(2_000).optional().describe('Where the visitor is: a URL, or a path from `/`'),
  limit: z.coerce.number().int().min(1).max(20).default(8),
});

export const searchOperations: readonly Operation[] = [
  {
    method: 'get',
    paths: ['/api/search'],
    callers: 'visitors',
    tag: 'Questions',
    summary: 'Search the documents that answers are based on',
    description: 'Only documents that the caller may read. The last word may be unfinished.',
    query: searchQuery,
    answer: foundPagesAnswer,
    handler:
      ({auth, retriever}) =>
      async (req, res) => {
        const asker = await askerOf(req, auth);
        const {q, section, limit} = check(searchQuery, req.query);
        const search = {asker, section, origin: originOf(req), limit, signal: whileReading(res)};
        res.json({results: retriever ? await searchPages(retriever, q, search) : []});
      },
  },
];
