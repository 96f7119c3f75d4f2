/**
 * Gives an answer to its reader, as a stream or whole, no faster than it is read. If the reader goes away, the reading
 * ends, and with it an answer that belongs to nobody else. Knows no dialect.
 */
import {once} from 'node:events';
import {ChatError, type ChatEvent, type Message, applyEvent, emptyAnswer, isEnd} from '@chatlet/protocol';
import type {Response} from 'express';
import type {Report} from '../../engine/report.ts';
import {markReported} from './errors.ts';
import {type IdleTimer, onIdle} from './idle-streams.ts';
import type {Batch, Writer} from './writer.ts';

export interface AnswerStreamOptions<Piece> {
  readonly writer: Writer<Piece>;
  readonly report: Report;
  /** Milliseconds of silence after which a keep-alive is written. */
  readonly heartbeat: number;
  /**
   * Milliseconds of silence after which the headers are sent without a word: half of the heartbeat by default, 0 at
   * once.
   */
  readonly headersAfter?: number;
  /**
   * Sends the beginning without waiting for a word, so that the reader knows the answer's id at once. A refusal is then an
   * event of the stream.
   */
  readonly startsAtOnce?: boolean;
  /** Aborts when the server ends the answer: from then on no slow reader is waited for. */
  readonly ending?: AbortSignal;
}

/** A signal that aborts when the reader has gone before the response was complete. */
export function whileReading(res: Response): AbortSignal {
  const gone = new AbortController();
  const leave = () => {
    if (!res.writableFinished) gone.abort(readerGone);
  };
  // The request's own close event fires as soon as its body is read, so only the response tells of a lost reader.
  res.on('close', leave);
  res.on('error', leave);
  // No close event fires for a connection that closed earlier.
  if (res.destroyed) leave();
  return gone.signal;
}

/** A constant, since making an error with its stack for each reader that leaves would cost more than the leaving. */
const readerGone = 'The reader has gone.';

/**
 * Streams an answer. Nothing is sent before its first word, so that a refusal of the upstream can be answered with its
 * status. If that takes too long, the stream begins without a word, before a proxy in between gives up. All paths
 * follow this rule; they only differ in how long they wait.
 *
 * Resolves when the stream has begun, not when it ends. If the handler awaited the end, the request body and Express's
 * router stack would stay in memory until then.
 * @throws ChatError if the answer failed before anything was sent
 */
export function beginStream<Piece>(
  res: Response,
  answer: AsyncIterable<Piece>,
  options: AnswerStreamOptions<Piece>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let begun = false;
    const onBegin = () => {
      begun = true;
      // The connection holds the request, and the request would hold every router on its way.
      Object.assign(res.req, {next: undefined});
      resolve();
    };
    writeAnswer(res, answer, {...options, onBegin}).then(resolve, (error: unknown) => {
      if (!begun) {
        reject(error);
        return;
      }
      options.report(error);
      // The status is sent already. A broken connection at least does not look like a complete answer.
      res.destroy();
    });
  });
}

interface WritingOptions<Piece> extends AnswerStreamOptions<Piece> {
  readonly onBegin: () => void;
}

async function writeAnswer<Piece>(
  res: Response,
  answer: AsyncIterable<Piece>,
  options: WritingOptions<Piece>,
): Promise<void> {
  const {writer, report, ending, startsAtOnce = false} = options;
  const stream = openStream(res, options);
  /**
   * Text that waits for the next write, so that a beginning goes out with the first words, and an end with the last.
   */
  let held = '';
  let ended = false;

  try {
    for await (const piece of answer) {
      // Nobody reads any more, but the answer is read to its end, since its usage is counted there.
      if (res.destroyed) continue;
      const events = writer.events(piece);
      if (!stream.hasBegun() && !startsAtOnce) throwRefusal(events);
      held += writer.encode(piece);
      ended = events.some(isEnd);
      if (held === '' || ended || (!stream.hasBegun() && !startsAtOnce && events.every(isStart))) continue;
      const text = held;
      held = '';
      if (!stream.write(text)) await drained(res, ending);
    }
  } catch (error) {
    if (!stream.hasBegun()) throw error;
    report(error);
  } finally {
    stream.stopTimers();
  }
  if (res.destroyed) return;
  // A stream that was cut off must not end like a complete one.
  if (!ended) held += writer.cutOff();
  stream.end(held + writer.end());
}

