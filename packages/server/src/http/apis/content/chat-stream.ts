/** `/chat/stream`: answers a conversation that the client sends along, as a stream of content. */
import {contentDelta} from '@chatlet/protocol';
import type {Operation} from '../../operation.ts';
import {idempotencyHeaders} from '../../request/idempotency.ts';
import {unsavedAnswers} from '../../response/unsaved-answer.ts';
import {contextOf, writerOf} from '../../response/writer.ts';
import {printPlainError} from './errors.ts';
import {contentBody, parseContentRequest} from './request.ts';
import {contentAnswer, printContentAnswer} from './response.ts';

export const chatStreamOperation: Operation = {
  method: 'post',
  paths: ['/chat/stream', '/api/chat/stream', '/api/bento/chat/stream'],
  callers: 'visitors',
  printError: printPlainError,
  tag: 'Questions',
  summary: 'Ask without a chat that is kept',
  description: 'Streams unless `stream` is false.',
  body: contentBody,
  headers: idempotencyHeaders,
  answer: contentAnswer,
  streams: ['text/event-stream'],
  mayBe404: true,
  asksModel: true,
  handler(services) {
    const {auth} = services;
    const answers = unsavedAnswers(services);
    return async (req, res) => {
      const caller = await auth.admit(req, res);
      const {streams, ...question} = parseContentRequest(req.body);
      await answers.answer(question, {
        req,
        res,
        caller,
        writer: (turn) => writerOf(contentDelta, contextOf(turn)),
        print: streams ? undefined : printContentAnswer,
      });
    };
  },
};
