/** `/api/gaps` and `/api/stale`, for the operator: questions that no page has answered, and pages that need a look. */
import type {Router} from 'express';
import {z} from 'zod';
import {check} from '../../check.ts';
import {type PageReview, oldAge} from '../../engine/page-review.ts';
import {type Operation, routerOf} from '../operation.ts';
import {countField, dateTimeField, textField} from '../response/answer-schemas.ts';
import {type OperatorAccess, checkOperator, operatorRefusals} from '../request/operator-token.ts';

interface PageReviewOptions extends OperatorAccess {
  readonly review: PageReview;
}

const staleQuery = z.object({
  days: z.coerce.number().int().min(1).max(36_500).default(oldAge).describe('The age from which a page is old'),
});

const gapSchema = z.object({
  question: textField.describe('The newest of the questions in these words'),
  count: countField,
  lastAsked: dateTimeField,
  nearest: z.array(z.object({id: textField, title: textField})).describe('The passages that were nearest'),
});

const staleSchema = z.object({
  id: textField,
  title: textField,
  url: textField.optional(),
  why: z.array(z.enum(['changed', 'old'])).describe('`changed` since its last citation'),
  citations: countField,
  lastCited: dateTimeField,
  updatedAt: textField.optional(),
});

const shared = {method: 'get', callers: 'anybody', tag: 'Operation', mayBe404: true} as const;

export const pageReviewOperations: readonly Operation<PageReviewOptions>[] = [
  {
    ...shared,
    paths: ['/api/gaps'],
    summary: 'Questions that no page has answered, in groups of the same words, the most frequent first',
    answer: {name: 'gaps', schema: z.object({gaps: z.array(gapSchema)})},
    moreResponses: operatorRefusals,
    handler:
      ({review, ...access}) =>
      async (req, res) => {
        checkOperator(req, access);
        res.set('Cache-Control', 'no-store').json({gaps: await review.gaps()});
      },
  },
  {
    ...shared,
    paths: ['/api/stale'],
    summary: 'Pages that answers cite and that have changed since, or are old, the most cited first',
    query: staleQuery,
    answer: {name: 'stale', schema: z.object({pages: z.array(staleSchema)})},
    moreResponses: operatorRefusals,
    handler:
      ({review, ...access}) =>
      async (req, res) => {
        checkOperator(req, access);
        const {days} = check(staleQuery, req.query);
        res.set('Cache-Control', 'no-store').json({pages: await review.stale({days})});
      },
  },
];

export function pageReviewRoutes(options: PageReviewOptions): Router {
  return routerOf(pageReviewOperations, options);
}
