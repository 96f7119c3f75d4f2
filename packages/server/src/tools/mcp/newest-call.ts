/**
 * A call of a tool at an MCP server of the revision 2026-07-28, which ends the call with what it needs from a person, and
 * is called again with the answers and with the state that it gave. Knows no connection.
 */
import {ChatError, type Json, isObject} from '@chatlet/protocol';
import {z} from 'zod';
import {NeedsInput} from '../../engine/tool.ts';
import {type Reply, mostQuestions, notOffered, readQuestion, replySchema, tooMany} from './questions.ts';

/** What is kept of the call while a person answers. */
export const newestKept = z.object({
  revision: z.literal('newest'),
  /** Questions so far. */
  questions: z.int(),
  /** All that the server needs, by its keys. */
  requests: z.record(z.string(), z.json()),
  responses: z.record(z.string(), replySchema),
  requestState: z.string().optional(),
  /** Which of `requests` is asked. */
  key: z.string(),
});

type Kept = z.infer<typeof newestKept>;

/** UTF-16 units of the state that a server gives to keep. */
const mostState = 100_000;

export interface Retry {
  readonly inputResponses: Readonly<Record<string, Reply>>;
  readonly requestState?: string;
}

const inputRequired = z.object({
  resultType: z.literal('input_required'),
  inputRequests: z.record(z.string(), z.json()).default({}),
  requestState: z.string().max(mostState).optional(),
});

/**
 * The result. `call` calls the tool once.
 * @throws NeedsInput
 * @throws ChatError
 */
export async function callNewest<Result>(
  call: (retry?: Retry) => Promise<Result>,
  asked?: {readonly kept: Kept; readonly reply: Reply},
): Promise<Result> {
  let questions = asked?.kept.questions ?? 0;
  let needed: Needed | undefined;
  if (asked) {
    const {key, responses, ...kept} = asked.kept;
    needed = {...kept, responses: {...responses, [key]: asked.reply}};
  }
  for (;;) {
    const [key, request = null] = needed ? unansweredOf(needed) : [];
    if (needed && key !== undefined) {
      if (questions >= mostQuestions) throw tooMany();
      throw new NeedsInput(questionOf(request), {...needed, questions: questions + 1, key});
    }
    const result = await call(needed && toRetry(needed));
    if (!isObject(result) || result['resultType'] !== 'input_required') return result;
    const {success, data} = inputRequired.safeParse(result);
    if (!success)
      throw new ChatError('provider-error', 'The tool asks in a way that cannot be read, or keeps too much.');
    const {inputRequests: requests, requestState} = data;
    needed = {revision: 'newest', requests, responses: {}, ...(requestState !== undefined && {requestState})};
    // A server that asks nothing wants to be called again, and must not want that for ever.
    if (Object.keys(requests).length === 0 && ++questions > mostQuestions) throw tooMany();
  }
}

type Needed = Omit<Kept, 'questions' | 'key'>;

/** The first request without a response, with its key. */
function unansweredOf({requests, responses}: Needed): readonly [key: string, request: Json] | [] {
  return Object.entries(requests).find(([key]) => !Object.hasOwn(responses, key)) ?? [];
}

function toRetry({responses, requestState}: Pick<Kept, 'responses' | 'requestState'>): Retry {
  return {inputResponses: responses, ...(requestState !== undefined && {requestState})};
}

function questionOf(request: Json) {
  if (!isObject(request) || request['method'] !== 'elicitation/create') throw notOffered();
  return readQuestion(request['params']);
}
