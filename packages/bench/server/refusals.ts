/**
 * The CPU time of a refused request, against the 404 of a bare Express app that gets the same request. The bar is 1.2.
 * Run: node --conditions=@chatlet/source packages/bench/server/refusals.ts
 */
import {type ChildProcess, fork} from 'node:child_process';
import {once} from 'node:events';
import {Agent, type IncomingMessage, createServer, request} from 'node:http';
import type {AddressInfo} from 'node:net';
import {fileURLToPath} from 'node:url';
import {createChatServer, jsonLog} from '@chatlet/server';
import express from 'express';

const names = ['express', 'ours'] as const;
type Name = (typeof names)[number];

const requestsOfRound = 3000;
const rounds = 7;

/** 47 bytes of brotli, which inflate to 10 MB of brackets. */
const bomb = Buffer.from('y///P/iN0w31qepp1CIsOntqq6squa0I0MBs9f6PqHx/uMAv1dVXkhwWAEQ9uCA=', 'base64');
const body = Buffer.from(JSON.stringify({message: {text: 'Hi'}}));
const json = {'content-type': 'application/json', 'x-chat-protocol': 'chatlet'};
const page = {...json, origin: 'https://www.example.com'};

const kinds: Readonly<Record<string, {path: string; headers: Readonly<Record<string, string>>; body: Buffer}>> = {
  'a page of another origin': {path: '/api/chat', headers: {...json, origin: 'https://evil.example'}, body},
  'no key': {path: '/v1/chat/completions', headers: json, body},
  'a wrong key': {path: '/v1/chat/completions', headers: {...json, authorization: 'Bearer wrong-key'}, body},
  'a forged visitor': {path: '/api/chat', headers: {...page, 'x-chatlet-visitor': 'v1.a.b'}, body},
  'a brotli bomb': {path: '/api/chat', headers: {...page, 'content-encoding': 'br'}, body: bomb},
  'an unknown path': {path: '/api/chats/a/b', headers: page, body},
};

/** In a process of its own: a server that tells its CPU time when it is asked. */
async function serve(name: Name): Promise<void> {
  const listening = Promise.withResolvers<number>();
  if (name === 'express') {
    const server = createServer(express()).listen(0, '127.0.0.1', () => {
      listening.resolve((server.address() as AddressInfo).port);
    });
  } else {
    const server = createChatServer({
      databaseUrl: 'sqlite::memory:',
      apiKeys: [{key: 'key-of-alice', plan: 'default'}],
      origins: ['https://www.example.com'],
      log: jsonLog({write() {}}),
      // Each kind is refused as itself, and not because an address was refused too often.
      limiter: {
        take: async (_key, windows) => verdict(windows),
        peek: async (_key, windows) => verdict(windows),
        close: async () => {},
      },
    });
    listening.resolve((await server.listen({port: 0})).port);
  }
  const port = await listening.promise;
  process.on('message', () => {
    const {user, system} = process.cpuUsage();
    process.send?.({cpu: user + system});
  });
  process.send?.({port});
}

type Limiter = NonNullable<NonNullable<Parameters<typeof createChatServer>[0]>['limiter']>;

function verdict(windows: Parameters<Limiter['take']>[1]): Awaited<ReturnType<Limiter['take']>> {
  const states = windows.map((window) => ({...window, remaining: window.limit, resetAt: Date.now()}));
  const [tightest] = states;
  if (!tightest) throw new TypeError('There is no window.');
  return {allowed: true, tightest, retryAfter: 0, windows: states};
}

async function ask<Answer>(child: ChildProcess): Promise<Answer> {
  const answer = once(child, 'message');
  child.send('cpu');
  return (await answer)[0] as Answer;
}

async function send(port: number, agent: Agent, {path, headers, body: sent}: (typeof kinds)[string]): Promise<number> {
  const asked = request({port, agent, path, method: 'POST', headers: {...headers, 'content-length': sent.length}});
  asked.end(sent);
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  response.resume();
  await once(response, 'end');
  return response.statusCode ?? 0;
}

async function measure(): Promise<void> {
  const contestants = await Promise.all(
    names.map(async (name) => {
      const child = fork(fileURLToPath(import.meta.url), [name], {execArgv: process.execArgv});
      const [{port}] = (await once(child, 'message')) as [{port: number}];
      return {name, child, port, agent: new Agent({keepAlive: true, maxSockets: 4})};
    }),
  );
  for (const [kind, asked] of Object.entries(kinds)) {
    const costs: Record<Name, number[]> = {express: [], ours: []};
    const statuses = new Set<string>();
    // The first round warms the code up and does not count.
    for (let round = 0; round <= rounds; round++) {
      for (const {name, child, port, agent} of contestants) {
        const before = await ask<{cpu: number}>(child);
        for (let done = 0; done < requestsOfRound; done += 4) {
          const four = Array.from({length: 4}, () => send(port, agent, asked));
          for (const status of await Promise.all(four)) statuses.add(`${name} ${status}`);
        }
        const after = await ask<{cpu: number}>(child);
        if (round > 0) costs[name].push((after.cpu - before.cpu) / requestsOfRound);
      }
    }
    const [bare, ours] = [median(costs.express), median(costs.ours)];
    const ratio = median(costs.ours.map((cost, round) => cost / (costs.express[round] ?? Number.NaN)));
    const line = `${kind.padEnd(26)} ${bare.toFixed(0)} µs, ours ${ours.toFixed(0)} µs, ratio ${ratio.toFixed(2)}`;
    console.log(`${line} (${[...statuses].join(', ')})`);
  }
  for (const {child, agent} of contestants) {
    agent.destroy();
    child.kill();
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

const name = names.find((each) => each === process.argv[2]);
await (name ? serve(name) : measure());
