/** `/api/usage`: the caller's own usage, and the rest of the caller's limits. */
import {z} from 'zod';
import {check} from '../../../check.ts';
import type {Operation} from '../../operation.ts';
import {printUsage, printUsageSum, printWindow, remainingAnswer, usageAnswer} from './response.ts';

/** A date, with or without a time. */
const moment = z
  .union([z.iso.date(), z.iso.datetime({offset: true})], {error: 'must be a date like 2026-01-31'})
  .transform((value) => new Date(value).toISOString())
  .optional();

const groups = ['day', 'model'] as const;

const grouping = z
  .string()
  .regex(/^(?:day|model|day,model|model,day)$/, 'must be day, model or both with a comma between them')
  .transform((value) => groups.filter((group) => value.includes(group)));

const usageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(200).optional(),
  cursor: z.string().max(500).optional(),
  /** Asks for sums instead of single answers. */
  group: grouping.optional(),
  /** Another name of `group`. */
  by: grouping.optional(),
  from: moment,
  to: moment,
});

export const usageOperations: readonly Operation[] = [
  {
    method: 'get',
    paths: ['/api/usage'],
    callers: 'visitors',
    tag: 'Usage',
    summary: 'What the caller’s answers cost, newest first, or sums of them',
    query: usageQuery,
    answer: usageAnswer,
    handler:
      ({auth, store}) =>
      async (req, res) => {
        const caller = await auth.identify(req);
        const {limit, cursor, by, group = by, from, to} = check(usageQuery, req.query);
        if (!caller) {
          res.json([]);
          return;
        }
        const time = {...(from && {from}), ...(to && {to})};
        if (group) {
          const sums = await store.usageSums(caller.owner, {by: group, ...time});
          res.json(sums.map(printUsageSum));
          return;
        }
        const page = {...(limit && {limit}), ...(cursor && {cursor})};
        const {items, next} = await store.usage(caller.owner, {...page, ...time});
        if (next !== undefined) res.set('X-Next-Cursor', next);
        res.json(items.map((record) => printUsage(caller.owner, record)));
      },
  },
  {
    method: 'get',
    paths: ['/api/usage/remaining'],
    callers: 'visitors',
    tag: 'Usage',
    summary: 'The caller’s plan and what is left of it',
    answer: remainingAnswer,
    handler:
      ({auth, limits}) =>
      async (req, res) => {
        const caller = await auth.identify(req);
        const plan = await auth.planFor(req);
        const verdict = await limits.left(req, caller, {plan});
        res.json({
          plan,
          limit: verdict?.tightest.limit ?? null,
          remaining: verdict?.tightest.remaining ?? null,
          reset: verdict?.tightest.resetAt ?? null,
          windows: (verdict?.windows ?? []).map(printWindow),
        });
      },
  },
];
