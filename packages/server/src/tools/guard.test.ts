import assert from 'node:assert/strict';
import {once} from 'node:events';
import {type RequestListener, createServer} from 'node:http';
import {type Socket, createServer as createTcpServer} from 'node:net';
import {lookup} from 'node:dns/promises';
import {after, before, test} from 'node:test';
import {gzipSync} from 'node:zlib';
import {ChatError} from '@chatlet/protocol';
import {type GuardOptions, createGuardedFetch} from './guard.ts';
import {isPublicAddress} from './public-address.ts';

/** A server on loopback that nobody may reach: it counts connections. `[::]` takes IPv4 connections too. */
let reached = 0;
const canary = createServer((_, response) => response.end('the secret of this machine'));
canary.on('connection', () => reached++);
let port = 0;
before(async () => {
  canary.listen({port: 0, host: '::'});
  await once(canary, 'listening');
  port = portOf(canary);
});
after(() => {
  canary.closeAllConnections();
  canary.close();
});

function portOf(server: {address(): unknown}): number {
  return (server.address() as {port: number}).port;
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

async function resolve(hostname: string): Promise<readonly string[]> {
  const bare = hostname.replace(/\.$/, '');
  if (strangersNames[bare]) return strangersNames[bare];
  if (!bare.endsWith('localhost')) throw new Error(`The test asked for ${hostname}.`);
  return (await lookup('localhost', {all: true})).map(({address}) => address);
}

/** A guard that lets the canary's port pass, so that only its address can be the reason for a refusal. */
function guardOf(options: GuardOptions = {}) {
  const guard = createGuardedFetch({ports: [port], resolve, timeout: 10_000, ...options});
  return {...guard, [Symbol.asyncDispose]: guard.close};
}

/** The code and the cause of the failure. */
async function failureOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    (value) => assert.fail(`It succeeded: ${String(value)}`),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof ChatError, String(error));
  return [error.code, error.details?.['cause']].filter((each) => each !== undefined).join(' ');
}

