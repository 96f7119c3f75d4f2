/** Addresses that no request may reach, in the spellings that are known to get past careless checks. */
import {lookup} from 'node:dns/promises';
import {once} from 'node:events';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';

/** A server on loopback that nobody may reach: it counts connections. `[::]` takes IPv4 connections too. */
export async function startCanary() {
  let reached = 0;
  const server = createServer((_, response) => response.end('the secret of this machine'));
  server.on('connection', () => reached++);
  server.listen({port: 0, host: '::'});
  await once(server, 'listening');
  const {port} = server.address() as AddressInfo;
  return {
    port,
    reached: () => reached,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Names that a stranger's name server can point anywhere. All others are asked of the system. */
const strangersNames: Readonly<Record<string, readonly string[]>> = {
  '127.0.0.1.nip.io': ['127.0.0.1'],
  'localtest.me': ['127.0.0.1', '::1'],
  'mapped.example': ['::ffff:127.0.0.1'],
  'zero.example': ['0.0.0.0'],
  'either.example': ['93.184.216.34', '127.0.0.1'],
  'zone.example': ['fe80::1%lo'],
  'nat64.example': ['64:ff9b::7f00:1'],
  'metadata.google.internal': ['169.254.169.254'],
  'xn--e1afmkfd.example': ['127.0.0.1'],
  'nothing.example': [],
  'nonsense.example': ['localhost'],
};

export async function resolve(hostname: string): Promise<readonly string[]> {
  const bare = hostname.replace(/\.$/, '');
  if (strangersNames[bare]) return strangersNames[bare];
  if (!bare.endsWith('localhost')) throw new Error(`The test asked for ${hostname}.`);
  return (await lookup('localhost', {all: true})).map(({address}) => address);
}

/** Spellings of this machine, with a port each. All of them are loopback for some client. */
export const loopbackSpellings = (p: number): readonly string[] => [
  `http://127.0.0.1:${p}/`,
  `http://127.0.0.1.:${p}/`,
  `http://127.1:${p}/`,
  `http://127.0.1:${p}/`,
  `http://127.255.255.254:${p}/`,
  `http://2130706433:${p}/`,
  `http://0x7f000001:${p}/`,
  `http://0X7F.1:${p}/`,
  `http://0x7f.0x0.0x0.0x1:${p}/`,
  `http://017700000001:${p}/`,
  `http://0177.0.0.01:${p}/`,
  `http://0:${p}/`,
  `http://0.0.0.0:${p}/`,
  `http://[::]:${p}/`,
  `http://[::1]:${p}/`,
  `http://[0:0:0:0:0:0:0:1]:${p}/`,
  `http://[0000:0000:0000:0000:0000:0000:0000:0001]:${p}/`,
  `http://[::ffff:127.0.0.1]:${p}/`,
  `http://[::FFFF:7F00:1]:${p}/`,
  `http://[0:0:0:0:0:ffff:127.0.0.1]:${p}/`,
  `http://[::ffff:0:0]:${p}/`,
  `http://localhost:${p}/`,
  `http://LOCALHOST:${p}/`,
  `http://localhost.:${p}/`,
  `http://foo.localhost:${p}/`,
  `http://127.0.0.1.nip.io:${p}/`,
  `http://localtest.me:${p}/`,
  `http://mapped.example:${p}/`,
  `http://zero.example:${p}/`,
  `http://either.example:${p}/`,
  `http://пример.example:${p}/`,
  `http://１２７.０.０.１:${p}/`,
  `http://①②⑦.⓪.⓪.①:${p}/`,
  `http://127。0。0。1:${p}/`,
  `http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:${p}/`,
  `http://%31%32%37.0.0.1:${p}/`,
  `http://%6c%6f%63%61%6c%68%6f%73%74:${p}/`,
  `http:\\\\127.0.0.1:${p}\\`,
  `http:/127.0.0.1:${p}/`,
  `http:127.0.0.1:${p}/`,
  `\thttp://127.0.\n0.1:${p}/ `,
  `http://local\u00adhost:${p}/`,
  `HTTP://127.0.0.1:0${p}/`,
];

/** Spellings that no client should ask, or that only some networks know. */
export const otherSpellings = (p: number): readonly string[] => [
  `http://public.example@127.0.0.1:${p}/`,
  `http://127.0.0.1:${p}@127.0.0.1:${p}/`,
  `http://public.example:${p}\\@127.0.0.1:${p}/`.replace('public.example', '127.0.0.1'),
  `http://:secret@localhost:${p}/`,
  `http://[fe80::1%25lo]:${p}/`,
  `http://[::1%25lo]:${p}/`,
  `http://[::127.0.0.1]:${p}/`,
  `http://[64:ff9b::127.0.0.1]:${p}/`,
  `http://[64:ff9b:1::7f00:1]:${p}/`,
  `http://[2002:7f00:1::]:${p}/`,
  `http://[2001:0:7f00:1::]:${p}/`,
  `http://[2a00:1450::5efe:7f00:1]:${p}/`,
  `http://[fd00:ec2::254]:${p}/`,
  `http://[fe80::a9fe:a9fe]:${p}/`,
  `http://[ff02::1]:${p}/`,
  `http://169.254.169.254:${p}/latest/meta-data/`,
  `http://2852039166:${p}/`,
  `http://0xa9fea9fe:${p}/`,
  `http://[::ffff:169.254.169.254]:${p}/`,
  `http://metadata.google.internal:${p}/`,
  `http://168.63.129.16:${p}/`,
  `http://100.100.100.200:${p}/`,
  `http://zone.example:${p}/`,
  `http://nat64.example:${p}/`,
  `http://nonsense.example:${p}/`,
  `http://256.256.256.256:${p}/`,
  `file:///etc/passwd`,
  `gopher://127.0.0.1:${p}/_GET`,
  `ftp://127.0.0.1:${p}/`,
  `data:text/plain,secret`,
  `blob:http://127.0.0.1:${p}/1`,
  `//127.0.0.1:${p}/`,
  `javascript:0`,
  ``,
];
