/**
 * `/api/v1/chat` and `/v1/chat`: one answer with what it cost and who gave it. With a `conversation_id` the server keeps
 * the conversation and the answer outlives its request; without one nothing is stored.
 */
import {type ChatEvent, type EncodeContext, ChatError, type Message, type Usage, openaiChat} from '@chatlet/protocol';
import {type Request, type Response, Router} from 'express';
import {z} from 'zod';
import {check} from '../../check.ts';
import {instructionsOf} from '../../engine/context.ts';
import type {ResolvedModel} from '../../engine/models.ts';
import {costOf} from '../../engine/prices.ts';
import type {AnswerOptions, PromptMessage} from '../../engine/provider.ts';
import type {Plan} from '../../engine/plans.ts';
import type {Owner} from '../../engine/store.ts';
import {streamAnswer, whileReading, wholeAnswer, writerOf} from '../answer.ts';
import {chatName} from '../chat-formats.ts';
import {grantedOptions} from '../grants.ts';
import {foldMessages, messages, name, optionFields, optionsOf} from '../openai-body.ts';
import {printCompletion} from '../openai-words.ts';
import type {HttpServices} from '../services.ts';

export const v1ChatBody = z.object({
  messages,
  model: name.nullish(),
  conversation_id: chatName.nullish(),
  system_prompt: z.string().nullish(),
  stream: z.boolean().nullish(),
  ...optionFields,
});

/** Tokens of an answer where nobody asked for a number. */
const usualMaxTokens = 1000;

/** An answer on its way, stored or not. */
interface Begun {
  readonly answerId: string;
  readonly chatId?: string;
  readonly createdAt: string;
  readonly model: ResolvedModel;
  readonly batches: AsyncIterable<readonly ChatEvent[]>;
}

interface Asked {
  readonly plan: Plan;
  readonly model?: string;
  readonly usualModel: string;
  readonly name?: string;
  readonly messages: readonly PromptMessage[];
  readonly options: AnswerOptions;
}

export function v1ChatRoutes({auth, idempotency, direct, turns, models, report, heartbeat}: HttpServices): Router {
  const router = Router();

  /** The turn of a stored conversation: of what is sent only the last question is new. */
  async function startStored(
    owner: Owner,
    chatId: string,
    {asked, signal}: {asked: Asked; signal: AbortSignal},
  ): Promise<Begun> {
    const said = asked.messages.filter(({role}) => role !== 'system');
    const question = said.at(-1);
    if (question?.role !== 'user') throw new ChatError('invalid-request', 'The last message must be from the user.');
    const turn = await turns.start(owner, {
      chatId,
      ...(asked.model && {model: asked.model}),
      usualModel: asked.usualModel,
      ...(asked.name !== undefined && {name: asked.name}),
      question: {parts: question.parts},
      instructions: asked.messages.filter(({role}) => role === 'system'),
      context: said.slice(0, -1),
      options: asked.options,
      plan: asked.plan,
    });
    const batches = (async function* () {
      for await (const {events} of turn.read(0, {signal})) yield events;
    })();
    return {...turn, model: await models.resolve(turn.model), batches};
  }

  async function startDirect(owner: Owner, asked: Asked, {signal}: {signal: AbortSignal}): Promise<Begun> {
    const turn = await direct.start(owner, asked);
    return {...turn, batches: turn.read({signal})};
  }

  router.post(['/api/v1/chat', '/v1/chat'], async (req: Request, res: Response) => {
    const began = performance.now();
    const {owner, plan} = await auth.admit(req, res);
    const {
      messages,
      model,
      conversation_id: chatId,
      system_prompt: prompt,
      stream,
      ...sent
    } = check(v1ChatBody, req.body);
    const folded = foldMessages(messages);
    const named = idempotency.nameOf(req, owner);
    const options = {temperature: 0.7, ...optionsOf(sent)};
    const asked = {
      plan,
      ...(model && {model}),
      usualModel: 'gpt-4',
      ...(named !== undefined && {name: named}),
      messages: [...instructionsOf(prompt), ...folded],
      options: grantedOptions(plan, {messages: folded, messageCount: messages.length, options}, usualMaxTokens),
    };
    const signal = whileReading(res);
    const turn = chatId ? await startStored(owner, chatId, {asked, signal}) : await startDirect(owner, asked, {signal});
    if (turn.chatId) res.set('X-Chat-Id', turn.chatId);

    const context: EncodeContext = {
      id: `chat_${turn.answerId.slice('msg_'.length)}`,
      model: turn.model.asked,
      created: Math.floor(Date.parse(turn.createdAt) / 1000),
    };
    const more = (usage: Usage | undefined) => ({
      provider: turn.model.provider.id,
      // To the last byte: asked for when there is nothing more to come.
      latency: Math.round(performance.now() - began),
      cost: (usage && costOf(usage, turn.model.model.pricing)) ?? 0,
      ...(turn.chatId && {conversation_id: turn.chatId}),
    });
    if (!stream) {
      const whole: Message = await wholeAnswer(turn.batches);
      res.json({...printCompletion(context, [whole]), ...more(whole.usage)});
      return;
    }
    let usage: Usage | undefined;
    const closingFields = () => ({usage: usageFields(usage), ...more(usage)});
    const plain = writerOf(openaiChat, {...context, closingFields});
    const writer = {
      ...plain,
      encode(batch: readonly ChatEvent[]) {
        for (const event of batch) if (event.type === 'usage') usage = event;
        return plain.encode(batch);
      },
    };
    await streamAnswer(res, turn.batches, {
      writer,
      contentType: openaiChat.contentType,
      report,
      heartbeat,
      ...(!turn.chatId && {ending: direct.ending}),
    });
  });

  return router;
}

function usageFields({promptTokens, completionTokens}: Usage = {promptTokens: 0, completionTokens: 0}) {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
}
