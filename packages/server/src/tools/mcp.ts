/**
 * Takes the tools of an MCP server (Model Context Protocol, https://modelcontextprotocol.io/specification/2026-07-28), which
 * is asked over HTTP or started as a program. Servers of older revisions are found by negotiation. Loads the package
 * `@modelcontextprotocol/client`, which not everybody needs. Knows no model.
 */
import {ChatError, type Json, asJson, isObject} from '@chatlet/protocol';
import type * as mcpPackage from '@modelcontextprotocol/client';
import type {Tool, ToolAnnotations, ToolContext} from '../engine/tool.ts';
import {version} from '../version.ts';
import {defineTool} from './define-tool.ts';
import {createGuardedFetch} from './guard.ts';
import {type Rule, type Rules, ruleFor} from './rules.ts';

export type McpServer = McpOverHttp | McpProgram;

interface McpOptions {
  /** Stands before the names of its tools, as `ID_NAME`, so that the model sees whose they are. */
  readonly id: string;
  /**
   * What happens to a tool, by its name at the server or a pattern like `delete-*`: it runs alone, the visitor is asked, or
   * the model does not learn of it. Tools that are not named run alone if the server calls them read-only; for all others
   * the visitor is asked.
   */
  readonly tools?: Rules;
}

interface McpOverHttp extends McpOptions {
  readonly url: string;
  /** Such as `authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
}

interface McpProgram extends McpOptions {
  readonly command: string;
  readonly args?: readonly string[];
  /** Variables for the program, which gets none of the server's own but `PATH`, `HOME` and the like. */
  readonly env?: Readonly<Record<string, string>>;
}

type Mcp = typeof mcpPackage;
type Client = mcpPackage.Client;

/** Milliseconds for the connection and the list of tools. */
const startTimeout = 20_000;

/**
 * @throws ChatError `provider-unavailable` if the server cannot be reached or started, `invalid-request` if the package is
 *   missing
 */
export async function mcpTools(server: McpServer): Promise<readonly Tool[]> {
  const connection = createConnection(server, await loadMcp());
  const tools: Tool[] = [];
  try {
    const client = await connection.open();
    for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
      const page = await client.listTools(cursor === undefined ? {} : {cursor}, {timeout: startTimeout});
      for (const tool of page.tools) {
        const rule = ruleFor([tool.name], server.tools);
        if (rule !== 'refused') tools.push(toTool(tool, {server, connection, rule}));
      }
      cursor = page.nextCursor;
    }
  } catch (cause) {
    await connection.close();
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ChatError('provider-unavailable', `The MCP server "${server.id}" did not tell its tools: ${reason}`, {
      cause,
    });
  }
  return tools;
}

async function loadMcp(): Promise<Mcp> {
  try {
    return await import('@modelcontextprotocol/client');
  } catch (cause) {
    const command = 'npm install @modelcontextprotocol/client';
    throw new ChatError('invalid-request', `Tools of MCP servers need a package: ${command}`, {cause});
  }
}

interface Connection {
  /** The client; connects if it is not connected, also after the server has gone away. */
  open(): Promise<Client>;
  close(): Promise<void>;
}

function createConnection(server: McpServer, mcp: Mcp): Connection {
  const way = 'url' in server ? overHttp(server, mcp) : toProgram(server);
  let opened: Promise<Client> | undefined;

  const connect = async (): Promise<Client> => {
    const client = new mcp.Client({name: 'chatlet', version}, {versionNegotiation: {mode: 'auto'}});
    client.onclose = () => {
      opened = undefined;
    };
    await client.connect(await way.makeTransport(), {timeout: startTimeout});
    return client;
  };

  return {
    async open() {
      opened ??= connect();
      try {
        return await opened;
      } catch (error) {
        opened = undefined;
        throw error;
      }
    },
    async close() {
      const client = await opened?.catch(() => undefined);
      opened = undefined;
      await client?.close();
      await way.close();
    },
  };
}

/** How a server is reached. */
interface Way {
  makeTransport(): Promise<mcpPackage.Transport>;
  close(): Promise<void>;
}

