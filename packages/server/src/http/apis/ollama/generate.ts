/** `POST /api/generate`: one question of an Ollama client, without a conversation. */
import {ollamaGenerate} from '@chatlet/protocol';
import type {Operation} from '../../operation.ts';
import {idempotencyHeaders} from '../../request/idempotency.ts';
import {readWholeAnswer, whileReading} from '../../response/answer.ts';
import {unsavedAnswers} from '../../response/unsaved-answer.ts';
import {contextOf, writerOf} from '../../response/writer.ts';
import {printOllamaError} from './errors.ts';
import {generateBody, isLoading, parseGenerate} from './request.ts';
import {ollamaGenerated, printGenerated, printLoaded} from './response.ts';

export const generateOperation: Operation = {
  method: 'post',
  paths: ['/api/generate'],
  callers: 'visitors',
  printError: printOllamaError,
  tag: 'Ollama',
  summary: 'Ask one question as Ollama’s clients do',
  body: generateBody,
  headers: idempotencyHeaders,
  answer: ollamaGenerated,
  streams: ['application/x-ndjson'],
  mayBe404: true,
  asksModel: true,
  handler(services) {
    const {auth, models} = services;
    const answers = unsavedAnswers(services);
    return async (req, res) => {
      const began = performance.now();
      const caller = await auth.admit(req, res);
      const {streams, ...question} = parseGenerate(req.body);
      if (isLoading(question)) {
        const {asked} = await models.resolve(question.model, {plan: caller.plan});
        res.json(printLoaded(asked));
        return;
      }
      const turn = await answers.begin(question, {req, caller});
      const answer = turn.read({signal: whileReading(res)});
      const {createdAt} = turn;
      if (streams) {
        const context = {...contextOf(turn), created: Date.parse(createdAt) / 1000};
        await answers.beginStream(res, answer, {writer: writerOf(ollamaGenerate, context)});
      } else {
        const whole = await readWholeAnswer(answer);
        res.json(printGenerated(whole, {model: question.model, createdAt, took: performance.now() - began}));
      }
    };
  },
};
