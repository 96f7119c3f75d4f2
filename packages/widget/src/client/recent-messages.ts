/** Which part of a long conversation goes with a question, for backends that are told all of it each time. */
import type {Message} from '@chatlet/protocol';

/**
 * At most `limit` messages: those of the system, and the newest. What is left begins with a question: an answer alone
 * says nothing, and there are models that refuse to begin with one. The last message is always there.
 */
export function recentMessages(messages: readonly Message[], limit: number | undefined): readonly Message[] {
  if (limit === undefined || messages.length <= limit) return messages;
  const system = messages.filter(({role}) => role === 'system');
  const spoken = messages.filter(({role}) => role !== 'system');
  const newest = spoken.slice(-Math.max(1, limit - system.length));
  const first = newest.findIndex(({role}) => role === 'user');
  return [...system, ...newest.slice(Math.max(0, first))];
}
