/**
 * Loaded into a measured server by `--import`: reports the CPU and memory of the process to the runner, from its own
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
  /** Open file descriptors; undefined if the system does not report them. */
  descriptors(): number | undefined {
    try {
      return readdirSync('/proc/self/fd').length;
    } catch {
      // Not Linux.
      return undefined;
    }
  },
  /** Collects garbage if the process was started with `--expose-gc`. */
  collect(): void {
    globalThis.gc?.();
  },
};

export type ProbeAnswers = typeof answers;

answerQuestions(answers);
// The channel must not keep the server from ending.
process.channel?.unref();
