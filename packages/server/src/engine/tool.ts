/** Tools that the server runs for the model. Knows no model and no loop. */
import {
  type CallProgress,
  ChatError,
  type InputReply,
  type Json,
  type JsonObject,
  type SourcePart,
  type ToolWait,
} from '@chatlet/protocol';
import type {AnswerOptions, ToolDefinition} from './provider.ts';
import type {Owner} from './store.ts';
import {findFreeName} from './tool-names.ts';

/** Hints about a tool, under MCP's names. */
export interface ToolAnnotations {
  /** The tool changes nothing, so it runs without approval. */
  readonly readOnlyHint?: boolean;
  /** The tool may delete or overwrite. */
  readonly destructiveHint?: boolean;
}

/** Who has asked, and how a running tool asks back or says how far it is. */
export interface ToolContext {
  /** Whose turn it is. */
  readonly owner: Owner;
  /** Absent if nothing is stored. */
  readonly chatId?: string;
  readonly callId: string;
  /** Aborts when somebody stops the answer, when the tool takes too long, and when the server closes. */
  readonly signal: AbortSignal;
  /**
   * Takes what the tool tells while it runs: how far it is, the sources of its result, and the result as the tool's app
   * reads it.
   */
  readonly tell?: (told: ToolTold) => void;
  /** What the tool asked when it ran before, see `NeedsInput`. */
  readonly asked?: AskedBefore;
}

export type ToolTold =
  | ToolProgress
  | ({readonly type: 'source'} & ToolSource)
  | {readonly type: 'app'; readonly result: JsonObject};

export interface ToolProgress extends CallProgress {
  readonly type: 'progress';
}

/** A source that the result is based on; visitors see it below the answer. */
export type ToolSource = Omit<SourcePart, 'type'>;

/** The answer to a `NeedsInput`. */
export interface AskedBefore {
  readonly reply: InputReply;
  /** What the tool gave to keep. */
  readonly kept?: Json;
}

/**
 * Thrown by a tool that cannot go on without a person or the page. The call waits, also over a restart. After an answer to
 * a form or an address the tool runs again from its beginning, with `asked`. What the page or a person of the site
 * answers is the result.
 */
export class NeedsInput extends Error {
  readonly question: ToolQuestion;
  readonly kept: Json | undefined;

  constructor(question: ToolQuestion, kept?: Json) {
    super('The tool waits for an answer.');
    this.question = question;
    this.kept = kept;
  }
}

/** What a call waits for. */
export type ToolQuestion =
  | {readonly ask: 'page' | 'person'}
  /** `schema`: see `toForm`. */
  | {readonly ask: 'form'; readonly message: string; readonly schema: JsonObject}
  /** https: */
  | {readonly ask: 'url'; readonly message: string; readonly url: string};

/** What the model may run. */
export interface Tool extends ToolDefinition {
  /** What the tool says of itself, such as that it changes nothing. */
  readonly annotations?: ToolAnnotations;
  /** Whether the visitor must allow a call, for lists; absent if it depends on the input. */
  readonly approval?: 'always' | 'never';
  /** @throws ChatError `invalid-request`, with a sentence for the model, if the input does not fit the schema */
  prepare(input: Json): PreparedCall;
  /** Where it runs; by default here. */
  readonly runsOn?: 'page';
  /**
   * What stands behind a tool of a server, such as `mcp:docs search`. Part of what a person allows, so that a tool of the
   * same name and description elsewhere is asked for anew.
   */
  readonly origin?: string;
  /** Shows results in a frame of the page. */
  readonly app?: ToolApp;
  /** Called when the server closes; several tools may share what it closes. */
  close?(): Promise<void>;
}

/** A call whose input fits. */
export interface PreparedCall {
  /** Whether the visitor must allow it first. */
  readonly needsApproval: boolean;
  /**
   * The model reads the message of a ChatError; of other errors it learns only that the tool failed.
   * @throws NeedsInput
   */
  run(context: ToolContext): Promise<Json>;
}

