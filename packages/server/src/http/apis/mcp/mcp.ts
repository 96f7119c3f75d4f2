/**
 * The Model Context Protocol (revision 2026-07-28, and older ones by negotiation) over HTTP: each request is answered by
 * itself, so any node may answer it. Loads the package `@modelcontextprotocol/server`, which not everybody needs.
 */
import {Readable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {ChatError} from '@chatlet/protocol';
import type * as mcpPackage from '@modelcontextprotocol/server';
import type {Request as AskRequest, Response as AskResponse} from 'express';
import {z} from 'zod';
import {check} from '../../../check.ts';
import type {Operation} from '../../operation.ts';
import type {AnswerSchema} from '../../response/answer-schemas.ts';
import {makeSiteServer} from './site-server.ts';

/** The package checks the rest, and answers in the protocol's own errors. */
const message = z.looseObject({jsonrpc: z.literal('2.0'), method: z.string().max(200).optional()});

const answer: AnswerSchema = {name: 'mcpMessage', schema: z.looseObject({jsonrpc: z.literal('2.0')})};

export const mcpOperation: Operation = {
  method: 'post',
  paths: ['/mcp'],
  callers: 'visitors',
  tag: 'Questions',
  summary: 'Search, read and ask the site by the Model Context Protocol',
  description:
    'The tools `search`, `fetch` and `ask`, each over the documents that the caller may read. It is there if the server has ' +
    'documents, and the package `@modelcontextprotocol/server` is installed beside it.',
  body: message,
  answer,
  streams: ['text/event-stream'],
  mayBe404: true,
  // Clients of older revisions look for a stream by GET, and take 405 alone for an answer that there is none.
  refusesOtherMethods: true,
  handler: (services) => async (req, res) => {
    check(message, req.body);
    const {retriever} = services;
    if (!retriever || (await retriever.isEmpty())) throw new ChatError('not-found', 'This server has no documents.');
    const mcp = await loadMcp();
    const handler = mcp.createMcpHandler(() => makeSiteServer(mcp, {...services, retriever}, {req, res}));
    try {
      await send(await handler.fetch(toRequest(req), {parsedBody: req.body}), res);
    } finally {
      await handler.close();
    }
  },
};

/** @throws ChatError `not-found` if the package is missing */
async function loadMcp(): Promise<typeof mcpPackage> {
  try {
    return await import('@modelcontextprotocol/server');
  } catch (cause) {
    const command = 'npm install @modelcontextprotocol/server';
    throw new ChatError('not-found', `This path needs a package that is not installed: ${command}`, {cause});
  }
}

/** The request as the fetch API has it. Its body has been read. */
function toRequest(req: AskRequest): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(req.headers)) {
    for (const each of Array.isArray(value) ? value : [value]) if (each !== undefined) headers.append(name, each);
  }
  return new Request(`http://localhost${req.originalUrl}`, {method: req.method, headers});
}

async function send(answered: Response, res: AskResponse): Promise<void> {
  res.status(answered.status);
  for (const [name, value] of answered.headers) res.setHeader(name, value);
  if (!answered.body) {
    res.end();
    return;
  }
  // Of a reader that goes away the protocol's package learns by the end of the body.
  await pipeline(Readable.from(answered.body), res).catch(() => {});
}
