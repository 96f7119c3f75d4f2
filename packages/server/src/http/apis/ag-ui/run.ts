/** `POST /agui`: one run of an agent, as a stream of AG-UI's events. */
import {agUi, agUiEncoder} from '@chatlet/protocol';
import type {Operation} from '../../operation.ts';
import {idempotencyHeaders} from '../../request/idempotency.ts';
import {whileReading} from '../../response/answer.ts';
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
      const turn = await answers.begin(question, {req, caller});
      const run = {threadId: threadId ?? turn.answerId, runId: runId ?? turn.answerId};
      const dialect = {...agUi, encoder: (context: Parameters<typeof agUiEncoder>[0]) => agUiEncoder(context, run)};
      const answer = turn.read({signal: whileReading(res)});
      await answers.beginStream(res, answer, {writer: writerOf(dialect, contextOf(turn))});
    };
  },
};
