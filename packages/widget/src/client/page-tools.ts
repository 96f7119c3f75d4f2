/**
 * Offers functions of the page to the model, and runs those that it calls: in one tab, once. A chunk that a chat fetches
 * when the page has registered a function. Knows no DOM, no Lit and no HTTP.
 */
import {
  ChatError,
  applyEvent,
  asJson,
  emptyAnswer,
  isForPage,
  isWaiting,
  pageToolLimits,
  pageToolName,
} from '@chatlet/protocol';
import type {ChatEvent, Json, Message, PageToolDefinition, ToolPart, ToolResultEvent} from '@chatlet/protocol';
import {findMismatch, listUnknownKeywords} from './check-schema.ts';
import type {PageReply, SentReply} from './transport.ts';
import {waitOrBack} from './wait.ts';
import type {FollowOptions} from './follow-turn.ts';
import {newId} from './ids.ts';
import type {FollowCalls, PageTool, PageTools} from './page-tool.ts';

const anyObject = {type: 'object', properties: {}};

/**
 * `list`: the functions of the page, newest last. Those that cannot be offered are named in the console, each once.
 */
export function createPageTools(list: () => readonly PageTool[]): PageTools {
  const complained = new WeakMap<PageTool, string>();

  /** The functions that can be offered, by name. */
  const offered = (): ReadonlyMap<string, Offered> => {
    const found = new Map<string, Offered>();
    let length = 0;
    for (const tool of list()) {
      if (tool.signal?.aborted) continue;
      const definition = define(tool);
      const size = definition ? JSON.stringify(definition).length : 0;
      const problem = definition ? findProblem(tool, {size: length + size, names: found}) : 'its schema is no JSON.';
      if (problem !== undefined && complained.get(tool) !== problem) {
        complained.set(tool, problem);
        console.error(`Chatlet: the function "${tool.name}" is not offered to the model: ${problem}`);
      }
      if (!definition || problem !== undefined) continue;
      length += size;
      found.set(tool.name, {tool, definition});
    }
    return found;
  };

  const definitions = () => [...offered().values()].map(({definition}) => definition);
  const find = (name: string) => offered().get(name)?.tool;
  return {
    definitions,
    follow: (options, {signal}) => followCalls({...options, definitions, find}, {signal}),
  };
}

interface Offered {
  readonly tool: PageTool;
  readonly definition: PageToolDefinition;
}

/** Undefined if the schema cannot be written as JSON. */
function define({name, description, inputSchema, annotations}: PageTool): PageToolDefinition | undefined {
  const {readOnlyHint, destructiveHint} = annotations ?? {};
  const hints = {...(readOnlyHint && {readOnlyHint: true}), ...(destructiveHint && {destructiveHint: true})};
  try {
    const schema = asJson(JSON.parse(JSON.stringify(inputSchema ?? anyObject)));
    return {name, description, inputSchema: schema, ...(Object.keys(hints).length > 0 && {annotations: hints})};
  } catch {
    // It refers to itself, for example. The page's author is told.
    return undefined;
  }
}

function findProblem(
  {name, description, inputSchema, outputSchema, run}: PageTool,
  {size, names}: {readonly size: number; readonly names: ReadonlyMap<string, unknown>},
): string | undefined {
  const {tools, definitions, description: longest} = pageToolLimits;
  if (typeof name !== 'string' || !pageToolName.test(name)) return 'a name has at most 64 letters, digits, _ and -.';
  if (names.has(name)) return 'another one has this name.';
  if (typeof run !== 'function') return 'it has no run().';
  if (typeof description !== 'string' || description === '') return 'it has no description.';
  if (description.length > longest) return `its description has more than ${longest} characters.`;
  if (names.size >= tools) return `there are more than ${tools}.`;
  if (size > definitions) return `all definitions together have more than ${definitions} characters.`;
  const unknown = [inputSchema, outputSchema].flatMap(listUnknownKeywords);
  return unknown.length > 0 ? `its schema has keywords that are not checked: ${unknown.join(', ')}.` : undefined;
}

interface Finding extends Pick<PageTools, 'definitions'> {
  readonly find: (name: string) => PageTool | undefined;
}

