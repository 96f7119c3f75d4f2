/** Starts our server as its users do: the built command, with keys, limits, the turn log and SQLite. */
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {type RunningServer, startServer} from './processes.ts';

const builtCli = fileURLToPath(new URL('../../server/dist/cli.js', import.meta.url));

const config = fileURLToPath(new URL('./contestants/our.config.ts', import.meta.url));
const noStoreConfig = fileURLToPath(new URL('./contestants/no-store.config.ts', import.meta.url));

const apiKey = 'bench-key';

export const ourHeaders: Readonly<Record<string, string>> = {
  authorization: `Bearer ${apiKey}`,
  'x-chat-protocol': 'chatlet',
};

interface StartOptions {
  readonly upstreamUrl: string;
  readonly nodeOptions?: readonly string[];
  /** The built command; that of the working tree by default. */
  readonly cli?: string;
  /** The database file. Default: a new folder, which is removed at the end. */
  readonly folder?: string;
  /** `false`: chats are not stored. */
  readonly stores?: boolean;
}

export interface OurServer {
  readonly server: RunningServer;
  readonly end: () => Promise<void>;
}

export async function startOurs(options: StartOptions): Promise<OurServer> {
  const {upstreamUrl, nodeOptions = [], folder: given, stores = true, cli = builtCli} = options;
  const folder = given ?? (await mkdtemp(join(tmpdir(), 'chatlet-bench-')));
  const server = await startServer({
    command: [cli, 'start'],
    core: 'server',
    cwd: folder,
    env: {
      PORT: '0',
      OPENAI_BASE_URL: `${upstreamUrl}/v1`,
      OPENAI_API_KEY: 'bench',
      // An upstream without a list cannot tell which model to ask.
      CHATLET_MODEL: 'bench-model',
      CHATLET_DATABASE_URL: `sqlite:${join(folder, 'chatlet.db')}`,
      CHATLET_API_KEYS: `${apiKey}:bench`,
      CHATLET_CONFIG: stores ? config : noStoreConfig,
    },
    nodeOptions,
    probed: true,
  });
  return {
    server,
    async end() {
      await server.end();
      if (given === undefined) await rm(folder, {recursive: true, force: true});
    },
  };
}
