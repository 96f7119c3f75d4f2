import assert from 'node:assert/strict';
import {once} from 'node:events';
import {type RequestListener, createServer} from 'node:http';
import {type Socket, createServer as createTcpServer} from 'node:net';
import {after, test} from 'node:test';
import {gzipSync} from 'node:zlib';
import {ChatError} from '@chatlet/protocol';
import {type GuardOptions, createGuardedFetch} from './guard.ts';
import {isPublicAddress} from './public-address.ts';
import {loopbackSpellings, otherSpellings, resolve, startCanary} from './testing/forbidden-addresses.ts';

const canary = await startCanary();
const {port, reached} = canary;
after(() => canary[Symbol.asyncDispose]());

function portOf(server: {address(): unknown}): number {
  return (server.address() as {port: number}).port;
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

test('the canary can be reached by its spellings if the operator lists them, so that the other tests mean something', async () => {
  const reachable: string[] = [];
  for (const spelling of loopbackSpellings(port)) {
    if (spelling.includes('either')) continue;
    const first = reached();
    await using guard = guardOf({allow: [spelling], idleTimeout: 500});
    const text = await guard.fetch(spelling).then(
      (response) => response.text(),
      () => '',
    );
    if (text === 'the secret of this machine' && reached() > first) reachable.push(spelling);
  }
  assert.ok(reachable.length >= 35, `${reachable.length} ${reachable.join('\n')}`);
});

test('a guard that was closed asks nothing more, also if it has asked nothing before', async () => {
  const address = `http://127.0.0.1:${port}/`;
  const first = reached();
  for (const asks of [0, 1]) {
    await using guard = guardOf({allow: [address]});
    for (let asked = 0; asked < asks; asked++) await (await guard.fetch(address)).text();
    await guard.close();
    assert.equal(await failureOf(guard.fetch(address)), 'provider-unavailable');
  }
  assert.equal(reached() - first, 1);
});

test('no spelling of loopback or of a metadata address reaches anything', async () => {
  await using guard = guardOf();
  const first = reached();
  for (const spelling of [...loopbackSpellings(port), ...otherSpellings(port)]) {
    assert.equal(await failureOf(guard.fetch(spelling)), 'forbidden address-refused', JSON.stringify(spelling));
  }
  assert.equal(reached() - first, 0);
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
  const first = reached();
  const outside = await failureOf(guard.fetch(`http://rebind.example:${port}/`));
  assert.match(outside, /^provider-(?:timeout|unavailable)$/);
  assert.equal(asked, 1);
  assert.equal(await failureOf(guard.fetch(`http://rebind.example:${port}/`)), 'forbidden address-refused');
  assert.equal(asked, 2);
  assert.equal(reached() - first, 0);
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
    const first = reached();
    assert.equal(await failureOf(guard.fetch(`${listed.origin}/2`)), 'forbidden address-refused');
    assert.equal(reached() - first, 0);
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
