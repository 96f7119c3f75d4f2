/** Turns a saved answer into the events that make it, for a question that is repeated after its turn has left the log. */
import {type ChatEvent, ChatError, type Message, closingFields} from '@chatlet/protocol';
import {sourcesIn} from '../grounding/sources.ts';

/** From these events `applyEvent` makes an equal answer. They end as the answer ended. */
export function savedEvents(
  answer: Message,
  ids: {readonly chatId: string; readonly questionId: string},
): readonly ChatEvent[] {
  const events: ChatEvent[] = [
    {type: 'message-start', messageId: answer.id, model: answer.model ?? '', ...ids},
    ...partEvents(answer),
  ];
  if (answer.usage) events.push({type: 'usage', ...answer.usage});
  if (answer.error) events.push({type: 'error', ...answer.error});
  else if (['done', 'stopped', 'waiting'].includes(answer.status)) {
    events.push({type: 'message-end', reason: answer.endReason ?? 'stop', ...closingFields(answer)});
  } else events.push(new ChatError('interrupted').toEvent());
  return events;
}

/** The events of an answer's parts alone. */
export function partEvents(answer: Pick<Message, 'parts'>): readonly ChatEvent[] {
  const events: ChatEvent[] = [];
  const sources = sourcesIn(answer.parts);
  for (const part of answer.parts) {
    switch (part.type) {
      case 'text': {
        let from = 0;
        for (const {at, ...citation} of part.citations ?? []) {
          if (at > from) events.push({type: 'text-delta', delta: part.text.slice(from, at)});
          from = at;
          // A repeated source is the same one.
          const source = sources.get(citation.sourceId);
          if (source) events.push(source);
          events.push({type: 'citation', ...citation});
        }
        if (from < part.text.length) events.push({type: 'text-delta', delta: part.text.slice(from)});
        break;
      }
      case 'reasoning':
        if (part.text !== '') events.push({type: 'reasoning-delta', delta: part.text});
        if (part.providerMetadata) {
          events.push({type: 'reasoning-metadata', providerMetadata: part.providerMetadata});
        }
        break;
      case 'source':
        events.push(part);
        break;
      case 'tool': {
        const {type: _, state, output = null, app, wait, approval, reply, kept, ...call} = part;
        const {callId} = call;
        events.push({type: 'tool-call', ...call});
        const waits: ChatEvent[] = wait ? [{type: 'tool-wait', callId, wait, ...(kept !== undefined && {kept})}] : [];
        const approvals: ChatEvent[] = approval ? [{type: 'tool-approval', callId, approval}] : [];
        // A call asks for more after it was allowed.
        events.push(...(wait?.ask === 'approval' ? [...waits, ...approvals] : [...approvals, ...waits]));
        if (reply) events.push({type: 'tool-reply', callId, reply});
        if (state === 'done') events.push({type: 'tool-result', callId, output, ...(app && {app})});
        if (state === 'failed') events.push({type: 'tool-result', callId, output, failed: true});
        break;
      }
      case 'file':
        // There is no event for files, since answers have none.
        break;
      default:
        part satisfies never;
    }
  }
  return events;
}
