/** `/api/models` and `/api/config`: all that a page needs before the first question. Callers see the models that they may use. */
import type {Models} from '../../../engine/models.ts';
import type {Plan} from '../../../engine/plans.ts';
import type {Prompt} from '../../../engine/prompts.ts';
import type {Operation} from '../../operation.ts';
import {modelsAnswer} from '../../response/answer-schemas.ts';
import type {PageConfig} from '../../settings.ts';
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
      ({auth, models, pageConfig, demoStarters, prompts, handovers}) =>
      async (req, res) => {
        await auth.identify(req);
        const starters = pageConfig.starters ?? (await demoStarters());
        const page = {...pageConfig, ...(starters.length > 0 && {starters})};
        res.json({
          ...withPrompts(page, prompts()),
          ...(handovers && {asksPerson: true}),
          ...(await choiceOf(models, await auth.planFor(req))),
        });
      },
  },
];

/** Starters of the page. A title that is one of its own questions, or of an earlier prompt, is left out. */
const mostStarters = 12;

/** A page asks the text of a prompt when its title is chosen. */
function withPrompts(page: PageConfig, prompts: readonly Prompt[]): PageConfig & {readonly prompts?: object} {
  const own = page.starters ?? [];
  const texts = new Map<string, string>();
  for (const {title, text} of prompts) if (!own.includes(title) && !texts.has(title)) texts.set(title, text);
  const shown = [...texts].slice(0, Math.max(0, mostStarters - own.length));
  if (shown.length === 0) return page;
  return {...page, starters: [...own, ...shown.map(([title]) => title)], prompts: Object.fromEntries(shown)};
}

async function choiceOf(models: Models, plan: Plan) {
  const list = await models.list(plan);
  const defaultModel = await models.defaultModel();
  return {models: list, ...(defaultModel !== undefined && {defaultModel})};
}
