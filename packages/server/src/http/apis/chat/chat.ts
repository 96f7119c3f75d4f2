/** `/api/chat`: ask a question, resume its stream, stop its answer. */
import {type Dialect, chatlet, uiMessageStream} from '@chatlet/protocol';
import type {Request, Response} from 'express';
import {z} from 'zod';
import {check} from '../../../check.ts';
import {chatIdOf, isChatId} from '../../../engine/ids.ts';
import {noSuchChat} from '../../../engine/not-found.ts';
import type {ReadableTurn} from '../../../engine/turns/readable-turn.ts';
import type {Operation} from '../../operation.ts';
import {namedProtocol} from '../../request/chat-protocol.ts';
import {idempotencyHeaders} from '../../request/idempotency.ts';
import {payerOf} from '../../request/payer.ts';
import {originOf} from '../../request/origin.ts';
import {namedChat, resolveOwnedChat} from '../../request/owned-chat.ts';
import {namesOfUnlisted, tellIgnored} from '../../request/unlisted-options.ts';
import {beginStream, whileReading} from '../../response/answer.ts';
import {printError, printErrorsWith} from '../../response/errors.ts';
import {growingBatches} from '../../response/growing-batches.ts';
import {contextOf, numberedWriterOf} from '../../response/writer.ts';
import type {HttpServices} from '../../services.ts';
import {answerCalls} from './approvals.ts';
import {printCapitalError} from './errors.ts';
import {chooseFormat, namedErrorPrinter, namedFormat, protocolNames} from './formats.ts';
import {chatletBody, typedEventsBody, uiBody} from './request.ts';
import {stoppedAnswer} from './response.ts';

/**
 * How long a page waits for a refusal, as a part of the heartbeat: half a second of the usual fifteen. The wait is
 * short, because a new chat has no id before its stream begins, and without an id its answer cannot be stopped.
 */
const pageHeadersAfter = 1 / 30;

const protocol = z.enum(protocolNames).optional();

const resumeQuery = z.object({
  after: z.coerce.number().int().min(0).optional().describe('The number of the last event that was read'),
  messageId: z.string().max(200).optional().describe('Only if this answer is the one that is being written'),
});

export const askOperations: readonly Operation[] = [
  {
    method: 'post',
    paths: ['/api/chat'],
    callers: 'visitors',
    printError: printCapitalError,
    choosePrinter: namedErrorPrinter,
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
        description: 'The body is larger than the plan allows, or the conversation than the model reads',
        answer: 'error',
      },
    },
    handler(services) {
      const {auth, idempotency, turns, heartbeat, acceptPageTools} = services;
      return async (req, res) => {
        const format = chooseFormat(req);
        printErrorsWith(res, format.printError);
        const caller = await auth.admit(req, res);
        const {owner, plan} = caller;
        const headersAfter = heartbeat * pageHeadersAfter;
        const unlisted = namesOfUnlisted(req.body, format.fields);
        const sent = format.parseReplies?.(req.body);
        if (sent) {
          const {chatName, replies} = sent;
          const asker = {plan, payer: payerOf(req, caller)};
          tellIgnored(res, unlisted);
          const rest = await answerCalls(turns, {owner, chatId: chatIdOf(owner, chatName), replies, asker});
          const knownCalls = replies.map(({callId}) => callId);
          res.set({'X-Chat-Id': rest.chatId, 'X-Message-Id': rest.answerId});
          await streamTurn(res, rest, {dialect: format.dialect, after: 0, headersAfter, knownCalls}, services);
          return;
        }
        const idempotencyKey = idempotency.keyOf(req, owner);
        const {pageTools: offered, ...ask} = format.parse(req.body);
        const {pageTools, ignored} = acceptPageTools(offered);
        tellIgnored(res, [...unlisted, ...ignored]);
        const turn = await turns.start(owner, {
          ...ask,
          ...(pageTools && {pageTools}),
          retrieval: {...ask.retrieval, origin: originOf(req)},
          usesTools: true,
          plan,
          payer: payerOf(req, caller),
          ...(idempotencyKey !== undefined && {idempotencyKey}),
        });
        // A refusal has these headers, too: the question and the failed answer are stored.
        res.set({'X-Chat-Id': turn.chatId, 'X-Message-Id': turn.answerId});
        await streamTurn(res, turn, {dialect: format.dialect, after: 0, headersAfter}, services);
      };
    },
  },
  {
    method: 'get',
    paths: ['/api/chat/:chatId/stream'],
    callers: 'visitors',
    printError: printCapitalError,
    choosePrinter: (req) => (isNumbered(req) ? printError : undefined),
    tag: 'Questions',
    summary: 'Listen again to the answer that is being written',
    description: '204 if no answer is being written.',
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
        const numbered = isNumbered(req);
        namedFormat(req);
        const own = await resolveOwnedChat(req, auth);
        const {after = 0, messageId} = check(resumeQuery, {...req.query, after: lastEventOf(req)});
        if (!own || !(await store.chat(...own))) {
          // A client may ask for a chat that it has named but not used yet: nothing runs there, and that is no error.
          if (isChatId(namedChat(req)) || numbered) throw noSuchChat();
          res.status(204).end();
          return;
        }
        // A client that counts events may have missed the last ones. One that replays from the start would show a
        // finished answer twice.
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
    choosePrinter: (req) => (namedProtocol(req) === chatlet.name ? printError : undefined),
    tag: 'Questions',
    summary: 'Stop the answer that is being written, here and at the model',
    answer: stoppedAnswer,
    mayBe404: true,
    handler:
      ({auth, store, turns}) =>
      async (req, res) => {
        const own = await resolveOwnedChat(req, auth);
        if (!own || !(await store.chat(...own))) throw noSuchChat();
        res.json({stopped: await turns.stop(...own)});
      },
  },
];

/** The number of the last event that the reader has. */
function lastEventOf(req: Request) {
  return req.query['after'] ?? req.get('last-event-id');
}

/** Whether the reader counts events: our own protocol, by its name or by a number. */
function isNumbered(req: Request): boolean {
  return lastEventOf(req) !== undefined || namedProtocol(req) === chatlet.name;
}

interface StreamOptions {
  readonly dialect: Dialect;
  readonly after: number;
  /** Milliseconds; 0 if the turn can no longer be refused, so that the reader sees at once that a stream has begun. */
  readonly headersAfter: number;
  /** Calls that the reader has from an earlier part of the answer. */
  readonly knownCalls?: readonly string[];
}

/** Streams a turn from the event after the number `after` on. */
function streamTurn(
  res: Response,
  turn: ReadableTurn,
  {dialect, after, headersAfter, knownCalls = []}: StreamOptions,
  {report, heartbeat}: Pick<HttpServices, 'report' | 'heartbeat'>,
): Promise<void> {
  const {answerId} = turn;
  const batches = turn.read(after, {signal: whileReading(res)});
  return beginStream(res, turn.hasPast ? growingBatches(batches) : batches, {
    writer: numberedWriterOf(dialect, {...contextOf(turn), knownCalls}, after),
    report: (error) => report(error, {answerId}),
    heartbeat,
    headersAfter,
  });
}
