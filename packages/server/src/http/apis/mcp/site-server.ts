/** The tools of our own MCP server, for one caller: pages that are found, a page, and an answer. Knows no transport. */
import {ChatError, textOf} from '@chatlet/protocol';
import type * as mcpPackage from '@modelcontextprotocol/server';
import type {Request, Response} from 'express';
import {z} from 'zod';
import type {Retriever} from '../../../engine/retriever.ts';
import {searchPages} from '../../../engine/search-pages.ts';
import {sourcesIn} from '../../../engine/grounding/sources.ts';
import {version} from '../../../version.ts';
import {askerOf} from '../../request/asker.ts';
import {originOf} from '../../request/origin.ts';
import {readWholeAnswer, whileReading} from '../../response/answer.ts';
import {unsavedAnswers} from '../../response/unsaved-answer.ts';
import type {HttpServices} from '../../services.ts';

type Services = HttpServices & {readonly retriever: Retriever};

interface Call {
  readonly req: Request;
  readonly res: Response;
}

/** UTF-16 units of a page that `fetch` gives. */
const mostText = 100_000;

export function makeSiteServer(
  {McpServer}: typeof mcpPackage,
  services: Services,
  {req, res}: Call,
): mcpPackage.McpServer {
  const {auth, limits, retriever, report} = services;
  const signal = whileReading(res);
  const server = new McpServer(
    {name: 'chatlet', title: services.pageConfig.heading ?? 'Chatlet', version},
    {instructions: 'The documents of one site. Search them, fetch a page, or ask for an answer with its sources.'},
  );
  const readOnly = {annotations: {readOnlyHint: true, openWorldHint: false}};

  /** The result of `work`, or its error as a result that the model reads. */
  async function answerWith(work: () => Promise<Record<string, unknown>>): Promise<mcpPackage.CallToolResult> {
    try {
      const structuredContent = await work();
      return {structuredContent, content: [{type: 'text', text: JSON.stringify(structuredContent)}]};
    } catch (thrown) {
      const error = ChatError.from(thrown);
      if (error.status >= 500) report(thrown, {path: '/mcp'});
      return {isError: true, content: [{type: 'text', text: error.message}]};
    }
  }

  server.registerTool(
    'search',
    {
      ...readOnly,
      title: 'Search the site',
      description: 'Finds pages of the site that fit a few words. Gives ids for `fetch`.',
      inputSchema: z.object({query: z.string().min(1).max(500), limit: z.int().min(1).max(20).default(8)}),
    },
    ({query, limit}) =>
      answerWith(async () => {
        const found = await searchPages(retriever, query, {
          asker: await askerOf(req, auth),
          origin: originOf(req),
          limit,
          signal,
        });
        return {results: found.map(({snippet: text, ...page}) => ({...page, text}))};
      }),
  );

  server.registerTool(
    'fetch',
    {
      ...readOnly,
      title: 'Read a page',
      description: 'Gives the whole text of a page, by an id of `search`.',
      inputSchema: z.object({id: z.string().min(1).max(2000)}),
    },
    ({id}) =>
      answerWith(async () => {
        const passages =
          (await retriever.read?.(documentOf(id), {asker: await askerOf(req, auth), origin: originOf(req)})) ?? [];
        const [first] = passages;
        if (!first) throw new ChatError('not-found', 'There is no such page.');
        const {title, url, updatedAt} = first.document;
        const text = passages.map((passage) => passage.text).join('\n\n');
        return {
          id,
          title,
          text: text.length > mostText ? `${text.slice(0, mostText)}\n… (cut)` : text,
          ...(url !== undefined && {url}),
          ...(updatedAt !== undefined && {updatedAt}),
        };
      }),
  );

  server.registerTool(
    'ask',
    {
      ...readOnly,
      title: 'Ask the site',
      description: 'Answers a question from the documents of the site, and names its sources. Nothing is kept.',
      inputSchema: z.object({question: z.string().min(1).max(8000)}),
    },
    ({question}) =>
      answerWith(async () => {
        const caller = await auth.admit(req, res);
        await limits.takeQuestion(req, res, caller);
        const turn = await unsavedAnswers(services).begin(
          {
            messages: [{role: 'user', parts: [{type: 'text', text: question}]}],
            messageCount: 1,
            options: {},
            retrieval: {enabled: true},
          },
          {req, caller},
        );
        const answer = await readWholeAnswer(turn.read({signal}));
        const sources = [...sourcesIn(answer.parts).values()].map(({title, url}) => ({
          title,
          ...(url !== undefined && {url}),
        }));
        return {answer: textOf(answer), sources, ...(answer.grounded !== undefined && {grounded: answer.grounded})};
      }),
  );
  return server;
}

/** Search gives ids of passages, `DOCUMENT#n`. */
function documentOf(id: string): string {
  return id.replace(/#\d+$/, '');
}
