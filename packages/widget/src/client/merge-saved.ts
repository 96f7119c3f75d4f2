/** Puts the messages that the server has saved in place of those shown. Pure. */
import {textOf} from '@chatlet/protocol';
import type {ShownMessage} from './chat-state.ts';

/**
 * The saved messages in place of those shown, from the first saved one on. A message that is shown already keeps its key,
 * and older messages stay.
 */
export function mergeSaved(shown: readonly ShownMessage[], fresh: readonly ShownMessage[]): readonly ShownMessage[] {
  const first = shown.findIndex(({id}) => id === fresh[0]?.id);
  const known = new Map(shown.map((message) => [message.id, message]));
  const merged = fresh.map((message) => {
    const before = known.get(message.id);
    return before ? (isEqual(before, message) ? before : {...message, key: before.key}) : message;
  });
  return first < 0 ? merged : [...shown.slice(0, first), ...merged];
}

function isEqual(one: ShownMessage, other: ShownMessage): boolean {
  return one.status === other.status && textOf(one) === textOf(other) && toolStatesOf(one) === toolStatesOf(other);
}

function toolStatesOf({parts}: ShownMessage): string {
  // A call may wait for one thing after the other.
  return parts.map((part) => (part.type === 'tool' ? `${part.state} ${part.wait?.expiresAt}` : '')).join();
}
