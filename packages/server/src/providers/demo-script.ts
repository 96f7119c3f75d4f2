/**
 * Plays a list of steps as an answer of the demo model: word by word, at a pace, within the limits of the request.
 * Knows no documents and no commands.
 */
import {setTimeout as sleep} from 'node:timers/promises';
import type {ChatEvent, EndReason, EventBatches} from '@chatlet/protocol';

type Said = Exclude<ChatEvent, {type: 'message-start' | 'message-end' | 'usage'}>;

/** An event with its whole text, a pause, or a stream that breaks off without an end event. */
export type DemoStep = Said | {readonly type: 'pause'; readonly milliseconds: number} | {readonly type: 'cut'};

/** How fast the demo model writes. `instant` waits for nothing, pauses included. */
export type Pace = 'instant' | {readonly tokensPerSecond: number};

export interface ScriptOptions {
  readonly pace: Pace;
  readonly promptTokens: number;
  /** The end reason, unless a limit or an error ends the answer. */
  readonly reason: EndReason;
  readonly maxTokens?: number | undefined;
  readonly stop?: readonly string[] | undefined;
}

export function textStep(delta: string): DemoStep {
  return {type: 'text-delta', delta};
}

/** Words with the space before them; single characters if a script has no spaces. */
const tokenPattern =
  /\s*(?:[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}]|[^\s\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}]+)|\s+/gu;

/** The pieces in which a text is written; each counts as one token. */
export function splitIntoTokens(text: string): readonly string[] {
  return text.match(tokenPattern) ?? [];
}

/** Says the steps at their pace. Ends at once, and without an end event, when the signal aborts. */
export async function* playScript(
  steps: readonly DemoStep[],
  options: ScriptOptions,
  {signal}: {signal: AbortSignal},
): EventBatches {
  const {pace} = options;
  let batch: ChatEvent[] = [];
  // Every event has its moment, so that one late timer does not delay the rest of the answer.
  let due = performance.now();
  for (const {after, event} of timedEventsOf(steps, options)) {
    due += after ?? 0;
    const early = due - performance.now();
    if (after !== undefined && (pace === 'instant' || early > 0)) {
      if (batch.length > 0) yield batch;
      batch = [];
      if (pace !== 'instant' && !(await sleepUnlessAborted(early, {signal}))) return;
      if (signal.aborted) return;
    }
    if (event) batch.push(event);
  }
  if (batch.length > 0) yield batch;
}

interface TimedEvent {
  /** Milliseconds after the event before; absent if both are given together. */
  readonly after?: number;
  /** Absent for a pause. */
  readonly event?: ChatEvent | undefined;
}

/** All that an answer says within the limits of its request, up to its usage and its end. */
function* timedEventsOf(steps: readonly DemoStep[], options: ScriptOptions): Generator<TimedEvent> {
  const {pace, promptTokens, reason, maxTokens = Number.POSITIVE_INFINITY, stop = []} = options;
  let completionTokens = 0;
  const usage = (): ChatEvent => ({type: 'usage', promptTokens, completionTokens});
  for (const step of truncateAtStop(steps, stop)) {
    if (step.type === 'cut') return;
    for (const {after, event} of tokensOf(step, pace)) {
      if (event?.type === 'error') {
        yield {after, event: usage()};
        yield {event};
        return;
      }
      if (event && isText(event)) {
        if (completionTokens >= maxTokens) {
          yield {after, event: usage()};
          yield {event: {type: 'message-end', reason: 'length'}};
          return;
        }
        completionTokens++;
      }
      yield {after, event};
    }
  }
  yield {event: usage()};
  yield {event: {type: 'message-end', reason}};
}

/** A text is said token by token, each at its time; any other step is one event or a pause. */
function* tokensOf(step: Exclude<DemoStep, {type: 'cut'}>, pace: Pace): Generator<TimedEvent & {after: number}> {
  const after = pace === 'instant' ? 0 : 1000 / pace.tokensPerSecond;
  if (step.type === 'pause') yield {after: step.milliseconds};
  else if (isText(step)) for (const delta of splitIntoTokens(step.delta)) yield {after, event: {...step, delta}};
  else yield {after: 0, event: step};
}

function isText(step: DemoStep | ChatEvent): step is Extract<ChatEvent, {type: 'text-delta' | 'reasoning-delta'}> {
  return step.type === 'text-delta' || step.type === 'reasoning-delta';
}

/** Truncates the steps before the first stop sequence in their text, even if several steps contain it together. */
function truncateAtStop(steps: readonly DemoStep[], stop: readonly string[]): readonly DemoStep[] {
  const said = steps.map((step) => (step.type === 'text-delta' ? step.delta : '')).join('');
  const places = stop.map((words) => (words === '' ? -1 : said.indexOf(words))).filter((place) => place >= 0);
  if (places.length === 0) return steps;
  let left = Math.min(...places);
  const kept: DemoStep[] = [];
  for (const step of steps) {
    if (step.type !== 'text-delta') {
      kept.push(step);
      continue;
    }
    if (step.delta.length > left) {
      if (left > 0) kept.push(textStep(step.delta.slice(0, left)));
      return kept;
    }
    left -= step.delta.length;
    kept.push(step);
  }
  return kept;
}

/** False if the signal aborted before the time was over. */
async function sleepUnlessAborted(milliseconds: number, {signal}: {signal: AbortSignal}): Promise<boolean> {
  try {
    await sleep(milliseconds, undefined, {signal});
    return true;
  } catch {
    // Only the signal makes waiting fail.
    return false;
  }
}
