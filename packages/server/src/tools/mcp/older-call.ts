/**
 * A call of a tool at an MCP server of an older revision, which asks while the call runs. The call stays open for some
 * minutes and goes on with the answer. If it is no longer open, as after a restart, the tool is called again from its
 * beginning, and what it asks again is answered as before. Knows no connection.
 */
import {ChatError, isObject} from '@chatlet/protocol';
import {z} from 'zod';
import type {ToolQuestion} from '../../engine/tool.ts';
import {endWith} from '../../engine/until-aborted.ts';
import {type Reply, mostQuestions, readQuestion, replySchema, tooMany} from './questions.ts';

/** What is kept of the call while a person answers. */
export const olderKept = z.object({
  revision: z.literal('older'),
  /** All answers so far, with the questions as they were asked. */
  answers: z.array(z.object({asked: z.string(), reply: replySchema})),
  /** The question that is asked now. */
  asked: z.string(),
  /** The id of the open call. */
  openId: z.string(),
});

type Kept = z.infer<typeof olderKept>;
type Answers = Kept['answers'];

/** The call asks this. */
export interface Interruption {
  readonly question: ToolQuestion;
  readonly asked: string;
}

export interface OlderCall<Result> {
  /** The result, or the next question. */
  next(options: {readonly signal: AbortSignal}): Promise<{readonly result: Result} | Interruption>;
  /** Answers the question. */
  answer(reply: Reply): void;
  /** Ends the call at the server. */
  end(): void;
  /** Resolves when the call has ended. */
  readonly over: Promise<void>;
}

/** Code of the error that says which addresses a person must open first. */
const urlNeeded = -32_042;

/** `call` calls the tool once, and gives what it asks to `asks`. */
export function createOlderCall<Result>(
  call: (asks: (params: unknown) => Promise<Reply>, options: {signal: AbortSignal}) => Promise<Result>,
  before: Answers,
): OlderCall<Result> {
  const abort = new AbortController();
  let interruption = Promise.withResolvers<Interruption>();
  let pending: PromiseWithResolvers<Reply> | undefined;
  let count = 0;

  const ask = async (params: unknown): Promise<Reply> => {
    const asked = printAsked(params);
    const known = before[count];
    count += 1;
    if (known?.asked === asked) return known.reply;
    if (count > mostQuestions) throw tooMany();
    const question = readQuestion(params);
    pending = Promise.withResolvers();
    interruption.resolve({question, asked});
    return pending.promise;
  };

  let last: Promise<unknown> = Promise.resolve();
  /** One question after the other. */
  const asks = async (params: unknown): Promise<Reply> => {
    try {
      const mine = last.then(() => ask(params));
      last = mine.catch(() => {});
      return await mine;
    } catch (error) {
      interruption.reject(error);
      abort.abort(error);
      throw error;
    }
  };

  /** Calls again when the addresses are opened that an error names. */
  const callOften = async (): Promise<Result> => {
    for (;;) {
      try {
        return await call(asks, {signal: abort.signal});
      } catch (error) {
        const first = addressesIn(error)[0];
        if (first === undefined || abort.signal.aborted) throw error;
        const {action} = await asks(first);
        if (action === 'decline') throw new ChatError('forbidden', 'The person did not open the address.');
      }
    }
  };

  const result = callOften();
  // These may reject while nobody waits for them.
  result.catch(() => {});
  interruption.promise.catch(() => {});
  return {
    async next({signal}) {
      const end = () => abort.abort(signal.reason);
      signal.addEventListener('abort', end, {once: true});
      try {
        signal.throwIfAborted();
        const made = result.then((value) => ({result: value}));
        return await endWith(Promise.race([interruption.promise, made]), signal);
      } finally {
        signal.removeEventListener('abort', end);
      }
    },
    answer(reply) {
      interruption = Promise.withResolvers();
      interruption.promise.catch(() => {});
      pending?.resolve(reply);
    },
    end: () => abort.abort(new ChatError('interrupted')),
    over: result.then(
      () => {},
      () => {},
    ),
  };
}

/** The question as it was asked, without the id that is another one each time. */
function printAsked(params: unknown): string {
  const {_meta: _, elicitationId: __, ...asked} = isObject(params) ? params : {};
  return JSON.stringify(asked);
}

/** The addresses that an error asks a person to open, as questions. */
function addressesIn(error: unknown): readonly unknown[] {
  if (!isObject(error) || error['code'] !== urlNeeded || !isObject(error['data'])) return [];
  const {elicitations} = error['data'];
  return Array.isArray(elicitations) ? elicitations : [];
}
