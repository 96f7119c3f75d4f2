/** The answer while it is written: takes in what the model says, up to a length. Knows no provider and no store. */
import {type ChatEvent, type Message, applyEvent, isEnd, joinDeltas} from '@chatlet/protocol';

export interface Draft {
  /** Takes a batch in; gives it as it goes out: without what follows its end, and cut at the length limit. */
  take(batch: readonly ChatEvent[]): readonly ChatEvent[];
  /** Whether the batch that was taken last ended the answer. */
  hasEnded(): boolean;
  /** What is written so far. */
  answer(): Message;
}

/** Events that wait to be put into the answer: a token is cheap to note, and nobody looks at the answer with each. */
const mostNotes = 64;

/** @param room characters after which the answer ends with the reason `length` */
export function createDraft(beginning: Message, room: number): Draft {
  let answer = beginning;
  let left = room;
  let ended = false;
  let notes: ChatEvent[] = [];

  const putIn = () => {
    for (const event of joinDeltas(notes)) answer = applyEvent(answer, event);
    notes = [];
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
      for (const event of taken) if (notes.push(event) >= mostNotes) putIn();
      return taken;
    },
    hasEnded: () => ended,
    answer() {
      putIn();
      return answer;
    },
  };
}

/** The first `length` UTF-16 units, one less where that would cut a character in two. */
function cutText(text: string, length: number): string {
  const cut = text.slice(0, length);
  return /[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut;
}
