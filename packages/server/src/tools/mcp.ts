/**
 * Takes the tools of an MCP server (Model Context Protocol, https://modelcontextprotocol.io/specification/2026-07-28), which
 * is asked over HTTP or started as a program. Servers of older revisions are found by negotiation. Knows no model.
 */
import {ChatError, type Json} from '@chatlet/protocol';
import type * as mcpPackage from '@modelcontextprotocol/client';
import type {PromptSource} from '../engine/prompts.ts';
import type {AppTool, Tool, ToolAnnotations, ToolApp, Toolset} from '../engine/tool.ts';
import {findFreeName, longestToolName} from '../engine/tool-names.ts';
import {defineTool} from './define-tool.ts';
import {appsCapability, createPageReader, readForApp, readToolUi, showsApps} from './mcp/apps.ts';
import {type McpCalls, createMcpCalls} from './mcp/calls.ts';
import {type Connection, createConnection, startTimeout} from './mcp/connection.ts';
import {type KeptList, createKeptList} from './mcp/kept-list.ts';
import {createPrompts} from './mcp/prompts.ts';
import {listResources, readerRule, resourceReader, resourceTool} from './mcp/resources.ts';
import type {McpResource, McpServer} from './mcp/settings.ts';
import {type Rule, ruleFor} from './rules.ts';

export type {McpResource, McpServer} from './mcp/settings.ts';

/** The tools, the resources and the prompts of an MCP server, as it had them when it was last asked. */
export interface McpParts extends PromptSource, Toolset {
  /** Those that `resources` names. */
  resources(): readonly McpResource[];
  /** Ends the connection. No tool is called after it. */
  close(): Promise<void>;
}

/** What the connection to an MCP server tells its operator. */
export interface McpNotes {
  /** Takes a sentence for the operator about each tool that is left out, because no model could be offered it. */
  readonly note?: ((sentence: string) => void) | undefined;
}

interface Listed {
  readonly tools: readonly Tool[];
  readonly resources: readonly McpResource[];
}

/**
 * Asks the server for its tools and resources, and again when it says that they have changed, was started anew, or ten
 * minutes have passed; a changed tool asks for a new approval. Prompts are looked for in the background.
 *
 * @example
 * const docs = await connectMcp({id: 'docs', url: 'https://docs.example.com/mcp', prompts: ['*']});
 * createChatServer({toolsets: [docs], prompts: [docs]});
 * @throws ChatError `provider-unavailable` if the server cannot be reached or started, `invalid-request` if the package is
 *   missing
 */
export async function connectMcp(server: McpServer, {note}: McpNotes = {}): Promise<McpParts> {
  const {prompts: names = [], resources: wanted = []} = server;
  let kept: KeptList<Listed> | undefined;
  const relist = () => void kept?.refresh();
  const connection = await createConnection(server, {
    onChanged: {
      tools: relist,
      ...(wanted.length > 0 && {resources: relist}),
      ...(names.length > 0 && {prompts: () => void prompts.refresh()}),
    },
    onReconnected: relist,
    ...(showsApps(server) && {extensions: appsCapability}),
  });
  const prompts = createPrompts(connection, names);
  const list = createLister(server, connection, note);
  try {
    const listed = createKeptList({first: await list(), isFresh: true, look: list});
    kept = listed;
    prompts.now();
    return {
      tools: () => listed.now().tools,
      resources: () => listed.now().resources,
      prompts: () => prompts.now(),
      async close() {
        listed.end();
        prompts.end();
        await connection.close();
      },
    };
  } catch (cause) {
    await connection.close();
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ChatError('provider-unavailable', `The MCP server "${server.id}" did not tell its tools: ${reason}`, {
      cause,
    });
  }
}

