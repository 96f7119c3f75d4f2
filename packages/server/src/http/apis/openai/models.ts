/** `/v1/models`: all models, and single ones. */
import type {Operation} from '../../operation.ts';
import {printOpenaiError} from './errors.ts';
import {openaiModelAnswer, openaiModelsAnswer, printModel} from './response.ts';

export const modelsOperation: Operation = {
  method: 'get',
  paths: ['/v1/models', '/openai/v1/models'],
  callers: 'programs',
  printError: printOpenaiError,
  tag: 'Models',
  summary: 'All models, as OpenAI’s clients know them',
  answer: openaiModelsAnswer,
  handler:
    ({auth, models}) =>
    async (req, res) => {
      await auth.identify(req);
      const list = await models.list(await auth.planFor(req));
      res.json({object: 'list', data: list.map(printModel)});
    },
};

export const modelOperation: Operation = {
  method: 'get',
  // An id may contain slashes, escaped or not.
  paths: ['/v1/models/*id', '/openai/v1/models/*id'],
  callers: 'programs',
  printError: printOpenaiError,
  tag: 'Models',
  summary: 'One model; its id may hold slashes',
  answer: openaiModelAnswer,
  mayBe404: true,
  handler:
    ({auth, models}) =>
    async (req, res) => {
      await auth.identify(req);
      const id = [req.params['id'] ?? []].flat().join('/');
      const {model, asked} = await models.resolve(id, {plan: await auth.planFor(req)});
      res.json(printModel({...model, id: asked}));
    },
};
