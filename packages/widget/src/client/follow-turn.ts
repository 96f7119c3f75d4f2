/**
 * Follows one answer to its end through lost connections: reads, and where the stream is cut, waits and goes on after
 * the last event it has seen; where it is refused for a moment, asks again when that has passed. Knows no HTTP, no messages and no store.
 */
import {ChatError, isEnd} from '@chatlet/protocol';
import type {ChatEvent} from '@chatlet/protocol';
import {wait, waitOrBack} from './environment.ts';
import type {Environment} from './environment.ts';
import type {Arrival, ChatRequest, ChatTransport} from './transport.ts';

/** Attempts in a row without a single event before it gives up. With the waits below, about two minutes. */
const maxAttempts = 12;
const firstDelay = 500;
const longestDelay = 15_000;
/** A refusal for no longer than this many seconds is waited out, so many times. */
const longestRefusal = 10;
const maxRefusals = 2;

export interface FollowOptions {
  readonly transport: ChatTransport;
  /** Ask this, or listen to what is already being written. */
  readonly begin: {readonly request: ChatRequest} | {readonly chatId: string};
  readonly environment: Environment;
  /** The connection is lost (and being looked for), or there again. */
  onConnection(connected: boolean): void;
  /** Asked too often, or a server that cannot just now: the same is asked again in that many milliseconds. */
  onRefusal(refusal: ChatError, milliseconds: number): void;
}

/**
 * The events of the turn, each once, in order; the last is its end.
 * @throws ChatError when it cannot be followed to its end; the signal's reason when it aborts
 */
export async function* followTurn(
  options: FollowOptions,
  {signal}: {signal: AbortSignal},
): AsyncGenerator<readonly ChatEvent[]> {
  const {transport, begin, environment, onConnection, onRefusal} = options;
  let chatId = 'chatId' in begin ? begin.chatId : begin.request.chatId;
  let after = 0;
  let attempts = 0;
  let refusals = 0;
  let connected = true;
  /** Whether the other side has begun the turn: only then is there something to resume. */
  let begun = !('request' in begin);

  const connect = (): AsyncIterable<ChatEvent | Arrival> => {
    if (begun && chatId !== undefined && transport.resume) return transport.resume(chatId, after, {signal});
    if ('request' in begin) return transport.send(begin.request, {signal});
    throw new ChatError('interrupted');
  };
  const canReconnect = () => transport.resume !== undefined && (!begun || chatId !== undefined);

  for (;;) {
    const resuming = begun;
    let silent = true;
    let lost: ChatError;
    try {
      for await (const item of connect()) {
        signal.throwIfAborted();
        const arrival: Arrival = 'type' in item ? {events: [item]} : item;
        if (arrival.last !== undefined && arrival.last <= after) continue;
        silent = false;
        begun = true;
        attempts = 0;
        after = arrival.last ?? after + arrival.events.length;
        for (const event of arrival.events) if (event.type === 'message-start') chatId = event.chatId ?? chatId;
        if (!connected) onConnection((connected = true));
        yield arrival.events;
        if (arrival.events.some(isEnd)) return;
      }
      // An ending without an end: cut, or, where we came to resume, nothing is being written any more.
      if (resuming && silent) throw new ChatError('interrupted', undefined, {retryable: true});
      lost = new ChatError('interrupted');
    } catch (thrown) {
      signal.throwIfAborted();
      lost = ChatError.from(thrown);
      if (resuming && silent && lost.code === 'interrupted') throw lost;
      const refusal = begun || refusals >= maxRefusals ? undefined : retryDelayOf(lost);
      if (refusal !== undefined) {
        refusals++;
        onRefusal(lost, refusal);
        // Not cut short when the page comes back: the server has said how long.
        await wait(environment, refusal, {signal});
        continue;
      }
      if (!isConnectionLoss(lost)) throw lost;
    }
    if (!canReconnect() || ++attempts > maxAttempts) throw lost;
    if (connected) onConnection((connected = false));
    await waitOrBack(environment, backoff(attempts, lost, environment.random()), {signal});
  }
}

/** Losing the way to the server is one thing, an answer from it that says no is another. */
function isConnectionLoss(error: ChatError): boolean {
  return error.code === 'network' || error.code === 'interrupted' || error.code === 'shutting-down';
}

/** Milliseconds to wait where the server has said that it takes the same again soon. */
function retryDelayOf({code, retryAfter}: ChatError): number | undefined {
  const forNow = code === 'rate-limited' || code === 'provider-unavailable' || code === 'shutting-down';
  return forNow && retryAfter !== undefined && retryAfter <= longestRefusal ? retryAfter * 1000 : undefined;
}

/** Twice as long each time, half of it by chance, so that a thousand pages do not come back in one moment. */
function backoff(attempt: number, error: ChatError, chance: number): number {
  const longest = Math.min(longestDelay, firstDelay * 2 ** (attempt - 1));
  return Math.max((error.retryAfter ?? 0) * 1000, longest / 2 + (longest / 2) * chance);
}
