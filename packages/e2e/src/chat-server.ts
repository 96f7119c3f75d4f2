/** Starts the real server, as `chatlet-server start` does, in a process and a folder of its own. */
import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {programEnvironment} from '../../server/src/testing/program-environment.ts';

/** The built command. */
export const cli = fileURLToPath(new URL('../../server/dist/cli.js', import.meta.url));

export interface ChatServer {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Holds `chatlet.db`. */
  readonly folder: string;
  /** Asks it to end and waits until it has. */
  stop(): Promise<void>;
  /** Kills it, as a power cut would. */
  kill(): Promise<void>;
  /** The same database and port again, after `stop` or `kill`. */
  restart(): Promise<ChatServer>;
  /** Ends it and removes its folder. */
  [Symbol.asyncDispose](): Promise<void>;
}

interface Options {
  readonly port?: number;
  readonly folder?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Its `chatlet.config.json`. */
  readonly config?: object;
}

/** A server on a free port with an empty database. */
export async function startChatServer(options: Options = {}): Promise<ChatServer> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'chatlet-e2e-')));
  await mkdir(folder, {recursive: true});
  if (options.config) await writeFile(join(folder, 'chatlet.config.json'), JSON.stringify(options.config));
  const child = spawn(process.execPath, [cli, 'start'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...settingsIn(folder),
      PORT: String(options.port ?? 0),
      // Otherwise every answer would be a line among the test results.
      CHATLET_LOG_LEVEL: 'error',
      ...options.env,
    },
  });
  const url = await urlOf(child);
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  };
  const port = Number(new URL(url).port);
  return {
    url,
    port,
    pid: child.pid ?? 0,
    folder,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    restart: () => startChatServer({...options, folder, port}),
    async [Symbol.asyncDispose]() {
      await end('SIGKILL');
      await rm(folder, {recursive: true, force: true});
    },
  };
}

/** Waits until the server finds a page: its first search starts a thread, and on a busy machine an answer does not wait for that. */
export async function untilFound({url}: Pick<ChatServer, 'url'>, words: string): Promise<void> {
  for (let left = 50; left > 0; left -= 1) {
    const response = await fetch(`${url}/api/search?q=${encodeURIComponent(words)}`);
    if (response.ok && ((await response.json()) as {results: readonly object[]}).results.length > 0) return;
    await delay(100);
  }
  throw new Error(`No page has the words ${words}.`);
}

/** The environment of a server in this folder, and of commands beside it. */
export function settingsIn(folder: string): NodeJS.ProcessEnv {
  return {
    ...programEnvironment,
    CHATLET_DATABASE_URL: `sqlite:${join(folder, 'chatlet.db')}`,
  };
}

/** The address that a server prints once it listens. */
export async function urlOf(child: ChildProcess): Promise<string> {
  let printed = '';
  for await (const chunk of child.stdout ?? []) {
    printed += String(chunk);
    const [url] = /http:\/\/[\w.[\]:]+:\d+/.exec(printed) ?? [];
    if (url) {
      child.stdout?.resume();
      return url;
    }
  }
  throw new Error(`The server ended before it listened. It said: ${printed}`);
}
