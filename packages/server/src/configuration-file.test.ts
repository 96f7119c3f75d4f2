/** The configuration file: its check, and the schema and the page that are generated from the check. */
import assert from 'node:assert/strict';
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite, test} from 'node:test';
import {configurationJsonSchema, configurationTable} from './configuration-file.ts';
import {type Configuration, type Environment, readConfiguration} from './configuration.ts';

const shipped = new URL('../chatlet.config.schema.json', import.meta.url);
const page = new URL('../CONFIGURATION.md', import.meta.url);

async function configured(file: object, env: Environment = {}): Promise<Configuration> {
  const folder = await mkdtemp(join(tmpdir(), 'chatlet-'));
  try {
    await writeFile(join(folder, 'chatlet.config.json'), JSON.stringify(file));
    return await readConfiguration(env, folder);
  } finally {
    await rm(folder, {recursive: true});
  }
}

suite('the schema for editors', () => {
  test('is the one of this version; `node scripts/configuration-schema.mjs` generates it', async () => {
    assert.deepEqual(
      JSON.parse(await readFile(shipped, 'utf8')),
      JSON.parse(JSON.stringify(configurationJsonSchema())),
    );
  });
});

suite('the page for people', () => {
  test('lists every key; `node scripts/configuration-schema.mjs` generates the list', async () => {
    assert.ok((await readFile(page, 'utf8')).endsWith(`\n\n${configurationTable()}\n`));
  });
});

