/**
 * The formats of `POST /api/chat`: each is a parser of bodies, a dialect for answers and a printer for errors. A
 * request names its format in a header or the query; otherwise the shape of its body decides.
 */
import {
  ChatError,
  type Dialect,
  aiSdkDataStreamV4,
  chatlet,
  typedEvents,
  uiMessageStream,
  uiMessageStream5,
} from '@chatlet/protocol';
import type {Request} from 'express';
import type {TurnAsk} from '../../../engine/turns/ask.ts';
import {namedProtocol, protocolOfShape} from '../../request/chat-protocol.ts';
import {type ErrorPrinter, printError} from '../../response/errors.ts';
import {printCapitalError} from './errors.ts';
import {type SentReplies, parseApprovals} from './approvals.ts';
import {
  chatletBody,
  parseAiSdk4,
  parseChatlet,
  parseTypedEvents,
  parseUiMessages,
  typedEventsBody,
  uiBody,
} from './request.ts';

export interface ChatFormat {
  readonly dialect: Dialect;
  readonly printError: ErrorPrinter;
  /** @throws ChatError `invalid-request` */
  readonly parse: (body: unknown) => TurnAsk;
  /** The answers to calls that wait, if the body has such answers in place of a question. */
  readonly parseReplies?: (body: unknown) => SentReplies | undefined;
  /** The fields that `parse` reads. */
  readonly fields: object;
}

const typedEventsFormat: ChatFormat = {
  dialect: typedEvents,
  printError: printCapitalError,
  parse: parseTypedEvents,
  fields: typedEventsBody.shape,
};

const uiFormat: ChatFormat = {
  dialect: uiMessageStream,
  printError: printCapitalError,
  parse: parseUiMessages,
  parseReplies: parseApprovals,
  fields: uiBody.shape,
};

const aiSdk5Format: ChatFormat = {...uiFormat, dialect: uiMessageStream5};

const aiSdk4Format: ChatFormat = {
  dialect: aiSdkDataStreamV4,
  printError: printCapitalError,
  parse: parseAiSdk4,
  fields: uiBody.shape,
};

const formats: ReadonlyMap<unknown, ChatFormat> = new Map<unknown, ChatFormat>([
  ['chatlet', {dialect: chatlet, printError, parse: parseChatlet, fields: chatletBody.shape}],
  ['typed-events', typedEventsFormat],
  ['ui-message-stream', uiFormat],
  ['ai-sdk', uiFormat],
  ['ai-sdk-5', aiSdk5Format],
  ['ai-sdk-4', aiSdk4Format],
]);

/** The names that header and query may have. */
export const protocolNames: readonly string[] = [...formats.keys()].map(String);

/**
 * The format named by header or query; undefined if they name none.
 * @throws ChatError `invalid-request` for an unknown name
 */
export function namedFormat(req: Request): ChatFormat | undefined {
  const asked = namedProtocol(req);
  if (asked === undefined) return undefined;
  const format = formats.get(asked);
  if (format) return format;
  throw new ChatError('invalid-request', `The protocol must be one of ${protocolNames.join(', ')}.`);
}

/** The form of errors that header or query ask for. */
export function namedErrorPrinter(req: Request): ErrorPrinter | undefined {
  return formats.get(namedProtocol(req))?.printError;
}

/** The named format, or else the one that the body's shape belongs to. */
export function chooseFormat(req: Request): ChatFormat {
  return namedFormat(req) ?? formats.get(protocolOfShape(req.body)) ?? typedEventsFormat;
}
