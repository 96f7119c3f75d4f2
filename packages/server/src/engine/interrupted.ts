/** What an answer is when the process that wrote it is gone. Pure. */
import type {Message} from '@chatlet/protocol';

/** Nobody knows of a call that was running whether it was done, and the model must not take it for one that never ran. */
export function toInterrupted(answer: Message): Message {
  const parts = answer.parts.map((part) =>
    part.type === 'tool' && part.state === 'running'
      ? {...part, state: 'failed' as const, output: 'The server went away meanwhile. Whether it was done is not known.'}
      : part,
  );
  return {...answer, parts, status: 'interrupted'};
}
