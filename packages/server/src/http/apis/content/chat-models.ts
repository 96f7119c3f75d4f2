/** `/chat/models`: all models with their lengths and prices. */
import type {Model} from '@chatlet/protocol';
import type {Models} from '../../../engine/models.ts';
import type {Plan} from '../../../engine/plans.ts';
import type {Operation} from '../../operation.ts';
import {modelsAnswer} from '../../response/answer-schemas.ts';
import {printPlainError} from './errors.ts';
import {defaultModel} from './request.ts';
import {withNumbers} from './response.ts';

export const chatModelsOperation: Operation = {
  method: 'get',
  paths: ['/chat/models', '/api/chat/models', '/api/bento/chat/models'],
  callers: 'visitors',
  printError: printPlainError,
  tag: 'Models',
  summary: 'All models, with lengths and prices',
  answer: modelsAnswer,
  handler:
    ({auth, models}) =>
    async (req, res) => {
      await auth.identify(req);
      const list = await listedModels(models, await auth.planFor(req));
      res.json({models: list.map(withNumbers)});
    },
};

/** All models; the default is listed a second time, as `default-llm-model`. */
async function listedModels(models: Models, plan: Plan): Promise<readonly Model[]> {
  const list = await models.list(plan);
  if (list.some(({id}) => id === defaultModel)) return list;
  // If no provider has the default model, the list goes without it.
  const {model} = (await models.resolve(defaultModel, {plan}).catch(() => undefined)) ?? {};
  return model ? [...list, {...model, id: defaultModel, name: `Default: ${model.name}`}] : list;
}