/** @throws ChatError as `followTurn` does; the signal's reason if that aborts */
async function* followCalls(
  options: FollowCalls & Finding,
  {signal}: {readonly signal: AbortSignal},
): AsyncGenerator<readonly ChatEvent[]> {
  const {followTurn, begin, onGoesOn, onAccepted, onFree} = options;
  const asks = 'request' in begin;
  const line = standInLine(onFree);
  let answer = 'waiting' in begin ? begin.waiting : undefined;
  let chatId: string | undefined;
  const name = (id: string | undefined) => {
    if (id === undefined) return;
    chatId = id;
    line.enter(id);
  };
  name(asks ? begin.request.chatId : begin.chatId);
  try {
    for (let next: FollowCalls['begin'] = begin; ; next = {chatId}) {
      if (!('waiting' in next)) {
        const follow: FollowOptions = {
          ...options,
          begin: next,
          onAccepted(id, ignored) {
            // Before the other tabs hear of the turn, so that this one is the first in line.
            name(id);
            complainOfIgnored(ignored);
            onAccepted?.(id, ignored);
          },
        };
        for await (const events of followTurn(follow, {signal})) {
          for (const event of events) {
            if (event.type === 'message-start') name(event.chatId);
            answer = growCalls(answer, event);
          }
          yield events;
        }
      }
      if (!answer || chatId === undefined || !answer.parts.some(isForPage) || !(await line.isFirst(chatId))) return;
      const {results, goesOn} = await answerCalls(answer, {...options, chatId, asks, signal});
      if (results.length > 0) yield results;
      if (!goesOn) return;
      onGoesOn(chatId);
    }
  } finally {
    line.leave();
  }
}

/** The answer's calls, without its words. */
function growCalls(answer: Message | undefined, event: ChatEvent): Message | undefined {
  if (event.type === 'message-start') return emptyAnswer({id: event.messageId, createdAt: ''});
  return answer && /^(?:tool|message|error)/.test(event.type) ? applyEvent(answer, event) : answer;
}

/** `ignored`: the header of the server's answer. */
function complainOfIgnored(ignored: string | undefined): void {
  for (const name of ignored?.split(', ') ?? []) {
    if (name === 'pageTools')
      console.error('Chatlet: the server takes no functions of the page: its pageTools is off.');
    const [, tool] = /^pageTools\.(.+)/.exec(name) ?? [];
    if (tool)
      console.error(`Chatlet: the function "${tool}" is not offered to the model: the server has a tool of this name.`);
  }
}

interface Line {
  /** The first tab that enters is the first in line. */
  enter(chatId: string): void;
  /** If another tab is, `onFree` is called when that has left or is gone. */
  isFirst(chatId: string): Promise<boolean>;
  leave(): void;
}

/** The chats for whose calls this page has waited until another tab was gone. */
const inherited = new Set<string>();

/** The tabs that show a chat stand in line for the calls of its answer. */
function standInLine(onFree: (chatId: string) => void): Line {
  let leave = () => {};
  const left = new Promise<void>((resolve) => {
    leave = resolve;
  });
  // A page without HTTPS has no locks. There the server alone decides whose claim is the first.
  const locks = typeof navigator === 'object' ? navigator.locks : undefined;
  let first: Promise<boolean> | undefined;
  return {
    enter(chatId) {
      first ??= new Promise((resolve) => {
        if (!locks) resolve(true);
        else
          void locks.request(`chatlet:${chatId}`, {ifAvailable: true}, (lock) => {
            resolve(lock !== null);
            return lock ? left : undefined;
          });
      });
    },
    async isFirst(chatId) {
      const isFirst = (await first) ?? true;
      if (!isFirst)
        void locks?.request(`chatlet:${chatId}`, () => {
          inherited.add(chatId);
          onFree(chatId);
        });
      return isFirst;
    },
    leave,
  };
}

interface Answering extends FollowCalls, Finding {
  readonly chatId: string;
  /** Whether this page has asked the question. */
  readonly asks: boolean;
  readonly signal: AbortSignal;
}

/** Runs the functions that the answer waits for. It goes on if nothing else has to be answered. */
async function answerCalls(answer: Message, options: Answering) {
  const waiting = answer.parts.filter(isWaiting);
  const calls = waiting.filter(isForPage);
  const answered = await Promise.all(calls.map((call) => answerCall(call, {...options, messageId: answer.id})));
  inherited.delete(options.chatId);
  options.signal.throwIfAborted();
  const results = answered.filter((result) => result !== undefined);
  return {results, goesOn: results.length === waiting.length};
}

/** This page, as long as it is loaded. */
const pageId = newId('run');
const pageKey = 'page';

/** The calls that this page runs, by answer and call: it may hold two chats. */
const running = new Set<string>();

