/** Ollama's own API for its clients, where the operator wants it: `/api/chat` of theirs, `/api/tags`, `/api/version`. */
import {isObject, ollama} from '@chatlet/protocol';
import {type Request, Router} from 'express';
import {contextOf, whileReading, wholeAnswer, writerOf} from '../../response/answer.ts';
import {formatOfShape, namedProtocol} from '../chat/formats.ts';
import {unsavedAnswers} from '../../response/unsaved-answer.ts';
import {printErrorsWith} from '../../response/errors.ts';
import {parseOllama, printOllama, printOllamaError, printOllamaModel} from './request.ts';
import type {HttpServices} from '../../services.ts';

export function ollamaRoutes(services: HttpServices): Router {
  const {auth, models} = services;
  const router = Router();
  const answers = unsavedAnswers(services);

  router.post('/api/chat', async (req, res, next) => {
    if (!isOllama(req)) {
      next();
      return;
    }
    printErrorsWith(res, printOllamaError);
    const began = performance.now();
    const caller = await auth.admit(req, res);
    const {streams, ...question} = parseOllama(req.body);
    const turn = await answers.begin(question, {req, caller});
    const answer = turn.read({signal: whileReading(res)});
    const {createdAt} = turn;
    if (streams) {
      // Its times have fractions of a second.
      const context = {...contextOf(turn), created: Date.parse(createdAt) / 1000};
      await answers.stream(res, answer, {writer: writerOf(ollama, context)});
    } else {
      const whole = await wholeAnswer(answer);
      res.json(printOllama(whole, {model: question.model, createdAt, took: performance.now() - began}));
    }
  });

  router.get('/api/tags', async (req, res) => {
    printErrorsWith(res, printOllamaError);
    await auth.identify(req);
    res.json({models: (await models.list()).map(printOllamaModel)});
  });

  // Clients ask for it to see whether somebody is there, and compare it with the oldest that they can talk to.
  router.get('/api/version', (_req, res) => {
    res.json({version: '0.12.0'});
  });

  return router;
}

/**
 * Its clients say who they are, or ask as only they do; who names another protocol, or asks as only the clients of another
 * do, is none of them: pages put keys of their own beside what they send.
 */
function isOllama(req: Request): boolean {
  const named = namedProtocol(req);
  if (named !== undefined) return named === 'ollama';
  if (formatOfShape(req.body)) return false;
  if (req.get('user-agent')?.toLowerCase().startsWith('ollama')) return true;
  const {body} = req;
  return isObject(body) && ['options', 'keep_alive', 'format'].some((key) => key in body);
}
