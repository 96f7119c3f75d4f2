/**
 * Answers with tools that the server runs: asks the model, runs the tools that it calls, gives it their results, and asks
 * it again, until it answers in words. The rounds are one answer. Knows no tool and no upstream by name.
 */
import {
  type CallApp,
  ChatError,
  type ChatEvent,
  type EventBatches,
  type JsonObject,
  type Message,
  type SourceEvent,
  type ToolPart,
  type ToolProgressEvent,
  type ToolResultEvent,
  type ToolWaitEvent,
  type Usage,
  type UsageEvent,
  applyEvent,
  emptyAnswer,
  isWaiting,
} from '@chatlet/protocol';
import {type LargeResults, createLargeResults, readerName} from './large-results.ts';
import type {PromptMessage, ProviderRequest} from './provider.ts';
import type {Report} from './report.ts';
import {
  type AskedBefore,
  type MayWait,
  NeedsInput,
  type Tool,
  type ToolContext,
  type ToolTold,
  type Toolbox,
  canWait,
} from './tool.ts';
import {definitionOf, isAllowedInChat, toWait} from './tool-waits.ts';
import {endWith} from './until-aborted.ts';
import {sumUsage} from './usage-sums.ts';

export interface ToolLoopOptions {
  readonly tools: Toolbox;
  /** The answer so far, if it goes on after a person's answer: its allowed calls run first. */
  readonly begun?: Message | undefined;
  /** By default a call that would have to wait fails. */
  readonly mayWait?: MayWait;
  readonly context: Pick<ToolContext, 'owner' | 'chatId'>;
  /** Ids that no new call may have, besides those of this answer: of calls that the client knows. */
  readonly takenCallIds?: readonly string[];
  readonly report: Report;
  readonly limits?: Partial<ToolLimits>;
  /** Told about each call that waits. */
  readonly onWait?: ((wait: ToolWaitEvent) => void) | undefined;
  /** Told about each call, but never about its words. */
  readonly watch?: ((facts: ToolFacts) => void) | undefined;
}

/** How much the tools of one answer may take. */
export interface ToolLimits {
  /** Rounds in which the model may call tools; 8 by default. After them it must answer in words. */
  readonly rounds: number;
  /** Calls of one round; 16 by default. */
  readonly callsOfRound: number;
  /** Milliseconds that a tool may take; 30 s by default. */
  readonly timeout: number;
  /** Characters of a result as JSON; 40 000 by default. The model reads a longer one in parts. */
  readonly resultLength: number;
}

/** An ended call of a tool. */
export interface ToolFacts {
  readonly name: string;
  readonly outcome: 'done' | 'failed' | 'timeout' | 'stopped';
  /** Milliseconds. */
  readonly duration: number;
}

export const defaultLimits: ToolLimits = {rounds: 8, callsOfRound: 16, timeout: 30_000, resultLength: 40_000};

/** Asks the model for one round. */
export type AskModel = (request: ProviderRequest, options: {signal: AbortSignal}) => EventBatches;

/**
 * The events of all rounds, with one `message-end`. A stop ends the tools that run. A tool that fails, hangs or does not
 * exist is a result that says so, so the model can go on.
 */
export async function* answerWithTools(
  ask: AskModel,
  request: ProviderRequest,
  {signal, limits: given, ...options}: ToolLoopOptions & {readonly signal: AbortSignal},
): EventBatches & AsyncGenerator<readonly ChatEvent[], void, void> {
  const limits = {...defaultLimits, ...given};
  const results = createLargeResults({partLength: limits.resultLength});
  let answer = options.begun ?? emptyAnswer({id: '', createdAt: ''});

  for (let round = 0; ; round++) {
    const prompt = answer.parts.length === 0 ? request.messages : [...request.messages, answer];
    for await (const event of runAll(openCalls(answer), {...options, results, prompt, limits, signal})) {
      answer = applyEvent(answer, event);
      if (event.type === 'tool-wait') options.onWait?.(event);
      yield [event];
    }
    if (signal.aborted) return;
    if (answer.parts.some(isWaiting)) {
      yield [waitEnd];
      return;
    }
    const isLast = round >= limits.rounds;
    const taken = new Set([...(options.takenCallIds ?? []), ...callIdsOf(answer)]);
    const names: CallNames = {taken, ofRound: new Map()};
    const spent = answer.usage;
    const messages = answer.parts.length === 0 ? request.messages : [...request.messages, answer];
    let end: ChatEvent | undefined;
    for await (const batch of ask(
      {...request, messages, ...offerTools(options.tools, results), ...(isLast && {toolChoice: 'none'})},
      {signal},
    )) {
      const shown: ChatEvent[] = [];
      for (const sent of batch) {
        if (sent.type === 'message-end') {
          end = sent;
          continue;
        }
        if (sent.type === 'message-start' && round > 0) continue;
        const event = sent.type === 'usage' ? addUsage(spent, sent) : nameCall(sent, names);
        answer = applyEvent(answer, event);
        shown.push(event);
        if (event.type === 'error') {
          yield shown;
          return;
        }
      }
      if (shown.length > 0) yield shown;
    }
    // An upstream that breaks off has no end, and the turn says that it was interrupted.
    if (!end) return;
    const open = openCalls(answer);
    if (open.length === 0 || isLast) {
      yield [...open.map(({callId}) => toFailure(callId, 'No more tools can be called.')), toFinalEnd(end, isLast)];
      return;
    }
  }
}

