/** Lets the operator's moderation judge the content of an ask, before it is stored. Knows no store and no log. */
import {type Moderation, type TurnContext, judgeMessages} from '../moderation.ts';
import type {TurnAsk} from './ask.ts';
import type {TurnTarget} from './target.ts';

/** An ask, and the place that it has in its chat. */
export interface PlacedAsk {
  readonly ask: TurnAsk;
  readonly target: TurnTarget;
}

/**
 * The ask, after the moderation's replacements; the same object if it replaced nothing.
 * @throws ChatError `content-refused`; `internal` if the moderation fails
 */
export async function judgeAsk(
  placed: PlacedAsk,
  about: TurnContext,
  moderation: Moderation | undefined,
): Promise<PlacedAsk> {
  const {ask, target} = placed;
  const {question} = target;
  if (ask.kind === 'new-question' && ask.response) {
    const {response} = ask;
    const messages = await judgeMessages(response.messages, about, moderation);
    if (messages === response.messages) return placed;
    return {
      ask: {...ask, response: {...response, messages}},
      target: {...target, question: question && response.toQuestion(messages)},
    };
  }
  const instructions = ask.instructions ?? [];
  const context = target.isFirst ? (ask.context ?? []) : [];
  const sent = [...instructions, ...context, ...(question ? [{role: 'user', parts: question.parts} as const] : [])];
  const judged = await judgeMessages(sent, about, moderation);
  if (judged === sent) return placed;
  const until = instructions.length + context.length;
  const parts = judged[until]?.parts;
  return {
    ask: {
      ...ask,
      instructions: judged.slice(0, instructions.length),
      context: judged.slice(instructions.length, until),
    },
    target: {...target, question: question && parts && {...question, parts}},
  };
}
