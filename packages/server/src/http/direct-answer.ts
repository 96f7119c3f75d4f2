/**
 * Answers that belong to their requests and are not kept: on all paths that give them they are granted, named, begun and
 * streamed alike. Knows no API's words.
 */
import type {Request, Response} from 'express';
import type {DirectTurn} from '../engine/direct-turns.ts';
import type {AnswerOptions, PromptMessage} from '../engine/provider.ts';
import {type Writer, streamAnswer} from './answer.ts';
import type {Caller} from './auth.ts';
import {grantedOptions} from './grants.ts';
import type {HttpServices} from './services.ts';

/** What an API's parser makes of a body. */
export interface DirectQuestion {
  readonly model?: string | undefined;
  /** The model's name where neither the caller nor the operator has chosen one. */
  readonly usualModel?: string;
  readonly messages: readonly PromptMessage[];
  /** Messages as they were sent, which may be more than those that the model sees. */
  readonly messageCount: number;
  readonly options: AnswerOptions;
}

export interface Asking {
  readonly req: Request;
  readonly caller: Caller;
  /** Tokens of an answer where nobody asked for a number. */
  readonly usualMaxTokens?: number;
}

export interface DirectAnswers {
  /** @throws ChatError what the idempotency, the plan and `DirectTurns.start` refuse */
  begin(question: DirectQuestion, asking: Asking): Promise<DirectTurn>;
  /** The same for several answers to one request. */
  beginSeveral(count: number, question: DirectQuestion, asking: Asking): Promise<readonly DirectTurn[]>;
  stream<Piece>(res: Response, answer: AsyncIterable<Piece>, options: {writer: Writer<Piece>}): Promise<void>;
}

export function directAnswers({idempotency, direct, report, heartbeat}: HttpServices): DirectAnswers {
  /** What is granted and how it is named: once for a request, which may be large. */
  const admitted = (question: DirectQuestion, {req, caller: {owner, plan}, usualMaxTokens}: Asking) => {
    const {model, usualModel, messages} = question;
    const name = idempotency.nameOf(req, owner);
    const options = grantedOptions(plan, question, usualMaxTokens);
    return {name, ask: {model, ...(usualModel !== undefined && {usualModel}), messages, options}};
  };
  return {
    async begin(question, asking) {
      const {name, ask} = admitted(question, asking);
      return direct.start(asking.caller.owner, {...ask, ...(name !== undefined && {name})});
    },
    async beginSeveral(count, question, asking) {
      const {name, ask} = admitted(question, asking);
      const nameOf = (choice: number) => name !== undefined && {name: `${name} ${choice}`};
      const start = (choice: number) => direct.start(asking.caller.owner, {...ask, ...nameOf(choice)});
      return Promise.all(Array.from({length: count}, (_, choice) => start(choice)));
    },
    stream: (res, answer, {writer}) => streamAnswer(res, answer, {writer, report, heartbeat, ending: direct.ending}),
  };
}
