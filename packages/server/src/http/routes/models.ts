/** `/api/models` and `/api/config`: what a page needs before anybody has asked anything. The same for everybody. */
import {Router} from 'express';
import type {HttpServices} from '../services.ts';

export function modelsRoutes({auth, models, pageConfig}: HttpServices): Router {
  const router = Router();

  const choice = async () => {
    const list = await models.list();
    const defaultModel = await models.defaultModel();
    return {models: list, ...(defaultModel !== undefined && {defaultModel})};
  };

  router.get('/api/models', async (req, res) => {
    auth.identify(req);
    res.json(await choice());
  });

  router.get('/api/config', async (req, res) => {
    auth.identify(req);
    res.json({...pageConfig, ...(await choice())});
  });

  return router;
}