/** Spellings of this machine, with a port each. All of them are loopback for some client. */
const loopbackSpellings = (p: number): readonly string[] => [
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
const otherSpellings = (p: number): readonly string[] => [
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

test('the canary can be reached by its spellings if the operator lists them, so that the other tests mean something', async () => {
  const reachable: string[] = [];
  for (const spelling of loopbackSpellings(port)) {
    if (spelling.includes('either')) continue;
    const first = reached;
    await using guard = guardOf({allow: [spelling], idleTimeout: 500});
    const text = await guard.fetch(spelling).then(
      (response) => response.text(),
      () => '',
    );
    if (text === 'the secret of this machine' && reached > first) reachable.push(spelling);
  }
  assert.ok(reachable.length >= 35, `${reachable.length} ${reachable.join('\n')}`);
});

test('no spelling of loopback or of a metadata address reaches anything', async () => {
  await using guard = guardOf();
  const first = reached;
  for (const spelling of [...loopbackSpellings(port), ...otherSpellings(port)]) {
    assert.equal(await failureOf(guard.fetch(spelling)), 'forbidden address-refused', JSON.stringify(spelling));
  }
  assert.equal(reached - first, 0);
});

test('addresses of the public internet pass, and their neighbours in special ranges do not', () => {
  const publicOnes = [
    '8.8.8.8',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '172.15.0.1',
    '172.32.0.1',
  ];
  publicOnes.push('192.167.1.1', '198.17.255.255', '198.20.0.0', '223.255.255.255', '168.63.129.15');
  publicOnes.push('2001:4860:4860::8888', '2606:4700::1111', '2a00:1450:4001::200e', '2003::1', '2a00::5efe:0:0:1');
  for (const address of publicOnes) assert.equal(isPublicAddress(address), true, address);
  const others = ['10.255.255.255', '100.64.0.0', '100.127.255.255', '172.16.0.0', '172.31.255.255', '192.168.0.0'];
  others.push('192.0.0.192', '192.0.2.1', '198.18.0.1', '198.19.255.255', '198.51.100.1', '203.0.113.1', '192.88.99.1');
  others.push('224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255', '0.1.2.3', '168.63.129.16');
  others.push('::', '::1', '::ffff:8.8.8.8', '64:ff9b::808:808', '64:ff9b:1::1', '100::1', 'fc00::1', 'fdff::1');
  others.push('fe80::1', 'fec0::1', 'ff0e::1', '2001::1', '2001:2::1', '2001:10::1', '2001:20::1', '2001:db8::1');
  others.push(
    '2002:808:808::1',
    '3fff::1',
    '3ffe::1',
    '5f00::1',
    '4000::1',
    '2a00::200:5efe:0:0',
    '2a00::5efe:808:808',
  );
  others.push('fe80::1%eth0', '2a00::1%eth0', '', 'localhost', '127.1', '[2a00::1]', ' 8.8.8.8', '8.8.8.8/8');
  for (const address of others) assert.equal(isPublicAddress(address), false, address);
});

test('a name is resolved once for a connection, so that a second answer changes nothing (DNS rebinding)', async () => {
  let asked = 0;
  const rebinding = async () => (asked++ === 0 ? ['93.184.216.34'] : ['127.0.0.1']);
  await using guard = guardOf({resolve: rebinding, idleTimeout: 300});
  const first = reached;
  const outside = await failureOf(guard.fetch(`http://rebind.example:${port}/`));
  assert.match(outside, /^provider-(?:timeout|unavailable)$/);
  assert.equal(asked, 1);
  assert.equal(await failureOf(guard.fetch(`http://rebind.example:${port}/`)), 'forbidden address-refused');
  assert.equal(asked, 2);
  assert.equal(reached - first, 0);
});

test('a name without an address, and one whose resolver fails, cannot be reached', async () => {
  await using guard = guardOf();
  assert.equal(await failureOf(guard.fetch(`http://nothing.example:${port}/`)), 'provider-unavailable');
  assert.equal(await failureOf(guard.fetch(`http://unknown.example:${port}/`)), 'provider-unavailable');
});

test('only ports 80 and 443 of addresses that are not listed may be asked', async () => {
  await using guard = guardOf({ports: [80, 443], resolve: async () => assert.fail('A name was resolved.')});
  for (const address of ['http://public.example:22/', 'https://public.example:8080/', 'http://public.example:0/']) {
    assert.equal(await failureOf(guard.fetch(address)), 'forbidden address-refused', address);
  }
});

/** A server at an address that the operator has listed. */
async function startListed(listener: RequestListener) {
  const server = createServer({maxHeaderSize: 1_000_000}, listener);
  server.listen({port: 0, host: '127.0.0.1'});
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${portOf(server)}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

test('a listed address is asked, and so is every path of its origin, with any header', async () => {
  await using listed = await startListed((request, response) => {
    response.setHeader('x-path', request.url ?? '');
    response.end(`${request.method} ${request.headers.authorization} ${request.headers.cookie}`);
  });
  await using guard = guardOf({allow: [`${listed.origin}/docs`]});
  const response = await guard.fetch(`${listed.origin}/else`, {method: 'post', headers: {Authorization: 'Bearer own'}});
  assert.equal(response.headers.get('x-path'), '/else');
  assert.equal(response.url, `${listed.origin}/else`);
  assert.equal(await response.text(), 'POST Bearer own undefined');
});

for (const [name, location] of [
  ['to loopback', (p: number) => `http://127.0.0.1:${p}/`],
  ['to loopback in IPv6', (p: number) => `http://[::1]:${p}/`],
  ['to a name on loopback', (p: number) => `http://localtest.me:${p}/`],
  ['to metadata', (p: number) => `http://169.254.169.254:${p}/`],
  ['to another protocol', () => 'file:///etc/passwd'],
  ['with a user name', (p: number) => `http://user@public.example:${p}/`],
  ['to another port', () => 'http://public.example:22/'],
  ['to no address', () => 'http://['],
  ['without a protocol', (p: number) => `//localhost:${p}/`],
] as const) {
  test(`what a listed address redirects to is not listed: a redirect ${name} is refused`, async () => {
    await using listed = await startListed((request, response) => {
      // A chain of three.
      const steps = Number(request.url?.slice(1));
      response.writeHead(302, {location: steps > 0 ? `/${steps - 1}` : location(port)}).end('Moved.');
    });
    await using guard = guardOf({allow: [listed.origin]});
    const first = reached;
    assert.equal(await failureOf(guard.fetch(`${listed.origin}/2`)), 'forbidden address-refused');
    assert.equal(reached - first, 0);
  });
}

test('five redirects are followed, and no sixth', async () => {
  let asked = 0;
  await using listed = await startListed((request, response) => {
    asked++;
    const steps = Number(request.url?.slice(1));
    if (steps === 0) response.end('Here.');
    else response.writeHead(307, {location: `/${steps - 1}`}).end();
  });
  await using guard = guardOf({allow: [listed.origin]});
  assert.equal(await (await guard.fetch(`${listed.origin}/5`)).text(), 'Here.');
  assert.equal(asked, 6);
  assert.equal(await failureOf(guard.fetch(`${listed.origin}/30`)), 'forbidden address-refused');
  assert.equal(asked, 12);
});

test('headers and bodies follow a redirect within an origin, but only plain headers go to another one', async () => {
  const seen: string[] = [];
  const note: RequestListener = (request, response) => {
    const {authorization, cookie, accept, 'x-api-key': key, 'content-type': type} = request.headers;
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      seen.push([request.method, authorization, cookie, key, accept, type, body].map(String).join('|'));
      const [, status, target] = /^\/(\d+)\/(.*)$/.exec(request.url ?? '') ?? [];
      if (status) response.writeHead(Number(status), {location: target, 'set-cookie': 'a=b'}).end();
      else response.end();
    });
  };
  await using other = await startListed(note);
  await using first = await startListed(note);
  await using guard = guardOf({allow: [first.origin, other.origin]});
  const headers = {authorization: 'Bearer own', cookie: 'c=d', 'x-api-key': 'k', accept: 'a/b'};
  const json = {...headers, 'content-type': 'application/json'};
  const askAs = async (path: string, method: string, body?: string) => {
    seen.length = 0;
    await guard.fetch(first.origin + path, {method, headers: body === undefined ? headers : json, ...(body && {body})});
    return seen.at(-1);
  };
  assert.equal(await askAs('/302//end', 'GET'), 'GET|Bearer own|c=d|k|a/b|undefined|');
  assert.equal(await askAs(`/302/${other.origin}/`, 'GET'), 'GET|undefined|undefined|undefined|a/b|undefined|');
  assert.equal(await askAs('/307//end', 'POST', '{}'), 'POST|Bearer own|c=d|k|a/b|application/json|{}');
  assert.equal(await askAs('/302//end', 'POST', '{}'), 'GET|Bearer own|c=d|k|a/b|undefined|');
  assert.equal(await askAs('/303//end', 'PUT', '{}'), 'GET|Bearer own|c=d|k|a/b|undefined|');
  assert.equal(await askAs(`/303/${other.origin}/`, 'POST', '{}'), 'GET|undefined|undefined|undefined|a/b|undefined|');
  const passedOn = guard.fetch(`${first.origin}/308/${other.origin}/`, {method: 'POST', headers: json, body: '{}'});
  assert.equal(await failureOf(passedOn), 'forbidden address-refused');
});

test('no header that may hold a secret goes to an address that is not listed', async () => {
  await using guard = guardOf();
  for (const name of ['authorization', 'Cookie', 'proxy-authorization', 'x-api-key', 'host']) {
    const asking = guard.fetch(`http://public.example:${port}/`, {headers: {[name]: 'secret'}});
    await assert.rejects(asking, {message: new RegExp(`the header ${name.toLowerCase()} `)}, name);
  }
});

test('a body that is too long fails, as sent and as unpacked', async () => {
  const bomb = gzipSync(Buffer.alloc(50_000_000));
  const empty = gzipSync('');
  let sent = 0;
  await using listed = await startListed((request, response) => {
    const more = (chunk: Buffer) => () => {
      while (!response.destroyed && response.write(chunk)) sent += chunk.length;
    };
    if (request.url === '/bomb') response.writeHead(200, {'content-encoding': 'gzip'}).end(bomb);
    else if (request.url === '/bombs') response.writeHead(200, {'content-encoding': 'gzip, gzip'}).end(gzipSync(bomb));
    else if (request.url === '/many') response.writeHead(200, {'content-encoding': 'gzip,'.repeat(30)}).end(bomb);
    else if (request.url === '/exact') response.end(Buffer.alloc(100_000));
    else {
      // Packed bytes without end that unpack to nothing, or plain bytes without end.
      const packed = request.url === '/empty';
      response.writeHead(200, packed ? {'content-encoding': 'gzip'} : {});
      const write = more(packed ? Buffer.concat(Array.from({length: 500}, () => empty)) : Buffer.alloc(10_000));
      response.on('drain', write);
      write();
    }
  });
  await using guard = guardOf({allow: [listed.origin], maxBytes: 100_000});
  const read = async (path: string) => (await guard.fetch(listed.origin + path)).arrayBuffer();
  assert.equal((await read('/exact')).byteLength, 100_000);
  for (const path of ['/bomb', '/bombs', '/empty', '/endless']) {
    assert.equal(await failureOf(read(path)), 'too-large', path);
  }
  assert.match(await failureOf(read('/many')), /^(?:provider-unavailable|too-large)$/);
  assert.ok(sent < 20_000_000, String(sent));
});

test('an answer that takes too long fails: silent, dripping, or never beginning', async () => {
  const drips = new Set<NodeJS.Timeout>();
  await using listed = await startListed((request, response) => {
    if (request.url === '/never') return;
    response.writeHead(200);
    response.write('.');
    if (request.url === '/silent') return;
    const drip = setInterval(() => response.write('.'), 20);
    drips.add(drip);
    response.on('close', () => clearInterval(drip));
  });
  await using guard = guardOf({allow: [listed.origin], timeout: 1_000});
  await using silent = guardOf({allow: [listed.origin], idleTimeout: 500, timeout: Infinity});
  const read = async (from: typeof guard, path: string) => (await from.fetch(listed.origin + path)).text();
  assert.equal(await failureOf(read(guard, '/drip')), 'provider-timeout');
  assert.equal(await failureOf(read(guard, '/never')), 'provider-timeout');
  assert.equal(await failureOf(read(silent, '/silent')), 'provider-timeout');
  assert.equal(await failureOf(read(silent, '/never')), 'provider-timeout');
  for (const drip of drips) clearInterval(drip);
});

test('headers without end, and an answer that is no HTTP, fail', async () => {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('data', (request) => {
      if (request.toString().startsWith('GET /nonsense')) {
        socket.end('no http\r\n\r\n');
        return;
      }
      socket.write('HTTP/1.1 200 OK\r\n');
      const more = () => {
        while (!socket.destroyed && socket.write(`x-more: ${'y'.repeat(500)}\r\n`));
      };
      socket.on('drain', more);
      more();
    });
  });
  server.listen({port: 0, host: '127.0.0.1'});
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${portOf(server)}`;
  await using listed = await startListed((request, response) => {
    response.setHeader('x-long', 'y'.repeat(Number(request.url?.slice(1)))).end();
  });
  await using guard = guardOf({allow: [origin]});
  assert.equal(await failureOf(guard.fetch(`${origin}/headers`)), 'provider-unavailable');
  assert.equal(await failureOf(guard.fetch(`${origin}/nonsense`)), 'provider-unavailable');
  await using strict = guardOf({allow: [listed.origin], maxHeaderBytes: 1_000});
  assert.equal(await failureOf(strict.fetch(`${listed.origin}/2000`)), 'provider-unavailable');
  assert.equal((await strict.fetch(`${listed.origin}/500`)).status, 200);
  for (const socket of sockets) socket.destroy();
  server.close();
});

test('an abort cuts the request off with its own reason, also in the middle of a body', async () => {
  await using listed = await startListed((request, response) => {
    if (request.url === '/body') response.write('.');
  });
  await using guard = guardOf({allow: [listed.origin]});
  const abort = new AbortController();
  const {body} = await guard.fetch(`${listed.origin}/body`, {signal: abort.signal});
  const reader = body!.getReader();
  await reader.read();
  const asking = guard.fetch(`${listed.origin}/never`, {signal: abort.signal});
  const reason = new Error('The visitor pressed stop.');
  abort.abort(reason);
  await assert.rejects(asking, reason);
  await assert.rejects(reader.read(), reason);
});

test('statuses reach the caller, with a body or without', async () => {
  await using listed = await startListed((request, response) => {
    response.writeHead(Number(request.url?.slice(1)), 'So').end();
  });
  await using guard = guardOf({allow: [listed.origin]});
  for (const status of [200, 204, 304, 302, 404, 599]) {
    const response = await guard.fetch(`${listed.origin}/${status}`);
    assert.equal(response.status, status);
    assert.equal(await response.text(), '');
  }
  await assert.rejects(guard.fetch(`${listed.origin}/999`), {message: 'The address answered with the status 999.'});
});
