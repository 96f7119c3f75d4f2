/** Finds the sources of an answer, for the marks that name them. */
import type {Part, SourcePart} from '@chatlet/protocol';

/** The sources by their ids. */
export function sourcesIn(parts: readonly Part[]): ReadonlyMap<string, SourcePart> {
  return new Map(parts.filter((part) => part.type === 'source').map((source) => [source.id, source]));
}
