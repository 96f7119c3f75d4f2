/**
 * Starts processes, each pinned to a core, and ends them. Knows no contestants.
 */
import {type ChildProcess, spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {availableParallelism, cpus} from 'node:os';
import {fileURLToPath} from 'node:url';
import {type Answers, type Asking, askProcess} from './channel.ts';
import type {ProbeAnswers} from './probe.ts';

/** Servers are measured alone on `server`; the upstream and the load generator share `others`. */
export type Core = 'server' | 'others';

/** Whether processes can be pinned here: Linux with `taskset` and a second core. */
export const canPin: boolean =
  process.platform === 'linux' &&
  availableParallelism() >= 2 &&
  spawnSync('taskset', ['-c', '0', 'true'], {stdio: 'ignore'}).status === 0;

/** Share of all cores that other programs use, over two seconds. Called while nothing of ours runs. */
export async function usedByOthers(): Promise<number> {
  const sum = () =>
    cpus().reduce(
      ({idle, all}, {times}) => ({
        idle: idle + times.idle,
        all: all + times.user + times.nice + times.sys + times.irq + times.idle,
      }),
      {idle: 0, all: 0},
    );
  const before = sum();
  await new Promise((done) => setTimeout(done, 2000));
  const after = sum();
  return 1 - (after.idle - before.idle) / (after.all - before.all);
}

export interface Running<A extends Answers> {
  readonly pid: number;
  readonly ask: Asking<A>;
  readonly isAlive: () => boolean;
  /** Everything that it wrote to its error output so far; the last 20 kB. */
  readonly said: () => string;
  end(signal?: NodeJS.Signals): Promise<void>;
}

export interface RunningServer extends Running<ProbeAnswers> {
  readonly url: string;
}

interface StartOptions {
  /** The script and its arguments. */
  readonly command: readonly string[];
  readonly core: Core;
  readonly env?: Readonly<Record<string, string>>;
  readonly nodeOptions?: readonly string[];
  readonly cwd?: string;
}

function start({command, core, env = {}, nodeOptions = [], cwd}: StartOptions): ChildProcess {
  const node = [process.execPath, ...nodeOptions, ...command];
  const pinned = canPin ? ['taskset', '-c', core === 'server' ? '0' : '1', ...node] : node;
  const options = {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'] satisfies ('ignore' | 'pipe' | 'ipc')[],
    env: {...process.env, NODE_ENV: 'production', ...env},
    ...(cwd === undefined ? {} : {cwd}),
  };
  const [program = process.execPath, ...rest] = pinned;
  // 5 000 streams are 10 000 sockets in a relaying server: take as many as the system allows.
  return process.platform === 'win32'
    ? spawn(program, rest, options)
    : spawn('sh', ['-c', 'ulimit -n "$(ulimit -Hn)" 2>/dev/null; exec "$@"', 'sh', ...pinned], options);
}

function running<A extends Answers>(child: ChildProcess): Running<A> {
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-20_000);
  });
  const isAlive = () => child.exitCode === null && child.signalCode === null;
  return {
    pid: child.pid ?? -1,
    ask: askProcess<A>(child),
    isAlive,
    said: () => said,
    async end(signal = 'SIGTERM') {
      if (!isAlive()) return;
      const exited = once(child, 'exit');
      child.kill(signal);
      const impatience = setTimeout(() => child.kill('SIGKILL'), 5000);
      await exited;
      clearTimeout(impatience);
    },
  };
}

/** Starts a process that only answers calls. */
export function startHelper<A extends Answers>(script: URL): Running<A> {
  return running<A>(start({command: [fileURLToPath(script)], core: 'others'}));
}

/** Starts a server and waits for the address that it prints. */
export async function startServer(options: StartOptions & {readonly probed: boolean}): Promise<RunningServer> {
  const probe = options.probed ? ['--import', new URL('./probe.ts', import.meta.url).href] : [];
  const child = start({...options, nodeOptions: [...(options.nodeOptions ?? []), ...probe]});
  const server = running<ProbeAnswers>(child);
  return {...server, url: await urlOf(child, server.said)};
}

/** `startServer` for a server of the benchmark, which also answers calls. */
export async function startAnsweringServer<A extends Answers>(
  script: URL,
): Promise<Running<A> & {readonly url: string}> {
  const child = start({command: [fileURLToPath(script)], core: 'others'});
  const server = running<A>(child);
  return {...server, url: await urlOf(child, server.said)};
}

async function urlOf(child: ChildProcess, said: () => string): Promise<string> {
  const {stdout} = child;
  if (!stdout) throw new Error('The server has no output.');
  return new Promise((resolve, reject) => {
    let printed = '';
    const onData = (chunk: Buffer) => {
      printed += chunk.toString();
      const [url] = /http:\/\/[\w.[\]-]+:\d+/.exec(printed) ?? [];
      if (url === undefined) return;
      stdout.off('data', onData);
      stdout.resume();
      resolve(url.replace('localhost', '127.0.0.1'));
    };
    stdout.on('data', onData);
    child.on('error', reject);
    child.on('exit', () => reject(new Error(`The server ended before it listened: ${printed}${said()}`)));
  });
}
