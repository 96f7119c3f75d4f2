/**
 * Takes deleted words off the disk, on another thread. SQLite overwrites deleted data (`secure_delete`), but not
 *
 * - pages in the write-ahead log, before they are moved into the database and the log is truncated;
 * - rows that it once moved from one page to another: the old place keeps a copy in bytes that the page does not use.
 *   Only writing the database anew (`vacuum`) removes those. Nobody can write meanwhile, so it is done rarely, and never
 *   for a large database.
 *
 * Knows no table.
 */
import {statSync} from 'node:fs';
import {Worker} from 'node:worker_threads';
import {quietThread} from './runtime.ts';

export interface Scrubber {
  /** Scrubs within some seconds; many calls together scrub once. */
  scrubSoon(): void;
  /** Scrubs now. Resolves when it is done, or after some seconds if another program keeps reading old pages. */
  scrub(): Promise<void>;
  /** Moves the log into the database if it has grown long. */
  keepLogShort(): Promise<void>;
  close(): Promise<void>;
}

/** Milliseconds until a scrubbing for which nobody waits, and between two of them. */
const soon = 1_000;
const between = 10_000;
/** Milliseconds that somebody waits at most. */
const patience = 5_000;
/** Milliseconds before another try, while another program reads old pages. */
const firstRetry = 100;
const longestRetry = 30_000;
/** Bytes of the largest database that is written anew, which takes about a second. */
const largestRewritten = 256_000_000;
/** Milliseconds between two times, and how many times as long as it took; and if nobody waits for it. */
const shortestRewritePause = 60_000;
const rewriteShare = 500;
const usualRewritePause = 60 * 60 * 1000;
/** Bytes of a log that is moved, less than SQLite's own limit: see `checkpointPages`. */
const longLog = 8_000_000;

/**
 * Text, because a worker's own file would have another name in the sources than in the package. The last step locks
 * writers out while it waits for readers, so it hardly waits.
 */
const script = `
  const {parentPort, workerData: {path, rewrites}} = require('node:worker_threads');
  const {DatabaseSync} = require('node:sqlite');
  const db = new DatabaseSync(path);
  try {
    db.exec('pragma busy_timeout = 2000; pragma synchronous = normal; pragma secure_delete = on');
    const began = performance.now();
    if (rewrites) db.exec('vacuum');
    const duration = performance.now() - began;
    db.exec('pragma wal_checkpoint(passive)');
    db.exec('pragma busy_timeout = 20');
    const {busy} = db.prepare('pragma wal_checkpoint(truncate)').get();
    parentPort.postMessage({done: busy === 0, duration});
  } finally {
    db.close();
  }
`;

export function createScrubber(path: string): Scrubber {
  if (path === ':memory:') {
    return {scrubSoon() {}, async scrub() {}, async keepLogShort() {}, async close() {}};
  }
  const started = performance.now();
  let timer: {readonly at: number; readonly timeout: NodeJS.Timeout} | undefined;
  let running: Promise<void> | undefined;
  let retry = firstRetry;
  let closed = false;
  let ended = -Infinity;
  let rewritten = {at: -Infinity, duration: 0};
  /** When the database is to be written anew. */
  let rewriteAt = Infinity;

  function start(): Promise<void> {
    running ??= work().finally(() => {
      running = undefined;
      ended = performance.now();
    });
    return running;
  }

  async function work(): Promise<void> {
    const isDue = performance.now() >= rewriteAt;
    const rewrites = isDue && sizeOf(path) <= largestRewritten;
    if (isDue) rewriteAt = Infinity;
    const result = await runWorker(path, rewrites);
    if (rewrites && result) rewritten = {at: performance.now(), duration: result.duration};
    if (rewrites && !result) rewriteAt = performance.now() + shortestRewritePause;
    retry = result?.done ? firstRetry : Math.min(2 * retry, longestRetry);
    if (isBehind()) schedule(performance.now() + retry);
    if (rewriteAt < Infinity) schedule(rewriteAt);
  }

  function schedule(at: number): void {
    if (closed || (timer && timer.at <= at)) return;
    clearTimeout(timer?.timeout);
    const run = () => {
      timer = undefined;
      void start();
    };
    timer = {at, timeout: setTimeout(run, at - performance.now()).unref()};
  }

  /** Whether another program kept old pages the last time. */
  const isBehind = () => retry > firstRetry && !closed;

  return {
    scrubSoon() {
      rewriteAt = Math.min(rewriteAt, Math.max(rewritten.at, started) + usualRewritePause);
      schedule(Math.max(performance.now() + soon, ended + between));
    },
    async scrub() {
      const until = performance.now() + patience;
      // One that is running may have looked before the words were deleted.
      await running;
      const earliest = rewritten.at + Math.max(shortestRewritePause, rewriteShare * rewritten.duration);
      rewriteAt = Math.min(rewriteAt, Math.max(earliest, performance.now()));
      await start();
      while (isBehind() && performance.now() < until) {
        await new Promise((resolve) => setTimeout(resolve, firstRetry));
        await start();
      }
    },
    async keepLogShort() {
      if (sizeOf(`${path}-wal`) > longLog) await start();
    },
    async close() {
      closed = true;
      clearTimeout(timer?.timeout);
      await running;
    },
  };
}

function sizeOf(path: string): number {
  return statSync(path, {throwIfNoEntry: false})?.size ?? 0;
}

interface Scrubbed {
  /** Whether the log is empty now. */
  readonly done: boolean;
  /** Milliseconds that the rewriting took. */
  readonly duration: number;
}

/** Resolves with undefined if it failed, as on a full disk. */
function runWorker(path: string, rewrites: boolean): Promise<Scrubbed | undefined> {
  return new Promise((resolve) => {
    const worker = new Worker(script, {
      eval: true,
      workerData: {path, rewrites},
      execArgv: [...quietThread],
    });
    let scrubbed: Scrubbed | undefined;
    worker.once('message', (result: Scrubbed) => {
      scrubbed = result;
    });
    worker.once('error', () => resolve(undefined));
    worker.once('exit', () => resolve(scrubbed));
  });
}
