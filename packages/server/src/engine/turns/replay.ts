/** A saved answer as the events that it was made of, for those who ask again when the turn is long over. */
import {type ChatEvent, ChatError, type Message} from '@chatlet/protocol';

/** Events that `applyEvent` makes the same answer of. Ends as the answer did. */
export function eventsOf(
  answer: Message,
  about: {readonly chatId: string; readonly questionId: string},
): readonly ChatEvent[] {
  const events: ChatEvent[] = [{type: 'message-start', messageId: answer.id, model: answer.model ?? '', ...about}];
  for (const part of answer.parts) {
    switch (part.type) {
      case 'text':
        events.push({type: 'text-delta', delta: part.text});
        break;
      case 'reasoning':
        events.push({type: 'reasoning-delta', delta: part.text});
        break;
      case 'source':
        events.push(part);
        break;
      case 'tool': {
        const {callId, name, input, inputText, state, output = null} = part;
        events.push({type: 'tool-call', callId, name, input, ...(inputText !== undefined && {inputText})});
        if (state === 'done') events.push({type: 'tool-result', callId, output});
        if (state === 'failed') events.push({type: 'tool-result', callId, output, failed: true});
        break;
      }
      case 'file':
        // No event tells of files: answers have none.
        break;
      default:
        part satisfies never;
    }
  }
  if (answer.usage) events.push({type: 'usage', ...answer.usage});
  if (answer.error) events.push({type: 'error', ...answer.error});
  else if (answer.status === 'done' || answer.status === 'stopped') {
    events.push({type: 'message-end', reason: answer.endReason ?? 'stop'});
  } else events.push(new ChatError('interrupted').toEvent());
  return events;
}
