/** The form in which tests compare answers: those that are read, and those that a recording expects. */
import type {Message, Part} from '../index.ts';

/** An answer, compared as a whole: every field of a message, with the text and the reasoning each joined. */
export interface Answer extends Omit<Message, 'id' | 'role' | 'parts' | 'createdAt'> {
  /** Absent if the stream does not name the message. */
  readonly id?: string;
  readonly text: string;
  readonly reasoning: string;
  /** The other parts, in their order. */
  readonly tools: readonly Part[];
  readonly sources: readonly Part[];
}