interface OpenStream {
  /** Whether the headers are sent. Frameworks around Express redefine `res.headersSent`, so it is not asked. */
  hasBegun(): boolean;
  /** Sends the headers if they are not sent yet, then the text. False if the connection needs to drain. */
  write(text: string): boolean;
  end(text: string): void;
  stopTimers(): void;
}

/** Opens a response: its headers wait for the first word, and from then on it is kept alive. */
function openStream<Piece>(
  res: Response,
  {writer, heartbeat, headersAfter = heartbeat / 2, onBegin}: WritingOptions<Piece>,
): OpenStream {
  const {signOfLife} = writer;
  let begun = false;
  let heartbeatTimer: IdleTimer | undefined;

  const sendHeaders = () => {
    begun = true;
    headersTimer?.stop();
    writeHeaders(res, writer);
    onBegin();
  };
  const begin = () => {
    sendHeaders();
    heartbeatTimer = onIdle(heartbeat, () => {
      if (!res.writableNeedDrain) res.write(signOfLife);
    });
  };
  const beginIdle = () => {
    begin();
    res.write(signOfLife);
  };
  // Half of the heartbeat by default, because a proxy's timeout starts when it sends the request, before ours.
  const headersTimer = headersAfter > 0 ? onIdle(headersAfter, beginIdle) : undefined;
  if (!headersTimer) beginIdle();

  return {
    hasBegun: () => begun,
    write(text) {
      if (!begun) begin();
      heartbeatTimer?.reset();
      return res.write(text);
    },
    end(text) {
      if (!begun) sendHeaders();
      res.end(text);
    },
    stopTimers() {
      headersTimer?.stop();
      heartbeatTimer?.stop();
    },
  };
}

function writeHeaders(res: Response, {contentType, headers}: Pick<Writer<never>, 'contentType' | 'headers'>): void {
  res.writeHead(200, {
    'Content-Type': contentType,
    // `no-transform` keeps compressing proxies and middleware from holding words back.
    'Cache-Control': 'no-cache, no-transform',
    'X-Accel-Buffering': 'no',
    ...headers,
  });
  // One packet with the next text, but two strings: Node builds the headers from a hundred pieces, and a joined string
  // would keep them all in memory for as long as the stream.
  const {socket} = res;
  socket?.cork();
  res.flushHeaders();
  process.nextTick(() => socket?.uncork());
}

/** @throws ChatError if the first event that says something is an error */
function throwRefusal(events: Batch): void {
  const first = events.find((event) => !isStart(event) && event.type !== 'usage');
  if (first?.type === 'error') throw markReported(ChatError.fromEvent(first));
}

/**
 * Reads an answer to its end.
 * @throws ChatError if it failed; `interrupted` if it has no end
 */
export async function readWholeAnswer(answer: AsyncIterable<Batch>): Promise<Message> {
  let message = emptyAnswer({id: '', createdAt: ''});
  let end: ChatEvent | undefined;
  for await (const batch of answer) {
    end ??= batch.find(isEnd);
    for (const event of batch) message = applyEvent(message, event);
  }
  if (end?.type === 'error') throw markReported(ChatError.fromEvent(end));
  // Either nobody reads any more, or the failure has been reported already.
  if (!end) throw markReported(new ChatError('interrupted'));
  return message;
}

function isStart({type}: ChatEvent): boolean {
  return type === 'message-start';
}

/** Backpressure: waits until the connection takes more, the reader has gone, or the server ends the answer. */
async function drained(res: Response, ending: AbortSignal | undefined): Promise<void> {
  if (ending?.aborted) return;
  const settled = new AbortController();
  const waits = [once(res, 'drain', settled), once(res, 'close', settled)];
  if (ending) waits.push(once(ending, 'abort', settled));
  await Promise.race(waits).catch(() => {});
  settled.abort();
}
