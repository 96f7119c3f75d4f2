/** `/v1`: OpenAI's chat completions and models. Nothing is stored; an answer belongs to its request. */
import {ChatError, openaiChat} from '@chatlet/protocol';
import {type Response, Router} from 'express';
import {streamAnswer, whileReading, writerOf} from '../answer.ts';
import {choicesWriter, sideBySide, wholeSideBySide} from '../choices.ts';
import {grantedOptions} from '../grants.ts';
import {parseCompletion} from '../openai-body.ts';
import {printCompletion, printModel} from '../openai-words.ts';
import type {HttpServices} from '../services.ts';

export function chatCompletionsRoutes({auth, idempotency, direct, models, report, heartbeat}: HttpServices): Router {
  const router = Router();

  router.post('/v1/chat/completions', async (req, res) => {
    const {owner, plan} = await auth.admit(req, res);
    const asked = parseCompletion(req.body);
    const signal = whileReading(res);
    const name = idempotency.nameOf(req, owner);
    const ask = {model: asked.model, messages: asked.messages, options: grantedOptions(plan, asked)};
    const turns = await Promise.all(
      Array.from({length: asked.choices}, (_, choice) =>
        direct.start(owner, {...ask, ...(name !== undefined && {name: `${name} ${choice}`})}),
      ),
    );
    const [first] = turns;
    if (!first) throw new ChatError('internal');
    const context = {
      id: `chatcmpl-${first.answerId.slice('msg_'.length)}`,
      model: asked.model,
      created: Math.floor(Date.parse(first.createdAt) / 1000),
    };
    if (!asked.streams) {
      const whole = await wholeSideBySide(turns, {signal});
      sendTimed(res, printCompletion(context, whole), Date.parse(first.createdAt));
      return;
    }
    const stream = {contentType: openaiChat.contentType, report, heartbeat, ending: direct.ending};
    const written = {...context, includeUsage: asked.includeUsage};
    if (turns.length === 1) {
      await streamAnswer(res, first.read({signal}), {...stream, writer: writerOf(openaiChat, written)});
    } else {
      const writer = choicesWriter(turns.length, written);
      await streamAnswer(res, sideBySide(turns, {signal}), {...stream, writer});
    }
  });

  router.get('/v1/models', async (req, res) => {
    await auth.identify(req);
    res.json({object: 'list', data: (await models.list()).map(printModel)});
  });

  // An id may hold slashes, escaped or not.
  router.get('/v1/models/*id', async (req, res) => {
    await auth.identify(req);
    const id = req.params.id.join('/');
    const {model, asked} = await models.resolve(id);
    res.json(printModel({...model, id: asked}));
  });

  return router;
}

/** With the milliseconds that it took, as OpenAI's clients log them. */
function sendTimed(res: Response, body: object, began: number): void {
  res.set('openai-processing-ms', String(Math.max(0, Date.now() - began))).json(body);
}
