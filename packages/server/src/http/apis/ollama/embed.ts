/** `POST /api/embed` and its older form `/api/embeddings`: passed on to the upstream, if it has embeddings. */
import {type Json, asJson, asNumber, isObject} from '@chatlet/protocol';
import type {Request, Response} from 'express';
import {checkPlan} from '../../../engine/plans.ts';
import type {Operation} from '../../operation.ts';
import {idempotencyHeaders} from '../../request/idempotency.ts';
import {payerOf} from '../../request/payer.ts';
import {whileReading} from '../../response/answer.ts';
import type {HttpServices} from '../../services.ts';
import {printOllamaError} from './errors.ts';
import {type EmbedRequest, embedBody, embeddingsBody, parseEmbed, parseEmbeddings} from './request.ts';
import {ollamaEmbedded, ollamaEmbedding} from './response.ts';

const shared = {
  method: 'post',
  callers: 'programs',
  printError: printOllamaError,
  tag: 'Ollama',
  headers: idempotencyHeaders,
  mayBe404: true,
  asksModel: true,
} as const;

export const embedOperation: Operation = {
  ...shared,
  paths: ['/api/embed'],
  summary: 'Numbers that stand for texts',
  body: embedBody,
  answer: ollamaEmbedded,
  handler: (services) => async (req, res) => {
    const began = performance.now();
    const asked = parseEmbed(req.body);
    const {embeddings, promptTokens} = await embed(asked, services, {req, res});
    const took = Math.round((performance.now() - began) * 1e6);
    const times = {total_duration: took, load_duration: 0};
    res.json({model: asked.model, embeddings, ...times, prompt_eval_count: promptTokens});
  },
};

export const embeddingsOperation: Operation = {
  ...shared,
  paths: ['/api/embeddings'],
  summary: 'Numbers that stand for a text, in the older form',
  body: embeddingsBody,
  answer: ollamaEmbedding,
  handler: (services) => async (req, res) => {
    const {embeddings} = await embed(parseEmbeddings(req.body), services, {req, res});
    res.json({embedding: embeddings[0] ?? []});
  },
};

async function embed(
  {model, input, dimensions}: EmbedRequest,
  {auth, idempotency, passOn}: HttpServices,
  {req, res}: {req: Request; res: Response},
): Promise<{embeddings: readonly Json[]; promptTokens: number}> {
  const caller = await auth.admit(req, res);
  idempotency.keyOf(req, caller.owner);
  const longest = input.reduce((longer, text) => (text.length > longer.length ? text : longer), '');
  checkPlan({messageCount: 1, question: longest}, caller.plan);
  const body = {input, encoding_format: 'float', ...(dimensions !== undefined && {dimensions})};
  const answer = await passOn.ask(
    caller.owner,
    {api: 'embeddings', model, body, texts: input, plan: caller.plan, payer: payerOf(req, caller)},
    {signal: whileReading(res)},
  );
  const {data, usage} = answer;
  const embeddings = Array.isArray(data) ? data.filter(isObject).map(({embedding}) => asJson(embedding)) : [];
  return {embeddings, promptTokens: (isObject(usage) ? asNumber(usage['prompt_tokens']) : undefined) ?? 0};
}
