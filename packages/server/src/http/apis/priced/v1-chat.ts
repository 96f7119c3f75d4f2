/**
 * `/api/v1/chat` and `/v1/chat`: one answer with what it cost and who gave it. With a `conversation_id` the server keeps
 * the conversation and the answer outlives its request; without one nothing is stored.
 */
import {type ChatEvent, ChatError, type Message, type Usage, openaiChat} from '@chatlet/protocol';
import {type Request, type Response, Router} from 'express';
import {z} from 'zod';
import {check} from '../../../check.ts';
import {instructionsOf} from '../../../engine/context.ts';
import type {ResolvedModel} from '../../../engine/models.ts';
import {costOf} from '../../../engine/prices.ts';
import {contextOf, whileReading, wholeAnswer, writerOf} from '../../response/answer.ts';
import {chatName} from '../chat/formats.ts';
import {type Asking, type UnsavedQuestion, unsavedAnswers} from '../../response/unsaved-answer.ts';
import {grantedOptions} from '../../request/plan-options.ts';
import {name} from '../../request/body-fields.ts';
import {foldMessages, messages, optionFields, optionsOf} from '../openai/request.ts';
import {openaiUsage, printCompletion} from '../openai/response.ts';
import type {HttpServices} from '../../services.ts';

export const v1ChatBody = z.object({
  messages,
  model: name.nullish(),
  conversation_id: chatName.nullish(),
  system_prompt: z.string().nullish(),
  stream: z.boolean().nullish(),
  ...optionFields,
});

/** Tokens of an answer where nobody asked for a number. */
const defaultMaxTokens = 1000;

/** An answer on its way, stored or not. */
interface Begun {
  readonly answerId: string;
  readonly chatId?: string;
  readonly createdAt: string;
  readonly model: ResolvedModel;
  readonly batches: AsyncIterable<readonly ChatEvent[]>;
}

/** What is asked, and of whom. */
interface Asked extends Asking {
  readonly question: UnsavedQuestion;
  readonly signal: AbortSignal;
}

export function v1ChatRoutes(services: HttpServices): Router {
  const {auth, idempotency, turns, models} = services;
  const router = Router();
  const answers = unsavedAnswers(services);

  /** The turn of a stored conversation: of what is sent only the last question is new. */
  async function startStored(
    chatId: string,
    {question: {model, defaultModel, ...asked}, req, caller: {owner, plan}, signal}: Asked,
  ): Promise<Begun> {
    const idempotencyKey = idempotency.keyOf(req, owner);
    const options = grantedOptions(plan, asked, defaultMaxTokens);
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
    });
    const batches = (async function* () {
      for await (const {events} of turn.read(0, {signal})) yield events;
    })();
    return {...turn, model: await models.resolve(turn.model), batches};
  }

  async function startUnsaved({question, signal, ...asking}: Asked): Promise<Begun> {
    const turn = await answers.begin(question, asking);
    return {...turn, batches: turn.read({signal})};
  }

  router.post(['/api/v1/chat', '/v1/chat'], async (req: Request, res: Response) => {
    const began = performance.now();
    const caller = await auth.admit(req, res);
    const {chatId, streams, ...question} = parseV1Chat(req.body);
    const asked = {question, req, caller, defaultMaxTokens, signal: whileReading(res)};
    const turn = chatId === undefined ? await startUnsaved(asked) : await startStored(chatId, asked);
    if (turn.chatId) res.set('X-Chat-Id', turn.chatId);

    const context = contextOf(turn, 'chat_');
    const more = (usage: Usage | undefined) => ({
      provider: turn.model.provider.id,
      // To the last byte: asked for when there is nothing more to come.
      latency: Math.round(performance.now() - began),
      cost: (usage && costOf(usage, turn.model.model.pricing)) ?? 0,
      ...(turn.chatId && {conversation_id: turn.chatId}),
    });
    if (!streams) {
      const whole: Message = await wholeAnswer(turn.batches);
      res.json({...printCompletion(context, [whole]), ...more(whole.usage)});
      return;
    }
    let usage: Usage | undefined;
    const closingFields = () => ({usage: openaiUsage(usage ?? {promptTokens: 0, completionTokens: 0}), ...more(usage)});
    const plain = writerOf(openaiChat, {...context, closingFields});
    const writer = {
      ...plain,
      encode(batch: readonly ChatEvent[]) {
        for (const event of batch) if (event.type === 'usage') usage = event;
        return plain.encode(batch);
      },
    };
    await answers.stream(res, turn.batches, {writer});
  });

  return router;
}

/** @throws ChatError `invalid-request` */
function parseV1Chat(
  body: unknown,
): UnsavedQuestion & {readonly chatId: string | undefined; readonly streams: boolean} {
  const {messages, model, conversation_id: chatId, system_prompt: prompt, stream, ...sent} = check(v1ChatBody, body);
  return {
    model: model ?? undefined,
    defaultModel: 'gpt-4',
    messages: [...instructionsOf(prompt), ...foldMessages(messages)],
    messageCount: messages.length,
    options: {temperature: 0.7, ...optionsOf(sent)},
    chatId: chatId ?? undefined,
    streams: stream ?? false,
  };
}
