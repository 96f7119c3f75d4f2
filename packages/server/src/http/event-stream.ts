/**
 * Writes a turn into a response as it happens: at once, at the reader's pace, and with signs of life while nothing
 * happens. Knows how streams behave on their way through proxies; knows no dialect.
 */
import {once} from 'node:events';
import {ChatError, type ChatEvent, type Dialect, isEnd} from '@chatlet/protocol';
import type {Response} from 'express';
import type {Report} from '../engine/report.ts';
import type {ReadableTurn} from '../engine/turns.ts';
import {whenSilent} from './silence.ts';

export interface StreamOptions {
  readonly dialect: Dialect;
  /** Begin after the event with this number. */
  readonly after?: number;
  /** The client wants to be told of usage where the dialect makes that a choice. */
  readonly includeUsage?: boolean;
  readonly report: Report;
  /** Milliseconds of silence after which the stream says that it is alive; 15 s by default. */
  readonly heartbeat?: number;
}

/** A comment: every reader of event streams skips it. */
const signOfLife = ':\n\n';

/**
 * Streams the turn until it ends or the reader has gone. Losing the reader ends the reading, never the turn.
 * Never rejects: what goes wrong inside becomes the stream's last event.
 */
export async function streamTurn(res: Response, turn: ReadableTurn, options: StreamOptions): Promise<void> {
  const {dialect, after = 0, includeUsage = false, report, heartbeat = 15_000} = options;
  const created = Math.floor(Date.parse(turn.createdAt) / 1000);
  const encoder = dialect.encoder?.({id: turn.answerId, model: turn.model, created, includeUsage});
  if (!encoder) throw new ChatError('internal', undefined, {cause: new Error(`${dialect.name} cannot be written.`)});

  const gone = new AbortController();
  // The request's own close event comes as soon as its body is read; only the response knows of a lost reader.
  res.on('close', () => {
    if (!res.writableFinished) gone.abort();
  });
  res.on('error', () => gone.abort());

  res.writeHead(200, {
    'Content-Type': dialect.contentType,
    // `no-transform` keeps compressing proxies and middleware from holding words back.
    'Cache-Control': 'no-cache, no-transform',
    'X-Accel-Buffering': 'no',
    ...dialect.headers,
  });
  // What is written in this turn of the event loop leaves together: headers, a first sign of life, the first events.
  const uncork = corked(res);
  const commented = dialect.contentType.startsWith('text/event-stream');
  if (commented) res.write(signOfLife);
  else res.flushHeaders();
  const silence = whenSilent(heartbeat, () => {
    if (commented && !res.writableNeedDrain) res.write(signOfLife);
  });

  /** Whether the reader keeps up. */
  const write = (text: string): boolean => {
    if (text === '') return true;
    silence.broken();
    return res.write(text);
  };
  try {
    let ended = false;
    try {
      for await (const {first, events} of turn.read(after, gone)) {
        ended ||= events.some(isEnd);
        if (!write(encoder.encode(events, first))) await drained(res, gone.signal);
        if (gone.signal.aborted) return;
      }
    } catch (error) {
      if (gone.signal.aborted) return;
      report(error, {answerId: turn.answerId});
    }
    if (!ended && !gone.signal.aborted && after === 0) write(encoder.encode([cutOff()]));
    uncork();
    if (!gone.signal.aborted) res.end(encoder.end());
  } catch (error) {
    report(error, {answerId: turn.answerId});
    res.destroy();
  } finally {
    silence.end();
  }
}

/** Holds writes back until this turn of the event loop is over, or until told: a corked response loses words at its end. */
function corked(res: Response): () => void {
  let held = true;
  const uncork = () => {
    if (held) res.uncork();
    held = false;
  };
  res.cork();
  setImmediate(uncork);
  return uncork;
}

/** No stream ends as if it were complete when it is not. */
function cutOff(): ChatEvent {
  return new ChatError('interrupted').toEvent();
}

async function drained(res: Response, signal: AbortSignal): Promise<void> {
  try {
    await once(res, 'drain', {signal});
  } catch {
    // The reader has gone; the loop sees that by itself.
  }
}
