/** `/v1/chat/completions`: answers a conversation that the client sends along, once or several times. */
import {ChatError, openaiChat} from '@chatlet/protocol';
import type {Response} from 'express';
import type {Operation} from '../../operation.ts';
import {idempotencyHeaders} from '../../request/idempotency.ts';
import {tellIgnored} from '../../request/unlisted-options.ts';
import {whileReading} from '../../response/answer.ts';
import {chatCompletionAnswer, printChatCompletion} from '../../response/chat-completion.ts';
import {choicesWriter, readAllWhole, readSideBySide} from '../../response/choices.ts';
import {unsavedAnswers} from '../../response/unsaved-answer.ts';
import {keepLogprobs} from './logprobs.ts';
import {contextOf, writerOf} from '../../response/writer.ts';
import {printOpenaiError} from './errors.ts';
import {openaiPaths, withDeployment} from './paths.ts';
import {functionCallDialect, withFunctionCalls} from './function-calls.ts';
import {chatCompletionBody, parseChatCompletion} from './request.ts';

export const chatCompletionsOperation: Operation = {
  method: 'post',
  // Some clients add nothing to a base URL without a version.
  paths: [...openaiPaths('/chat/completions'), '/chat/completions'],
  callers: 'programs',
  printError: printOpenaiError,
  tag: 'Questions',
  summary: 'Ask as OpenAI’s clients do',
  description: 'With `stream: true` the answer comes as it is written.',
  body: chatCompletionBody,
  headers: idempotencyHeaders,
  answer: chatCompletionAnswer,
  streams: ['text/event-stream'],
  mayBe404: true,
  asksModel: true,
  handler(services) {
    const {auth, passOptions} = services;
    const answers = unsavedAnswers(services);
    return async (req, res) => {
      const caller = await auth.admit(req, res);
      const {choices, streams, includeUsage, wantsLogprobs, usesFunctions, ignored, ...question} = parseChatCompletion(
        withDeployment(req),
        passOptions,
      );
      tellIgnored(res, ignored);
      const signal = whileReading(res);
      const turns = await answers.beginChoices(question, {req, caller, count: choices});
      const [first] = turns;
      if (!first) throw new ChatError('internal');
      const context = contextOf(first, 'chatcmpl-');
      const written = {...context, includeUsage};
      const dialect = usesFunctions ? functionCallDialect : openaiChat;
      if (!streams) {
        const kept = wantsLogprobs ? turns.map(keepLogprobs) : [];
        const whole = await readAllWhole(wantsLogprobs ? kept : turns, {signal});
        const printed = printChatCompletion({...context, logprobs: kept.map(({logprobs}) => logprobs())}, whole);
        sendTimed(res, usesFunctions ? withFunctionCalls(printed) : printed, Date.parse(first.createdAt));
      } else if (turns.length === 1) {
        await answers.beginStream(res, first.read({signal}), {writer: writerOf(dialect, written)});
      } else {
        await answers.beginStream(res, readSideBySide(turns, {signal}), {
          writer: choicesWriter(dialect, written, {count: turns.length}),
        });
      }
    };
  },
};

/** OpenAI's clients log the milliseconds of `openai-processing-ms`. */
function sendTimed(res: Response, body: object, began: number): void {
  res.set('openai-processing-ms', String(Math.max(0, Date.now() - began))).json(body);
}
