/** `/api/usage`: what the one who asks has used, and what is left. Somebody else's is never among it. */
import {Router} from 'express';
import {z} from 'zod';
import type {WindowState} from '../../../engine/limiter.ts';
import type {Owner, UsageRecord, UsageSum} from '../../../engine/store.ts';
import {check} from '../../../check.ts';
import {windowName} from '../../request/limit-headers.ts';
import type {HttpServices} from '../../services.ts';

/** A day, or a moment of one. */
const moment = z
  .union([z.iso.date(), z.iso.datetime({offset: true})], {error: 'must be a date like 2026-01-31'})
  .transform((value) => new Date(value).toISOString())
  .optional();

const groups = ['day', 'model'] as const;

const grouping = z
  .string()
  .regex(/^(?:day|model|day,model|model,day)$/, 'must be day, model or both with a comma between them')
  .transform((value) => groups.filter((group) => value.includes(group)));

export const usageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(200).optional(),
  cursor: z.string().max(500).optional(),
  /** Sums instead of single answers. */
  group: grouping.optional(),
  /** The same as `group`. */
  by: grouping.optional(),
  from: moment,
  to: moment,
});

export function usageRoutes({auth, limits, store}: HttpServices): Router {
  const router = Router();

  router.get('/api/usage', async (req, res) => {
    const caller = await auth.identify(req);
    const {limit, cursor, by, group = by, from, to} = check(usageQuery, req.query);
    if (!caller) {
      res.json([]);
      return;
    }
    const time = {...(from && {from}), ...(to && {to})};
    if (group) {
      const sums = await store.usageSums(caller.owner, {by: group, ...time});
      res.json(sums.map(printSum));
      return;
    }
    const page = {...(limit && {limit}), ...(cursor && {cursor})};
    const {items, next} = await store.usage(caller.owner, {...page, ...time});
    if (next !== undefined) res.set('X-Next-Cursor', next);
    res.json(items.map((record) => printRecord(caller.owner, record)));
  });

  router.get('/api/usage/remaining', async (req, res) => {
    const caller = await auth.identify(req);
    const {plan, verdict} = await limits.left(req, caller);
    res.json({
      plan,
      limit: verdict?.tightest.limit ?? null,
      remaining: verdict?.tightest.remaining ?? null,
      reset: verdict?.tightest.resetAt ?? null,
      windows: (verdict?.windows ?? []).map(printWindow),
    });
  });

  return router;
}

/** `timestamp` is when the answer ended; the rest is as clients of usage lists know it. */
function printRecord(userId: Owner, {createdAt, promptTokens, completionTokens, ...record}: UsageRecord) {
  const totalTokens = promptTokens + completionTokens;
  return {userId, ...record, promptTokens, completionTokens, totalTokens, timestamp: createdAt};
}

function printSum({promptTokens, completionTokens, ...sum}: UsageSum) {
  return {...sum, promptTokens, completionTokens, totalTokens: promptTokens + completionTokens};
}

function printWindow({ms, limit, remaining, resetAt}: WindowState) {
  return {window: windowName(ms), limit, remaining, reset: resetAt};
}
