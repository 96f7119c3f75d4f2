/** An answer that sends its request when somebody reads its first batch. Knows no upstream. */
import type {ChatEvent} from '@chatlet/protocol';
import {type Step, noMore} from '../engine/step.ts';

/** Written out rather than as a generator, which would cost every batch another promise. */
export function lazyAnswer(
  ask: () => Promise<AsyncIterator<readonly ChatEvent[], void>>,
): AsyncIterable<readonly ChatEvent[]> {
  return {
    [Symbol.asyncIterator](): AsyncIterator<readonly ChatEvent[], void> {
      let answer: AsyncIterator<readonly ChatEvent[], void> | undefined;
      let left = false;
      const begin = async (): Promise<Step> => {
        answer = await ask();
        if (!left) return answer.next();
        await answer.return?.();
        return noMore;
      };
      return {
        next: () => (answer ? answer.next() : left ? Promise.resolve(noMore) : begin()),
        return() {
          left = true;
          return answer?.return?.() ?? Promise.resolve(noMore);
        },
      };
    },
  };
}
