/**
 * Connects the chat with WebMCP, by which a page offers functions to the browser's own agents: takes these functions for the
 * model of the chat, and offers to the agents to ask the chat. A chunk that is fetched when the page wants it and the browser
 * has WebMCP, which is a draft: https://webmachinelearning.github.io/webmcp/ and Chromium 149 to 156 behind a flag.
 */
import {isObject, parseJson, textOf} from '@chatlet/protocol';
import type {Json, Message} from '@chatlet/protocol';
import type {ReactiveController, ReactiveControllerHost} from 'lit';
import type {PageTool} from '../../client/page-tool.ts';
import {readWebUrl} from '../sources/web-url.ts';

/** A function that the page has registered for agents, as the browser lists it. */
interface RegisteredTool {
  readonly name: string;
  readonly description: string;
  /** JSON Schema; in earlier drafts its text. */
  readonly inputSchema?: unknown;
  readonly annotations?: unknown;
  readonly window?: unknown;
}

interface AgentTool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly inputSchema: object;
  readonly annotations: object;
  execute(input: unknown, context?: {readonly signal?: AbortSignal}): Promise<unknown>;
}

/** What is used of the draft. Each function is looked for before its use. */
interface ModelContext extends EventTarget {
  registerTool?(tool: AgentTool, options: {readonly signal: AbortSignal}): unknown;
  unregisterTool?(name: string): unknown;
  getTools?(): Promise<readonly RegisteredTool[]>;
  executeTool?(tool: RegisteredTool, input: unknown, options: {readonly signal: AbortSignal}): Promise<unknown>;
}

/** The chat, as far as agents concern it. */
export interface WebMcpHost extends ReactiveControllerHost {
  readonly webmcp: 'take' | 'offer' | 'both' | undefined;
  readonly heading: string | undefined;
  readonly isConnected: boolean;
  tools: readonly PageTool[] | undefined;
  send(text: string): Promise<Message | undefined>;
  stop(): void;
}

/** The name of the function that agents call to ask the chat. */
const askName = 'ask-this-site';
const longestQuestion = 4000;

/** Undefined if the browser has no WebMCP. Earlier drafts have it at the navigator. */
export function findModelContext(): ModelContext | undefined {
  const places: readonly unknown[] = [document, navigator];
  for (const place of places) {
    const context = isObject(place) ? place['modelContext'] : undefined;
    if (isObject(context)) return context as unknown as ModelContext;
  }
  return undefined;
}

export class WebMcpController implements ReactiveController {
  readonly #host: WebMcpHost;
  #mode: WebMcpHost['webmcp'];
  #ending: AbortController | undefined;
  #taken: readonly PageTool[] = [];

  constructor(host: WebMcpHost) {
    this.#host = host;
    host.addController(this);
  }

  hostConnected(): void {
    this.hostUpdated();
  }