/** Undefined if the call is for another page. */
async function answerCall(
  {callId, name, input, wait}: ToolPart,
  options: Answering & {readonly messageId: string},
): Promise<ToolResultEvent | undefined> {
  const {find, asks, chatId, storage} = options;
  const tool = find(name);
  const earlier = wait?.ask === 'page' ? wait.claim : undefined;
  const key = `${options.messageId} ${callId}`;
  const isGone = earlier !== undefined && (inherited.has(chatId) || storage.get(pageKey) === earlier);
  // Another tab may have the function, or runs it.
  if ((!tool && !asks) || (earlier !== undefined && !isGone) || running.has(key)) return undefined;
  const claim: PageReply = {claim: pageId, ...(isGone && {takesOver: earlier})};
  if ((await send(callId, claim, options)) !== 'taken') {
    // Nobody can claim it any more. If its time is over, the answer goes on with this sentence, and else with another result.
    const isOver = wait !== undefined && Date.parse(wait.expiresAt) < Date.now();
    return isOver ? tell(callId, {error: 'No page ran it in time.'}, options) : undefined;
  }
  storage.set(pageKey, pageId);
  if (!tool) return tell(callId, {error: 'The page does not offer this function any more.'}, options);
  if (isGone && tool.annotations?.readOnlyHint !== true) {
    return tell(callId, {error: 'The page was left while it ran, so nobody knows whether it was done.'}, options);
  }
  running.add(key);
  try {
    return await tell(callId, await runTool(tool, input, options), options);
  } finally {
    running.delete(key);
  }
}

/** Sends the result, also of a function that was stopped. */
async function tell(
  callId: string,
  reply: {readonly output: Json} | {readonly error: string},
  options: Answering & {readonly messageId: string},
): Promise<ToolResultEvent> {
  // The model may call them when the answer goes on.
  const pageTools = options.definitions();
  await send(callId, {claim: pageId, ...reply, pageTools}, options);
  return 'error' in reply
    ? {type: 'tool-result', callId, output: reply.error, failed: true}
    : {type: 'tool-result', callId, output: reply.output};
}

const mostAttempts = 5;

/** `answered`: the server takes no such message any more. */
async function send(
  callId: string,
  reply: SentReply,
  {transport, chatId, messageId, environment}: Answering & {readonly messageId: string},
): Promise<'taken' | 'answered'> {
  for (let attempt = 1; ; attempt++) {
    try {
      await transport.answerTool?.(chatId, {messageId, callId}, reply);
      return 'taken';
    } catch (thrown) {
      const error = ChatError.from(thrown);
      if (error.code === 'conflict' || error.code === 'not-found') return 'answered';
      if (attempt === mostAttempts || !error.retryable) throw error;
      // The result of a function that has run must not get lost with a connection.
      await waitOrBack(environment, 500 * 2 ** attempt, {signal: new AbortController().signal});
    }
  }
}

/** The result, or a sentence for the model. Never rejects. */
async function runTool(
  tool: PageTool,
  input: Json,
  {environment, signal}: Pick<Answering, 'environment' | 'signal'>,
): Promise<{readonly output: Json} | {readonly error: string}> {
  const {time, result: longest} = pageToolLimits;
  const timeout = new AbortController();
  const cancel = environment.after(time, () => timeout.abort());
  const ending = AbortSignal.any([signal, timeout.signal, ...(tool.signal ? [tool.signal] : [])]);
  try {
    const wrong = findMismatch(input, tool.inputSchema ?? anyObject);
    if (wrong !== undefined) return {error: `The input does not fit: ${wrong.slice(0, 500)}.`};
    const output = await Promise.race([tool.run(structuredClone(input), {signal: ending}), untilAborted(ending)]);
    const text = JSON.stringify(output) ?? 'null';
    const unfit = tool.outputSchema && findMismatch(JSON.parse(text), tool.outputSchema);
    if (unfit !== undefined) return {error: `The function gave a result that does not fit: ${unfit.slice(0, 500)}.`};
    if (text.length <= longest) return {output: asJson(JSON.parse(text))};
    const shown = typeof output === 'string' ? output : text;
    return {output: `${shown.slice(0, longest - 100)}\n… (cut: it has ${shown.length} characters)`};
  } catch (error) {
    if (signal.aborted) return {error: 'It was stopped.'};
    if (timeout.signal.aborted) return {error: `It took longer than ${time / 1000} s.`};
    if (ending.aborted) return {error: 'The page has taken the function away.'};
    const words = error instanceof Error ? error.message : String(error);
    return {error: `The function failed: ${words.slice(0, 500)}`};
  } finally {
    cancel();
  }
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const end = () => reject(signal.reason);
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, {once: true});
  });
}
