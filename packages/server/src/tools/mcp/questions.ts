/** What an MCP server asks a person, and what the person answered, as the protocol has it. */
import {ChatError, type InputReply, asJson, isObject} from '@chatlet/protocol';
import {z} from 'zod';
import type {ToolQuestion} from '../../engine/tool.ts';
import {checkQuestion} from '../../engine/tool-waits.ts';

/** Questions that one call may ask: whoever asks more has no end. */
export const mostQuestions = 10;

export const replySchema = z.object({
  action: z.enum(['accept', 'decline']),
  content: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())])).optional(),
});

/** An answer, as MCP's `ElicitResult`. */
export type Reply = z.infer<typeof replySchema>;

export function toReply({action, content}: InputReply): Reply {
  return replySchema.parse({action, ...(content && {content})});
}

/**
 * The question in the parameters of `elicitation/create`.
 * @throws ChatError `forbidden` if a person cannot be shown it
 */
export function readQuestion(params: unknown): ToolQuestion {
  const {mode, message, url, requestedSchema} = isObject(params) ? params : {};
  if (typeof message !== 'string') throw notOffered();
  if (mode === 'url' && typeof url === 'string') return checkQuestion({ask: 'url', message, url});
  const schema = asJson(requestedSchema);
  if (!isObject(schema)) throw notOffered();
  return checkQuestion({ask: 'form', message, schema});
}

export function notOffered(): ChatError {
  return new ChatError('forbidden', 'The tool asks for something that is not offered here.');
}

export function tooMany(): ChatError {
  return new ChatError('forbidden', `The tool asks more than ${mostQuestions} times.`);
}