  hostUpdated(): void {
    // An element must not be changed while it is updated. A chat that is only moved is put back in the same task.
    queueMicrotask(() => this.#follow());
  }

  hostDisconnected(): void {
    this.hostUpdated();
  }

  #follow(): void {
    const {webmcp, isConnected, tools} = this.#host;
    const mode = isConnected ? webmcp : undefined;
    if (mode !== this.#mode) this.#connect(mode);
    // The page has set all functions anew.
    else if (this.#taken.some((tool) => !tools?.includes(tool))) this.#put(this.#taken);
  }

  #connect(mode: WebMcpHost['webmcp']): void {
    this.#ending?.abort();
    this.#mode = mode;
    this.#put([]);
    const context = findModelContext();
    if (!context || mode === undefined) return;
    this.#ending = new AbortController();
    const {signal} = this.#ending;
    if (mode === 'offer' || mode === 'both') void offerToAsk(context, {host: this.#host, signal});
    if (mode === 'take' || mode === 'both') this.#take(context, signal);
  }

  /** Takes the functions that the page has now, and again whenever they change. */
  #take(context: ModelContext, signal: AbortSignal): void {
    const {getTools, executeTool} = context;
    if (!getTools || !executeTool) return;
    let gone = new AbortController();
    const take = async () => {
      const registered = await getTools.call(context);
      if (signal.aborted) return;
      gone.abort();
      gone = new AbortController();
      const ending = AbortSignal.any([signal, gone.signal]);
      const run = executeTool.bind(context);
      this.#put(registered.filter(isOfThisPage).map((tool) => toPageTool(tool, {run, signal: ending})));
    };
    const look = () => void take().catch((error: unknown) => console.error('Chatlet: WebMCP gives no tools.', error));
    if (context instanceof EventTarget) context.addEventListener('toolchange', look, {signal});
    look();
  }

  /** Puts these functions in place of those that were taken before, behind the page's own. */
  #put(taken: readonly PageTool[]): void {
    const {tools = []} = this.#host;
    const before = new Set(this.#taken);
    const own = tools.filter((tool) => !before.has(tool));
    // What the page has given to the chat itself counts.
    const names = new Set(own.map(({name}) => name));
    this.#taken = taken.filter(({name}) => !names.has(name));
    if (this.#taken.length > 0 || own.length < tools.length) this.#host.tools = [...own, ...this.#taken];
  }
}

/** Not those of frames, which another site may have written, and not the one by which agents ask a chat. */
function isOfThisPage({name, window: owner}: RegisteredTool): boolean {
  return name !== askName && (owner === undefined || owner === window);
}

interface Running {
  readonly run: NonNullable<ModelContext['executeTool']>;
  /** Aborts when the function is gone. */
  readonly signal: AbortSignal;
}

/** As the page would register it with the chat: a function without `readOnlyHint` asks the visitor before each call. */
function toPageTool(tool: RegisteredTool, {run, signal}: Running): PageTool {
  const {name, description, inputSchema, annotations} = tool;
  const {readOnlyHint, destructiveHint, consequentialHint} = isObject(annotations) ? annotations : {};
  const isText = typeof inputSchema === 'string';
  const schema = isText ? parseJson(inputSchema) : inputSchema;
  return {
    // WebMCP allows dots, our names do not.
    name: name.replaceAll('.', '_'),
    description,
    ...(isObject(schema) && {inputSchema: schema}),
    annotations: {
      ...(readOnlyHint === true && {readOnlyHint: true}),
      ...((destructiveHint === true || consequentialHint === true) && {destructiveHint: true}),
    },
    signal,
    // Where the schema is a text, so is the input.
    run: async (input, context) => readResult(await run(tool, isText ? JSON.stringify(input) : input, context)),
  };
}

/**
 * The result without the frame of MCP that some functions put around it.
 * @throws Error with the function's own words if that says that it failed
 */
function readResult(result: unknown): Json {
  const value = typeof result === 'string' ? (parseJson(result) ?? result) : result;
  if (!isObject(value) || !Array.isArray(value['content'])) return value === 'undefined' ? null : (value as Json);
  const texts = value['content'].map((part) => (isObject(part) ? part['text'] : undefined));
  const text = texts.filter((each) => typeof each === 'string').join('\n');
  if (value['isError'] === true) throw new Error(text);
  return text;
}

interface Offering {
  readonly host: WebMcpHost;
  /** Ends the offer. */
  readonly signal: AbortSignal;
}

async function offerToAsk(context: ModelContext, {host, signal}: Offering): Promise<void> {
  const name = host.heading ?? document.title;
  const tool: AgentTool = {
    name: askName,
    title: name,
    description:
      `Asks the assistant of this site${name === '' ? '' : ` (${name})`}, which answers from the site’s pages and names them. ` +
      'The visitor sees the question and the answer in the chat of the page.',
    inputSchema: {
      type: 'object',
      properties: {question: {type: 'string', description: 'In the visitor’s language', maxLength: longestQuestion}},
      required: ['question'],
    },
    // A model has written the answer, and it may stand on pages of others.
    annotations: {untrustedContentHint: true},
    async execute(input, {signal: stopped} = {}) {
      const question = isObject(input) ? input['question'] : undefined;
      if (typeof question !== 'string' || question.trim() === '' || question.length > longestQuestion) {
        throw new Error(`The question is a text of at most ${longestQuestion} characters.`);
      }
      const stop = () => host.stop();
      stopped?.addEventListener('abort', stop);
      try {
        const answer = await host.send(question);
        if (!answer) throw new Error('The chat takes no question now: it writes an answer, or the page forbids it.');
        return {content: [{type: 'text', text: printAnswer(answer)}]};
      } finally {
        stopped?.removeEventListener('abort', stop);
      }
    },
  };
  try {
    await context.registerTool?.(tool, {signal});
    if (context.unregisterTool) signal.addEventListener('abort', () => context.unregisterTool?.(askName));
  } catch (error) {
    // A registration that has ended is rejected, too.
    if (!signal.aborted) console.warn('Chatlet: the agents of the browser cannot ask this chat.', error);
  }
}

/** The text with the sources that it names, for a reader that sees nothing else. */
function printAnswer(answer: Message): string {
  const sources = answer.parts.flatMap((part) => {
    if (part.type !== 'source') return [];
    const url = readWebUrl(part.url);
    return [`- ${part.title}${url === undefined ? '' : `: ${url}`}`];
  });
  const said = textOf(answer).trim();
  const text = answer.status === 'waiting' ? `${said}\n\nThe answer waits for the visitor, in the chat.` : said;
  if (answer.error) throw new Error(answer.error.message);
  return [text, ...(sources.length > 0 ? [`Sources:\n${sources.join('\n')}`] : [])].join('\n\n').trim();
}
