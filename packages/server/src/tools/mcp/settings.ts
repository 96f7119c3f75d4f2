/** How an MCP server is named in the configuration. Needs no package, so that the server's own types need none. */
import type {Rules} from '../rules.ts';

/** A server of tools, by its address or as a program that is started. */
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
  /**
   * Prompts that become starters of the chat, by name or a pattern like `plan-*`. Those that need arguments do not. None by
   * default.
   */
  readonly prompts?: readonly string[];
  /**
   * Resources that the model may read, by address, name or a pattern like `docs://*`: it gets a tool for that,
   * `ID_read-resource`, which runs without asking unless `tools` says otherwise. None by default.
   */
  readonly resources?: readonly string[];
  /**
   * Whether pages of the server show the results of its tools in the chat (MCP Apps), in a frame that reaches nothing but
   * the server's own tools. `domains` are origins such as `https://cdn.example.com`, or patterns like `https://*.example.com`,
   * from which pages may also load if they declare them. By default no pages are shown.
   */
  readonly apps?: boolean | {readonly domains?: readonly string[]};
}

export interface McpOverHttp extends McpOptions {
  readonly url: string;
  /** Such as `authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface McpProgram extends McpOptions {
  readonly command: string;
  readonly args?: readonly string[];
  /** Variables for the program, which gets none of the server's own but `PATH`, `HOME` and the like. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A resource of an MCP server, as the server lists it. */
export interface McpResource {
  readonly uri: string;
  /** Its name if it has no title. */
  readonly title: string;
  /** A sentence for models; absent if the server gives none. */
  readonly description?: string;
  /** MIME type, such as `text/markdown`. */
  readonly mediaType?: string;
  /** When it was last changed, as the server says it. */
  readonly updatedAt?: string;
}
