/** Truncates a long conversation, for backends that get all of it with each question. */
import type {Message} from '@chatlet/protocol';

/**
 * At most `limit` messages: the system messages, and the newest others. The others begin with a question, because some
 * models refuse a conversation that begins with an answer. The last message is always kept.
 */
export function recentMessages(messages: readonly Message[], limit: number | undefined): readonly Message[] {
  if (limit === undefined || messages.length <= limit) return messages;
  const system = messages.filter(({role}) => role === 'system');
  const spoken = messages.filter(({role}) => role !== 'system');
  const newest = spoken.slice(-Math.max(1, limit - system.length));
  const first = newest.findIndex(({role}) => role === 'user');
  return [...system, ...newest.slice(Math.max(0, first))];
}
