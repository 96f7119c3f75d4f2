/**
 * Gives an answer to the one who asked for it, and takes it only as fast as it is read: as a stream or whole. Where the
 * reader goes away the reading ends, and with it an answer that belongs to nobody else. Knows no dialect.
 */
import {once} from 'node:events';
import {
  ChatError,
  type ChatEvent,
  type Dialect,
  type EncodeContext,
  type Encoder,
  type Message,
  applyEvent,
  emptyAnswer,
  isEnd,
} from '@chatlet/protocol';
import type {Response} from 'express';
import {markReported, sendError} from './errors.ts';
import type {Report} from '../../engine/report.ts';
import type {NumberedBatch} from '../../engine/turn-log.ts';
import {type IdleTimer, onIdle} from './idle-streams.ts';

type Batch = readonly ChatEvent[];

/** How an answer is put into bytes. */
export interface Writer<Piece> {
  readonly contentType: string;
  /** Further headers that name what it writes. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** The events of a piece. */
  events(piece: Piece): Batch;
  encode(piece: Piece): string;
  /** What stands for the rest of an answer that was cut off. */
  cutOff(): string;
  end(): string;
  /** What says that the stream is alive while there is nothing to say. */
  readonly signOfLife: string;
}

/** Writes a stored turn in a dialect, or what comes after the event with a number. */
export function numberedWriterOf(dialect: Dialect, context: EncodeContext, after: number = 0): Writer<NumberedBatch> {
  const encoder = encoderOf(dialect, context);
  return {
    contentType: dialect.contentType,
    headers: dialect.headers,
    events: ({events}) => events,
    encode: ({events, first}) => encoder.encode(events, first),
    // Of the rest of a turn nothing may be left: its end can be what has been read already.
    cutOff: () => (after === 0 ? cutOffBy(encoder) : ''),
    end: () => encoder.end(),
    signOfLife: signOfLifeOf(encoder),
  };
}

/** Writes one answer in a dialect. */
export function writerOf(dialect: Dialect, context: EncodeContext): Writer<Batch> {
  const encoder = encoderOf(dialect, context);
  return {
    contentType: dialect.contentType,
    headers: dialect.headers,
    events: (batch) => batch,
    encode: (batch) => encoder.encode(batch),
    cutOff: () => cutOffBy(encoder),
    end: () => encoder.end(),
    signOfLife: signOfLifeOf(encoder),
  };
}

interface Written {
  readonly answerId: string;
  readonly createdAt: string;
  readonly model: string | {readonly asked: string};
}

/** What dialects want to know of an answer, whose ids begin as they do with them. */
export function contextOf({answerId, createdAt, model}: Written, idPrefix: string = ownPrefix): EncodeContext {
  return {
    id: idPrefix + answerId.slice(ownPrefix.length),
    model: typeof model === 'string' ? model : model.asked,
    created: Math.floor(Date.parse(createdAt) / 1000),
  };
}

const ownPrefix = 'msg_';

/** An event stream's comment, where the dialect has no other: all its readers skip it. */
export function signOfLifeOf({signOfLife = ':\n\n'}: Partial<Pick<Encoder, 'signOfLife'>>): string {
  return signOfLife;
}

function cutOffBy(encoder: Encoder): string {
  return encoder.encode([new ChatError('interrupted').toEvent()]);
}

function encoderOf(dialect: Dialect, context: EncodeContext): Encoder {
  const encoder = dialect.encoder?.(context);
  if (encoder) return encoder;
  throw new ChatError('internal', undefined, {cause: new Error(`${dialect.name} cannot be written.`)});
}

export interface AnswerStreamOptions<Piece> {
  readonly writer: Writer<Piece>;
  readonly report: Report;
  /** Milliseconds of silence after which the stream says that it is alive. */
  readonly heartbeat: number;
  /** Milliseconds of silence after which the stream begins without a word: half of the heartbeat by default, 0 at once. */
  readonly headersAfter?: number;
  /** Aborts when the answer is ended from here: no slow reader is waited for any more. */
  readonly ending?: AbortSignal;
}

/** A signal that aborts when the reader has gone before the response was complete. */
export function whileReading(res: Response): AbortSignal {
  const gone = new AbortController();
  const leave = () => {
    if (!res.writableFinished) gone.abort(readerGone);
  };
  // The request's own close event comes as soon as its body is read; only the response knows of a lost reader.
  res.on('close', leave);
  res.on('error', leave);
  // Who left before we began to look is not told of again.
  if (res.destroyed) leave();
  return gone.signal;
}

/** A constant: making an error with its stack for everybody who leaves would cost more than the leaving. */
const readerGone = 'The reader has gone.';

