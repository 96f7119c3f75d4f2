/** Ends a turn that nobody else reads when its only reader goes away. */
import type {Owner} from '../../engine/store.ts';
import type {ReadableTurn} from '../../engine/turns/readable-turn.ts';
import type {HttpServices} from '../services.ts';

interface OneReader {
  readonly owner: Owner;
  readonly turn: Pick<ReadableTurn, 'chatId' | 'answerId'>;
  readonly services: Pick<HttpServices, 'turns' | 'report'>;
}

/** @param signal aborts when the reader has gone, see `whileReading` */
export function stopWithReader(signal: AbortSignal, {owner, turn, services: {turns, report}}: OneReader): void {
  const {chatId, answerId} = turn;
  const stop = () => void turns.stop(owner, chatId).catch((error: unknown) => report(error, {answerId}));
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, {once: true});
}
