/** `/api/models` and `/api/config`: what a page needs before anybody has asked anything. The same for everybody. */
import type {Model} from '@chatlet/protocol';
import {Router} from 'express';
import type {HttpServices} from '../../services.ts';

export function modelsRoutes({auth, models, pageConfig}: HttpServices): Router {
  const router = Router();

  const choice = async () => {
    const list = await models.list();
    const defaultModel = await models.defaultModel();
    return {models: list, ...(defaultModel !== undefined && {defaultModel})};
  };

  router.get('/api/models', async (req, res) => {
    await auth.identify(req);
    res.json(await choice());
  });

  router.get('/api/config', async (req, res) => {
    await auth.identify(req);
    res.json({...pageConfig, ...(await choice())});
  });

  return router;
}

/** What a model is said to read where nobody knows. */
const defaultContextLength = 8192;

/** With the numbers that some clients insist on; a model without a price is told as free. */
export function withNumbers(model: Model): Model {
  return {contextLength: defaultContextLength, pricing: {prompt: 0, completion: 0}, ...model};
}
