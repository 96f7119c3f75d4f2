/** `/api/models` and `/api/config`: all that a page needs before the first question. Callers see the models that they may use. */
import type {Models} from '../../../engine/models.ts';
import type {Plan} from '../../../engine/plans.ts';
import type {Operation} from '../../operation.ts';
import {modelsAnswer} from '../../response/answer-schemas.ts';
import {configAnswer} from './response.ts';

export const modelsOperations: readonly Operation[] = [
  {
    method: 'get',
    paths: ['/api/models'],
    callers: 'visitors',
    tag: 'Models',
    summary: 'All models and the default',
    answer: modelsAnswer,
    handler:
      ({auth, models}) =>
      async (req, res) => {
        await auth.identify(req);
        res.json(await choiceOf(models, await auth.planFor(req)));
      },
  },
  {
    method: 'get',
    paths: ['/api/config'],
    callers: 'visitors',
    tellsForeignPages: true,
    tag: 'Models',
    summary: 'What a page shows before the first question',
    answer: configAnswer,
    handler:
      ({auth, models, pageConfig, handovers}) =>
      async (req, res) => {
        await auth.identify(req);
        res.json({
          ...pageConfig,
          ...(handovers && {asksPerson: true}),
          ...(await choiceOf(models, await auth.planFor(req))),
        });
      },
  },
];

async function choiceOf(models: Models, plan: Plan) {
  const list = await models.list(plan);
  const defaultModel = await models.defaultModel();
  return {models: list, ...(defaultModel !== undefined && {defaultModel})};
}
