/** `POST /api/chat` for Ollama's clients, on the path of our own API. Nothing is stored. */
import {ChatError, isObject, ollama} from '@chatlet/protocol';
import type {Request, Response} from 'express';
import {z} from 'zod';
import type {Operation} from '../../operation.ts';
import {namedProtocol, protocolOfShape} from '../../request/chat-protocol.ts';
import {idempotencyHeaders} from '../../request/idempotency.ts';
import {printErrorsWith} from '../../response/errors.ts';
import {unsavedAnswers} from '../../response/unsaved-answer.ts';
import {ollamaIsOff, printOllamaError} from './errors.ts';
import {ollamaBody, parseOllama} from './request.ts';
import {ollamaAnswer, printOllama} from './response.ts';
import {sendingOf} from './sending.ts';

const ollamaProtocol = z.enum(['ollama']).optional();

export const ollamaChatOperation: Operation = {
  method: 'post',
  paths: ['/api/chat'],
  selects: isFromOllamaClient,
  callers: 'visitors',
  printError: printOllamaError,
  choosePrinter: (req) => (isNamedOllama(req) ? printOllamaError : undefined),
  tag: 'Ollama',
  summary: 'Ask as Ollama’s clients do',
  body: ollamaBody,
  query: z.object({protocol: ollamaProtocol}),
  headers: idempotencyHeaders.extend({'x-chat-protocol': ollamaProtocol}),
  answer: ollamaAnswer,
  streams: ['application/x-ndjson'],
  mayBe404: true,
  asksModel: true,
  handler(services) {
    const {auth} = services;
    const answers = unsavedAnswers(services);
    return async (req, res) => {
      const began = performance.now();
      const caller = await auth.admit(req, res);
      const question = parseOllama(req.body);
      const sending = sendingOf(question, {dialect: ollama, print: printOllama, began});
      await answers.answer(question, {req, res, caller, ...sending});
    };
  },
};

/**
 * Clients of Ollama would not understand the events that others get.
 * @throws ChatError `not-found`
 */
export function refuseOllamaClients(req: Request, res: Response): void {
  const asksChat = req.method === 'POST' && /^\/api\/chat\/?$/i.test(req.path);
  if (asksChat && isNamedOllama(req)) {
    printErrorsWith(res, printOllamaError);
    throw new ChatError('not-found', ollamaIsOff);
  }
}

/** By the named protocol, or else by the user agent. */
function isNamedOllama(req: Request): boolean {
  const named = namedProtocol(req);
  return named === undefined
    ? (req.get('user-agent')?.toLowerCase().startsWith('ollama') ?? false)
    : named === ollama.name;
}

/**
 * Ollama's clients are known by a named protocol, by their user agent, or by fields that only they send. Those fields
 * decide last, since pages add keys of their own to the bodies of other protocols.
 */
function isFromOllamaClient(req: Request): boolean {
  if (namedProtocol(req) !== undefined) return isNamedOllama(req);
  if (protocolOfShape(req.body)) return false;
  if (isNamedOllama(req)) return true;
  const {body} = req;
  return isObject(body) && ['options', 'keep_alive', 'format'].some((key) => key in body);
}
