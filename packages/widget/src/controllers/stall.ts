/** Notices that a running answer has brought nothing new for a while. Knows no DOM. */
import type {ReactiveController, ReactiveControllerHost} from 'lit';
import type {ChatState} from '../client/chat-state.ts';
import {browserEnvironment} from '../client/environment.ts';
import type {Environment} from '../client/environment.ts';

/** Milliseconds without any event after which an answer has stalled. */
const stallTime = 8000;

/** `over`: the answer has stalled and goes on. Its line keeps its room until the end, so that no word moves. */
export type Stall = 'none' | 'present' | 'over';

export class StallController implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #onFirst: () => void;
  readonly #environment: Environment;
  #stall: Stall = 'none';
  /** The time of the last event, in milliseconds since 1970. */
  #heardAt = 0;
  /** The key of the answer that is watched. */
  #answer: string | undefined;
  #cancel: (() => void) | undefined;

  /** `onFirst` is called when an answer stalls for the first time. */
  constructor(host: ReactiveControllerHost, onFirst: () => void, environment: Environment = browserEnvironment()) {
    this.#host = host;
    this.#onFirst = onFirst;
    this.#environment = environment;
    host.addController(this);
  }

  hostDisconnected(): void {
    this.#end();
  }

  get stall(): Stall {
    return this.#stall;
  }

  /** Call it for every change of the chat. */
  see(now: ChatState, before: ChatState): void {
    const answer = now.messages.at(-1);
    // A lost connection has a line of its own.
    const isWatched = now.status === 'sending' || now.status === 'answering';
    if (!isWatched || answer?.key !== this.#answer) this.#end();
    if (!isWatched || !answer) return;
    this.#answer = answer.key;
    if (now.messages !== before.messages || now.status !== before.status) {
      // A refused question counts down until it is sent again.
      this.#heardAt = Math.max(this.#environment.now(), answer.autoRetry?.at ?? 0);
      if (this.#stall === 'present') {
        this.#stall = 'over';
        this.#host.requestUpdate();
      }
    }
    this.#cancel ??= this.#environment.after(stallTime, () => this.#look());
  }

  #look(): void {
    const left = this.#heardAt + stallTime - this.#environment.now();
    this.#cancel = this.#environment.after(left > 0 ? left : stallTime, () => this.#look());
    if (left > 0 || this.#stall === 'present') return;
    if (this.#stall === 'none') this.#onFirst();
    this.#stall = 'present';
    this.#host.requestUpdate();
  }

  #end(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#stall = 'none';
    this.#answer = undefined;
  }
}
