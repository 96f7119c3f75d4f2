/**
 * The operator's own judgement of content: it may refuse or replace questions and answers. Nobody reads content
 * before it is judged, and the store keeps the text that was shown. Knows no HTTP, no store and no provider.
 */
import {ChatError, type ChatEvent, type EventBatches, type Part, type TextResetEvent} from '@chatlet/protocol';
import type {PromptMessage} from './provider.ts';
import type {Owner} from './store.ts';

/**
 * Two hooks; each is called only if it is there. A hook that throws, takes longer than `timeout`, or returns anything but
 * a verdict lets nothing through: the caller gets the error `internal`, and the operator a report.
 */
export interface Moderation {
  /**
   * Judges the text of each message that a request brings, before it is stored and before the model reads it, eight at
   * once: the question, and on paths that keep nothing the earlier messages too. Images and results of tools are not
   * judged. A refusal is the error `content-refused`.
   */
  input?(text: string, context: InputContext): Verdict | Promise<Verdict>;
  /**
   * Judges an answer while it is written: the next sentences or lines, all that came since the last call. They are held
   * back until the verdict. A refusal ends the answer with the reason `content-filter`, and ends the model's work.
   */
  output?(text: string, context: OutputContext): Verdict | Promise<Verdict>;
  /** Milliseconds for the verdict about a request, and for each one about an answer; 5000 by default. */
  readonly timeout?: number;
}

/** Nothing: the text passes. `refuse` may be a sentence for the caller. `replace` stands in for the text. */
export type Verdict = undefined | {readonly refuse: true | string} | {readonly replace: string};

/** The turn that a text belongs to. */
export interface TurnContext {
  /** The caller: a visitor, a user or an API key. */
  readonly owner: Owner;
  /** Absent if nothing is stored. */
  readonly chatId?: string;
  /** The model's id as it was asked for. */
  readonly model: string;
}

/** What a judge knows of a question. */
export interface InputContext extends TurnContext {
  /** The claimed author of the text. A program can put words into anybody's mouth. */
  readonly role: PromptMessage['role'];
  /** Aborts after `timeout`. */
  readonly signal: AbortSignal;
}

/** What a judge knows of a piece of an answer. */
export interface OutputContext extends TurnContext {
  readonly kind: 'text' | 'reasoning';
  /** The text of the same kind that has been shown before this one. */
  readonly before: string;
  /** Aborts after `timeout`, and if somebody stops the answer. */
  readonly signal: AbortSignal;
}

/** Characters without an end of a sentence after which a text is judged up to its last space. */
const longestWait = 400;
/** Messages of a request that are judged at once. */
const mostAtOnce = 8;
const defaultTimeout = 5_000;

/**
 * The messages as the hook lets them through; the same array if it changed nothing.
 * @throws ChatError `content-refused`; `internal` if the hook fails
 */
export async function judgeMessages<Sent extends Pick<PromptMessage, 'role' | 'parts'>>(
  messages: readonly Sent[],
  about: TurnContext,
  moderation: Moderation | undefined,
): Promise<readonly Sent[]> {
  if (!moderation?.input) return messages;
  const ended = new AbortController();
  const judged = [...messages];
  const waiting = messages.entries();
  const work = async () => {
    for (const [index, message] of waiting) {
      const text = joinText(message.parts);
      if (text.trim() === '') continue;
      const {role} = message;
      const verdict = await askHook((signal) => moderation.input?.(text, {...about, role, signal}), {
        what: 'question',
        signal: ended.signal,
        timeout: left(),
      });
      if (verdict && 'refuse' in verdict) {
        throw new ChatError('content-refused', typeof verdict.refuse === 'string' ? verdict.refuse : undefined);
      }
      if (verdict) judged[index] = {...message, parts: replaceText(message.parts, verdict.replace)};
    }
  };
  const began = performance.now();
  const left = () => Math.max(0, (moderation.timeout ?? defaultTimeout) - (performance.now() - began));
  try {
    await Promise.all(Array.from({length: Math.min(mostAtOnce, messages.length)}, work));
  } finally {
    // After a refusal nothing more is judged.
    ended.abort();
  }
  return judged.some((message, index) => message !== messages[index]) ? judged : messages;
}

