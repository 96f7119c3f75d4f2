/** `/api/tags` and `/api/version`: what Ollama's clients ask before they ask a question. */
import type {Operation} from '../../operation.ts';
import {printOllamaError} from './errors.ts';
import {ollamaModelsAnswer, ollamaVersionAnswer, printOllamaModel} from './response.ts';

export const ollamaModelsOperation: Operation = {
  method: 'get',
  paths: ['/api/tags'],
  callers: 'visitors',
  printError: printOllamaError,
  tag: 'Ollama',
  summary: 'All models',
  answer: ollamaModelsAnswer,
  handler:
    ({auth, models}) =>
    async (req, res) => {
      await auth.identify(req);
      res.json({models: (await models.list()).map(printOllamaModel)});
    },
};

// Clients ask for it to see whether somebody is there, and compare it with the oldest that they can talk to.
export const ollamaVersionOperation: Operation = {
  method: 'get',
  paths: ['/api/version'],
  callers: 'anybody',
  tag: 'Ollama',
  summary: 'The version',
  answer: ollamaVersionAnswer,
  handler: () => (_req, res) => {
    res.json({version: '0.12.0'});
  },
};
