import assert from 'node:assert/strict';
import {createHmac} from 'node:crypto';
import {type Server, createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {after, before, test} from 'node:test';
import {ChatError, type ErrorCode} from '@chatlet/protocol';
import {type CryptoKey, type JWK, SignJWT, errors, exportJWK, exportSPKI, generateKeyPair} from 'jose';
import {fakeClock} from './testing/fake-clock.ts';
import {type SiteTokenOptions, createSiteTokenCheck} from './site-token.ts';

const secret = 'a secret of thirty-two bytes or more';
const secretBytes = new TextEncoder().encode(secret);
const clock = fakeClock();
const now = Math.floor(clock.now() / 1000);

interface Claims {
  readonly [name: string]: unknown;
}

const good: Claims = {sub: 'ada', exp: now + 600};

function sign(
  claims: Claims,
  {key = secretBytes, alg = 'HS256', kid}: {key?: Uint8Array | CryptoKey; alg?: string; kid?: string} = {},
) {
  return new SignJWT({...claims}).setProtectedHeader({alg, ...(kid !== undefined && {kid})}).sign(key);
}

const withSecret = (more: Partial<SiteTokenOptions> = {}) => createSiteTokenCheck({trust: {secret}, clock, ...more});
const is = (code: ErrorCode) => (error: unknown) => error instanceof ChatError && error.code === code;

test('a token that the site has signed identifies its user, and its plan if it names one', async () => {
  const check = withSecret();
  assert.deepEqual(await check.identify(await sign(good)), {kind: 'user', owner: 'user:ada'});
  assert.deepEqual(await check.identify(await sign({...good, sub: 'auth0|12:3', plan: 'core'})), {
    kind: 'user',
    owner: 'user:auth0|12:3',
    plan: 'core',
  });
});

for (const [name, claims] of [
  ['that has expired', {sub: 'ada', exp: now - 31}],
  ['that never expires', {sub: 'ada'}],
  ['that is not valid yet', {...good, nbf: now + 31}],
  ['without a user', {exp: now + 600}],
  ['with an empty user', {...good, sub: ''}],
  ['with a user that cannot be seen', {...good, sub: 'ada\u0000'}],
  ['with an endless user', {...good, sub: 'a'.repeat(256)}],
  ['with a plan that is no name', {...good, plan: {name: 'core'}}],
] as const) {
  test(`a token ${name} is refused`, async () => {
    await assert.rejects(withSecret().identify(await sign(claims)), is('unauthenticated'));
  });
}

test('R-24: a token may last ten years, and no longer', async () => {
  const year = 365 * 86_400;
  const lasting = async (exp: number) => withSecret().identify(await sign({sub: 'ada', exp}));
  assert.equal((await lasting(now + 10 * year - 60)).owner, 'user:ada');
  for (const exp of [now + 10 * year + 60, 253_402_300_800, Number.MAX_SAFE_INTEGER, 1e300]) {
    await assert.rejects(lasting(exp), is('unauthenticated'), String(exp));
  }
});

test('a site token is accepted if the clocks differ by half a minute', async () => {
  assert.equal((await withSecret().identify(await sign({sub: 'ada', exp: now - 29, nbf: now + 29}))).owner, 'user:ada');
});

test('a token for another audience, or of another issuer, is refused', async () => {
  const check = withSecret({issuer: 'https://shop.example', audience: 'chat'});
  const ours = {...good, iss: 'https://shop.example', aud: ['other', 'chat']};
  assert.equal((await check.identify(await sign(ours))).owner, 'user:ada');
  for (const claims of [good, {...ours, aud: 'other'}, {...ours, iss: 'https://evil.example'}]) {
    await assert.rejects(check.identify(await sign(claims)), is('unauthenticated'));
  }
});

test('a string that is no token, or a token with a wrong signature or none, is refused', async () => {
  const token = await sign(good);
  const [head, body, signature] = token.split('.');
  const none = Buffer.from(JSON.stringify({alg: 'none'})).toString('base64url');
  const other = Buffer.from(JSON.stringify({...good, sub: 'eve'})).toString('base64url');
  const forged = [
    '',
    'x',
    'a.b.c',
    `${head}.${body}.`,
    `${none}.${body}.`,
    `${none}.${body}.${signature}`,
    `${head}.${other}.${signature}`,
    `${token}x`,
    `${token}.`,
    await sign(good, {key: new TextEncoder().encode('another secret of thirty-two bytes')}),
    await sign(good, {key: new TextEncoder().encode(`${secret}${'x'.repeat(64)}`), alg: 'HS512'}),
    'x'.repeat(100_000),
  ];
  for (const wrong of forged)
    await assert.rejects(withSecret().identify(wrong), is('unauthenticated'), wrong.slice(0, 200));
});

test('a shared secret that is too short is refused at the start', () => {
  assert.throws(() => createSiteTokenCheck({trust: {secret: 'short'}}), /32 bytes/);
});

for (const jwksUrl of ['http://shop.example/keys', 'http://127.0.0.1.evil.example/keys', 'file:///keys', 'keys']) {
  test(`public keys are not fetched from ${jwksUrl}`, () => {
    assert.throws(() => createSiteTokenCheck({trust: {jwksUrl}}), /https/);
  });
}

let site: Server;
let jwksUrl: string;
let keys: readonly JWK[] = [];
let fetched = 0;
let answer: 'keys' | 'trouble' | 'page' = 'keys';
let pair: {publicKey: CryptoKey; privateKey: CryptoKey};

before(async () => {
  pair = await generateKeyPair('RS256', {extractable: true});
  site = createServer((_, res) => {
    fetched++;
    if (answer === 'keys') res.setHeader('content-type', 'application/json').end(JSON.stringify({keys}));
    else res.writeHead(answer === 'page' ? 200 : 500).end('<html></html>');
  });
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  jwksUrl = `http://127.0.0.1:${(site.address() as AddressInfo).port}/keys`;
  keys = [{...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'RS256', use: 'sig'}];
});
after(
  () =>
    new Promise<void>((resolve) => {
      site.close(() => resolve());
      site.closeAllConnections();
    }),
);

test("a site's public keys are fetched once, and a token signed with its private key is accepted", async () => {
  const check = createSiteTokenCheck({trust: {jwksUrl}, clock});
  const first = fetched;
  const token = await sign(good, {key: pair.privateKey, alg: 'RS256', kid: 'k1'});
  const owners = [];
  for (let index = 0; index < 5; index++) owners.push((await check.identify(token)).owner);
  assert.deepEqual([owners, fetched - first], [Array.from({length: 5}, () => 'user:ada'), 1]);
});

test('a token that names no key is accepted with each of the published keys', async () => {
  const next = await generateKeyPair('RS256', {extractable: true});
  const published = keys;
  keys = [...keys, {...(await exportJWK(next.publicKey)), kid: 'k2', alg: 'RS256', use: 'sig'}];
  const check = createSiteTokenCheck({trust: {jwksUrl}, clock});
  for (const {privateKey: key} of [pair, next]) {
    assert.equal((await check.identify(await sign(good, {key, alg: 'RS256'}))).owner, 'user:ada');
    await assert.rejects(check.identify(await sign({sub: 'ada', exp: now - 60}, {key, alg: 'RS256'})), /expired/);
  }
  keys = published;
});

test('M-3: a token that names no key and fits none of several keys is refused, with that cause for the operator', async () => {
  const [published, other] = [keys, await generateKeyPair('RS256', {extractable: true})];
  keys = [...keys, {...(await exportJWK(other.publicKey)), kid: 'k2', alg: 'RS256', use: 'sig'}];
  const check = createSiteTokenCheck({trust: {jwksUrl}, clock});
  const {privateKey: key} = await generateKeyPair('RS256');
  await assert.rejects(check.identify(await sign(good, {key, alg: 'RS256'})), (error: unknown) => {
    assert.ok(error instanceof ChatError && error.cause instanceof errors.JWKSMultipleMatchingKeys);
    return is('unauthenticated')(error);
  });
  keys = published;
});

test('tokens with unknown keys do not make the server fetch the public keys again and again', async () => {
  const check = createSiteTokenCheck({trust: {jwksUrl}, clock});
  await check.identify(await sign(good, {key: pair.privateKey, alg: 'RS256', kid: 'k1'}));
  const first = fetched;
  const stranger = await generateKeyPair('RS256');
  for (let index = 0; index < 20; index++) {
    const token = await sign(good, {key: stranger.privateKey, alg: 'RS256', kid: `k${index + 2}`});
    await assert.rejects(check.identify(token), is('unauthenticated'));
  }
  assert.equal(fetched - first, 0);
});

test('a token is refused if it was signed with the public key as a shared secret', async () => {
  const check = createSiteTokenCheck({trust: {jwksUrl}, clock});
  for (const material of [await exportSPKI(pair.publicKey), JSON.stringify(keys[0]), String(keys[0]?.n)]) {
    for (const kid of ['k1', undefined]) {
      const head = Buffer.from(JSON.stringify({alg: 'HS256', ...(kid !== undefined && {kid})})).toString('base64url');
      const body = Buffer.from(JSON.stringify(good)).toString('base64url');
      const signature = createHmac('sha256', material).update(`${head}.${body}`).digest('base64url');
      await assert.rejects(check.identify(`${head}.${body}.${signature}`), is('unauthenticated'));
    }
  }
});

test('a token of a private key is refused if a secret is shared, and the other way round', async () => {
  await assert.rejects(
    withSecret().identify(await sign(good, {key: pair.privateKey, alg: 'RS256'})),
    is('unauthenticated'),
  );
  const check = createSiteTokenCheck({trust: {jwksUrl}, clock});
  await assert.rejects(check.identify(await sign(good)), is('unauthenticated'));
});

test('a failed fetch of the public keys is an internal error and no refusal of the token', async () => {
  const token = await sign(good, {key: pair.privateKey, alg: 'RS256', kid: 'k1'});
  for (const trouble of ['trouble', 'page'] as const) {
    answer = trouble;
    await assert.rejects(createSiteTokenCheck({trust: {jwksUrl}, clock}).identify(token), is('internal'));
  }
  answer = 'keys';
  await assert.rejects(
    createSiteTokenCheck({trust: {jwksUrl: 'http://127.0.0.1:1/'}, clock}).identify(token),
    is('internal'),
  );
});
