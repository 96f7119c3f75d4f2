/** What the bodies for the APIs of models share: an answer as they want it back, and files. Knows no API. */
import {toolRoundsOf} from '@chatlet/protocol';
import type {Message, ToolRound} from '@chatlet/protocol';

/** Calls without a result are left out: models' APIs refuse them. */
export function endedRoundsOf({parts}: Pick<Message, 'parts'>): readonly ToolRound[] {
  return toolRoundsOf(parts.filter((part) => part.type !== 'tool' || part.output !== undefined));
}

/** The base64 of a `data:` URL; undefined for other URLs. */
export function base64Of(url: string): string | undefined {
  return /^data:[^,]*;base64,(.*)$/s.exec(url)?.[1];
}
