/**
 * What the demo model is about to say, as a list of steps, and how it is said: word by word, at a pace, within the
 * limits of the request. Knows no documents and no commands.
 */
import {setTimeout as wait} from 'node:timers/promises';
import type {ChatEvent, EndReason, EventBatches} from '@chatlet/protocol';

type Said = Exclude<ChatEvent, {type: 'message-start' | 'message-end' | 'usage'}>;

/** An event with its whole text, a pause, or the end of the stream without a word. */
export type Step = Said | {readonly type: 'pause'; readonly milliseconds: number} | {readonly type: 'cut'};

/** How fast the demo model writes. `instant` waits for nothing, pauses included. */
export type Pace = 'instant' | {readonly tokensPerSecond: number};

export interface PlayOptions {
  readonly pace: Pace;
  readonly promptTokens: number;
  /** How the answer ends where nothing in it ends it. */
  readonly reason: EndReason;
  readonly maxTokens?: number | undefined;
  readonly stop?: readonly string[] | undefined;
}

export function text(delta: string): Step {
  return {type: 'text-delta', delta};
}

/** Words with the space before them; characters one by one where a script has no spaces. */
const pieces =
  /\s*(?:[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}]|[^\s\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}]+)|\s+/gu;

/** The text in the pieces that it is written in; each counts as one token. */
export function piecesOf(text: string): readonly string[] {
  return text.match(pieces) ?? [];
}

/** Says the steps. Ends at once, and without an end event, when the signal aborts. */
export async function* play(
  steps: readonly Step[],
  options: PlayOptions,
  {signal}: {signal: AbortSignal},
): EventBatches {
  const {pace, promptTokens, maxTokens = Number.POSITIVE_INFINITY, stop = []} = options;
  let batch: ChatEvent[] = [];
  // Every event has its moment, so that a late timer does not make the whole answer slow.
  let due = performance.now();
  let completionTokens = 0;

  for (const step of cutAtStop(steps, stop)) {
    if (step.type === 'cut') {
      if (batch.length > 0) yield batch;
      return;
    }
    for (const beat of beatsOf(step, pace)) {
      due += beat.after;
      const early = due - performance.now();
      if (pace === 'instant' || early > 0) {
        if (batch.length > 0) yield batch;
        batch = [];
        if (pace !== 'instant' && !(await passes(early, signal))) return;
        if (signal.aborted) return;
      }
      if (!beat.event) continue;
      if (isText(beat.event)) {
        if (completionTokens >= maxTokens) {
          yield [...batch, {type: 'usage', promptTokens, completionTokens}, {type: 'message-end', reason: 'length'}];
          return;
        }
        completionTokens++;
      }
      if (beat.event.type === 'error') batch.push({type: 'usage', promptTokens, completionTokens});
      batch.push(beat.event);
      if (beat.event.type === 'error') {
        yield batch;
        return;
      }
    }
  }
  yield [...batch, {type: 'usage', promptTokens, completionTokens}, {type: 'message-end', reason: options.reason}];
}

interface Beat {
  /** Milliseconds after the beat before. */
  readonly after: number;
  readonly event?: ChatEvent;
}

function* beatsOf(step: Exclude<Step, {type: 'cut'}>, pace: Pace): Generator<Beat> {
  const after = pace === 'instant' ? 0 : 1000 / pace.tokensPerSecond;
  if (step.type === 'pause') yield {after: step.milliseconds};
  else if (isText(step)) for (const delta of piecesOf(step.delta)) yield {after, event: {...step, delta}};
  else yield {after: 0, event: step};
}

function isText(step: Step | ChatEvent): step is Extract<ChatEvent, {type: 'text-delta' | 'reasoning-delta'}> {
  return step.type === 'text-delta' || step.type === 'reasoning-delta';
}

/** The steps up to where the text, taken together, says one of the stop words. */
function cutAtStop(steps: readonly Step[], stop: readonly string[]): readonly Step[] {
  const said = steps.map((step) => (step.type === 'text-delta' ? step.delta : '')).join('');
  const places = stop.map((words) => (words === '' ? -1 : said.indexOf(words))).filter((place) => place >= 0);
  if (places.length === 0) return steps;
  let left = Math.min(...places);
  const kept: Step[] = [];
  for (const step of steps) {
    if (step.type !== 'text-delta') {
      kept.push(step);
      continue;
    }
    if (step.delta.length > left) {
      if (left > 0) kept.push(text(step.delta.slice(0, left)));
      return kept;
    }
    left -= step.delta.length;
    kept.push(step);
  }
  return kept;
}

/** False where the signal aborted before the time was over. */
async function passes(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  try {
    await wait(milliseconds, undefined, {signal});
    return true;
  } catch {
    // The only way in which waiting fails is the signal.
    return false;
  }
}
