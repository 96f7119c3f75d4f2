/** The contestants: how each server is started and asked. Knows no measurement. */
import {fileURLToPath} from 'node:url';
import type {Target} from './load.ts';
import {ourHeaders, startOurs} from './ours.ts';
import {type RunningServer, startServer} from './processes.ts';

/**
 * - `direct`: no server; the load generator asks the emulator itself
 * - `ours`: our server as `chatlet-server start` runs it, asked at `/api/chat` for a stored chat
 * - `ours-no-store`: `ours` with a store that keeps nothing, to measure the cost of storing
 * - `ours-v1`: our server asked at `/v1/chat/completions`, which stores nothing
 * - `ours-responses`: our server asked at `/v1/responses`, which stores the response
 * - `ours-list-…`: `ours` behind an upstream whose list of models never comes, is an error, or is none
 */
export const contestantNames = [
  'direct',
  'pass',
  'raw-http',
  'raw-best',
  'express-openai',
  'express-ai-sdk',
  'ours',
  'ours-no-store',
  'ours-v1',
  'ours-responses',
  'ours-list-hangs',
  'ours-list-errs',
  'ours-list-lies',
] as const;

export type ContestantName = (typeof contestantNames)[number];

export interface Contestant {
  readonly name: ContestantName;
  readonly target: Target;
  /** Undefined for `direct`. */
  readonly server: RunningServer | undefined;
  readonly end: () => Promise<void>;
}

interface StartOptions {
  readonly upstreamUrl: string;
  readonly nodeOptions?: readonly string[];
  /** Our built command; that of the working tree by default. */
  readonly cli?: string;
}

/** Starts a contestant in a process of its own, on the core that is kept for servers. */
export async function startContestant(name: ContestantName, options: StartOptions): Promise<Contestant> {
  const completions = (origin: string, headers: Record<string, string> = {}): Target => ({
    origin,
    path: '/v1/chat/completions',
    body: 'completions',
    headers,
  });
  if (name === 'direct') {
    return {name, target: completions(options.upstreamUrl), server: undefined, end: async () => {}};
  }
  if (name.startsWith('ours')) {
    const list = name.startsWith('ours-list-') ? `/${name.slice('ours-'.length)}` : '';
    const upstreamUrl = options.upstreamUrl + list;
    const {server, end} = await startOurs({...options, upstreamUrl, stores: name !== 'ours-no-store'});
    const own = {origin: server.url, headers: ourHeaders};
    const chat: Target = {...own, path: '/api/chat', body: 'chatlet'};
    const responses: Target = {...own, path: '/v1/responses', body: 'responses'};
    const target =
      name === 'ours-v1' ? completions(server.url, ourHeaders) : name === 'ours-responses' ? responses : chat;
    return {name, target, server, end};
  }
  const server = await startServer({
    command: [fileURLToPath(new URL(`./contestants/${name}.ts`, import.meta.url))],
    core: 'server',
    env: {OPENAI_BASE_URL: `${options.upstreamUrl}/v1`},
    nodeOptions: options.nodeOptions ?? [],
    probed: true,
  });
  return {name, target: completions(server.url), server, end: () => server.end()};
}
