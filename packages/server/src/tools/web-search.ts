/** A tool that searches the web, by a SearXNG of the operator's or by Brave's API. */
import {z} from 'zod';
import type {Tool} from '../engine/tool.ts';
import {openService} from './ask-service.ts';
import {defineTool} from './define-tool.ts';

/** Which search engine is asked. */
export type WebSearchOptions =
  | {
      /** The address of a SearXNG whose `search.formats` include `json`. */
      readonly searxng: string;
    }
  | {
      /** A key of Brave's Search API. */
      readonly braveApiKey: string;
      /** `https://api.search.brave.com` by default. */
      readonly braveUrl?: string;
    };

interface Found {
  readonly title: string;
  readonly url: string;
  readonly text: string;
}

type Search = (query: string, options: {signal: AbortSignal}) => Promise<readonly Found[]>;

const mostResults = 8;

/** Creates a tool that searches the web. */
export function webSearch(options: WebSearchOptions): Tool {
  const search = 'searxng' in options ? searchSearxng(options.searxng) : searchBrave(options);
  return defineTool({
    name: 'search',
    description: 'Searches the web. Use it for facts that are new or that you are not sure of, and name the pages.',
    input: z.object({query: z.string().min(1).max(400).describe('A few words, as for a search engine')}),
    annotations: {readOnlyHint: true},
    run: async ({query}, context) => ({results: (await search(query, context)).slice(0, mostResults)}),
  });
}

const searxngAnswer = z.object({
  results: z.array(z.object({title: z.string(), url: z.string(), content: z.string().nullish()})),
});

/** https://docs.searxng.org/dev/search_api.html */
function searchSearxng(baseUrl: string): Search {
  const service = openService({name: 'The search engine', baseUrl});
  return async (query, options) => {
    const answer = await service.askForJson('/search', {q: query, format: 'json'}, options);
    return searxngAnswer.parse(answer).results.map(({title, url, content}) => ({title, url, text: content ?? ''}));
  };
}

const braveAnswer = z.object({
  web: z
    .object({results: z.array(z.object({title: z.string(), url: z.string(), description: z.string().nullish()}))})
    .optional(),
});

/** https://api-dashboard.search.brave.com/app/documentation/web-search/get-started */
function searchBrave({
  braveApiKey,
  braveUrl = 'https://api.search.brave.com',
}: Extract<WebSearchOptions, {braveApiKey: string}>): Search {
  const headers = {'x-subscription-token': braveApiKey};
  const service = openService({name: 'The search engine', baseUrl: braveUrl, headers});
  return async (query, options) => {
    const answer = await service.askForJson('/res/v1/web/search', {q: query, count: String(mostResults)}, options);
    const {web} = braveAnswer.parse(answer);
    return (web?.results ?? []).map(({title, url, description}) => ({title, url, text: description ?? ''}));
  };
}