/**
 * Returns a function that gives an answer as the hook lets it through; undefined without a hook, so that answers cost
 * nothing more.
 */
export function toJudge(
  about: TurnContext,
  moderation: Moderation | undefined,
): ((answer: EventBatches, options: {signal: AbortSignal}) => EventBatches) | undefined {
  if (!moderation?.output) return undefined;
  return (answer, options) => judgeBatches(answer, {...about, moderation}, options);
}

type Delta = Extract<ChatEvent, {type: 'text-delta' | 'reasoning-delta'}>;

/** Ends the answer. */
class Refusal {
  readonly events: readonly ChatEvent[];
  constructor(events: readonly ChatEvent[]) {
    this.events = events;
  }
}

/** Events that are no text keep their place between the texts. */
async function* judgeBatches(
  answer: EventBatches,
  {moderation, ...about}: TurnContext & {readonly moderation: Moderation},
  {signal}: {signal: AbortSignal},
): AsyncGenerator<readonly ChatEvent[], void, void> {
  let shown: Shown = {'text-delta': '', 'reasoning-delta': ''};
  /** The text that stays shown if the model takes its text back. */
  let kept = shown;
  let alteredReasoning = false;
  let held: Delta = {type: 'text-delta', delta: ''};

  /** Judges the first characters that are held back. @throws Refusal, ChatError `internal` */
  const release = async (length: number): Promise<readonly ChatEvent[]> => {
    const {type, delta} = held;
    const text = delta.slice(0, length);
    held = {type, delta: delta.slice(length)};
    if (text === '') return [];
    const before = shown[type];
    const kind = type === 'text-delta' ? 'text' : 'reasoning';
    const verdict =
      text.trim() === ''
        ? undefined
        : await askHook((either) => moderation.output?.(text, {...about, kind, before, signal: either}), {
            what: 'answer',
            signal,
            timeout: moderation.timeout ?? defaultTimeout,
          });
    if (verdict && 'refuse' in verdict) {
      const sentence = typeof verdict.refuse === 'string' ? verdict.refuse : '';
      const gap = shown['text-delta'] === '' ? '' : '\n\n';
      throw new Refusal([
        ...(sentence === '' ? [] : [{type: 'text-delta', delta: gap + sentence} as const]),
        {type: 'message-end', reason: 'content-filter'},
      ]);
    }
    const passed = verdict ? verdict.replace : text;
    shown = {...shown, [type]: before + passed};
    alteredReasoning ||= type === 'reasoning-delta' && passed !== text;
    return passed === '' ? [] : [{type, delta: passed}];
  };

  const broken: Broken = {};
  let events: ChatEvent[] = [];
  try {
    for await (const batch of untilBroken(answer, broken)) {
      for (const event of batch) {
        // They would tell the words that the operator judges.
        if (event.type === 'logprobs') continue;
        const isDelta = event.type === 'text-delta' || event.type === 'reasoning-delta';
        if (event.type === 'usage' || (isDelta && event.type === held.type)) {
          if (isDelta) held = {...held, delta: held.delta + event.delta};
          else events.push(event);
          continue;
        }
        if (event.type === 'text-reset' && !event.asReasoning) held = {type: 'text-delta', delta: ''};
        events.push(...(await release(held.delta.length)));
        if (event.type === 'text-reset') shown = afterReset(event, {kept, shown});
        if (event.type === 'tool-call') kept = shown;
        if (isDelta) held = event;
        // An upstream refuses its own signature below other words.
        else if (event.type !== 'reasoning-metadata' || !alteredReasoning) events.push(event);
      }
      events.push(...(await release(findJudgeableEnd(held.delta))));
      if (events.length > 0) yield events;
      events = [];
    }
    if (!signal.aborted) events.push(...(await release(held.delta.length)));
  } catch (thrown) {
    if (thrown instanceof Refusal) events.push(...thrown.events);
    else broken.cause = thrown;
  }
  if (events.length > 0) yield events;
  if (broken.cause !== undefined) throw broken.cause;
}

