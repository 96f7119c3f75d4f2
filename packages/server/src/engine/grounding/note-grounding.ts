/**
 * Notes for the operator which documents an answer cites, and the question if it cites none. Only the question of a kept
 * answer is noted, and goes with it. Knows no provider and no HTTP.
 */
import type {Message} from '@chatlet/protocol';
import type {Owner, Store} from '../store.ts';
import type {GroundedPrompt} from './retrieval.ts';

export interface EndedAnswer {
  readonly prompt: GroundedPrompt;
  readonly answer: Pick<Message, 'id' | 'grounded'>;
}

interface Noting extends EndedAnswer {
  readonly store: Pick<Store, 'addGap' | 'addCitations'>;
  readonly owner: Owner;
  /** Absent if the answer is not kept. */
  readonly chatId?: string;
}

export async function noteGrounding({store, owner, chatId, prompt, answer}: Noting): Promise<void> {
  const {question, grounding} = prompt;
  const citedAt = new Date().toISOString();
  const cited = grounding.cited().map(({document: {id, hash, updatedAt}, count}) => ({
    id,
    count,
    citedAt,
    ...(hash !== undefined && {hash}),
    ...(updatedAt !== undefined && {updatedAt}),
  }));
  const isGap = answer.grounded === false && question !== '';
  await Promise.all([
    cited.length > 0 && store.addCitations?.(cited),
    isGap &&
      chatId !== undefined &&
      store.addGap?.(owner, {chatId, messageId: answer.id, question, passages: grounding.nearest()}),
  ]);
}
