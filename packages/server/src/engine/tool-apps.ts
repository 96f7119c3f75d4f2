/**
 * The apps of tools (MCP Apps): finds the app that shows a call of a chat, and runs the tools that it calls, by the rules
 * that count for models. Knows no HTTP and no frame.
 */
import {createHmac, timingSafeEqual} from 'node:crypto';
import {
  ChatError,
  type Json,
  type JsonObject,
  type Message,
  type Page,
  type ToolPart,
  isCall,
  isObject,
  parseJson,
} from '@chatlet/protocol';
import {withAppContext} from './app-context.ts';
import {noSuchChat} from './not-found.ts';
import type {Report} from './report.ts';
import type {Owner, PageRequest, Store} from './store.ts';
import {type AppPage, type AppTool, NeedsInput, type Tool, type ToolApp, type Toolbox} from './tool.ts';
import {type ToolFacts, defaultLimits} from './tool-loop.ts';
import {definitionOf, isAllowedInChat} from './tool-waits.ts';
import {endWith} from './until-aborted.ts';

export interface ToolApps {
  /**
   * A token for the app that shows the call: whoever has it within five minutes gets the page.
   * @throws ChatError `not-found` if there is no such call, or its tool has no app any more; the errors of `ToolApp.page`
   */
  open(call: ShownCall, options: {readonly signal: AbortSignal}): Promise<string>;
  /** @throws ChatError `not-found` if the token is not valid any more; the errors of `ToolApp.page` */
  page(token: string, options: {readonly signal: AbortSignal}): Promise<AppPage>;
  /**
   * Calls a tool for the app that shows the call.
   * @throws ChatError `not-found`; `forbidden` if the app may not call this tool; `invalid-request` if the input does not
   *   fit; `provider-timeout`; the errors of the tool
   */
  call(call: ShownCall, asked: AppCall, options: {readonly signal: AbortSignal}): Promise<AppCallOutcome>;
  /**
   * Reads a resource for the app that shows the call.
   * @throws ChatError `not-found`; `forbidden` if the app may not read it; `provider-error`; the errors of `ToolApp.read`
   */
  read(call: ShownCall, uri: string, options: {readonly signal: AbortSignal}): Promise<JsonObject>;
  /**
   * Keeps what the app says to the model, which reads it with the next question in place of what the app said before.
   * @throws ChatError `not-found`; `conflict` if the answer is still being written
   */
  keepContext(call: ShownCall, text: string): Promise<void>;
}

/** A call in an answer that the caller owns. */
export interface ShownCall {
  readonly owner: Owner;
  readonly chatId: string;
  readonly messageId: string;
  readonly callId: string;
}

export interface AppCall {
  /** As the app names the tool. */
  readonly name: string;
  readonly input: Json;
  /** The definition of the tool that a person has allowed to run with this input. */
  readonly approved?: string;
}

/** The result of a tool, or what a person must allow first. */
export type AppCallOutcome =
  | {readonly result: JsonObject}
  | {readonly approval: {readonly name: string; readonly definition: string; readonly destructive: boolean}};

export interface ToolAppServices {
  readonly messages: (owner: Owner, chatId: string, page: PageRequest) => Promise<Page<Message>>;
  /** Absent if the store cannot change messages: then nothing that apps say is kept. */
  readonly changeMessage?: Store['changeMessage'];
  /** The server's tools as they are now. */
  readonly tools: () => Toolbox;
  /** The server's, which signs tokens. */
  readonly secret: string;
  readonly report: Report;
  /** Told about each call, but never about its words. */
  readonly watch?: ((facts: ToolFacts) => void) | undefined;
  /** Milliseconds that a tool may take; as when a model calls it by default. */
  readonly timeout?: number | undefined;
}

/** Milliseconds in which a page must be fetched after its app was opened. */
const tokenTime = 5 * 60_000;
/** Characters of a result as JSON. */
const longestResult = 400_000;
/** Messages that are read to find a call: its answer may be an old one. */
const pageLength = 200;
const mostPages = 5;

