/**
 * Answers that belong to their requests and are not kept: on all paths that give them they are granted, named, begun and
 * streamed alike. Knows no API's words.
 */
import type {Request, Response} from 'express';
import type {UnsavedTurn} from '../../engine/unsaved-turns.ts';
import type {AnswerOptions, PromptMessage} from '../../engine/provider.ts';
import {beginStream} from './answer.ts';
import type {Writer} from './writer.ts';
import type {Caller} from '../request/auth.ts';
import {applyPlanOptions} from '../request/plan-options.ts';
import type {HttpServices} from '../services.ts';

/** What an API's parser makes of a body. */
export interface UnsavedQuestion {
  readonly model?: string | undefined;
  /** The model's name where neither the caller nor the operator has chosen one. */
  readonly defaultModel?: string;
  readonly messages: readonly PromptMessage[];
  /** Messages as they were sent, which may be more than those that the model sees. */
  readonly messageCount: number;
  readonly options: AnswerOptions;
}

export interface Asking {
  readonly req: Request;
  readonly caller: Caller;
  /** Tokens of an answer where nobody asked for a number. */
  readonly defaultMaxTokens?: number;
}

export interface UnsavedAnswers {
  /** @throws ChatError what the idempotency, the plan and `UnsavedTurns.start` refuse */
  begin(question: UnsavedQuestion, asking: Asking): Promise<UnsavedTurn>;
  /** The same for several answers to one request. */
  beginChoices(question: UnsavedQuestion, asking: Asking & {readonly count: number}): Promise<readonly UnsavedTurn[]>;
  beginStream<Piece>(res: Response, answer: AsyncIterable<Piece>, options: {writer: Writer<Piece>}): Promise<void>;
}

export function unsavedAnswers({idempotency, unsaved, report, heartbeat}: HttpServices): UnsavedAnswers {
  /** What is granted and how it is named: once for a request, which may be large. */
  const admit = (question: UnsavedQuestion, {req, caller: {owner, plan}, defaultMaxTokens}: Asking) => {
    const {model, defaultModel, messages} = question;
    const key = idempotency.keyOf(req, owner);
    const options = applyPlanOptions(question, {plan, defaultMaxTokens});
    return {key, ask: {model, ...(defaultModel !== undefined && {defaultModel}), messages, options}};
  };
  return {
    async begin(question, asking) {
      const {key, ask} = admit(question, asking);
      return unsaved.start(asking.caller.owner, {...ask, ...(key !== undefined && {idempotencyKey: key})});
    },
    async beginChoices(question, {count, ...asking}) {
      const {key, ask} = admit(question, asking);
      const keyOf = (choice: number) => key !== undefined && {idempotencyKey: `${key} ${choice}`};
      const start = (choice: number) => unsaved.start(asking.caller.owner, {...ask, ...keyOf(choice)});
      return Promise.all(Array.from({length: count}, (_, choice) => start(choice)));
    },
    beginStream: (res, answer, {writer}) =>
      beginStream(res, answer, {writer, report, heartbeat, ending: unsaved.ending}),
  };
}
