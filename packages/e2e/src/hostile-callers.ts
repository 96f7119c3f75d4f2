/**
 * Attacks a server from one address for some seconds, in a process of its own, so that it takes nothing from those who
 * measure. Prints `ready` when it begins, and at its end what became of its requests as JSON. Loopback only.
 *
 *     node --conditions=@chatlet/source packages/e2e/src/hostile-callers.ts http://localhost:8000 20 7
 */
import {type Socket, connect} from 'node:net';
import {setTimeout as wait} from 'node:timers/promises';
import {brotliCompressSync, gzipSync} from 'node:zlib';
import {seededRandom} from '../../bench/widget/statistics.ts';

const [address = '', seconds = '20', seed = '1'] = process.argv.slice(2);
const {port} = new URL(address);
const random = seededRandom(Number(seed));

/** Requests a second. */
const rate = 100;
/** The address that the trusted proxy names. */
const from = '198.51.100.7';

const page = {origin: 'https://shop.example', 'x-forwarded-for': from};
const json = {...page, 'content-type': 'application/json'};

const lists = `{"message":[${'[],'.repeat(3_300_000)}[]]}`;
const bodies = {
  brotli: brotliCompressSync(lists),
  gzip: gzipSync(lists),
  brackets: Buffer.from('['.repeat(200_000)),
  keys: Buffer.from(`{${Array.from({length: 30_000}, (_, n) => `"k${n}":1`).join(',')}}`),
  large: Buffer.alloc(9_900_000, 'x'),
};

const attacks: Readonly<Record<string, () => Socket>> = {
  'brotli bomb': () => post(bodies.brotli, {'content-encoding': 'br'}),
  'gzip bomb': () => post(bodies.gzip, {'content-encoding': 'gzip'}),
  brackets: () => post(bodies.brackets),
  keys: () => post(bodies.keys),
  large: () => post(bodies.large),
  'body that drips': () => {
    const socket = open(head('POST', '/api/chat', {...json, 'content-length': '5000'}));
    const dripping = setInterval(() => socket.write('{'), 1000);
    socket.once('close', () => clearInterval(dripping));
    return socket;
  },
  'reader that does not read': () => {
    const body = JSON.stringify({message: {text: 'flood'}});
    const socket = post(Buffer.from(body), {'x-chat-protocol': 'chatlet'});
    return socket.pause();
  },
  'forged token': () => open(head('GET', '/api/chats', {...page, authorization: `Bearer a.${'b'.repeat(500)}.c`})),
  'forged visitor': () => open(head('GET', '/api/chats', {...page, 'x-chatlet-visitor': `v1.abc.${'d'.repeat(43)}`})),
  search: () => open(head('GET', '/api/chats?search=needle', {...page, 'x-chatlet-visitor': `v2.${'s'.repeat(43)}`})),
  'foreign page': () =>
    open(head('POST', '/api/chat', {...json, origin: 'https://evil.example', 'content-length': '0'})),
};

const names = Object.keys(attacks);
/** How often each attack got each status; `none` if the connection closed without one. */
const outcomes: Record<string, Record<string, number>> = {};
const openSockets = new Set<Socket>();

console.log('ready');
const ends = performance.now() + Number(seconds) * 1000;
for (let count = 0; performance.now() < ends; count++) {
  const name = names[Math.floor(random() * names.length)] ?? '';
  attack(name);
  // Late wake-ups are made up for, so that the rate holds.
  const due = ends - Number(seconds) * 1000 + ((count + 1) * 1000) / rate;
  if (due > performance.now()) await wait(due - performance.now());
}
console.log(JSON.stringify({outcomes, open: openSockets.size}));
for (const socket of openSockets) socket.destroy();

function attack(name: string): void {
  const socket = attacks[name]?.();
  if (!socket) return;
  openSockets.add(socket);
  let status = 'none';
  socket.once('data', (bytes: Buffer) => {
    [, status = 'none'] = /^HTTP\/1\.1 (\d+)/.exec(bytes.toString('latin1')) ?? [];
  });
  socket.on('error', () => {});
  socket.once('close', () => {
    openSockets.delete(socket);
    const of = (outcomes[name] ??= {});
    of[status] = (of[status] ?? 0) + 1;
  });
}

function post(body: Buffer, headers: Readonly<Record<string, string>> = {}): Socket {
  const socket = open(head('POST', '/api/chat', {...json, ...headers, 'content-length': `${body.length}`}));
  socket.write(body);
  return socket;
}

function open(start: string): Socket {
  const socket = connect(Number(port), '127.0.0.1');
  socket.write(start);
  return socket;
}

function head(method: string, path: string, headers: Readonly<Record<string, string>>): string {
  const all = {host: `localhost:${port}`, connection: 'close', ...headers};
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
}
