/**
 * Holds the highest possible cost of each round of a turn before that round is asked for, so that a turn that calls tools
 * keeps the day's ceiling as many short turns would. Knows no store and no tools.
 */
import type {ChatEvent, Usage} from '@chatlet/protocol';
import type {ProviderRequest} from './provider.ts';
import type {Expense, Hold} from './spending.ts';
import {subtractUsage, sumUsage} from './usage-sums.ts';

export interface RoundHolds {
  /**
   * Counts the round before, and holds the cost of this one. Resolves with the request within the ceiling.
   * @throws ChatError `rate-limited` if there is no room for another round
   */
  begin(request: ProviderRequest): Promise<ProviderRequest>;
  /** Notes the tokens that the upstream tells for this round. */
  note(events: readonly ChatEvent[]): void;
  /** Gives back what is held, and counts what the turn has used and no round has told. */
  end(used: Usage | undefined): void;
}

export function createRoundHolds(
  hold: (expense: Expense) => Promise<Hold | undefined>,
  pricing: Expense['pricing'],
): RoundHolds {
  /** Of the rounds whose cost is not known yet: the running one, and those whose upstream told no tokens. */
  let open: readonly Hold[] = [];
  let ofRound: Usage | undefined;
  let counted = sumUsage([]);
  return {
    async begin(request) {
      if (ofRound) {
        open.at(-1)?.end(ofRound);
        open = open.slice(0, -1);
        counted = sumUsage([counted, ofRound]);
        ofRound = undefined;
      }
      const held = await hold({...request, pricing});
      if (!held) return request;
      open = [...open, held];
      return {...request, maxTokens: held.maxTokens};
    },
    note(events) {
      for (const event of events) if (event.type === 'usage') ofRound = event;
    },
    end(used) {
      const [first, ...others] = open;
      first?.end(used && subtractUsage(used, counted));
      for (const other of others) other.end(undefined);
    },
  };
}