suite('the configuration', () => {
  test('says if replies to chats that are handed over can come from this machine alone', async () => {
    const contact = {webhook: {url: 'https://acme.example/chats', secret: 'a secret of many characters'}};
    assert.match(
      (await configured({contact})).warnings.join(),
      /^Replies .* from this machine alone.*CHATLET_METRICS_TOKEN/,
    );
    assert.deepEqual((await configured({contact, metricsToken: 'let-me-look'})).warnings, []);
  });

  test('takes plans, prices, sign-in and proxies from the file, and the environment overrides them', async () => {
    const file = {
      $schema: './node_modules/@chatlet/server/chatlet.config.schema.json',
      plans: [{name: 'gold', maxTokens: 9000, perMinute: 1000}],
      spending: {visitors: {tokensPerDay: 100_000, usdPerDay: 0.5}},
      apiKeys: [{key: 'key-of-alice', plan: 'gold', account: 'alice'}],
      models: [{id: 'm', pricing: {prompt: 0.5, completion: 1.5}}],
      auth: {visitors: 'refused', jwt: {trust: {jwksUrl: 'https://www.example.com/jwks.json'}, audience: 'chat'}},
      trustProxy: 2,
    };
    const {$schema: _, ...config} = file;
    assert.deepEqual((await configured(file)).server, config);
    const secret = 'x'.repeat(32);
    const env = {
      CHATLET_JWT_SECRET: secret,
      CHATLET_JWT_ISSUER: 'https://www.example.com',
      CHATLET_VISITORS: 'welcome',
      CHATLET_TRUST_PROXY: 'loopback, 10.0.0.0/8',
      CHATLET_API_KEYS: 'key-of-bob-1:core',
      CHATLET_METRICS_TOKEN: 'let-me-look',
      CHATLET_LOG_LEVEL: 'Debug',
    };
    const {server, logLevel, secrets} = await configured(file, env);
    assert.deepEqual(server, {
      ...config,
      auth: {visitors: 'welcome', jwt: {trust: {secret}, issuer: 'https://www.example.com', audience: 'chat'}},
      trustProxy: ['loopback', '10.0.0.0/8'],
      apiKeys: [{key: 'key-of-bob-1', plan: 'core'}],
      metricsToken: 'let-me-look',
    });
    assert.equal(logLevel, 'debug');
    assert.deepEqual(secrets, ['let-me-look', secret, 'key-of-bob-1']);
  });

  const wrong: readonly [name: string, file: object, env: Environment, sentence: RegExp][] = [
    ['an unknown key of a ceiling', {spending: {visitors: {perDay: 1}}}, {}, /spending\.visitors has no "perDay"/],
    [
      'a contact that is a script',
      {page: {contact: 'javascript:alert(1)'}},
      {},
      /page\.contact must be an address or a mail/,
    ],
    ['an AI notice of white space', {page: {aiNotice: ' '}}, {}, /page\.aiNotice must have words, or be `off`/],
    ['an empty word', {page: {strings: {send: ''}}}, {}, /page\.strings\.send/],
    ['a word with a number', {page: {strings: {errors: {network: {title: 1}}}}}, {}, /page\.strings\.errors/],
    ['a name that no word has', {page: {strings: {'errors.network': 'x'}}}, {}, /page\.strings/],
    [
      'more words than a page should load',
      {
        page: {
          strings: Object.fromEntries(Array.from({length: 40}, (_, index) => ['w'.repeat(index + 1), 'y'.repeat(500)])),
        },
      },
      {},
      /page\.strings must have at most 20000 characters/,
    ],
    ['a plan without a name', {plans: [{perMinute: 1}]}, {}, /plans\[0\]\.name must be a string/],
    ['an unknown key of a plan', {plans: [{name: 'x', perDay: 1}]}, {}, /plans\[0\] has no "perDay"/],
    [
      'a negative price',
      {models: [{id: 'm', pricing: {prompt: -1, completion: 0}}]},
      {},
      /prompt must not be less than 0/,
    ],
    ['an unknown key', {page: {headline: 'Hi'}}, {}, /chatlet\.config\.json: page has no "headline"/],
    ['a value of a wrong type', {page: {heading: 5}}, {}, /chatlet\.config\.json: page\.heading must be a string/],
    ['a path that leads nowhere', {}, {CHATLET_CONFIG: 'missing.json'}, /missing\.json does not exist/],
    ['a port that is no number', {}, {PORT: 'eighty'}, /PORT must be a number from 0 to 65535, not "eighty"/],
    ['an origin without a scheme', {}, {CHATLET_ORIGINS: 'www.example.com'}, /CHATLET_ORIGINS must be origins like/],
    [
      'an origin with a path',
      {},
      {CHATLET_ORIGINS: 'https://www.example.com/'},
      /CHATLET_ORIGINS must be origins like/,
    ],
    ['an API key that is too short', {}, {CHATLET_API_KEYS: 'a:b:c'}, /CHATLET_API_KEYS must be like/],
    ['two ways to sign in', {}, {CHATLET_JWT_SECRET: 'a', CHATLET_JWKS_URL: 'b'}, /not both/],
    ['an issuer but no key', {}, {CHATLET_JWT_ISSUER: 'a'}, /need CHATLET_JWT_SECRET or CHATLET_JWKS_URL/],
    ['an unknown word for visitors', {}, {CHATLET_VISITORS: 'maybe'}, /must be welcome or refused/],
    ['an unknown log level', {}, {CHATLET_LOG_LEVEL: 'loud'}, /must be silent, error, warn, info, debug/],
    ['trust in all proxies', {}, {CHATLET_TRUST_PROXY: 'true'}, /number of proxies in front, or their addresses/],
    ['trust in every address', {}, {CHATLET_TRUST_PROXY: '0.0.0.0/0'}, /number of proxies/],
    ['trust in a host name', {}, {CHATLET_TRUST_PROXY: 'proxy.example.com'}, /number of proxies/],
    ['trust in too many proxies', {}, {CHATLET_TRUST_PROXY: '999'}, /^ChatError: CHATLET_TRUST_PROXY must be/],
    ['trust in every address, in the file', {trustProxy: ['0.0.0.0/0']}, {}, /^ChatError: trustProxy must be/],
  ];
  for (const [name, file, env, sentence] of wrong) {
    test(`with ${name} is refused with a sentence`, async () => {
      await assert.rejects(configured(file, env), sentence);
    });
  }

  test('R-7: takes the days that chats are kept for all, or for each kind of caller', async () => {
    const keepFor = async (value: string) => (await configured({}, {CHATLET_KEEP_FOR: value})).server.keepFor;
    assert.deepEqual(await keepFor('30'), {visitors: 30, users: 30, responses: 30});
    assert.deepEqual(await keepFor('visitors=30, users=365'), {visitors: 30, users: 365});
    assert.deepEqual(await keepFor('users=7, responses=90'), {users: 7, responses: 90});
    assert.deepEqual((await configured({keepFor: {visitors: 2}})).server.keepFor, {visitors: 2});
    for (const value of ['0', '-1', 'a month', 'keys=30', 'visitors=', '30,60', '1.5']) {
      await assert.rejects(keepFor(value), /CHATLET_KEEP_FOR must be days/, value);
    }
  });
});
