/**
 * Answers that are not stored and live as long as their requests. All APIs that give such answers check plan and
 * idempotency key, begin and stream them here. Knows no API.
 */
import type {Message} from '@chatlet/protocol';
import type {Request, Response} from 'express';
import type {RetrievalAsk} from '../../engine/grounding/retrieval.ts';
import type {UnsavedTurn} from '../../engine/unsaved-turns.ts';
import type {AnswerOptions, PromptMessage} from '../../engine/provider.ts';
import type {PickTool} from '../../engine/tool.ts';
import {beginStream, readWholeAnswer, whileReading} from './answer.ts';
import type {Batch, Writer} from './writer.ts';
import type {Caller} from '../request/auth.ts';
import {payerOf} from '../request/payer.ts';
import {applyPlanOptions} from '../request/plan-options.ts';
import {tellIgnored} from '../request/unlisted-options.ts';
import type {HttpServices} from '../services.ts';

/** The result of an API's parser. */
export interface UnsavedQuestion {
  readonly model?: string | undefined;
  /** Used if neither the caller nor the operator has chosen a model. */
  readonly defaultModel?: string;
  readonly messages: readonly PromptMessage[];
  /** Messages as they were sent, which may be more than those that the model sees. */
  readonly messageCount: number;
  readonly options: AnswerOptions;
  /** Which of the server's tools the model may call; by default none. */
  readonly usesTools?: boolean | PickTool;
  /** Absent on APIs that search documents only if the plan says so. */
  readonly retrieval?: RetrievalAsk;
  /** Set by APIs with clients that ask for few tokens and read the reason of the end; a retry would cost them twice. */
  readonly mayBeEmpty?: boolean;
  /** Names of keys that the API left out. */
  readonly ignored?: readonly string[];
}

export interface Asking {
  readonly req: Request;
  readonly caller: Caller;
  /** The length of an answer if the caller asks for none. */
  readonly defaultMaxTokens?: number;
}

export interface Sending {
  readonly res: Response;
  readonly writer: (turn: UnsavedTurn) => Writer<Batch>;
  /** Prints the whole answer; undefined if the request wants a stream. */
  readonly print: ((answer: Message, turn: UnsavedTurn) => object) | undefined;
}

export interface UnsavedAnswers {
  /** @throws ChatError if the key, the plan or `UnsavedTurns.start` refuses */
  begin(question: UnsavedQuestion, asking: Asking): Promise<UnsavedTurn>;
  /** Begins several answers to one request. */
  beginChoices(question: UnsavedQuestion, asking: Asking & {readonly count: number}): Promise<readonly UnsavedTurn[]>;
  /** Asks, and sends the answer while it is written, or whole when it has ended. */
  answer(question: UnsavedQuestion, asking: Asking & Sending): Promise<void>;
  beginStream<Piece>(res: Response, answer: AsyncIterable<Piece>, options: {writer: Writer<Piece>}): Promise<void>;
}

export function unsavedAnswers({idempotency, unsaved, report, heartbeat}: HttpServices): UnsavedAnswers {
  /** Runs once for all answers to a request, because hashing a large body is expensive. */
  const admit = (question: UnsavedQuestion, {req, caller, defaultMaxTokens}: Asking) => {
    const {model, defaultModel, messages, usesTools = false, retrieval, mayBeEmpty = false} = question;
    const {owner, plan} = caller;
    const key = idempotency.keyOf(req, owner);
    const options = applyPlanOptions(question, {plan, defaultMaxTokens});
    return {
      key,
      ask: {
        model,
        ...(defaultModel !== undefined && {defaultModel}),
        messages,
        options,
        usesTools,
        ...(retrieval && {retrieval}),
        plan,
        payer: payerOf(req, caller),
        mayBeEmpty,
      },
    };
  };
  const begin: UnsavedAnswers['begin'] = async (question, asking) => {
    const {key, ask} = admit(question, asking);
    return unsaved.start(asking.caller.owner, {...ask, ...(key !== undefined && {idempotencyKey: key})});
  };
  const streamTo: UnsavedAnswers['beginStream'] = (res, answer, {writer}) =>
    beginStream(res, answer, {writer, report, heartbeat, ending: unsaved.ending});
  return {
    begin,
    async beginChoices(question, {count, ...asking}) {
      const {key, ask} = admit(question, asking);
      const keyOf = (choice: number) => key !== undefined && {idempotencyKey: `${key} ${choice}`};
      const start = (choice: number) => unsaved.start(asking.caller.owner, {...ask, ...keyOf(choice)});
      return Promise.all(Array.from({length: count}, (_, choice) => start(choice)));
    },
    async answer(question, {res, writer, print, ...asking}) {
      tellIgnored(res, question.ignored ?? []);
      const turn = await begin(question, asking);
      const answer = turn.read({signal: whileReading(res)});
      if (print) res.json(print(await readWholeAnswer(answer), turn));
      else await streamTo(res, answer, {writer: writer(turn)});
    },
    beginStream: streamTo,
  };
}
