/**
 * A terminal in which a reader types the lines of a README, one after the other. What runs in it is ended, as by Ctrl+C,
 * before the next line. Knows no framework.
 */
import {spawn} from 'node:child_process';
import type {ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {stripVTControlCharacters} from 'node:util';
import {endTree, ownGroup} from '../../../../scripts/shell.mjs';

export interface Ran {
  readonly seconds: number;
  /** Of a server that the command has started and that goes on running. */
  readonly address: string | undefined;
  readonly output: string;
}

/** A command that has not ended well, with what it has printed. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly output: string;
  constructor(command: string, how: string, output: string) {
    super(`\`${command}\` ${how}:\n${output.slice(-3000)}`);
    this.output = output;
  }
}

/** If this process is ended, what it has started is not, because that is in groups of its own. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const {pid} of running) if (pid !== undefined) endTree(pid, 'SIGKILL');
});

export class Terminal {
  folder: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #served: Set<string>;
  #running: ChildProcess | undefined;
  #address: string | undefined;

  /** @param served what runs in all terminals of the reader: an error that quotes such an address has started no server */
  constructor({folder, env, served}: {folder: string; env: NodeJS.ProcessEnv; served: Set<string>}) {
    this.folder = folder;
    this.#env = env;
    this.#served = served;
  }

  /**
   * Resolves when the command has ended, or when the address that it prints answers.
   * @throws CommandError if it ends with an error, or does neither within `longest` milliseconds
   */
  async run(command: string, {env = {}, longest = 600_000} = {}): Promise<Ran> {
    await this.interrupt();
    const started = performance.now();
    const seconds = () => (performance.now() - started) / 1000;
    const [, target] = /^cd (\S+)$/.exec(command) ?? [];
    if (target !== undefined) {
      this.folder = join(this.folder, target);
      return {seconds: 0, address: undefined, output: ''};
    }
    const child = spawn(command, {
      cwd: this.folder,
      shell: true,
      detached: ownGroup,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {...this.#env, ...env},
    });
    this.#running = child;
    running.add(child);
    child.once('close', () => running.delete(child));
    let output = '';
    const read = (chunk: Buffer) => (output = (output + stripVTControlCharacters(String(chunk))).slice(-100_000));
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    const state = {closed: false};
    child.once('close', () => (state.closed = true));
    while (!state.closed && seconds() * 1000 < longest) {
      const address = findAddresses(output).find((each) => !this.#served.has(each));
      if (address !== undefined && (await answers(address))) {
        this.#served.add(address);
        this.#address = address;
        return {seconds: seconds(), address, output};
      }
      await sleep(50);
    }
    if (!state.closed) {
      await this.interrupt();
      throw new CommandError(command, 'has not ended', output);
    }
    this.#running = undefined;
    if (child.exitCode !== 0) throw new CommandError(command, `has failed (${child.exitCode})`, output);
    return {seconds: seconds(), address: undefined, output};
  }

  /** Ends what runs, with all that it has started. */
  async interrupt(): Promise<void> {
    const child = this.#running;
    this.#running = undefined;
    if (this.#address !== undefined) this.#served.delete(this.#address);
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const closed = once(child, 'close');
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL'] as const) {
      endTree(child.pid, signal);
      if (await Promise.race([closed, sleep(5000, false)])) return;
    }
  }
}

function findAddresses(output: string): readonly string[] {
  const printed = output.matchAll(/http:\/\/(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\]):(\d+)/g);
  return [...printed].map(([, port]) => `http://localhost:${port}`);
}

async function answers(address: string): Promise<boolean> {
  try {
    const response = await fetch(address, {signal: AbortSignal.timeout(60_000)});
    await response.body?.cancel();
    return true;
  } catch {
    return false;
  }
}
