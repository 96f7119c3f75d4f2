/** Renders its host whenever the store that it watches has changed. Knows no elements and no HTTP. */
import type {ReactiveControllerHost} from 'lit';
import type {ChatState} from '../client/chat-state.ts';
import type {ChatStore} from '../client/chat-store.ts';

export class ChatController {
  readonly #host: ReactiveControllerHost;
  readonly #onChange: (state: ChatState, before: ChatState) => boolean;
  #store: ChatStore | undefined;
  #unsubscribe: (() => void) | undefined;
  #seen: ChatState | undefined;

  /** `onChange` is called for every change, before it is rendered. It returns false if there is nothing to render. */
  constructor(host: ReactiveControllerHost, onChange: (state: ChatState, before: ChatState) => boolean) {
    this.#host = host;
    this.#onChange = onChange;
  }

  get store(): ChatStore | undefined {
    return this.#store;
  }

  /** Watches this store from now on, and closes the one before. */
  watch(store: ChatStore | undefined): void {
    this.#unsubscribe?.();
    this.#store?.close();
    this.#store = store;
    this.#seen = store?.getState();
    this.#unsubscribe = store?.subscribe(() => this.#update(store));
    this.#host.requestUpdate();
  }

  #update(store: ChatStore): void {
    const before = this.#seen;
    const state = store.getState();
    if (this.#store !== store || !before || state === before) return;
    this.#seen = state;
    if (this.#onChange(state, before)) this.#host.requestUpdate();
  }
}
