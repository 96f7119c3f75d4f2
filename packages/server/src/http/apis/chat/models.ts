/** `/api/models` and `/api/config`: all that a page needs before the first question. All callers get the same. */
import type {Models} from '../../../engine/models.ts';
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
        res.json(await choiceOf(models));
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
      ({auth, models, pageConfig}) =>
      async (req, res) => {
        await auth.identify(req);
        res.json({...pageConfig, ...(await choiceOf(models))});
      },
  },
];

async function choiceOf(models: Models) {
  const list = await models.list();
  const defaultModel = await models.defaultModel();
  return {models: list, ...(defaultModel !== undefined && {defaultModel})};
}
