/** `/api/me`: everything of the caller at once. Stopped, downloaded, deleted. */
import {once} from 'node:events';
import type {Request, Response} from 'express';
import {z} from 'zod';
import {check} from '../../../check.ts';
import {type ExportFormat, exportData} from '../../../engine/export.ts';
import type {Owner} from '../../../engine/store.ts';
import type {Operation} from '../../operation.ts';
import {whileReading} from '../../response/answer.ts';
import type {HttpServices} from '../../services.ts';
import {exportAnswer, forgottenAnswer, stoppedAnswersAnswer} from './response.ts';

const exportQuery = z.object({format: z.enum(['json', 'markdown']).optional()});

/** Milliseconds that a download waits for its reader. */
const readerPatience = 30_000;

export const meOperations: readonly Operation[] = [
  {
    method: 'get',
    paths: ['/api/me/export'],
    callers: 'visitors',
    tag: 'History',
    summary: 'Download everything of the caller: chats, messages, usage, and questions that no page has answered',
    description: 'JSON, or Markdown with `?format=markdown` or `Accept: text/markdown`. Written as it is read.',
    query: exportQuery,
    answer: exportAnswer,
    handler:
      ({auth, store, exports}) =>
      async (req, res) => {
        const caller = await auth.identify(req);
        const {format = acceptedFormat(req)} = check(exportQuery, req.query);
        const signal = whileReading(res);
        const {owner, kept} = caller ? {owner: caller.owner, kept: store} : {owner: 'nobody', kept: nothing};
        await exports.run(owner, () => sendExport(res, {owner, store: kept, format, signal}), {signal});
      },
  },
  {
    method: 'post',
    paths: ['/api/me/stop'],
    callers: 'visitors',
    tag: 'Questions',
    summary: 'Stop all answers that are being written for the caller, as at a sign-out',
    answer: stoppedAnswersAnswer,
    handler:
      ({auth, personalData}) =>
      async (req, res) => {
        const caller = await auth.identify(req);
        res.json({stopped: caller ? await personalData.stopAnswers(caller.owner) : 0});
      },
  },
  {
    method: 'delete',
    paths: ['/api/me'],
    callers: 'visitors',
    tag: 'History',
    summary: 'Delete everything of the caller',
    description:
      'Running answers are stopped, all chats are deleted, and usage is made anonymous. Deleted words are overwritten on ' +
      'the disk. Backups are not touched.',
    answer: forgottenAnswer,
    handler:
      ({auth, personalData}) =>
      async (req, res) => {
        const caller = await auth.identify(req);
        res.json({success: true, chats: caller ? await personalData.forget(caller.owner) : 0});
      },
  },
];

/** The data of a caller that was never here. */
const nothing: Pick<HttpServices['store'], 'chats' | 'messages' | 'usage' | 'gaps'> = {
  chats: async () => ({items: []}),
  messages: async () => ({items: []}),
  usage: async () => ({items: []}),
};

function acceptedFormat(req: Request): ExportFormat {
  return req.accepts(['application/json', 'text/markdown']) === 'text/markdown' ? 'markdown' : 'json';
}

interface Export {
  readonly owner: Owner;
  readonly store: typeof nothing;
  readonly format: ExportFormat;
  readonly signal: AbortSignal;
}

/** Writes as fast as the reader reads, so that nothing gathers in memory. */
async function sendExport(res: Response, {owner, store, format, signal}: Export): Promise<void> {
  const [type, ending] = format === 'json' ? ['application/json', 'json'] : ['text/markdown', 'md'];
  res.set({
    'Content-Type': `${type}; charset=utf-8`,
    'Content-Disposition': `attachment; filename="chats.${ending}"`,
  });
  try {
    for await (const text of exportData(owner, {store, format})) {
      if (signal.aborted) return;
      if (!res.write(text))
        await once(res, 'drain', {signal: AbortSignal.any([signal, AbortSignal.timeout(readerPatience)])});
    }
    res.end();
  } catch (error) {
    // A download that ends early must not look complete.
    if (!signal.aborted && !res.headersSent) throw error;
    res.destroy();
  }
}
