/** `POST /agui`: one run of an agent, as a stream of AG-UI's events. */
import {agUi, agUiEncoder} from '@chatlet/protocol';
import type {UnsavedTurn} from '../../../engine/unsaved-turns.ts';
import type {Operation} from '../../operation.ts';
import {idempotencyHeaders} from '../../request/idempotency.ts';
import {unsavedAnswers} from '../../response/unsaved-answer.ts';
import {contextOf, writerOf} from '../../response/writer.ts';
import {agUiBody, parseAgUi} from './request.ts';

export const agUiOperation: Operation = {
  method: 'post',
  paths: ['/agui'],
  callers: 'visitors',
  tag: 'Questions',
  summary: 'Ask as AG-UI’s clients do',
  description: '`forwardedProps` may name the `model` and options of the answer, as in OpenAI’s API.',
  body: agUiBody,
  headers: idempotencyHeaders,
  streams: ['text/event-stream'],
  mayBe404: true,
  asksModel: true,
  handler(services) {
    const {auth} = services;
    const answers = unsavedAnswers(services);
    return async (req, res) => {
      const caller = await auth.admit(req, res);
      const {threadId, runId, ...question} = parseAgUi(req.body);
      const writer = (turn: UnsavedTurn) => {
        const run = {threadId: threadId ?? turn.answerId, runId: runId ?? turn.answerId};
        return writerOf({...agUi, encoder: (context) => agUiEncoder(context, run)}, contextOf(turn));
      };
      await answers.answer(question, {req, res, caller, writer, print: undefined});
    };
  },
};
