/** Recognizes the most frequent change of a chat: some more words of an answer. */
import type {ChatState} from './chat-state.ts';

/** Whether texts of the last message have changed, and nothing else. */
export function isGrowth(now: ChatState, before: ChatState): boolean {
  const [message, shown] = [now.messages.at(-1), before.messages.at(-1)];
  if (!message || !shown || now.messages.length !== before.messages.length) return false;
  return (
    isSameBut('messages', now, before) &&
    isSameBut('parts', message, shown) &&
    message.parts.length === shown.parts.length &&
    message.parts.every(
      (part, index) => part === shown.parts[index] || (part.type === 'text' && shown.parts[index]?.type === 'text'),
    )
  );
}

function isSameBut<State extends object>(exception: keyof State, now: State, before: State): boolean {
  const names = Object.keys({...now, ...before}) as (keyof State)[];
  return names.every((name) => name === exception || now[name] === before[name]);
}
