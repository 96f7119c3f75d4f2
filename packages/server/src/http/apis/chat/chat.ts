/** `/api/chat`: ask, listen again, stop. */
import {type Dialect, chatlet, uiMessageStream} from '@chatlet/protocol';
import {type Response, Router} from 'express';
import {z} from 'zod';
import {isChatId} from '../../../engine/ids.ts';
import type {ReadableTurn} from '../../../engine/turns/readable-turn.ts';
import {check} from '../../../check.ts';
import {contextOf, numberedWriterOf, streamAnswer, whileReading} from '../../response/answer.ts';
import {formatOf, namedFormat, namedProtocol} from './formats.ts';
import {printError, printErrorsWith} from '../../response/errors.ts';
import {noSuchChat} from '../../../engine/not-found.ts';
import {ownChat} from '../../request/owned-chat.ts';
import type {HttpServices} from '../../services.ts';

/**
 * The part of a heartbeat, half a second of the usual fifteen, that a page waits for a refusal: until the stream begins,
 * somebody who presses stop in a new chat has no name for what is to be stopped.
 */
const pagePatience = 1 / 30;

interface StreamOptions {
  readonly dialect: Dialect;
  readonly after: number;
  /** Milliseconds; 0 where nothing is refused any more, and the reader wants to see at once that there is a stream. */
  readonly patience: number;
}

export const resumeQuery = z.object({
  after: z.coerce.number().int().min(0).optional().describe('The number of the last event that was read'),
  messageId: z.string().max(200).optional().describe('Only where it is this answer that is being written'),
});

export function chatRoutes({auth, idempotency, turns, store, report, heartbeat}: HttpServices): Router {
  const router = Router();

  /** Streams a turn from behind one of its events. */
  const stream = async (res: Response, turn: ReadableTurn, {dialect, after, patience}: StreamOptions) => {
    const {answerId} = turn;
    await streamAnswer(res, turn.read(after, {signal: whileReading(res)}), {
      writer: numberedWriterOf(dialect, contextOf(turn), after),
      report: (error) => report(error, {answerId}),
      heartbeat,
      patience,
    });
  };

  router.post('/api/chat', async (req, res) => {
    const format = formatOf(req);
    printErrorsWith(res, format.printError);
    const {owner, plan} = await auth.admit(req, res);
    const idempotencyKey = idempotency.keyOf(req, owner);
    const turn = await turns.start(owner, {
      ...format.parse(req.body),
      plan,
      ...(idempotencyKey !== undefined && {idempotencyKey}),
    });
    // A refusal names them too: the question is kept, with the answer that came to nothing.
    res.set({'X-Chat-Id': turn.chatId, 'X-Message-Id': turn.answerId});
    await stream(res, turn, {dialect: format.dialect, after: 0, patience: heartbeat * pagePatience});
  });

  router.get('/api/chat/:chatId/stream', async (req, res) => {
    const sent = req.query['after'] ?? req.get('last-event-id');
    const numbered = sent !== undefined || namedFormat(req)?.dialect === chatlet;
    if (numbered) printErrorsWith(res, printError);
    const own = await ownChat(req, auth);
    const {after = 0, messageId} = check(resumeQuery, {...req.query, after: sent});
    if (!own || !(await store.chat(...own))) {
      // A client that asks for a chat it has only named so far is right to ask, and nothing runs there.
      if (isChatId(req.params.chatId) || numbered) throw noSuchChat();
      res.status(204).end();
      return;
    }
    // Who counts events may have missed the last ones; who replays from the first would show an old answer twice.
    const turn = await turns.find(...own, {recent: numbered});
    if (!turn || (messageId !== undefined && messageId !== turn.answerId)) {
      res.status(204).end();
      return;
    }
    res.set('X-Chat-Id', turn.chatId);
    await stream(res, turn, {dialect: numbered ? chatlet : uiMessageStream, after, patience: 0});
  });

  router.post('/api/chat/:chatId/stop', async (req, res) => {
    if (namedProtocol(req) === chatlet.name) printErrorsWith(res, printError);
    const own = await ownChat(req, auth);
    if (!own || !(await store.chat(...own))) throw noSuchChat();
    res.json({stopped: await turns.stop(...own)});
  });

  return router;
}