/** A page of the tool's maker, which shows results of the tool (MCP Apps). */
export interface ToolApp {
  readonly title: string;
  /** @throws ChatError if there is none, or the server of the tool is away */
  page(options: {readonly signal: AbortSignal}): Promise<AppPage>;
  /**
   * A resource of the same server, as MCP's `ReadResourceResult`.
   * @throws ChatError `forbidden` if the app may not read it; `provider-unavailable`
   */
  read?(uri: string, options: {readonly signal: AbortSignal}): Promise<JsonObject>;
  /** The tools that the app may call, by the names that it knows. */
  readonly tools: ReadonlyMap<string, AppTool>;
}

export interface AppPage {
  readonly html: string;
  /** Origins that the page may use, such as `https://cdn.example.com`. Without them it reaches nothing. */
  readonly connect: readonly string[];
  readonly resources: readonly string[];
  readonly frames: readonly string[];
}

/** A tool as an app calls it. */
export interface AppTool {
  readonly tool: Tool;
  /** Whether models are offered it too; some tools are for apps alone. */
  readonly isForModels: boolean;
  /** The result as the app reads it. The input has been checked by `tool.prepare`. */
  readonly call: (input: Json, context: ToolContext) => Promise<JsonObject>;
}

/** Tools that may change while the server runs, such as those of an MCP server. */
export interface Toolset {
  /** The tools that are known now. Never waits: it may look for newer ones meanwhile. */
  tools(): readonly Tool[];
  /** Called when the server closes. */
  close?(): Promise<void>;
}

/** The tools by their names. */
export type Toolbox = ReadonlyMap<string, Tool>;

/** Takes a tool for a turn, as it is or with other rules; undefined leaves it out. */
export type PickTool = (tool: Tool) => Tool | undefined;

/** Whether a call may wait for somebody: never, for anything, or for these alone. */
export type MayWait = boolean | readonly ToolWait['ask'][];

interface ToolChoice {
  readonly usesTools?: boolean | PickTool | undefined;
  /** Functions of the page. They run only if the answer is kept. */
  readonly pageTools?: readonly Tool[] | undefined;
  readonly options?: AnswerOptions | undefined;
  readonly context: Pick<ToolContext, 'owner' | 'chatId'>;
  /** A call may wait only if the answer is kept. */
  readonly mayWait: MayWait;
}

/** The tools of a turn: a caller that brings tools runs those, and none of the server's, which win over the page's. */
export function chooseTools(
  toolsNow: (() => Toolbox) | undefined,
  {usesTools = false, options, pageTools = [], ...turn}: ToolChoice,
) {
  if (!usesTools || options?.tools) return undefined;
  const ofPage = canWait(turn.mayWait, 'page') ? pageTools.map((tool) => [tool.name, tool] as const) : [];
  const pick: PickTool = typeof usesTools === 'function' ? usesTools : (tool) => tool;
  const ofServer = [...(toolsNow?.() ?? [])].flatMap(([name, tool]) => {
    const picked = pick(tool);
    return picked ? [[name, picked] as const] : [];
  });
  const tools = new Map([...ofPage, ...ofServer]);
  return tools.size > 0 ? {tools, ...turn} : undefined;
}

/** Whether a call may wait for this. */
export function canWait(mayWait: MayWait, ask: ToolWait['ask']): boolean {
  return typeof mayWait === 'boolean' ? mayWait : mayWait.includes(ask);
}

/** @throws ChatError `invalid-request` if two have the same name */
export function toToolbox(tools: readonly Tool[]): Toolbox {
  const box = new Map<string, Tool>();
  for (const tool of tools) {
    if (box.has(tool.name)) throw new ChatError('invalid-request', `There are two tools "${tool.name}".`);
    box.set(tool.name, tool);
  }
  return box;
}

/**
 * The tools with those of the sets as they are now. If a name is taken or `reserved`, the tool of the later set gets a
 * number behind it.
 */
export function withToolsets(
  tools: Toolbox,
  toolsets: readonly Toolset[],
  {reserved}: {readonly reserved?: string | undefined} = {},
): Toolbox {
  if (toolsets.length === 0) return tools;
  const box = new Map(tools);
  for (const tool of toolsets.flatMap((set) => set.tools())) {
    const name = findFreeName(tool.name, (each) => each === reserved || box.has(each));
    box.set(name, name === tool.name ? tool : {...tool, name});
  }
  return box;
}
