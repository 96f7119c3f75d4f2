/** `/v1/messages`: answers a conversation that the client sends along. */
import {anthropic} from '@chatlet/protocol';
import {estimatePromptTokens} from '../../../engine/count-tokens.ts';
import type {UnsavedTurn} from '../../../engine/unsaved-turns.ts';
import type {Operation} from '../../operation.ts';
import {idempotencyHeaders} from '../../request/idempotency.ts';
import {requestIdOf} from '../../request/request-id.ts';
import {tellIgnored} from '../../request/unlisted-options.ts';
import {unsavedAnswers} from '../../response/unsaved-answer.ts';
import {contextOf, writerOf} from '../../response/writer.ts';
import {printAnthropicError} from './errors.ts';
import {anthropicBody, parseAnthropic} from './request.ts';
import {anthropicAnswer, printAnthropic} from './response.ts';

export const messagesOperation: Operation = {
  method: 'post',
  paths: ['/v1/messages'],
  callers: 'programs',
  printError: printAnthropicError,
  tag: 'Questions',
  summary: 'Ask as Anthropic’s clients do',
  description: 'With `stream: true` the answer comes as it is written. Thoughts come only if `thinking` asks for them.',
  body: anthropicBody,
  headers: idempotencyHeaders,
  answer: anthropicAnswer,
  streams: ['text/event-stream'],
  mayBe404: true,
  asksModel: true,
  handler(services) {
    const {auth, passOptions} = services;
    const answers = unsavedAnswers(services);
    return async (req, res) => {
      const caller = await auth.admit(req, res);
      const {streams, wantsReasoning, ignored, ...question} = parseAnthropic(req.body, passOptions);
      tellIgnored(res, ignored);
      const toContext = (turn: UnsavedTurn) => ({...contextOf(turn), omitsReasoning: !wantsReasoning});
      res.set('request-id', requestIdOf(res));
      await answers.answer(question, {
        req,
        res,
        caller,
        // This API tells the tokens of the question first; some clients read them there alone.
        writer: (turn) =>
          writerOf(anthropic, {...toContext(turn), promptTokens: estimatePromptTokens(question.messages)}),
        print: streams ? undefined : (answer, turn) => printAnthropic(toContext(turn), answer),
      });
    };
  },
};
