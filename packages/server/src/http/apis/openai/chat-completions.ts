/** `/v1`: OpenAI's chat completions and models. Nothing is stored; an answer belongs to its request. */
import {ChatError, openaiChat} from '@chatlet/protocol';
import {type Response, Router} from 'express';
import {contextOf, whileReading, writerOf} from '../../response/answer.ts';
import {choicesWriter, sideBySide, wholeSideBySide} from '../../response/choices.ts';
import {unsavedAnswers} from '../../response/unsaved-answer.ts';
import {parseCompletion} from './request.ts';
import {printCompletion, printModel} from './response.ts';
import type {HttpServices} from '../../services.ts';

export function chatCompletionsRoutes(services: HttpServices): Router {
  const {auth, models} = services;
  const router = Router();
  const answers = unsavedAnswers(services);

  router.post('/v1/chat/completions', async (req, res) => {
    const caller = await auth.admit(req, res);
    const {choices, streams, includeUsage, ...question} = parseCompletion(req.body);
    const signal = whileReading(res);
    const turns = await answers.beginSeveral(choices, question, {req, caller});
    const [first] = turns;
    if (!first) throw new ChatError('internal');
    const context = contextOf(first, 'chatcmpl-');
    const written = {...context, includeUsage};
    if (!streams) {
      const whole = await wholeSideBySide(turns, {signal});
      sendTimed(res, printCompletion(context, whole), Date.parse(first.createdAt));
    } else if (turns.length === 1) {
      await answers.stream(res, first.read({signal}), {writer: writerOf(openaiChat, written)});
    } else {
      await answers.stream(res, sideBySide(turns, {signal}), {writer: choicesWriter(turns.length, written)});
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