/**
 * Streams an answer. Until its first word nothing is sent, so that what the upstream refuses is refused here with its
 * status; where that takes long, the stream begins without it, before a proxy in between gives up. The one rule of all
 * paths; only how long they wait is told.
 *
 * Resolves when the stream has begun, not when it ends: a handler that waits for the end keeps what it read of the
 * question and Express's whole way to it in memory for as long.
 * @throws ChatError where the answer failed before anything was sent
 */
export function beginStream<Piece>(
  res: Response,
  answer: AsyncIterable<Piece>,
  options: AnswerStreamOptions<Piece>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const onBegin = () => {
      // The connection holds the request, and this every router on its way.
      Object.assign(res.req, {next: undefined});
      resolve();
    };
    writeAnswer(res, answer, {...options, onBegin}).then(resolve, (error: unknown) => {
      if (!res.headersSent) {
        reject(error);
        return;
      }
      options.report(error);
      sendError(res, ChatError.from(error));
    });
  });
}

async function writeAnswer<Piece>(
  res: Response,
  answer: AsyncIterable<Piece>,
  options: AnswerStreamOptions<Piece> & {readonly onBegin: () => void},
): Promise<void> {
  const {writer, report, heartbeat, headersAfter = heartbeat / 2, ending, onBegin} = options;
  const {contentType, headers, signOfLife} = writer;
  /** What goes out with the next words: the beginning before the first of them, an end that may be the last. */
  let held = '';
  let ended = false;
  let heartbeatTimer: IdleTimer | undefined;

  const writeHead = () => {
    headersTimer?.stop();
    res.writeHead(200, {
      'Content-Type': contentType,
      // `no-transform` keeps compressing proxies and middleware from holding words back.
      'Cache-Control': 'no-cache, no-transform',
      'X-Accel-Buffering': 'no',
      ...headers,
    });
    // Together with what is written next, but as a text of its own: joined to that, the hundred pieces that Node makes a
    // head of would stay in memory for as long as the stream.
    const {socket} = res;
    socket?.cork();
    res.flushHeaders();
    process.nextTick(() => socket?.uncork());
    onBegin();
    heartbeatTimer = onIdle(heartbeat, () => {
      if (!res.writableNeedDrain) res.write(signOfLife);
    });
  };
  const beginIdle = () => {
    writeHead();
    res.write(signOfLife);
  };
  // At most half of the silence that others bear: proxies begin to count when they have sent the request.
  const headersTimer = headersAfter > 0 ? onIdle(headersAfter, beginIdle) : undefined;
  if (!headersTimer) beginIdle();

  try {
    for await (const piece of answer) {
      // Nobody reads, but the answer has an end to come to: what it cost is counted there.
      if (res.destroyed) continue;
      const events = writer.events(piece);
      if (!res.headersSent) {
        const first = events.find((event) => !isStart(event) && event.type !== 'usage');
        if (first?.type === 'error') throw markReported(ChatError.fromEvent(first));
      }
      held += writer.encode(piece);
      ended = events.some(isEnd);
      if (held === '' || ended || (!res.headersSent && events.every(isStart))) continue;
      if (!res.headersSent) writeHead();
      const text = held;
      held = '';
      heartbeatTimer?.reset();
      if (!res.write(text)) await drained(res, ending);
    }
  } catch (error) {
    if (!res.headersSent) throw error;
    report(error);
  } finally {
    headersTimer?.stop();
    heartbeatTimer?.stop();
  }
  if (res.destroyed) return;
  // No stream ends as if it were complete when it is not.
  if (!ended) held += writer.cutOff();
  if (!res.headersSent) writeHead();
  heartbeatTimer?.stop();
  res.end(held + writer.end());
}

/**
 * Reads an answer to its end.
 * @throws ChatError where it failed, `interrupted` where it has no end
 */
export async function wholeAnswer(answer: AsyncIterable<Batch>): Promise<Message> {
  let message = emptyAnswer({id: '', createdAt: ''});
  let end: ChatEvent | undefined;
  for await (const batch of answer) {
    end ??= batch.find(isEnd);
    for (const event of batch) message = applyEvent(message, event);
  }
  if (end?.type === 'error') throw markReported(ChatError.fromEvent(end));
  // Nobody reads any more, or what broke was told where it did.
  if (!end) throw markReported(new ChatError('interrupted'));
  return message;
}

function isStart({type}: ChatEvent): boolean {
  return type === 'message-start';
}

async function drained(res: Response, ending: AbortSignal | undefined): Promise<void> {
  if (ending?.aborted) return;
  // Whichever comes first; a reader that has gone drains nothing.
  const settled = new AbortController();
  const waits = [once(res, 'drain', settled), once(res, 'close', settled)];
  if (ending) waits.push(once(ending, 'abort', settled));
  await Promise.race(waits).catch(() => {});
  settled.abort();
}
