/** The answer while it is written: takes the model's events, up to a length. Knows no provider and no store. */
import {type ChatEvent, type Message, applyEvent, isEnd, joinDeltas} from '@chatlet/protocol';

export interface Draft {
  /** Adds a batch, and returns it for readers: without events after its end, and cut at the length limit. */
  take(batch: readonly ChatEvent[]): readonly ChatEvent[];
  /** Whether the last batch ended the answer. */
  hasEnded(): boolean;
  /** The answer so far. */
  answer(): Message;
}

/** The most events that wait to be applied to the answer: queuing a token is cheap, and few tokens need the answer. */
const mostPending = 64;

/** @param room characters after which the answer ends with the reason `length` */
export function createDraft(beginning: Message, room: number): Draft {
  let answer = beginning;
  let left = room;
  let ended = false;
  let pending: ChatEvent[] = [];

  const applyPending = () => {
    for (const event of joinDeltas(pending)) answer = applyEvent(answer, event);
    pending = [];
  };

  return {
    take(batch) {
      ended = false;
      const taken: ChatEvent[] = [];
      for (const event of joinDeltas(batch)) {
        if (ended ? event.type !== 'usage' : event.type === 'message-start') continue;
        if (event.type === 'text-delta' || event.type === 'reasoning-delta') {
          if (event.delta.length > left) {
            const delta = cutText(event.delta, left);
            left = 0;
            if (delta !== '') taken.push({...event, delta});
            taken.push({type: 'message-end', reason: 'length'});
            ended = true;
            break;
          }
          left -= event.delta.length;
        }
        taken.push(event);
        ended ||= isEnd(event);
      }
      for (const event of taken) if (pending.push(event) >= mostPending) applyPending();
      return taken;
    },
    hasEnded: () => ended,
    answer() {
      applyPending();
      return answer;
    },
  };
}

/** The first `length` UTF-16 units, or one less if the cut would split a character. */
function cutText(text: string, length: number): string {
  const cut = text.slice(0, length);
  return /[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut;
}
