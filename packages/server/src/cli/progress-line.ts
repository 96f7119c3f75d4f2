/** How far a long work is: one line that changes on a terminal, a line now and then anywhere else. */
import type {WriteStream} from 'node:tty';

/** Milliseconds between two states. */
const onTerminal = 80;
const elsewhere = 10_000;

const barLength = 20;

export interface Progress {
  readonly name: string;
  readonly done: number;
  /** Grows while more is found. */
  readonly total: number;
}

export class ProgressLine {
  readonly #stream: WriteStream;
  #last = performance.now();
  #isShown = false;

  constructor(stream: WriteStream) {
    this.#stream = stream;
  }

  /** `detail` is shortened at its start until all fits into the line. */
  show({name, done, total}: Progress, detail: string): void {
    const {isTTY, columns} = this.#stream;
    const now = performance.now();
    const state = `${name}: ${done} of ${total}`;
    if (now - this.#last < (isTTY ? onTerminal : elsewhere)) return;
    this.#last = now;
    if (!isTTY) {
      this.#stream.write(`${state}\n`);
      return;
    }
    const filled = Math.floor((barLength * done) / Math.max(1, total));
    const bar = '█'.repeat(filled) + '░'.repeat(barLength - filled);
    const room = columns - bar.length - state.length - 3;
    const end = detail.length > room ? `…${detail.slice(detail.length - room + 1)}` : detail;
    this.#stream.write(`\r\u001b[K${bar} ${state} ${room > 10 ? end : ''}`);
    this.#isShown = true;
  }

  clear(): void {
    if (this.#isShown) this.#stream.write('\r\u001b[K');
    this.#isShown = false;
  }
}
