/** `/api/tags` and `/api/version`: requests that Ollama's clients make before the first question. */
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
      const list = await models.list(await auth.planFor(req));
      res.json({models: list.map(printOllamaModel)});
    },
};

// Clients ask for the version to see whether a server is there, and refuse servers that are too old for them.
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
