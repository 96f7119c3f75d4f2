/** Sends answers in Ollama's forms. */
import type {Message} from '@chatlet/protocol';
import type {Sending} from '../../response/unsaved-answer.ts';
import {type WritableDialect, contextOf, writerOf} from '../../response/writer.ts';
import type {OllamaRequest} from './request.ts';
import type {OllamaFacts} from './response.ts';

interface Forms {
  readonly dialect: WritableDialect;
  readonly print: (answer: Message, facts: OllamaFacts) => object;
  /** The moment of `performance.now()` at which the request came. */
  readonly began: number;
}

export function sendingOf(
  {model, streams}: Pick<OllamaRequest, 'model' | 'streams'>,
  {dialect, print, began}: Forms,
): Pick<Sending, 'writer' | 'print'> {
  return {
    // Ollama's times have fractions of a second.
    writer: (turn) => writerOf(dialect, {...contextOf(turn), created: Date.parse(turn.createdAt) / 1000}),
    print: streams
      ? undefined
      : (answer, {createdAt}) => print(answer, {model, createdAt, took: performance.now() - began}),
  };
}
