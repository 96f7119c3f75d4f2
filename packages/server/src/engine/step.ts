/** One step of an answer that is iterated by hand. */
import type {ChatEvent} from '@chatlet/protocol';

export type Step = IteratorResult<readonly ChatEvent[], void>;

export const noMore: IteratorReturnResult<void> = {done: true, value: undefined};
