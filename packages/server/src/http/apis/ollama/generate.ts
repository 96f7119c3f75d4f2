/** `POST /api/generate`: one question of an Ollama client, without a conversation. */
import {ollamaGenerate} from '@chatlet/protocol';
import type {Operation} from '../../operation.ts';
import {idempotencyHeaders} from '../../request/idempotency.ts';
import {unsavedAnswers} from '../../response/unsaved-answer.ts';
import {printOllamaError} from './errors.ts';
import {generateBody, isLoading, parseGenerate} from './request.ts';
import {ollamaGenerated, printGenerated, printLoaded} from './response.ts';
import {sendingOf} from './sending.ts';

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
      const question = parseGenerate(req.body);
      if (isLoading(question)) {
        const {asked} = await models.resolve(question.model, {plan: caller.plan});
        res.json(printLoaded(asked));
        return;
      }
      const sending = sendingOf(question, {dialect: ollamaGenerate, print: printGenerated, began});
      await answers.answer(question, {req, res, caller, ...sending});
    };
  },
};
