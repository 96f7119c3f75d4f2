/** Asks a turn's model something beside its answer, and counts what that costs. Knows no index and no HTTP. */
import {type Usage, applyEvent, emptyAnswer, textOf} from '@chatlet/protocol';
import {countUsage} from './count-usage.ts';
import type {ResolvedModel} from './models.ts';
import type {PromptMessage} from './provider.ts';
import {doesReason} from './reasoning-models.ts';
import type {Expense, Hold} from './spending.ts';
import {answerUntilAborted} from './until-aborted.ts';
import {sumUsage} from './usage-sums.ts';

/** Resolves with the model's words. Rejects if the model fails, or if there is no room below a ceiling. */
export type AskAside = (
  messages: readonly PromptMessage[],
  options: {readonly maxTokens: number; readonly signal: AbortSignal},
) => Promise<string>;

export interface SideQuestions {
  readonly ask: AskAside;
  /** The tokens of all side questions so far; undefined if none was asked. */
  spent(): Usage | undefined;
}

export interface SideQuestionOptions {
  readonly model: ResolvedModel;
  /** Reserves the cost of a question; undefined if no ceiling counts. */
  readonly hold?: ((expense: Expense) => Promise<Hold | undefined>) | undefined;
}

export function createSideQuestions({model, hold}: SideQuestionOptions): SideQuestions {
  let spent: Usage | undefined;
  return {
    spent: () => spent,
    async ask(messages, {maxTokens, signal}) {
      const held = await hold?.({messages, maxTokens, pricing: model.model.pricing});
      let answer = emptyAnswer({id: '', createdAt: ''});
      try {
        const request = {
          model: model.upstreamId,
          messages,
          maxTokens: Math.min(maxTokens, held?.maxTokens ?? Infinity),
          // Thoughts would use up the few tokens.
          ...(doesReason(model) && {reasoning: {effort: 'none'}}),
        };
        for await (const batch of answerUntilAborted(model.provider, request, {signal})) {
          for (const event of batch) answer = applyEvent(answer, event);
        }
        signal.throwIfAborted();
        return textOf(answer);
      } finally {
        const usage = answer.usage ?? (await countUsage(messages, answer));
        spent = sumUsage([spent, usage]);
        held?.end(usage);
      }
    },
  };
}
