/** `/chat/stream` and `/chat/models`, also under `/api` and `/api/bento`: the smallest way to ask. Nothing is stored. */
import {contentDelta, textOf} from '@chatlet/protocol';
import {Router} from 'express';
import {z} from 'zod';
import {check} from '../../check.ts';
import {streamAnswer, whileReading, wholeAnswer, writerOf} from '../answer.ts';
import {grantedOptions} from '../grants.ts';
import {foldMessages, messages, name, optionFields, optionsOf} from '../openai-body.ts';
import type {HttpServices} from '../services.ts';
import {withNumbers} from './models.ts';

export const chatStreamBody = z.object({
  messages,
  model: name.nullish(),
  /** Answered without documents for as long as there are none to look into. */
  ragEnabled: z.boolean().nullish(),
  stream: z.boolean().nullish(),
  ...optionFields,
});

const prefixes = ['/chat', '/api/chat', '/api/bento/chat'];

export function chatStreamRoutes({auth, idempotency, direct, models, report, heartbeat}: HttpServices): Router {
  const router = Router();

  router.post(at('stream'), async (req, res) => {
    const {owner, plan} = await auth.admit(req, res);
    const {messages, model, stream, ...sent} = check(chatStreamBody, req.body);
    const asked = {
      model: model ?? undefined,
      usualModel: 'default-llm-model',
      messages: foldMessages(messages),
      messageCount: messages.length,
      options: {temperature: 0.7, ...optionsOf(sent)},
    };
    const name = idempotency.nameOf(req, owner);
    const turn = await direct.start(owner, {
      ...asked,
      options: grantedOptions(plan, asked),
      ...(name !== undefined && {name}),
    });
    const answer = turn.read({signal: whileReading(res)});
    if (stream === false) {
      const whole = await wholeAnswer(answer);
      const sources = whole.parts.filter(({type}) => type === 'source');
      res.json({
        content: textOf(whole),
        finishReason: whole.endReason ?? 'stop',
        ...(sources.length > 0 && {sources}),
      });
      return;
    }
    const context = {
      id: turn.answerId,
      model: turn.model.asked,
      created: Math.floor(Date.parse(turn.createdAt) / 1000),
    };
    const writer = writerOf(contentDelta, context);
    await streamAnswer(res, answer, {
      writer,
      contentType: contentDelta.contentType,
      report,
      heartbeat,
      ending: direct.ending,
    });
  });

  router.get(at('models'), async (req, res) => {
    await auth.identify(req);
    res.json({models: (await models.list()).map(withNumbers)});
  });

  return router;
}

function at(path: string): string[] {
  return prefixes.map((prefix) => `${prefix}/${path}`);
}
