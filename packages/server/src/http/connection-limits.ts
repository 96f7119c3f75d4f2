/** Limits the open connections of a server: all together, and those from one network. Knows no requests. */
import type {Server} from 'node:http';
import type {Socket} from 'node:net';
import {limiterKeysOfAddress} from './request/limiter-key.ts';

/** The most open connections. */
export interface ConnectionLimits {
  /** Of one IPv4 address or IPv6 /64; 500 by default. This machine and trusted proxies have no limit. */
  readonly perAddress?: number;
  /** 10 000 by default. */
  readonly total?: number;
}

export function limitConnections(
  server: Server,
  {perAddress = 500, total = 10_000}: ConnectionLimits,
  isTrusted: (address: string) => boolean,
): void {
  server.maxConnections = total;
  const open = new Map<string, number>();
  server.on('connection', (socket: Socket) => {
    const {remoteAddress: address = ''} = socket;
    if (/^(?:127\.|::1$|::ffff:127\.)/.test(address) || isTrusted(address)) return;
    const key = limiterKeysOfAddress(address)[0]?.key ?? '';
    const count = (open.get(key) ?? 0) + 1;
    if (count > perAddress) {
      socket.destroy();
      return;
    }
    open.set(key, count);
    socket.once('close', () => {
      const left = (open.get(key) ?? 0) - 1;
      if (left > 0) open.set(key, left);
      else open.delete(key);
    });
  });
}
