/**
 * Loaded into a measured server by `--import`: tells the runner what the process has used, from the process's own
 * counters. The server does not know of it.
 */
import {readdirSync} from 'node:fs';
import {answerQuestions} from './channel.ts';

export interface Used {
  /** Microseconds of CPU, user and system, all threads, since the process began. */
  readonly cpu: number;
  /** Bytes. */
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
}

const answers = {
  used(): Used {
    const {user, system} = process.cpuUsage();
    const {rss, heapUsed, external} = process.memoryUsage();
    return {cpu: user + system, rss, heapUsed, external};
  },
  /** Open file descriptors; undefined where the system does not tell. */
  descriptors(): number | undefined {
    try {
      return readdirSync('/proc/self/fd').length;
    } catch {
      // Not Linux.
      return undefined;
    }
  },
  /** Collects garbage where the process was started with `--expose-gc`. */
  collect(): void {
    globalThis.gc?.();
  },
};

export type ProbeAnswers = typeof answers;

answerQuestions(answers);
// The server must end when it wants to: the channel is no reason to stay.
process.channel?.unref();
