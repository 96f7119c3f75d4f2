/**
 * Reads the bodies of requests: JSON and nothing else, within bounds of size, time and shape. Nothing is inflated,
 * because a few bytes can inflate to gigabytes and no client of a chat compresses its questions. Knows no callers.
 */
import type {IncomingMessage} from 'node:http';
import type {Socket} from 'node:net';
import {ChatError} from '@chatlet/protocol';
import type {Request} from 'express';
import {checkJsonBounds, jsonBoundsOf} from './json-bounds.ts';

export interface BodyTimes {
  /** Milliseconds without a byte after which a body is given up; 10 s by default. */
  readonly silence?: number;
  /** Milliseconds for the first step of bytes, and as many for each further one; 30 s by default. */
  readonly step?: number;
}

const stepBytes = 256_000;

/** The largest body of a request, in bytes. */
export type MaxBytesOf = (req: Request) => number | Promise<number>;

/**
 * Reads the body of a POST or PATCH into `req.body`, after its headers have been checked; without a body it stays
 * undefined. A body that the app around us has parsed already is bounded in the same way.
 * @throws ChatError `too-large` or `invalid-request`
 */
export async function readJsonBody(req: Request, maxBytesOf: MaxBytesOf, times: BodyTimes = {}): Promise<void> {
  if (!takesBody(req)) return;
  const isRead = req.readableDidRead;
  const maxBytes = await maxBytesOf(req);
  req.body = parse(isRead ? bytesOf(req.body) : await collect(req, {maxBytes, ...times}), maxBytes);
}

/** Finds what is wrong with the headers of a body, before anything is done for the request: `unsupported-media-type`. */
export function findFaultInHeaders(req: Request): ChatError | undefined {
  if (!takesBody(req)) return undefined;
  return findFaultInType(req) ?? (req.readableDidRead ? undefined : findEncoding(req));
}

function takesBody(req: Request): boolean {
  return (req.method === 'POST' || req.method === 'PATCH') && hasBody(req);
}

export function hasBody({headers}: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** Prevents cross-site requests: without a preflight, a page of another site can send text and forms, but no JSON. */
function findFaultInType({headers: {'content-type': type = ''}}: Request): ChatError | undefined {
  if (type === 'application/json') return undefined;
  const [name = '', ...parameters] = type.toLowerCase().split(';');
  if (name.trim() !== 'application/json') return new ChatError('unsupported-media-type');
  const charset = parameters.map((each) => /^\s*charset\s*=\s*"?([^"\s]*)/.exec(each)?.[1]).find((each) => each);
  const isUtf8 = charset === undefined || /^(?:utf-?8|us-ascii)$/.test(charset);
  return isUtf8 ? undefined : new ChatError('unsupported-media-type', 'Send the body as UTF-8.');
}

const encoded = new ChatError(
  'unsupported-media-type',
  'Send the body without a Content-Encoding: this server inflates none.',
  {details: {cause: 'content-encoding'}},
);

function findEncoding({headers: {'content-encoding': encoding = 'identity'}}: Request): ChatError | undefined {
  return encoding.trim().toLowerCase() === 'identity' ? undefined : encoded;
}

/** The body as the app around us left it: the parsed value, or the raw bytes or text. */
function bytesOf(body: unknown): Uint8Array {
  if (body instanceof Uint8Array) return body;
  try {
    return Buffer.from(typeof body === 'string' ? body : (JSON.stringify(body) ?? ''));
  } catch {
    // Nested so deep that even printing it fails.
    throw new ChatError('invalid-request', 'The body is nested too deep.', {details: {cause: 'body-shape'}});
  }
}

// Skips a byte order mark.
const utf8 = new TextDecoder();

function parse(bytes: Uint8Array, maxBytes: number): unknown {
  if (bytes.length > maxBytes) throw tooLarge(maxBytes);
  if (bytes.length === 0) return undefined;
  checkJsonBounds(bytes, jsonBoundsOf(maxBytes));
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch {
    throw new ChatError('invalid-request', 'The body is not valid JSON.');
  }
}

/** Reads all bytes, unless they are too many or too slow. */
function collect(
  req: Request,
  {maxBytes, silence: longestSilence = 10_000, step = 30_000}: BodyTimes & {readonly maxBytes: number},
): Promise<Uint8Array> {
  if (Number(req.headers['content-length'] ?? 0) > maxBytes) return Promise.reject(tooLarge(maxBytes));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const began = performance.now();
    let length = 0;
    const finish = (settle: () => void) => {
      clearTimeout(silence);
      req.off('data', take).off('end', end).off('error', leave).off('close', leave);
      settle();
    };
    const refuse = (error: ChatError) => finish(() => reject(error));
    const silence = setTimeout(() => refuse(tooSlow()), longestSilence);
    const take = (chunk: Buffer) => {
      length += chunk.length;
      chunks.push(chunk);
      silence.refresh();
      if (length > maxBytes) refuse(tooLarge(maxBytes));
      else if (performance.now() - began > step * (1 + Math.floor(length / stepBytes))) refuse(tooSlow());
    };
    const end = () => finish(() => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    const leave = () =>
      refuse(new ChatError('invalid-request', 'The request was not sent to its end.', {details: {cause: 'body-cut'}}));
    req.on('data', take).on('end', end).on('error', leave).on('close', leave);
  });
}

function tooLarge(maxBytes: number): ChatError {
  const limit = maxBytes >= 1_000_000 ? `${maxBytes / 1_000_000} MB` : `${maxBytes / 1000} kB`;
  return new ChatError('too-large', `The body is larger than ${limit}.`, {details: {maxBytes}});
}

function tooSlow(): ChatError {
  return new ChatError('invalid-request', 'The body was sent too slowly.', {details: {cause: 'body-slow'}});
}

/** Bytes of a body that is not read which are discarded after the response, so that the client reads the response. */
const mostDiscarded = 1_000_000;
const discardFor = 5_000;

/** The latest discarded body of each connection. One timer serves all, because a timer for each is dear for a refusal. */
let [recent, earlier] = [new Map<Socket, IncomingMessage>(), new Map<Socket, IncomingMessage>()];
let sweep: NodeJS.Timeout | undefined;

/** Closes the connections on which a body has not ended after one to two sweeps. Ends by itself. */
function cutLate(): void {
  for (const req of earlier.values()) if (!req.complete) req.destroy();
  [recent, earlier] = [new Map(), recent];
  sweep = earlier.size === 0 ? undefined : setTimeout(cutLate, discardFor / 2).unref();
}

/** Discards the rest of a body within bounds, and closes the connection if more comes. Node itself would read for minutes. */
export function discardBody(req: IncomingMessage): void {
  if (req.complete || !hasBody(req)) return;
  recent.set(req.socket, req);
  sweep ??= setTimeout(cutLate, discardFor / 2).unref();
  const length = Number(req.headers['content-length'] ?? Number.POSITIVE_INFINITY);
  if (length > mostDiscarded) {
    let left = mostDiscarded;
    req.on('data', (chunk: Buffer) => {
      left -= chunk.length;
      if (left < 0) req.destroy();
    });
  }
  // At once: a tick later Fastify's bridge no longer passes the body on, and its client waits for ever.
  req.on('error', ignore).resume();
}

function ignore(): void {}