/** Lists the tools and resources, as often as it is called. */
function createLister(server: McpServer, connection: Connection, note: McpNotes['note']): () => Promise<Listed> {
  const {resources: wanted = []} = server;
  /** Their names: each is told of once. */
  const leftOut = new Set<string>();
  const calls = createMcpCalls(server.id, connection);
  const readPage = createPageReader(server, connection);

  return async () => {
    const client = await connection.open();
    const tools: Tool[] = [];
    const forApps = new Map<string, AppTool>();
    const taken = new Set<string>();
    const nameTool = (name: string) => {
      const free = findFreeName(toToolName(server, name), (each) => taken.has(each));
      taken.add(free);
      return free;
    };
    const appOf = (tool: mcpPackage.Tool, uri: string | undefined): ToolApp | undefined => {
      if (uri === undefined || !showsApps(server)) return undefined;
      return {
        title: titleOf(tool),
        page: async (options) => readPage(uri, options),
        read: async (address, options) => readForApp(connection, address, {...options, server}),
        tools: forApps,
      };
    };
    const add = (tool: mcpPackage.Tool, rule: Rule | undefined): void => {
      const {isForModels, isForApps, uri} = readToolUi(tool);
      const name = nameTool(tool.name);
      const made = toTool(tool, {name, server, connection, calls, rule, app: appOf(tool, uri)});
      if (isForModels) tools.push(made);
      if (!isForApps) return;
      const call: AppTool['call'] = async (input, context) => calls.runWhole(tool.name, input, context);
      forApps.set(tool.name, {tool: made, isForModels, call});
    };
    for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
      const options = {timeout: startTimeout, cacheMode: 'refresh'} as const;
      const page = await client.listTools(cursor === undefined ? {} : {cursor}, options);
      for (const tool of page.tools) {
        const rule = ruleFor([tool.name], server.tools);
        if (rule === 'refused') continue;
        try {
          add(tool, rule);
        } catch (error) {
          const reason = error instanceof Error ? error.message : String(error);
          if (!leftOut.has(tool.name)) note?.(`A tool of the MCP server "${server.id}" is left out. ${reason}`);
          leftOut.add(tool.name);
        }
      }
      cursor = page.nextCursor;
    }
    const resources = wanted.length > 0 ? await listResources(client, wanted) : [];
    const rule = readerRule(server.tools);
    const name = toToolName(server, resourceReader);
    // A tool of the server's own by this name reads them already.
    if (wanted.length > 0 && rule !== 'refused' && !taken.has(name)) {
      const needsApproval = rule === 'asked';
      const shared = {serverId: server.id, connection, resources, names: wanted};
      tools.push(await resourceTool({...shared, name, needsApproval}));
    }
    return {tools, resources};
  };
}

/**
 * The tools of an MCP server as it has them now, see `connectMcp`.
 * @throws ChatError as `connectMcp` does
 */
export async function mcpTools(server: McpServer): Promise<readonly Tool[]> {
  return (await connectMcp(server)).tools();
}

function titleOf({title, annotations, name}: mcpPackage.Tool): string {
  return title ?? annotations?.title ?? name;
}

interface Surroundings {
  readonly name: string;
  readonly server: McpServer;
  readonly connection: Connection;
  readonly calls: McpCalls;
  readonly rule: Rule | undefined;
  readonly app: ToolApp | undefined;
}

/** Models' APIs allow these characters alone. */
function toToolName(server: McpServer, name: string): string {
  return `${server.id}_${name}`.replaceAll(/[^\w-]/g, '_').slice(0, longestToolName);
}

function toTool(tool: mcpPackage.Tool, {name, server, connection, calls, rule, app}: Surroundings): Tool {
  const annotations = toAnnotations(tool.annotations);
  const made = defineTool<Json>({
    name,
    description: tool.description ?? tool.title ?? tool.name,
    input: {...tool.inputSchema, type: 'object'},
    annotations,
    needsApproval: rule === undefined ? annotations.readOnlyHint !== true : rule === 'asked',
    run: (input, context) => calls.run(tool.name, input, {...context, hasApp: app !== undefined}),
  });
  return {...made, origin: `mcp:${server.id} ${tool.name}`, ...(app && {app}), close: () => connection.close()};
}

function toAnnotations({readOnlyHint, destructiveHint}: mcpPackage.Tool['annotations'] = {}): ToolAnnotations {
  return {
    ...(readOnlyHint !== undefined && {readOnlyHint}),
    // The specification: whoever changes something and says no more may destroy.
    ...(readOnlyHint !== true && {destructiveHint: destructiveHint ?? true}),
  };
}
