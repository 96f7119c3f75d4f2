/**
 * Calls the tools of an MCP server, which may ask a person in between. What is asked and answered is kept with the call, so
 * that it goes on after a restart.
 */
import {randomUUID} from 'node:crypto';
import {ChatError, type Json, type JsonObject, asJson, isObject} from '@chatlet/protocol';
import type * as mcpPackage from '@modelcontextprotocol/client';
import {z} from 'zod';
import {type AskedBefore, NeedsInput, type ToolContext} from '../../engine/tool.ts';
import type {Connection, Line} from './connection.ts';
import {printContent, sourcesOf} from './content.ts';
import {type Retry, callNewest, newestKept} from './newest-call.ts';
import {type OlderCall, createOlderCall, olderKept} from './older-call.ts';
import {type Reply, toReply} from './questions.ts';

export interface McpCalls {
  /**
   * The result of the tool of this name. With `hasApp` the whole result is told, too.
   * @throws NeedsInput if the server asks a person
   * @throws ChatError with a sentence for the model
   */
  run(name: string, input: Json, context: ToolContext & {readonly hasApp?: boolean}): Promise<Json>;
  /**
   * The whole result, as apps read it. An error of the tool is a result.
   * @throws NeedsInput, ChatError as `run` does
   */
  runWhole(name: string, input: Json, context: ToolContext): Promise<JsonObject>;
}

type Result = mcpPackage.CallToolResult;
type Open = OlderCall<Result>;

/** Milliseconds that a call of an older server stays open while a person answers. */
const openTime = 5 * 60_000;
/** Calls that stay open at once. */
const mostOpen = 3;

const keptSchema = z.discriminatedUnion('revision', [newestKept, olderKept]);
type Kept = z.infer<typeof keptSchema>;
type KeptOf<Revision extends Kept['revision']> = Extract<Kept, {readonly revision: Revision}>;

interface Asked<Revision extends Kept['revision']> {
  readonly kept: KeptOf<Revision>;
  readonly reply: Reply;
}

type Params = Pick<mcpPackage.CallToolRequest['params'], 'name' | 'arguments'>;

export function createMcpCalls(id: string, connection: Connection): McpCalls {
  const open = new Map<string, Open>();

  async function borrow(signal: AbortSignal): Promise<Line> {
    return connection.borrow({signal}).catch((cause: unknown) => {
      throw new ChatError('provider-unavailable', `The MCP server "${id}" cannot be reached.`, {cause});
    });
  }

  /** Keeps the call while a person answers, if there is room. */
  function keepOpen(call: Open): string {
    const openId = randomUUID();
    if (open.size >= mostOpen) {
      call.end();
      return openId;
    }
    open.set(openId, call);
    const timer = setTimeout(() => call.end(), openTime).unref();
    void call.over.then(() => {
      clearTimeout(timer);
      open.delete(openId);
    });
    return openId;
  }

  async function runOlder(line: Line, params: Params, {context, asked}: Running<'older'>): Promise<Result> {
    const answers = asked ? [...asked.kept.answers, {asked: asked.kept.asked, reply: asked.reply}] : [];
    const call = createOlderCall<Result>(async (asks, {signal}) => {
      line.asked = asks;
      return line.client.callTool(params, toOptions({...context, signal}));
    }, answers);
    void call.over.then(() => connection.giveBack(line));
    return follow(call, {context, answers});
  }

  /** The result of an open call, which stays open if it asks. */
  async function follow(
    call: Open,
    {context: {signal}, answers}: {readonly context: ToolContext; readonly answers: KeptOf<'older'>['answers']},
  ): Promise<Result> {
    const next = await call.next({signal});
    if ('result' in next) return next.result;
    const {question, asked} = next;
    throw new NeedsInput(question, {revision: 'older', answers, asked, openId: keepOpen(call)});
  }

  async function callServer(params: Params, context: ToolContext): Promise<Result> {
    const {kept, reply} = readAsked(context.asked) ?? {};
    if (kept?.revision === 'older' && reply) {
      const call = open.get(kept.openId);
      open.delete(kept.openId);
      if (call) {
        call.answer(reply);
        return follow(call, {context, answers: [...kept.answers, {asked: kept.asked, reply}]});
      }
    }
    const line = await borrow(context.signal);
    if (!line.isShared) {
      return runOlder(line, params, {context, ...(kept?.revision === 'older' && reply && {asked: {kept, reply}})});
    }
    const call = async (retry?: Retry) => line.client.callTool({...params, ...retry}, toOptions(context));
    return callNewest(call, kept?.revision === 'newest' && reply ? {kept, reply} : undefined);
  }

  const call = async (name: string, input: Json, context: ToolContext) =>
    callServer({name, arguments: isObject(input) ? {...input} : {}}, context);

  return {
    async run(name, input, context) {
      const result = await call(name, input, context);
      const text = printContent(result.content);
      if (result.isError) throw new ChatError('provider-error', text || 'The tool failed.');
      for (const source of sourcesOf(result.content)) context.tell?.({type: 'source', ...source});
      if (context.hasApp) context.tell?.({type: 'app', result: toWhole(result)});
      return result.structuredContent === undefined ? text : asJson(result.structuredContent);
    },
    runWhole: async (name, input, context) => toWhole(await call(name, input, context)),
  };
}

function toWhole({content, structuredContent, isError, _meta}: Result): JsonObject {
  return {
    content: asJson(content),
    ...(structuredContent !== undefined && {structuredContent: asJson(structuredContent)}),
    ...(isError && {isError}),
    ...(_meta && {_meta: asJson(_meta)}),
  };
}

interface Running<Revision extends Kept['revision']> {
  readonly context: ToolContext;
  readonly asked?: Asked<Revision>;
}

/** Undefined if nothing was asked before, or by a server that kept something else. */
function readAsked(asked: AskedBefore | undefined): {readonly kept: Kept; readonly reply: Reply} | undefined {
  const {success, data} = keptSchema.safeParse(asked?.kept);
  return asked && success ? {kept: data, reply: toReply(asked.reply)} : undefined;
}

function toOptions({signal, tell}: Pick<ToolContext, 'signal' | 'tell'>): mcpPackage.CallToolRequestOptions {
  return {
    signal,
    allowInputRequired: true,
    // The loop has the time limit, and a tool that tells its progress may use all of it.
    timeout: 600_000,
    resetTimeoutOnProgress: true,
    ...(tell && {
      onprogress: ({progress, total, message}) =>
        tell({
          type: 'progress',
          done: progress,
          ...(total !== undefined && {total}),
          ...(message !== undefined && {message}),
        }),
    }),
  };
}