interface Shown {
  readonly 'text-delta': string;
  readonly 'reasoning-delta': string;
}

/** What stays shown after a reset. */
function afterReset(
  {asReasoning}: TextResetEvent,
  {kept, shown}: {readonly kept: Shown; readonly shown: Shown},
): Shown {
  if (!asReasoning) return kept;
  const thought = shown['text-delta'].slice(kept['text-delta'].length);
  return {'text-delta': kept['text-delta'], 'reasoning-delta': shown['reasoning-delta'] + thought};
}

interface Broken {
  cause?: unknown;
}

/** Ends when the answer breaks off, and notes why: the text before it is judged and shown. */
async function* untilBroken(answer: EventBatches, broken: Broken): AsyncGenerator<readonly ChatEvent[], void, void> {
  try {
    yield* answer;
  } catch (cause) {
    broken.cause = cause;
  }
}

/** The end of the last whole sentence or line; the last space if neither has come for long; 0 to wait for more. */
function findJudgeableEnd(text: string): number {
  let lastSpace = 0;
  for (let end = text.length; end > 0; end--) {
    const last = text.charAt(end - 1);
    if (last === '\n' || /[。！？]/.test(last)) return end;
    if (!/\s/.test(last)) continue;
    if (/[.!?…:"'”’)*]/.test(text.charAt(end - 2))) return end;
    lastSpace ||= end;
  }
  if (text.length < longestWait) return 0;
  return lastSpace || text.length;
}

interface Asking {
  readonly what: 'question' | 'answer';
  readonly signal: AbortSignal;
  readonly timeout: number;
}

/** @throws ChatError `internal` with its cause if the hook gives no verdict in time, or if the signal aborts */
async function askHook(
  ask: (signal: AbortSignal) => unknown,
  {what, signal, timeout}: Asking,
): Promise<Exclude<Verdict, undefined> | undefined> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new Error(`No verdict came within the time limit.`)), timeout);
  const either = AbortSignal.any([limit.signal, signal]);
  let leave = () => {};
  try {
    const aborted = new Promise<never>((_, reject) => {
      leave = () => reject(either.reason);
      either.addEventListener('abort', leave, {once: true});
      if (either.aborted) leave();
    });
    // `async`, so that a hook that throws at once rejects, too.
    return checkVerdict(await Promise.race([(async () => ask(either))(), aborted]));
  } catch (cause) {
    throw new ChatError('internal', `The ${what} could not be checked.`, {
      cause: new Error(`moderate.${what === 'question' ? 'input' : 'output'} failed`, {cause}),
    });
  } finally {
    clearTimeout(timer);
    either.removeEventListener('abort', leave);
  }
}

/** A verdict that is misspelt must not let a text through. */
function checkVerdict(verdict: unknown): Exclude<Verdict, undefined> | undefined {
  if (verdict === undefined || verdict === null) return undefined;
  if (typeof verdict === 'object') {
    if ('refuse' in verdict && (verdict.refuse === true || typeof verdict.refuse === 'string')) {
      return {refuse: verdict.refuse};
    }
    if ('replace' in verdict && typeof verdict.replace === 'string') return {replace: verdict.replace};
  }
  throw new TypeError('A verdict is undefined, {refuse: true}, {refuse: "A sentence."} or {replace: "Other text."}.');
}

function joinText(parts: readonly Part[]): string {
  return parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
}

/** Puts one text in the place of the first one, and leaves the others out. */
function replaceText(parts: readonly Part[], text: string): readonly Part[] {
  const first = parts.findIndex(({type}) => type === 'text');
  return parts.flatMap((part, index): readonly Part[] => {
    if (part.type !== 'text') return [part];
    return index === first && text !== '' ? [{type: 'text', text}] : [];
  });
}
