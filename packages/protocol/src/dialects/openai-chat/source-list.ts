/**
 * The sources of an answer: OpenAI's annotations, which come with the text, and Perplexity's lists, which name all
 * sources in every chunk. Gives each address once.
 */
import type {ChatEvent, SourceEvent} from '../../event.ts';
import {asString, isObject} from '../../json.ts';
import type {UncheckedObject} from '../../json.ts';

export interface SourceList {
  /** The source that an annotation cites; undefined if there is none, or if it was cited before. */
  cite(annotation: unknown): SourceEvent | undefined;
  /** Remembers the sources of a chunk until the end, because a later annotation may know more about them. */
  remember(chunk: UncheckedObject): void;
  /** Appends the remembered sources that no annotation cited. */
  emit(out: ChatEvent[]): void;
}

export function sourceList(): SourceList {
  const cited = new Set<string>();
  const remembered = new Map<string, SourceEvent>();

  return {
    cite(annotation) {
      if (!isObject(annotation)) return undefined;
      const citation = isObject(annotation['url_citation']) ? annotation['url_citation'] : annotation;
      const {title, url, content: quote} = citation;
      if (typeof url !== 'string' || cited.has(url)) return undefined;
      cited.add(url);
      return webPage(url, {title, quote});
    },
    remember({citations, search_results: results}) {
      if (Array.isArray(results)) {
        for (const result of results) {
          const url = isObject(result) ? asString(result['url']) : undefined;
          if (url !== undefined) remembered.set(url, webPage(url, {title: result['title']}));
        }
      }
      if (Array.isArray(citations)) {
        for (const url of citations) {
          if (typeof url === 'string' && !remembered.has(url)) remembered.set(url, webPage(url));
        }
      }
    },
    emit(out) {
      for (const source of remembered.values()) if (!cited.has(source.id)) out.push(source);
    },
  };
}

/** A page as a source. It is known by its address, and called by it if nobody knows its title. */
function webPage(url: string, {title, quote}: {title?: unknown; quote?: unknown} = {}): SourceEvent {
  return {
    type: 'source',
    id: url,
    title: asString(title) || url,
    url,
    ...(typeof quote === 'string' && quote !== '' ? {quote} : {}),
  };
}
