/**
 * A tokenizer on a thread of its own, so that no stream waits while it loads (0.2 s on a free machine, seconds on a busy
 * one) or counts. It is started by the first count and keeps no process alive. Knows no message and no model.
 */
import {Worker} from 'node:worker_threads';

export interface TokenizerThread {
  /**
   * The tokens of all pieces together; undefined if the thread cannot be started (as in a bundle without the tokenizer),
   * has died, takes longer than 10 s or has too much to do. The operator is warned once. Never throws.
   */
  count(pieces: readonly string[]): Promise<number | undefined>;
}

export interface TokenizerThreadOptions {
  /** The tokenizer's module, with `countTokens` and `setMergeCacheSize`. */
  readonly module: () => string;
  /** Milliseconds that a count may take; 10 s by default. */
  readonly patience?: number;
}

/** Milliseconds after a failure until the thread is started again. */
const pauseAfterFailure = 60_000;
/** Counts that may wait for the thread. With 128 kB each, the last one waits less than a second. */
const mostWaiting = 100;

/** Text, because a worker's own file would have another name in the sources than in the package, and none in a bundle. */
const script = `
  const {parentPort, workerData} = require('node:worker_threads');
  const loading = import(workerData).then(({countTokens, setMergeCacheSize}) => {
    // Its cache of words would otherwise grow to a hundred thousand.
    setMergeCacheSize(10_000);
    // '<|endoftext|>' in a message is text like any other.
    return (text) => countTokens(text, {disallowedSpecial: new Set()});
  });
  parentPort.on('message', async ({id, pieces}) => {
    const count = await loading;
    let tokens = 0;
    for (const piece of pieces) tokens += count(piece);
    parentPort.postMessage({id, tokens});
  });
`;

interface Thread {
  readonly worker: Worker;
  readonly waiting: Map<number, (tokens: number | undefined) => void>;
}

export function createTokenizerThread({module, patience = 10_000}: TokenizerThreadOptions): TokenizerThread {
  let thread: Thread | undefined;
  let pausedUntil = -Infinity;
  let lastId = 0;
  let hasWarned = false;

  const fail = (reason: unknown) => {
    const failed = thread;
    thread = undefined;
    pausedUntil = performance.now() + pauseAfterFailure;
    for (const resolve of failed?.waiting.values() ?? []) resolve(undefined);
    if (!hasWarned) process.emitWarning(`Tokens are estimated, because the tokenizer failed: ${String(reason)}`);
    hasWarned = true;
  };

  const start = (): Thread => {
    const worker = new Worker(script, {
      eval: true,
      workerData: module(),
      execArgv: [],
      resourceLimits: {maxOldGenerationSizeMb: 256},
    });
    const started: Thread = {worker, waiting: new Map()};
    worker.unref();
    worker.on('message', ({id, tokens}: {id: number; tokens: number}) => started.waiting.get(id)?.(tokens));
    worker.on('error', (error) => {
      if (thread === started) fail(error);
    });
    worker.on('exit', (code) => {
      if (thread === started) fail(`its thread ended with ${code}`);
    });
    return started;
  };

  return {
    async count(pieces) {
      if (!thread && performance.now() < pausedUntil) return undefined;
      try {
        thread ??= start();
      } catch (error) {
        fail(error);
        return undefined;
      }
      const {worker, waiting} = thread;
      if (waiting.size >= mostWaiting) return undefined;
      const id = ++lastId;
      const counted = new Promise<number | undefined>((resolve) => waiting.set(id, resolve));
      const timer = setTimeout(() => waiting.get(id)?.(undefined), patience);
      // While somebody waits, the process must not end.
      worker.ref();
      worker.postMessage({id, pieces});
      const tokens = await counted;
      clearTimeout(timer);
      waiting.delete(id);
      if (waiting.size === 0) worker.unref();
      return tokens;
    },
  };
}
