/**
 * The sources of an answer: OpenAI's annotations, which come with the text, and Perplexity's lists, which name all
 * sources in every chunk. Gives each address once.
 */
import type {ChatEvent, CitationEvent, SourceEvent} from '../../event.ts';
import {asNumber, asString, isObject} from '../../json.ts';
import type {UncheckedObject} from '../../json.ts';

export interface SourceList {
  cite(annotation: unknown): CitedSource;
  /** Remembers the sources of a chunk until the end, because a later annotation may know more about them. */
  remember(chunk: UncheckedObject): void;
  /** Appends the remembered sources that no annotation cited. */
  emit(out: ChatEvent[]): void;
}

/** What an annotation says. */
export interface CitedSource {
  /** Absent if there is none, or if it was cited before. */
  readonly source?: SourceEvent;
  /** The mark behind the text up to `end`, if the annotation quotes the source. */
  readonly citation?: CitationEvent;
  readonly end?: number | undefined;
}

export function sourceList(): SourceList {
  const cited = new Set<string>();
  const remembered = new Map<string, SourceEvent>();

  return {
    cite(annotation) {
      if (!isObject(annotation)) return {};
      const citation = isObject(annotation['url_citation']) ? annotation['url_citation'] : annotation;
      const {title, url, content: quote} = citation;
      if (typeof url !== 'string') return {};
      const isNew = !cited.has(url);
      cited.add(url);
      return {
        ...(isNew ? {source: webPage(url, {title, quote})} : {}),
        ...(typeof quote === 'string' && quote !== '' ? {citation: {type: 'citation', sourceId: url, quote}} : {}),
        end: asNumber(citation['end_index']) || undefined,
      };
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