/** The turn ends while a call waits, and goes on as another turn. */
const waitEnd: ChatEvent = {type: 'message-end', reason: 'tool-calls'};

type Call = Pick<ToolPart, 'callId' | 'name' | 'input' | 'approval' | 'wait' | 'reply' | 'kept'>;

/** The calls of the last round, or those that a person has allowed. Some upstreams run tools of their own, and tell the results. */
function openCalls({parts}: Message): readonly Call[] {
  return parts.filter((part): part is ToolPart => part.type === 'tool' && part.state === 'running');
}

/** A model that still wanted tools when no more were allowed has ended all the same. */
function toFinalEnd(end: ChatEvent, isLast: boolean): ChatEvent {
  return isLast && end.type === 'message-end' && end.reason === 'tool-calls' ? {...end, reason: 'stop'} : end;
}

/** With the tool that reads on in results, if any was cut. A tool of the operator with its name comes first. */
function offerTools(tools: Toolbox, {reader}: LargeResults) {
  const offered = reader && !tools.has(readerName) ? [...tools.values(), reader] : [...tools.values()];
  return offered.length > 0 ? {tools: offered.map(toDefinition)} : {};
}

function toDefinition({name, description, inputSchema, strict}: Tool) {
  return {name, ...(description !== undefined && {description}), inputSchema, ...(strict !== undefined && {strict})};
}

interface CallNames {
  /** The ids of earlier rounds. */
  readonly taken: Set<string>;
  /** By the upstream's ids in this round. */
  readonly ofRound: Map<string, string>;
}

/** Many upstreams number the calls of each round from one, and an answer needs ids that differ. */
function nameCall<Event extends ChatEvent>(event: Event, {taken, ofRound}: CallNames): Event {
  if (event.type !== 'tool-call' && event.type !== 'tool-result') return event;
  const {callId} = event;
  let name = ofRound.get(callId) ?? callId;
  if (event.type === 'tool-call') {
    for (let copy = 2; taken.has(name); copy++) name = `${callId}_${copy}`;
    taken.add(name);
    ofRound.set(callId, name);
  }
  return name === callId ? event : {...event, callId: name};
}

export function callIdsOf({parts}: Pick<Message, 'parts'>): readonly string[] {
  return parts.flatMap((part) => (part.type === 'tool' ? [part.callId] : []));
}

/** The tokens of all rounds. */
function addUsage(spent: Usage | undefined, usage: UsageEvent): UsageEvent {
  const isEstimated = spent?.estimated === true || usage.estimated === true;
  return {type: 'usage', ...sumUsage([spent, usage]), ...(isEstimated && {estimated: true})};
}

interface RunOptions extends Omit<ToolLoopOptions, 'limits' | 'begun' | 'takenCallIds'> {
  /** The messages so far, with the answer. */
  readonly prompt: readonly PromptMessage[];
  readonly results: LargeResults;
  readonly limits: ToolLimits;
  readonly signal: AbortSignal;
}

/** Milliseconds between two tellings of how far a call is. */
const progressInterval = 250;

/** Runs the calls at the same time, and gives each result when it is there, and what the tools tell meanwhile. */
async function* runAll(calls: readonly Call[], options: RunOptions): AsyncGenerator<ToolEvent, void, void> {
  const {callsOfRound} = options.limits;
  const told = createTellings();
  const running = new Map<string, Promise<ToolResultEvent | ToolWaitEvent>>();
  for (const [index, call] of calls.entries()) {
    const result =
      index < callsOfRound
        ? runCall(call, {...options, tell: (event) => told.take(call.callId, event)})
        : Promise.resolve(toFailure(call.callId, `At most ${callsOfRound} tools can be called at once.`));
    running.set(call.callId, result);
  }
  while (running.size > 0) {
    const result = await Promise.race([told.arrived(), ...running.values()]);
    yield* told.flush();
    if (!result) continue;
    running.delete(result.callId);
    yield result;
  }
}

type ToolEvent = ToolResultEvent | ToolWaitEvent | ToolProgressEvent | SourceEvent;

