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
  /** Which of several answers to the request this is. */
  readonly choice?: number;
}

export interface DirectAnswers {
  /** @throws ChatError what the idempotency, the plan and `DirectTurns.start` refuse */
  begin(question: DirectQuestion, asking: Asking): Promise<DirectTurn>;
  stream<Piece>(res: Response, answer: AsyncIterable<Piece>, options: {writer: Writer<Piece>}): Promise<void>;
}

export function directAnswers({idempotency, direct, report, heartbeat}: HttpServices): DirectAnswers {
  return {
    async begin(question, {req, caller: {owner, plan}, usualMaxTokens, choice}) {
      const {model, usualModel, messages} = question;
      const name = idempotency.nameOf(req, owner);
      return direct.start(owner, {
        model,
        ...(usualModel !== undefined && {usualModel}),
        messages,
        options: grantedOptions(plan, question, usualMaxTokens),
        ...(name !== undefined && {name: choice === undefined ? name : `${name} ${choice}`}),
      });
    },
    stream: (res, answer, {writer}) => streamAnswer(res, answer, {writer, report, heartbeat, ending: direct.ending}),
  };
}