function overHttp({url, headers}: McpOverHttp, {StreamableHTTPClientTransport}: Mcp): Way {
  // A stream of events may be silent for long; each call has a time limit of its own.
  const guarded = createGuardedFetch({allow: [url], timeout: Infinity, idleTimeout: 300_000, maxBytes: 50_000_000});
  return {
    makeTransport: async () =>
      new StreamableHTTPClientTransport(new URL(url), {
        ...(headers && {requestInit: {headers}}),
        fetch: (address, init = {}) =>
          guarded.fetch(address, {
            method: init.method ?? 'GET',
            headers: Object.fromEntries(new Headers(init.headers)),
            ...(typeof init.body === 'string' && {body: init.body}),
            ...(init.signal && {signal: init.signal}),
          }),
      }),
    close: () => guarded.close(),
  };
}

function toProgram({command, args = [], env = {}}: McpProgram): Way {
  return {
    async makeTransport() {
      const {StdioClientTransport, getDefaultEnvironment} = await import('@modelcontextprotocol/client/stdio');
      return new StdioClientTransport({
        command,
        args: [...args],
        env: {...getDefaultEnvironment(), ...env},
        // It may tell what visitors have asked.
        stderr: 'ignore',
      });
    },
    close: async () => {},
  };
}

interface Surroundings {
  readonly server: McpServer;
  readonly connection: Connection;
  readonly rule: Rule | undefined;
}

/** Models' APIs allow these characters alone, and so many. */
function toToolName(server: McpServer, name: string): string {
  return `${server.id}_${name}`.replaceAll(/[^\w-]/g, '_').slice(0, 64);
}

function toTool(tool: mcpPackage.Tool, {server, connection, rule}: Surroundings): Tool {
  const annotations = toAnnotations(tool.annotations);
  const made = defineTool<Json>({
    name: toToolName(server, tool.name),
    description: tool.description ?? tool.title ?? tool.name,
    input: {...tool.inputSchema, type: 'object'},
    annotations,
    needsApproval: rule === undefined ? annotations.readOnlyHint !== true : rule === 'asked',
    run: (input, context) => callTool(tool.name, input, {connection, server, context}),
  });
  return {...made, close: () => connection.close()};
}

function toAnnotations({readOnlyHint, destructiveHint}: mcpPackage.Tool['annotations'] = {}): ToolAnnotations {
  return {
    ...(readOnlyHint !== undefined && {readOnlyHint}),
    // The specification: whoever changes something and says no more may destroy.
    ...(readOnlyHint !== true && {destructiveHint: destructiveHint ?? true}),
  };
}

async function callTool(
  name: string,
  input: Json,
  {connection, server, context}: Pick<Surroundings, 'connection' | 'server'> & {readonly context: ToolContext},
): Promise<Json> {
  const client = await connection.open().catch((cause: unknown) => {
    throw new ChatError('provider-unavailable', `The MCP server "${server.id}" cannot be reached.`, {cause});
  });
  const {signal} = context;
  const result = await client.callTool(
    {name, arguments: isObject(input) ? {...input} : {}},
    // The loop has the time limit, and a tool that tells its progress may use all of it.
    {signal, timeout: 600_000, resetTimeoutOnProgress: true},
  );
  const text = printContent(result.content);
  if (result.isError) throw new ChatError('provider-error', text || 'The tool failed.');
  return result.structuredContent === undefined ? text : asJson(result.structuredContent);
}

/** The parts of a result as text. A model reads the names of images and sounds, and not their bytes. */
function printContent(content: mcpPackage.CallToolResult['content']): string {
  const parts = content.map((part) => {
    switch (part.type) {
      case 'text':
        return part.text;
      case 'resource':
        return 'text' in part.resource ? part.resource.text : `(${part.resource.uri})`;
      case 'resource_link':
        return `${part.title ?? part.name}: ${part.uri}`;
      case 'image':
      case 'audio':
        return `(${part.type}, ${part.mimeType})`;
      default:
        return '';
    }
  });
  return parts.filter((part) => part !== '').join('\n\n');
}
