/**
 * The connections to an MCP server: over HTTP or to a program, of the newest revision or, by negotiation, an older one.
 * Loads the package `@modelcontextprotocol/client`, which not everybody needs. Knows no tool.
 */
import {ChatError} from '@chatlet/protocol';
import type * as mcpPackage from '@modelcontextprotocol/client';
import {endWith} from '../../engine/until-aborted.ts';
import {version} from '../../version.ts';
import {createGuardedFetch} from '../guard.ts';
import type {McpOverHttp, McpProgram, McpServer} from './settings.ts';

type Mcp = typeof mcpPackage;
export type Client = mcpPackage.Client;

/** Milliseconds for the connection and the lists. */
export const startTimeout = 20_000;

/** Connections to a server of an older revision: it asks on the connection, not in the call, whose visitor it means. */
const mostLines = {program: 4, http: 16};

/** How a server of an older revision is answered while a call runs. */
export type Asked = (params: mcpPackage.ElicitRequest['params']) => Promise<mcpPackage.ElicitResult>;

/** A connection that a call has. */
export interface Line {
  readonly client: Client;
  /** Whether the server asks by its results, so that many calls share the connection. */
  readonly isShared: boolean;
  /** Whoever has the connection answers. */
  asked: Asked | undefined;
}

export interface Connection {
  /** The client for lists; connects if it is not connected, also after the server has gone away. */
  open(): Promise<Client>;
  /** A connection for a call, which nobody else has if the server is of an older revision. Waits until one is free. */
  borrow(options: {readonly signal: AbortSignal}): Promise<Line>;
  giveBack(line: Line): void;
  close(): Promise<void>;
}

export interface ConnectionOptions {
  /** Called when the server says that these have changed. */
  readonly onChanged?: Partial<Record<'tools' | 'resources' | 'prompts', () => void>>;
  /** Called after the first connection was lost and made anew, as when the server was started again. */
  readonly onReconnected?: () => void;
  /** Extensions of the protocol that this client has. */
  readonly extensions?: mcpPackage.ClientCapabilities['extensions'];
}

/** @throws ChatError `invalid-request` if the package is missing */
export async function createConnection(
  server: McpServer,
  {onChanged = {}, onReconnected, extensions}: ConnectionOptions = {},
): Promise<Connection> {
  const mcp = await loadMcp();
  const way = 'url' in server ? overHttp(server, mcp) : toProgram(server);
  const most = mostLines['url' in server ? 'http' : 'program'];
  const lines = new Set<Line>();
  const busy = new Set<Line>();
  let opened: Promise<Line> | undefined;
  let connecting = 0;
  let change = Promise.withResolvers<void>();

  /** Lets all that wait look again whether a connection is free: one of them may have been stopped. */
  const wake = () => {
    change.resolve();
    change = Promise.withResolvers();
  };

  const connect = async (): Promise<Line> => {
    const client = new mcp.Client(
      {name: 'chatlet', version},
      {
        versionNegotiation: {mode: 'auto'},
        capabilities: {
          elicitation: {form: {}, url: {}},
          ...(extensions && {extensions}),
        },
        inputRequired: {autoFulfill: false},
        listChanged: {
          ...(onChanged.tools && {tools: {autoRefresh: false, onChanged: onChanged.tools}}),
          ...(onChanged.resources && {resources: {autoRefresh: false, onChanged: onChanged.resources}}),
          ...(onChanged.prompts && {prompts: {autoRefresh: false, onChanged: onChanged.prompts}}),
        },
      },
    );
    const line: {-readonly [Key in keyof Line]: Line[Key]} = {client, isShared: false, asked: undefined};
    client.setRequestHandler('elicitation/create', async ({params}) => line.asked?.(params) ?? {action: 'cancel'});
    client.onclose = () => {
      lines.delete(line);
      busy.delete(line);
      wake();
    };
    await client.connect(await way.makeTransport(), {timeout: startTimeout});
    line.isShared = client.getProtocolEra() === 'modern';
    lines.add(line);
    return line;
  };

  /** The first connection. */
  const openLine = async (): Promise<Line> => {
    const known = opened;
    const line = await known?.catch(() => undefined);
    if (line && lines.has(line)) return line;
    // Of calls at the same time only one connects.
    if (!opened || opened === known) {
      opened = connect();
      if (line && onReconnected) opened.then(onReconnected, () => {});
    }
    return opened;
  };

  return {
    open: async () => (await openLine()).client,

    async borrow({signal}) {
      const first = await openLine();
      if (first.isShared) return first;
      for (;;) {
        signal.throwIfAborted();
        const free = [...lines].find((line) => !busy.has(line));
        if (free) {
          busy.add(free);
          return free;
        }
        if (lines.size + connecting < most) {
          connecting += 1;
          try {
            await connect();
          } finally {
            connecting -= 1;
            wake();
          }
        } else {
          await endWith(change.promise, signal);
        }
      }
    },

    giveBack(line) {
      line.asked = undefined;
      busy.delete(line);
      wake();
    },

    async close() {
      await opened?.catch(() => undefined);
      opened = undefined;
      await Promise.all([...lines].map(({client}) => client.close()));
      await way.close();
    },
  };
}

async function loadMcp(): Promise<Mcp> {
  try {
    return await import('@modelcontextprotocol/client');
  } catch (cause) {
    const command = 'npm install @modelcontextprotocol/client';
    throw new ChatError('invalid-request', `Tools of MCP servers need a package: ${command}`, {cause});
  }
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
