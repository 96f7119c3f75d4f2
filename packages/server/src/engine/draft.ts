/** The answer while it is written: takes the model's events, up to a length. Knows no provider and no store. */
import {
  ChatError,
  type ChatEvent,
  type Closing,
  type EndReason,
  type MessageEndEvent,
  type Message,
  type ReasoningMetadataEvent,
  type ToolCallEvent,
  applyEvent,
  isEnd,
  joinDeltas,
} from '@chatlet/protocol';
import {createTokenMeter} from './token-meter.ts';

export interface Draft {
  /** Adds a batch, and returns it for readers: without events after its end, and cut at the length limit. */
  take(batch: readonly ChatEvent[]): readonly ChatEvent[];
  /** Whether the last batch ended the answer. */
  hasEnded(): boolean;
  /** The answer so far. */
  answer(): Message;
}

/** The most characters of provider metadata that an answer keeps. */
const mostMetadata = 512 * 1024;

/** The most events that wait to be applied to the answer: queuing a token is cheap, and few tokens need the answer. */
const mostPending = 64;

/** An answer that reaches one of these ends with the reason `length`. */
export interface DraftLimits {
  /** Characters of text and thoughts. */
  readonly characters: number;
  /** Tokens of the text; no limit if it is absent. */
  readonly textTokens?: number | undefined;
  /** Tokens of thoughts; no limit if it is absent. */
  readonly reasoningTokens?: number | undefined;
  /** Whether an answer without a word is an answer; by default it is an error. */
  readonly mayBeEmpty?: boolean;
  /** What the end says about the answer besides its reason. */
  readonly closingOf?: (answer: Message, reason: EndReason) => Closing | undefined;
}

/**
 * An answer without a word is no answer: it ends with an error, so that somebody can try again. If a model says nothing
 * after its thoughts, the thoughts become the answer.
 */
export function createDraft(beginning: Message, limits: DraftLimits): Draft {
  const {characters, textTokens, reasoningTokens, mayBeEmpty = false, closingOf} = limits;
  const textMeter = textTokens === undefined ? undefined : createTokenMeter(textTokens);
  const reasoningMeter = reasoningTokens === undefined ? undefined : createTokenMeter(reasoningTokens);
  let answer = beginning;
  let left = characters;
  let said: 'nothing' | 'thoughts' | 'words' = 'nothing';
  // The content that remains if the text is taken back.
  let keeps: 'nothing' | 'words' = 'nothing';
  let ended = false;
  let pending: ChatEvent[] = [];
  let metadataLeft = mostMetadata;

  const applyPending = () => {
    for (const event of joinDeltas(pending)) answer = applyEvent(answer, event);
    pending = [];
  };

  /** The UTF-16 units of a piece that are within all limits. */
  const fit = (type: 'text-delta' | 'reasoning-delta', delta: string): number => {
    const meter = type === 'text-delta' ? textMeter : reasoningMeter;
    return Math.min(left, meter ? meter.fit(delta) : delta.length);
  };

  const toEnd = (end: MessageEndEvent): ChatEvent => {
    const {reason} = end;
    const isSilent = said === 'nothing' || (said === 'thoughts' && reason === 'length');
    const isFault = reason === 'stop' || reason === 'length' || reason === 'tool-calls';
    if (isSilent && isFault && !mayBeEmpty) return noWord(reason).toEvent();
    return end;
  };

  /** Puts events into the answer, an end together with what it says about the answer before it. */
  const keep = (taken: readonly ChatEvent[]): readonly ChatEvent[] =>
    taken.map((event) => {
      if (event.type === 'message-end' && closingOf) applyPending();
      const kept = event.type === 'message-end' ? {...event, ...closingOf?.(answer, event.reason)} : event;
      if (pending.push(kept) >= mostPending) applyPending();
      return kept;
    });

  /** The event as it is kept: a model that wants more than fits goes on without. */
  const withoutLongMetadata = (event: ReasoningMetadataEvent | ToolCallEvent): ChatEvent | undefined => {
    const {providerMetadata, ...rest} = event;
    if (!providerMetadata) return event;
    const {length} = JSON.stringify(providerMetadata);
    if (length <= metadataLeft) {
      metadataLeft -= length;
      return event;
    }
    return rest.type === 'tool-call' ? rest : undefined;
  };

  return {
    take(batch) {
      ended = false;
      const taken: ChatEvent[] = [];
      for (const event of joinDeltas(batch)) {
        if (ended ? event.type !== 'usage' : event.type === 'message-start') continue;
        if (event.type === 'text-delta' || event.type === 'reasoning-delta') {
          const room = fit(event.type, event.delta);
          const delta = room < event.delta.length ? cutText(event.delta, room) : event.delta;
          if (said !== 'words' && delta.trim() !== '') said = event.type === 'text-delta' ? 'words' : 'thoughts';
          left -= event.delta.length;
          if (delta !== '') taken.push(delta === event.delta ? event : {...event, delta});
          if (room === event.delta.length) continue;
          taken.push(toEnd({type: 'message-end', reason: 'length'}));
          ended = true;
          break;
        }
        if (event.type === 'tool-call' || event.type === 'source') said = keeps = 'words';
        if (event.type === 'text-reset') said = event.asReasoning && keeps === 'nothing' ? 'thoughts' : keeps;
        if (event.type === 'reasoning-metadata' || event.type === 'tool-call') {
          const kept = withoutLongMetadata(event);
          if (kept) taken.push(kept);
          continue;
        }
        taken.push(event.type === 'message-end' ? toEnd(event) : event);
        ended ||= isEnd(event);
      }
      return keep(taken);
    },
    hasEnded: () => ended,
    answer() {
      applyPending();
      return answer;
    },
  };
}

function noWord(reason: EndReason): ChatError {
  return new ChatError(
    'provider-error',
    reason === 'length'
      ? 'The model used up its tokens before it had said a word. Try again, or ask for less.'
      : 'The model ended its answer without a word. Try again.',
    {details: {cause: 'no-word'}},
  );
}

/** The first `length` UTF-16 units, or one less if the cut would split a character. */
function cutText(text: string, length: number): string {
  const cut = text.slice(0, length);
  return /[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut;
}