/** What tools tell while they run. Of how far a call is, only the newest counts. */
function createTellings() {
  const progress = new Map<string, ToolProgressEvent>();
  const sources: SourceEvent[] = [];
  let arrived = Promise.withResolvers<undefined>();
  let last = 0;
  let timer: NodeJS.Timeout | undefined;
  return {
    take(callId: string, told: Exclude<ToolTold, {type: 'app'}>): void {
      if (told.type === 'source') sources.push(told);
      else {
        const {done, total, message} = told;
        progress.set(callId, {
          type: 'tool-progress',
          callId,
          done,
          ...(total !== undefined && {total}),
          ...(message !== undefined && {message: message.slice(0, 200)}),
        });
      }
      timer ??= setTimeout(() => arrived.resolve(undefined), Math.max(0, last + progressInterval - performance.now()));
    },
    arrived: async () => arrived.promise,
    /** The events since the last time. */
    *flush(): Generator<ToolProgressEvent | SourceEvent, void, void> {
      clearTimeout(timer);
      timer = undefined;
      if (progress.size > 0) last = performance.now();
      arrived = Promise.withResolvers();
      const events = [...sources.splice(0), ...progress.values()];
      progress.clear();
      yield* events;
    },
  };
}

/** Never rejects. */
async function runCall(
  call: Call,
  options: RunOptions & {readonly tell: (told: Exclude<ToolTold, {type: 'app'}>) => void},
): Promise<ToolResultEvent | ToolWaitEvent> {
  const {callId, name, input} = call;
  const {tools, limits, signal, context, report, watch, tell, results, mayWait = false} = options;
  const tool = tools.get(name) ?? (name === readerName ? results.reader : undefined);
  if (!tool) {
    const others = tools.size === 0 ? '' : `, only ${[...tools.keys()].join(', ')}`;
    return toFailure(callId, `There is no tool "${name}"${others}.`);
  }
  const began = performance.now();
  const timeout = AbortSignal.timeout(limits.timeout);
  let app: CallApp | undefined;
  const take = (told: ToolTold) => {
    if (told.type !== 'app') tell(told);
    else if (tool.app) app = toCallApp(tool.app.title, told.result);
  };
  // Stays undefined if the call waits.
  let outcome: ToolFacts['outcome'] | undefined;
  try {
    const prepared = tool.prepare(input);
    if (prepared.needsApproval && !isAllowed(tool, call, options)) {
      if (canWait(mayWait, 'approval')) {
        return {type: 'tool-wait', callId, wait: toWait(tool, {ask: 'approval'}, Date.now())};
      }
      throw new ChatError('forbidden', 'A person must allow this, and nobody can be asked here.');
    }
    const either = AbortSignal.any([signal, timeout]);
    const run = prepared.run({...context, ...askedBefore(tool, call), tell: take, callId, signal: either});
    const output = await endWith(run, either).catch(asQuestion);
    if (output instanceof NeedsInput) {
      const {question, kept} = output;
      if (!canWait(mayWait, question.ask)) {
        throw new ChatError('forbidden', 'It needs an answer, and nobody can be asked here.');
      }
      return {type: 'tool-wait', callId, wait: toWait(tool, question, Date.now()), ...(kept !== undefined && {kept})};
    }
    outcome = 'done';
    return {
      type: 'tool-result',
      callId,
      output: tool === results.reader ? output : results.shorten(callId, output),
      ...(app && {app}),
    };
  } catch (error) {
    outcome = signal.aborted ? 'stopped' : timeout.aborted ? 'timeout' : 'failed';
    // What has begun outside may be done all the same.
    const doubt = tool.annotations?.readOnlyHint === true ? '' : ' Whether it was done is not known.';
    if (outcome === 'stopped') return toFailure(callId, `It was stopped.${doubt}`);
    if (outcome === 'timeout') return toFailure(callId, `It took longer than ${limits.timeout / 1000} s.${doubt}`);
    if (error instanceof ChatError) return toFailure(callId, error.message);
    report(error, {tool: name});
    return toFailure(callId, 'The tool failed.');
  } finally {
    if (outcome) watch?.({name, outcome, duration: performance.now() - began});
  }
}

/** Characters of a result as JSON that are kept for an app. */
const longestForApp = 200_000;

function toCallApp(title: string, result: JsonObject): CallApp {
  return {title, ...(JSON.stringify(result).length <= longestForApp && {result})};
}

/** Whether a person has allowed the tool as it is now, this once or for the chat. */
function isAllowed(tool: Tool, {approval, wait}: Call, {prompt}: RunOptions): boolean {
  const isSame = wait?.definition === definitionOf(tool);
  return (isSame && (approval === 'once' || approval === 'chat')) || isAllowedInChat(tool, prompt);
}

/** An answer that was given to another definition of the tool counts no more. */
function askedBefore(tool: Tool, {wait, reply, kept}: Call): {readonly asked?: AskedBefore} {
  if (!reply || wait?.definition !== definitionOf(tool)) return {};
  return {asked: {reply, ...(kept !== undefined && {kept})}};
}

function asQuestion(error: unknown): NeedsInput {
  if (error instanceof NeedsInput) return error;
  throw error;
}

function toFailure(callId: string, message: string): ToolResultEvent {
  return {type: 'tool-result', callId, output: message, failed: true};
}
