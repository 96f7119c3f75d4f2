/** A countdown: renders its host once a second until a moment has come. */
import type {ReactiveController, ReactiveControllerHost} from 'lit';
import {browserEnvironment} from '../client/environment.ts';
import type {Environment} from '../client/environment.ts';

export class CountdownController implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #environment: Environment;
  #until = 0;
  #cancel: (() => void) | undefined;

  constructor(host: ReactiveControllerHost, environment: Environment = browserEnvironment()) {
    this.#host = host;
    this.#environment = environment;
    host.addController(this);
  }

  hostDisconnected(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** Whole seconds until the moment; 0 if it has come or there is none. Renders the host again while it is more. */
  secondsUntil(moment: number | undefined): number {
    this.#until = moment ?? 0;
    const left = this.#until - this.#environment.now();
    if (left <= 0) return 0;
    this.#cancel ??= this.#environment.after(left % 1000 || 1000, () => {
      this.#cancel = undefined;
      this.#host.requestUpdate();
    });
    return Math.ceil(left / 1000);
  }
}
