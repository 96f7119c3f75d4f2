/** `/v1/models` for Anthropic's clients, which are known by their header `anthropic-version`. */
import type {Request} from 'express';
import type {Operation} from '../../operation.ts';
import {printAnthropicError} from './errors.ts';
import {anthropicModelAnswer, anthropicModelsAnswer, printAnthropicModel} from './response.ts';

const isAnthropicClient = (req: Request) => req.get('anthropic-version') !== undefined;
const choosePrinter = (req: Request) => (isAnthropicClient(req) ? printAnthropicError : undefined);

export const anthropicModelsOperation: Operation = {
  method: 'get',
  paths: ['/v1/models'],
  selects: isAnthropicClient,
  callers: 'programs',
  printError: printAnthropicError,
  choosePrinter,
  tag: 'Models',
  summary: 'All models, as Anthropic’s clients know them',
  answer: anthropicModelsAnswer,
  handler:
    ({auth, models}) =>
    async (req, res) => {
      const data = (await models.list(await auth.planFor(req))).map(printAnthropicModel);
      res.json({data, has_more: false, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null});
    },
};

export const anthropicModelOperation: Operation = {
  method: 'get',
  paths: ['/v1/models/*id'],
  selects: isAnthropicClient,
  callers: 'programs',
  printError: printAnthropicError,
  choosePrinter,
  tag: 'Models',
  summary: 'One model, as Anthropic’s clients know it',
  answer: anthropicModelAnswer,
  mayBe404: true,
  handler:
    ({auth, models}) =>
    async (req, res) => {
      const id = [req.params['id'] ?? []].flat().join('/');
      const {model, asked} = await models.resolve(id, {plan: await auth.planFor(req)});
      res.json(printAnthropicModel({...model, id: asked}));
    },
};
