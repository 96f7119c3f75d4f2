/** A reader that carries only our own dialect, and loads the words of other errors when one comes. For pages of our server. */
import {chatletFrames} from './dialects/chatlet-frames.ts';
import {ChatError} from './error.ts';
import {isEnd} from './event.ts';
import type {ChatEvent} from './event.ts';
import {noEvents} from './frames.ts';
import type {LazyReader} from './lazy-reader.ts';
import {strictSseDecoder} from './strict-sse.ts';
import {utf8Decoder} from './utf8.ts';

/** Creates a reader of our own server's answers, which needs no other decoder. */
export function createOwnReader(): LazyReader {
  return new OwnReader();
}

/** A class, because getters of a plain object are slow, and these are read for every token. */
class OwnReader implements LazyReader {
  readonly #text = utf8Decoder();
  /** The data of the error that ended the answer, if it is not ours. */
  #foreignError: string | undefined;
  readonly #decoder = chatletFrames(strictSseDecoder, (data) => (this.#foreignError ??= data));
  #ended = false;

  push(bytes: Uint8Array): readonly ChatEvent[] {
    return this.#ended || this.waiting ? noEvents : this.#take(this.#decoder.push(this.#text(bytes)));
  }

  end(): readonly ChatEvent[] {
    if (this.#ended || this.waiting) return noEvents;
    const events = this.#take(this.#decoder.end());
    if (this.#ended || this.waiting) return events;
    this.#ended = true;
    return [...events, new ChatError('interrupted').toEvent()];
  }

  get waiting(): boolean {
    return this.#foreignError !== undefined;
  }

  async load(): Promise<readonly ChatEvent[]> {
    const data = this.#foreignError;
    if (data === undefined) return noEvents;
    this.#ended = true;
    this.#foreignError = undefined;
    try {
      const {errorOfFrame, toErrorEvent} = await import('./foreign-error.ts');
      return [toErrorEvent(errorOfFrame(data))];
    } catch {
      // The page has lost its network. The answer has failed in any case.
      return [new ChatError('provider-error').toEvent()];
    }
  }

  get ended(): boolean {
    return this.#ended;
  }

  get lastNumber(): number {
    return this.#decoder.lastNumber ?? 0;
  }

  #take(events: readonly ChatEvent[]): readonly ChatEvent[] {
    const last = events[events.length - 1];
    if (last !== undefined && isEnd(last)) this.#ended = true;
    return events;
  }
}