export function createToolApps(services: ToolAppServices): ToolApps {
  const {messages, tools, secret, report, watch, timeout: callTime = defaultLimits.timeout} = services;
  const sign = (text: string) => createHmac('sha256', secret).update(`app:${text}`).digest('base64url');

  function makeToken(tool: Tool): string {
    const text = Buffer.from(JSON.stringify([tool.name, Date.now() + tokenTime])).toString('base64url');
    return `${text}.${sign(text)}`;
  }

  function appOf(name: string): ToolApp {
    const app = tools().get(name)?.app;
    if (!app) throw new ChatError('not-found', 'The tool has no app any more.');
    return app;
  }

  /** Whether the tool is switched on, under whatever name the model knows it by. */
  function isOffered({name, origin}: Tool): boolean {
    return [...tools().values()].some((each) => (origin === undefined ? each.name === name : each.origin === origin));
  }

  /** The call, and the messages from its answer on. */
  async function find({owner, chatId, messageId, callId}: ShownCall) {
    let found: readonly Message[] = [];
    let cursor: string | undefined;
    for (let pages = 0; pages < mostPages; pages++) {
      const page = await messages(owner, chatId, {limit: pageLength, ...(cursor !== undefined && {cursor})});
      found = [...page.items, ...found];
      const answer = page.items.find(({id}) => id === messageId);
      const part = answer?.parts.find((each): each is ToolPart => isCall(each, callId));
      if (part?.app) return {part, messages: found};
      cursor = page.next;
      if (answer || cursor === undefined) break;
    }
    throw noSuchChat();
  }

  async function run({tool, call}: AppTool, asked: AppCall, shown: ShownCall, signal: AbortSignal) {
    const began = performance.now();
    const timeout = AbortSignal.timeout(callTime);
    let outcome: ToolFacts['outcome'] = 'failed';
    try {
      const either = AbortSignal.any([signal, timeout]);
      const {owner, chatId, callId} = shown;
      const result = await endWith(call(asked.input, {owner, chatId, callId, signal: either}), either);
      if (JSON.stringify(result).length > longestResult)
        throw new ChatError('provider-error', 'The result is too long.');
      outcome = 'done';
      return result;
    } catch (error) {
      if (timeout.aborted) {
        outcome = 'timeout';
        throw new ChatError('provider-timeout', `It took longer than ${callTime / 1000} s.`, {cause: error});
      }
      if (signal.aborted) outcome = 'stopped';
      else if (error instanceof NeedsInput) {
        throw new ChatError('forbidden', 'It needs an answer, and an app cannot ask for one.', {cause: error});
      }
      if (error instanceof ChatError || signal.aborted) throw error;
      report(error, {tool: tool.name});
      throw new ChatError('provider-error', 'The tool failed.', {cause: error});
    } finally {
      watch?.({name: tool.name, outcome, duration: performance.now() - began});
    }
  }

  return {
    async open(shown, options) {
      const {part} = await find(shown);
      const app = appOf(part.name);
      // Kept for the frame that comes next. A failure is told here, because a page cannot see one in a frame.
      await app.page(options);
      const tool = tools().get(part.name);
      if (!tool) throw noSuchChat();
      return makeToken(tool);
    },

    async page(token, options) {
      const [text = '', signature = ''] = token.split('.');
      const [given, valid] = [Buffer.from(signature), Buffer.from(sign(text))];
      const isValid = given.length === valid.length && timingSafeEqual(given, valid);
      const content = isValid ? parseJson(Buffer.from(text, 'base64url').toString()) : undefined;
      const [name, end] = Array.isArray(content) ? (content as readonly Json[]) : [];
      if (typeof name !== 'string' || typeof end !== 'number' || Date.now() > end) {
        throw new ChatError('not-found', 'The app was opened too long ago.');
      }
      return appOf(name).page(options);
    },

    async call(shown, asked, {signal}) {
      const {part, messages: known} = await find(shown);
      const called = appOf(part.name).tools.get(asked.name);
      if (!called || (called.isForModels && !isOffered(called.tool))) {
        throw new ChatError('forbidden', 'The app may not call this tool.');
      }
      const {tool} = called;
      const {needsApproval} = tool.prepare(isObject(asked.input) ? asked.input : {});
      const definition = definitionOf(tool);
      if (needsApproval && asked.approved !== definition && !isAllowedInChat(tool, known)) {
        return {approval: {name: tool.name, definition, destructive: tool.annotations?.destructiveHint === true}};
      }
      return {result: await run(called, asked, shown, signal)};
    },

    async read(shown, uri, {signal}) {
      const {part} = await find(shown);
      const app = appOf(part.name);
      if (!app.read) throw new ChatError('forbidden', 'The app may not read resources.');
      const either = AbortSignal.any([signal, AbortSignal.timeout(callTime)]);
      const result = await endWith(app.read(uri, {signal: either}), either);
      if (JSON.stringify(result).length <= longestResult) return result;
      throw new ChatError('provider-error', 'The resource is too long.');
    },

    async keepContext(shown, text) {
      const {owner, chatId, messageId, callId} = shown;
      await find(shown);
      if (!services.changeMessage) throw new ChatError('forbidden', 'Nothing that apps say is kept.');
      await services.changeMessage(owner, chatId, messageId, (answer) => withAppContext(answer, {callId, text}));
    },
  };
}
