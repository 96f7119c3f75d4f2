/**
 * Takes the tools of an MCP server (Model Context Protocol, https://modelcontextprotocol.io/specification/2026-07-28), which
 * is asked over HTTP or started as a program. Servers of older revisions are found by negotiation. Knows no model.
 */
import {ChatError, type Json} from '@chatlet/protocol';
import type * as mcpPackage from '@modelcontextprotocol/client';
import type {PromptSource} from '../engine/prompts.ts';
import type {AppTool, Tool, ToolAnnotations, ToolApp} from '../engine/tool.ts';
import {defineTool} from './define-tool.ts';
import {appsCapability, createPageReader, readForApp, readToolUi, showsApps} from './mcp/apps.ts';
import {type McpCalls, createMcpCalls} from './mcp/calls.ts';
import {type Connection, createConnection, startTimeout} from './mcp/connection.ts';
import {createPrompts} from './mcp/prompts.ts';
import {listResources, readerRule, resourceReader, resourceTool} from './mcp/resources.ts';
import type {McpResource, McpServer} from './mcp/settings.ts';
import {type Rule, ruleFor} from './rules.ts';

export type {McpResource, McpServer} from './mcp/settings.ts';

/** The tools, the resources and the prompts of an MCP server. */
export interface McpParts extends PromptSource {
  readonly tools: readonly Tool[];
  /** Those that `resources` names, as the server had them when it was connected. */
  readonly resources: readonly McpResource[];
  /** Ends the connection. No tool is called after it. */
  close(): Promise<void>;
}

/**
 * Asks the server for its tools and resources; its prompts are looked for in the background.
 *
 * @example
 * const docs = await connectMcp({id: 'docs', url: 'https://docs.example.com/mcp', prompts: ['*']});
 * createChatServer({tools: docs.tools, prompts: [docs]});
 * @throws ChatError `provider-unavailable` if the server cannot be reached or started, `invalid-request` if the package is
 *   missing
 */
export async function connectMcp(server: McpServer): Promise<McpParts> {
  const {prompts: names = [], resources: wanted = []} = server;
  let resources: readonly McpResource[] = [];
  const connection = await createConnection(server, {
    ...(names.length > 0 && {onPromptsChanged: () => void prompts.refresh()}),
    ...(showsApps(server) && {extensions: appsCapability}),
  });
  const prompts = createPrompts(connection, names);
  const calls = createMcpCalls(server.id, connection);
  const tools: Tool[] = [];
  const forApps = new Map<string, AppTool>();
  const readPage = createPageReader(server, connection);
  const appOf = (tool: mcpPackage.Tool, uri: string | undefined): ToolApp | undefined => {
    if (uri === undefined || !showsApps(server)) return undefined;
    return {
      title: titleOf(tool),
      page: async (options) => readPage(uri, options),
      read: async (address, options) => readForApp(connection, address, {...options, server}),
      tools: forApps,
    };
  };
  try {
    const client = await connection.open();
    for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
      const page = await client.listTools(cursor === undefined ? {} : {cursor}, {timeout: startTimeout});
      for (const tool of page.tools) {
        const rule = ruleFor([tool.name], server.tools);
        if (rule === 'refused') continue;
        const {isForModels, isForApps, uri} = readToolUi(tool);
        const made = toTool(tool, {server, connection, calls, rule, app: appOf(tool, uri)});
        if (isForModels) tools.push(made);
        if (isForApps) {
          const call: AppTool['call'] = async (input, context) => calls.runWhole(tool.name, input, context);
          forApps.set(tool.name, {tool: made, isForModels, call});
        }
      }
      cursor = page.nextCursor;
    }
    if (wanted.length > 0) resources = await listResources(client, wanted);
    const rule = readerRule(server.tools);
    const name = toToolName(server, resourceReader);
    // A tool of the server's own by this name reads them already.
    if (wanted.length > 0 && rule !== 'refused' && !tools.some((tool) => tool.name === name)) {
      const needsApproval = rule === 'asked';
      const shared = {serverId: server.id, connection, resources, names: wanted};
      tools.push(await resourceTool({...shared, name, needsApproval}));
    }
  } catch (cause) {
    await connection.close();
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ChatError('provider-unavailable', `The MCP server "${server.id}" did not tell its tools: ${reason}`, {
      cause,
    });
  }
  prompts.now();
  return {tools, resources, prompts: () => prompts.now(), close: () => connection.close()};
}

/**
 * The tools of an MCP server alone, see `connectMcp`.
 * @throws ChatError as `connectMcp` does
 */
export async function mcpTools(server: McpServer): Promise<readonly Tool[]> {
  return (await connectMcp(server)).tools;
}

function titleOf({title, annotations, name}: mcpPackage.Tool): string {
  return title ?? annotations?.title ?? name;
}

interface Surroundings {
  readonly server: McpServer;
  readonly connection: Connection;
  readonly calls: McpCalls;
  readonly rule: Rule | undefined;
  readonly app: ToolApp | undefined;
}

/** Models' APIs allow these characters alone, and so many. */
function toToolName(server: McpServer, name: string): string {
  return `${server.id}_${name}`.replaceAll(/[^\w-]/g, '_').slice(0, 64);
}

function toTool(tool: mcpPackage.Tool, {server, connection, calls, rule, app}: Surroundings): Tool {
  const annotations = toAnnotations(tool.annotations);
  const made = defineTool<Json>({
    name: toToolName(server, tool.name),
    description: tool.description ?? tool.title ?? tool.name,
    input: {...tool.inputSchema, type: 'object'},
    annotations,
    needsApproval: rule === undefined ? annotations.readOnlyHint !== true : rule === 'asked',
    run: (input, context) => calls.run(tool.name, input, {...context, hasApp: app !== undefined}),
  });
  return {...made, ...(app && {app}), close: () => connection.close()};
}

function toAnnotations({readOnlyHint, destructiveHint}: mcpPackage.Tool['annotations'] = {}): ToolAnnotations {
  return {
    ...(readOnlyHint !== undefined && {readOnlyHint}),
    // The specification: whoever changes something and says no more may destroy.
    ...(readOnlyHint !== true && {destructiveHint: destructiveHint ?? true}),
  };
}
