/** `/api/chat`: ask, listen again, stop. */
import {type Dialect, chatlet, uiMessageStream} from '@chatlet/protocol';
import type {Response} from 'express';
import {z} from 'zod';
import {check} from '../../../check.ts';
import {isChatId} from '../../../engine/ids.ts';
import {noSuchChat} from '../../../engine/not-found.ts';
import type {ReadableTurn} from '../../../engine/turns/readable-turn.ts';
import type {Operation} from '../../operation.ts';
import {namedProtocol} from '../../request/chat-protocol.ts';
import {idempotencyHeaders} from '../../request/idempotency.ts';
import {namedChat, resolveOwnedChat} from '../../request/owned-chat.ts';
import {beginStream, whileReading} from '../../response/answer.ts';
import {printError, printErrorsWith} from '../../response/errors.ts';
import {contextOf, numberedWriterOf} from '../../response/writer.ts';
import type {HttpServices} from '../../services.ts';
import {printCapitalError} from './errors.ts';
import {chooseFormat, namedFormat, protocolNames} from './formats.ts';
import {chatletBody, typedEventsBody, uiBody} from './request.ts';
import {stoppedAnswer} from './response.ts';

/**
 * The part of a heartbeat, half a second of the usual fifteen, that a page waits for a refusal: until the stream begins,
 * somebody who presses stop in a new chat has no name for what is to be stopped.
 */
const pageHeadersAfter = 1 / 30;

const protocol = z.enum(protocolNames).optional();

const resumeQuery = z.object({
  after: z.coerce.number().int().min(0).optional().describe('The number of the last event that was read'),
  messageId: z.string().max(200).optional().describe('Only where it is this answer that is being written'),
});

export const askOperations: readonly Operation[] = [
  {
    method: 'post',
    paths: ['/api/chat'],
    callers: 'visitors',
    printError: printCapitalError,
    tag: 'Questions',
    summary: 'Ask in a chat that is kept',
    description:
      'The header `x-chat-protocol` or `?protocol=` chooses how the answer is written: `chatlet`, `typed-events`, ' +
      '`ui-message-stream` or `ai-sdk-4`. Without them the shape of the body tells. `X-Chat-Id` names the chat.',
    body: z.union([chatletBody, typedEventsBody, uiBody]),
    query: z.object({protocol}),
    headers: idempotencyHeaders.extend({'x-chat-protocol': protocol}),
    streams: ['text/event-stream', 'text/plain'],
    mayBe404: true,
    asksModel: true,
    moreResponses: {
      413: {
        description: 'The body is larger than 10 MB, or the conversation than the model reads',
        answer: 'error',
      },
    },
    handler(services) {
      const {auth, idempotency, turns, heartbeat} = services;
      return async (req, res) => {
        const format = chooseFormat(req);
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
        const headersAfter = heartbeat * pageHeadersAfter;
        await streamTurn(res, turn, {dialect: format.dialect, after: 0, headersAfter}, services);
      };
    },
  },
  {
    method: 'get',
    paths: ['/api/chat/:chatId/stream'],
    callers: 'visitors',
    printError: printCapitalError,
    tag: 'Questions',
    summary: 'Listen again to the answer that is being written',
    description: '204 where none is.',
    query: resumeQuery.extend({protocol}),
    headers: z.object({
      'x-chat-protocol': protocol,
      'Last-Event-ID': resumeQuery.shape.after.describe('The same as `after`'),
    }),
    streams: ['text/event-stream'],
    mayBe404: true,
    moreResponses: {204: {description: 'Nothing is being written'}},
    handler(services) {
      const {auth, store, turns} = services;
      return async (req, res) => {
        const sent = req.query['after'] ?? req.get('last-event-id');
        const numbered = sent !== undefined || namedFormat(req)?.dialect === chatlet;
        if (numbered) printErrorsWith(res, printError);
        const own = await resolveOwnedChat(req, auth);
        const {after = 0, messageId} = check(resumeQuery, {...req.query, after: sent});
        if (!own || !(await store.chat(...own))) {
          // A client that asks for a chat it has only named so far is right to ask, and nothing runs there.
          if (isChatId(namedChat(req)) || numbered) throw noSuchChat();
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
        const dialect = numbered ? chatlet : uiMessageStream;
        await streamTurn(res, turn, {dialect, after, headersAfter: 0}, services);
      };
    },
  },
  {
    method: 'post',
    paths: ['/api/chat/:chatId/stop'],
    callers: 'visitors',
    printError: printCapitalError,
    tag: 'Questions',
    summary: 'Stop the answer that is being written, here and at the model',
    answer: stoppedAnswer,
    mayBe404: true,
    handler:
      ({auth, store, turns}) =>
      async (req, res) => {
        if (namedProtocol(req) === chatlet.name) printErrorsWith(res, printError);
        const own = await resolveOwnedChat(req, auth);
        if (!own || !(await store.chat(...own))) throw noSuchChat();
        res.json({stopped: await turns.stop(...own)});
      },
  },
];

interface StreamOptions {
  readonly dialect: Dialect;
  readonly after: number;
  /** Milliseconds; 0 where nothing is refused any more, and the reader wants to see at once that there is a stream. */
  readonly headersAfter: number;
}

/** Streams a turn from behind one of its events. */
function streamTurn(
  res: Response,
  turn: ReadableTurn,
  {dialect, after, headersAfter}: StreamOptions,
  {report, heartbeat}: Pick<HttpServices, 'report' | 'heartbeat'>,
): Promise<void> {
  const {answerId} = turn;
  return beginStream(res, turn.read(after, {signal: whileReading(res)}), {
    writer: numberedWriterOf(dialect, contextOf(turn), after),
    report: (error) => report(error, {answerId}),
    heartbeat,
    headersAfter,
  });
}
