/** `/api/tags`, `/api/show`, `/api/ps` and `/api/version`: requests that Ollama's clients make before the first question. */
import type {Operation} from '../../operation.ts';
import {printOllamaError} from './errors.ts';
import {parseShow, showBody} from './request.ts';
import {ollamaModelsAnswer, ollamaShown, ollamaVersionAnswer, printOllamaModel, printShown} from './response.ts';

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

export const ollamaShowOperation: Operation = {
  method: 'post',
  paths: ['/api/show'],
  callers: 'visitors',
  printError: printOllamaError,
  tag: 'Ollama',
  summary: 'One model',
  body: showBody,
  answer: ollamaShown,
  mayBe404: true,
  handler:
    ({auth, models}) =>
    async (req, res) => {
      const {model, asked} = await models.resolve(parseShow(req.body), {plan: await auth.planFor(req)});
      res.json(printShown({...model, id: asked}));
    },
};

/** Nothing is loaded here: the models run at the upstreams. */
export const ollamaRunningOperation: Operation = {
  method: 'get',
  paths: ['/api/ps'],
  callers: 'visitors',
  printError: printOllamaError,
  tag: 'Ollama',
  summary: 'The models in the memory of this server: none',
  answer: ollamaModelsAnswer,
  handler: () => (_req, res) => {
    res.json({models: []});
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
