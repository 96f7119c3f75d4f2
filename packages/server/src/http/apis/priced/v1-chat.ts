/**
 * `/v1/chat` and `/api/v1/chat`: one answer with its cost and its provider. With a `conversation_id` the conversation
 * is stored, and the answer outlives its request; without one nothing is stored.
 */
import {type ChatEvent, ChatError, type Usage} from '@chatlet/protocol';
import type {ResolvedModel} from '../../../engine/models.ts';
import {costOf} from '../../../engine/prices.ts';
import {batchesOf} from '../../../engine/turns/readable-turn.ts';
import type {Operation} from '../../operation.ts';
import {idempotencyHeaders} from '../../request/idempotency.ts';
import {payerOf} from '../../request/payer.ts';
import {applyPlanOptions} from '../../request/plan-options.ts';
import {readWholeAnswer, whileReading} from '../../response/answer.ts';
import {printChatCompletion} from '../../response/chat-completion.ts';
import {type Asking, type UnsavedAnswers, type UnsavedQuestion, unsavedAnswers} from '../../response/unsaved-answer.ts';
import {contextOf} from '../../response/writer.ts';
import type {HttpServices} from '../../services.ts';
import {parsePricedRequest, pricedBody} from './request.ts';
import {type CostFields, pricedAnswer, pricedWriter} from './response.ts';

/** The length of an answer if the caller asks for none. */
const defaultMaxTokens = 1000;

export const pricedChatOperation: Operation = {
  method: 'post',
  paths: ['/v1/chat', '/api/v1/chat'],
  callers: 'programs',
  tag: 'Questions',
  summary: 'Ask, with what the answer cost',
  description:
    'With a `conversation_id` the conversation is kept. With `stream: true` the answer comes as it is written.',
  body: pricedBody,
  headers: idempotencyHeaders,
  answer: pricedAnswer,
  streams: ['text/event-stream'],
  mayBe404: true,
  asksModel: true,
  handler(services) {
    const {auth} = services;
    const answers = unsavedAnswers(services);
    return async (req, res) => {
      const began = performance.now();
      const caller = await auth.admit(req, res);
      const {chatId, streams, ...question} = parsePricedRequest(req.body);
      const asked = {question, req, caller, defaultMaxTokens, signal: whileReading(res)};
      const turn =
        chatId === undefined ? await startUnsaved(asked, answers) : await startStored({...asked, chatId}, services);
      if (turn.chatId) res.set('X-Chat-Id', turn.chatId);

      const context = contextOf(turn, 'chat_');
      const costFields = (usage: Usage | undefined): CostFields => ({
        provider: turn.model.provider.id,
        // Up to the last byte, since these fields are read when the answer has ended.
        latency: Math.round(performance.now() - began),
        cost: (usage && costOf(usage, turn.model.model.pricing)) ?? 0,
        ...(turn.chatId && {conversation_id: turn.chatId}),
      });
      if (streams) {
        await answers.beginStream(res, turn.batches, {writer: pricedWriter(context, costFields)});
      } else {
        const whole = await readWholeAnswer(turn.batches);
        res.json({...printChatCompletion(context, [whole]), ...costFields(whole.usage)});
      }
    };
  },
};

/** A turn that has begun, stored or not. */
interface Begun {
  readonly answerId: string;
  readonly chatId?: string;
  readonly createdAt: string;
  readonly model: ResolvedModel;
  readonly batches: AsyncIterable<readonly ChatEvent[]>;
}

interface PricedAsk extends Asking {
  readonly question: UnsavedQuestion;
  readonly signal: AbortSignal;
}

/** Starts the turn of a stored conversation. Of the messages sent only the last question is new. */
async function startStored(
  {chatId, question: {model, defaultModel, ...asked}, req, caller, signal}: PricedAsk & {chatId: string},
  {idempotency, turns, models}: HttpServices,
): Promise<Begun> {
  const {owner, plan} = caller;
  const idempotencyKey = idempotency.keyOf(req, owner);
  const options = applyPlanOptions(asked, {plan, defaultMaxTokens});
  const said = asked.messages.filter(({role}) => role !== 'system');
  const question = said.at(-1);
  if (question?.role !== 'user') throw new ChatError('invalid-request', 'The last message must be from the user.');
  const turn = await turns.start(owner, {
    kind: 'new-question',
    chatId,
    ...(model && {model}),
    ...(defaultModel !== undefined && {defaultModel}),
    ...(idempotencyKey !== undefined && {idempotencyKey}),
    question: {parts: question.parts},
    instructions: asked.messages.filter(({role}) => role === 'system'),
    context: said.slice(0, -1),
    options,
    plan,
    payer: payerOf(req, caller),
  });
  return {...turn, model: await models.resolve(turn.model), batches: batchesOf(turn, {signal})};
}

async function startUnsaved({question, signal, ...asking}: PricedAsk, answers: UnsavedAnswers): Promise<Begun> {
  const turn = await answers.begin(question, asking);
  return {...turn, batches: turn.read({signal})};
}
