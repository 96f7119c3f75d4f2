/** Fails calls of tools that nothing will end any more. Pure. */
import type {Message, ToolPart} from '@chatlet/protocol';

/** The answer with these calls failed; `output` tells the model and the visitor why. */
export function failCalls(answer: Message, isMeant: (call: ToolPart) => boolean, output: string): Message {
  const parts = answer.parts.map((part) =>
    part.type === 'tool' && isMeant(part) ? {...part, state: 'failed' as const, output} : part,
  );
  return {...answer, parts};
}

export const isRunning = ({state}: ToolPart): boolean => state === 'running';
