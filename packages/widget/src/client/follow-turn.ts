/**
 * Follows one answer to its end. If the stream is cut, it reconnects with a backoff and resumes after the last event
 * it has seen. If the server refuses for a short time, it asks again after that. Knows no HTTP and no messages.
 */
import {ChatError, isEnd} from '@chatlet/protocol';
import type {ChatEvent} from '@chatlet/protocol';
import type {Environment} from './environment.ts';
import type {Arrival, ChatRequest, ChatTransport} from './transport.ts';
import {wait, waitOrBack} from './wait.ts';

/** Attempts to reconnect, without a single event between them, before it gives up: about two minutes in all. */
const maxAttempts = 12;
/** Retries of a request that the server has not accepted: about twelve seconds, then the visitor is told. */
const maxSendAttempts = 5;
const firstDelay = 500;
const longestDelay = 15_000;
/** A refusal is waited out if it is no longer than this many seconds, and at most `maxRefusals` times. */
const longestRefusal = 10;
const maxRefusals = 2;

export interface FollowOptions {
  readonly transport: ChatTransport;
  /** Send this request, or resume the answer that is being written in this chat. */
  readonly begin: {readonly request: ChatRequest} | {readonly chatId: string};
  readonly environment: Environment;
  /** The server has the request and answers it in this chat. Called before the first event. `ignored`: see `Arrival`. */
  onAccepted?(chatId: string, ignored?: string): void;
  /** The connection of an accepted request is lost, and the client tries to get it back; or it is back. */
  onConnection(connected: boolean): void;
  /** The server refused for a short time; the same request goes out again after that many milliseconds. */
  onRefusal(refusal: ChatError, milliseconds: number): void;
}

/**
 * Yields the events of the turn, each once and in order; the last is its end.
 * @throws ChatError if it cannot be followed to its end; the signal's reason if that aborts
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
  /** Whether the server has begun the turn: only then is there something to resume. */
  let begun = !('request' in begin);

  const connect = (): AsyncIterable<ChatEvent | Arrival> => {
    if (begun && chatId !== undefined && transport.resume) return transport.resume(chatId, after, {signal});
    if ('request' in begin) return transport.send(begin.request, {signal});
    throw new ChatError('interrupted');
  };
  const canReconnect = () => transport.resume !== undefined && (!begun || chatId !== undefined);
  const accept = (id: string, ignored: string | undefined) => {
    begun = true;
    chatId = id;
    options.onAccepted?.(id, ignored);
  };

  for (;;) {
    const resuming = begun;
    let silent = true;
    /** Nothing came and nothing broke: no answer is being written. */
    let nothingRuns = false;
    let lost: ChatError;
    try {
      for await (const item of connect()) {
        signal.throwIfAborted();
        const arrival: Arrival = 'type' in item ? {events: [item]} : item;
        if (arrival.chatId !== undefined) accept(arrival.chatId, arrival.ignored);
        if (arrival.events.length === 0) continue;
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
      // The stream closed before the end of the turn.
      lost = new ChatError('interrupted');
      nothingRuns = resuming && silent;
    } catch (thrown) {
      signal.throwIfAborted();
      lost = ChatError.from(thrown);
      const refusal = begun || refusals >= maxRefusals ? undefined : retryDelayOf(lost);
      if (refusal !== undefined) {
        refusals++;
        onRefusal(lost, refusal);
        // Even if the page comes back, it waits as long as the server has said.
        await wait(environment, refusal, {signal});
        continue;
      }
      if (!isConnectionLoss(lost)) throw lost;
    }
    const most = begun ? maxAttempts : maxSendAttempts;
    if (nothingRuns || !canReconnect() || ++attempts > most) throw begun ? toInterruption(lost) : lost;
    if (connected && begun) onConnection((connected = false));
    await waitOrBack(
      environment,
      backoff({attempt: attempts, chance: environment.random(), retryAfter: lost.retryAfter}),
      {signal},
    );
  }
}

/** For an answer that has begun, a lost connection means that its rest is missing. */
function toInterruption(lost: ChatError): ChatError {
  return lost.code === 'network' ? new ChatError('interrupted', undefined, {cause: lost}) : lost;
}

/** Whether the connection failed, rather than that the server answered with an error. */
function isConnectionLoss(error: ChatError): boolean {
  return error.code === 'network' || error.code === 'interrupted' || error.code === 'shutting-down';
}

/** Milliseconds to wait if the server refuses for a short time; undefined if the error is of another kind. */
function retryDelayOf({code, retryAfter}: ChatError): number | undefined {
  const forNow = code === 'rate-limited' || code === 'provider-unavailable' || code === 'shutting-down';
  return forNow && retryAfter !== undefined && retryAfter <= longestRefusal ? retryAfter * 1000 : undefined;
}

interface BackoffOptions {
  readonly attempt: number;
  /** 0 up to 1. */
  readonly chance: number;
  /** Seconds that the server has asked for. */
  readonly retryAfter: number | undefined;
}

/**
 * Milliseconds before the next attempt: an exponential backoff. Half of it is random (jitter), so that a thousand pages
 * do not come back in one moment.
 */
function backoff({attempt, chance, retryAfter = 0}: BackoffOptions): number {
  const longest = Math.min(longestDelay, firstDelay * 2 ** (attempt - 1));
  return Math.max(retryAfter * 1000, longest / 2 + (longest / 2) * chance);
}
