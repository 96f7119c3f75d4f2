/** The caller as a search in documents sees it. */
import type {Request} from 'express';
import type {Asker} from '../../engine/retriever.ts';
import type {Auth} from './auth.ts';

/** A caller that proves nothing owns nothing, and reads what the plan of visitors may read. */
export async function askerOf(req: Request, auth: Pick<Auth, 'identify' | 'planFor'>): Promise<Asker> {
  const owner = (await auth.identify(req))?.owner ?? 'nobody';
  const {name: plan} = await auth.planFor(req);
  return {owner, plan};
}
