/** The operator's view of a server: health, metrics, log. */
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {request} from 'node:http';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, before, suite, test} from 'node:test';
import {setTimeout} from 'node:timers/promises';
import {promisify} from 'node:util';
import type {RequestFacts} from '../../engine/log.ts';
import {jsonLog} from '../../logs/json.ts';
import {answered, json, startChat} from '../../testing/chat-server.ts';
import {delta, pause, refuses, says} from '../../testing/upstream.ts';
import {createLargestCallers} from './largest-callers.ts';
import {sampleRefusals} from './sample-refusals.ts';

const question = {messages: [{role: 'user', content: 'A very private question'}]};
const typedEvents = {'x-chat-protocol': 'typed-events'};

/** For headers that `fetch` does not let a test set. */
function statusOf(url: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    request(url, {headers, agent: false}, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });
}

/** The value of a metric, 0 if it has none. */
function valueOf(metrics: string, name: string): number {
  const line = metrics.split('\n').find((each) => each.startsWith(`${name} `));
  return Number(line?.slice(name.length) ?? 0);
}

suite('health', () => {
  test('/healthz answers ok', async () => {
    await using chat = await startChat();
    assert.deepEqual(await json(await chat.get('/healthz')), {status: 'ok'});
  });

  test('/readyz is 200 if store and models answer, and tells which does not', async () => {
    await using chat = await startChat();
    const ready = await chat.get('/readyz');
    assert.deepEqual([ready.status, await json(ready)], [200, {status: 'ready', store: 'ok', models: 'ok'}]);

    await using silent = await startChat();
    silent.upstream.models = (exchange) => exchange.cut();
    const not = await silent.get('/readyz');
    assert.deepEqual([not.status, await json(not)], [503, {status: 'not ready', store: 'ok', models: 'unavailable'}]);
  });
});

suite('/metrics', () => {
  test('/metrics counts turns, tokens, time to first token, errors and running turns', async () => {
    await using chat = await startChat();
    const metrics = async () => (await chat.get('/metrics')).text();
    await chat.ask('One');
    await (await chat.post('/v1/chat/completions', {model: 'default', ...question}, {})).arrayBuffer();
    chat.upstream.script(refuses(401, {error: 'no'}));
    await chat.ask('Two');
    await chat.post('/api/chat', {messages: []});
    const silent = pause();
    chat.upstream.script(async (exchange) => {
      await exchange.write(delta('Still '));
      await silent.here();
    });
    const running = await chat.post('/api/chat', {message: {text: 'Three'}});
    await silent.reached;

    const during = await metrics();
    assert.equal(valueOf(during, 'chatlet_turns_running'), 1);
    assert.equal(valueOf(during, 'chatlet_turns_total{outcome="stop"}'), 2);
    assert.equal(valueOf(during, 'chatlet_turns_total{outcome="error"}'), 1);
    assert.equal(valueOf(during, 'chatlet_tokens_total{kind="prompt"}'), 18);
    assert.equal(valueOf(during, 'chatlet_tokens_total{kind="completion"}'), 6);
    assert.equal(valueOf(during, 'chatlet_first_token_seconds_count'), 2);
    assert.equal(valueOf(during, 'chatlet_errors_total{code="invalid-request",of="request"}'), 1);
    assert.equal(valueOf(during, 'chatlet_http_requests_total{method="POST",status="400"}'), 1);
    assert.match(during, /chatlet_errors_total\{code="provider-\w+",of="answer"\} 1/);
    assert.match(during, /process_cpu_seconds_total/);

    await chat.post(`/api/chat/${running.headers.get('x-chat-id')}/stop`, {});
    await answered(running);
    const afterwards = await metrics();
    assert.equal(valueOf(afterwards, 'chatlet_turns_running'), 0);
    assert.equal(valueOf(afterwards, 'chatlet_turns_total{outcome="stopped"}'), 1);
  });

  test('/metrics is for programs on this machine, or for requests with the token', async () => {
    await using chat = await startChat();
    assert.equal(await statusOf(`${chat.url}/metrics`, {}), 200);
    for (const headers of [
      {'x-forwarded-for': '127.0.0.1'},
      {forwarded: 'for=127.0.0.1'},
      {host: 'attacker.example'},
    ] as Record<string, string>[]) {
      assert.equal(await statusOf(`${chat.url}/metrics`, headers), 403, JSON.stringify(headers));
    }
    await using guarded = await startChat({metricsToken: 'let-me-look'});
    assert.equal(await statusOf(`${guarded.url}/metrics`, {}), 401);
    assert.equal(await statusOf(`${guarded.url}/metrics`, {authorization: 'Bearer let-me-in'}), 401);
    assert.equal(await statusOf(`${guarded.url}/metrics`, {authorization: 'Basic let-me-look'}), 401);
    for (const scheme of ['Bearer', 'bearer']) {
      assert.equal(await statusOf(`${guarded.url}/metrics`, {authorization: `${scheme} let-me-look`}), 200);
    }
  });
});

test('without its package /metrics says how to install it, and the server works', async () => {
  const hide = `import {registerHooks} from 'node:module';
    registerHooks({
      resolve(name, context, next) {
        if (name === 'prom-client') throw Object.assign(new Error('Not there'), {code: 'MODULE_NOT_FOUND'});
        return next(name, context);
      },
    });`;
  const serve = `import {createChatServer} from '@chatlet/server';
    const server = createChatServer({databaseUrl: 'sqlite::memory:'});
    const {url} = await server.listen({port: 0});
    const statuses = [];
    for (const path of ['/api/config', '/metrics']) statuses.push((await fetch(url + path)).status);
    console.log(statuses.join(), await (await fetch(url + '/metrics')).text());
    await server.close();`;
  const data = (code: string) => `data:text/javascript,${encodeURIComponent(code)}`;
  const {stdout} = await promisify(execFile)(process.execPath, [
    '--conditions=@chatlet/source',
    `--import=${data(hide)}`,
    '--input-type=module',
    `--eval=${serve.replace('@chatlet/server', new URL('../../index.ts', import.meta.url).href)}`,
  ]);
  assert.match(stdout, /^200,404 .*npm install prom-client/);
});

suite('refusals', () => {
  test('count by cause, with the largest callers and the lag of the event loop', async () => {
    await using chat = await startChat({trustProxy: 1, metricsToken: 'let-me-look'});
    const from = (address: string, headers = {}) =>
      chat.post('/api/chat', question, {'x-forwarded-for': address, ...headers});
    for (let times = 0; times < 3; times++) await from('192.0.2.1', {origin: 'https://evil.example'});
    await from('192.0.2.1', {origin: chat.url, 'content-encoding': 'br'});
    await from('192.0.2.2', {origin: chat.url, 'x-chatlet-visitor': 'forged'});
    const metrics = await (await chat.get('/metrics', {authorization: 'Bearer let-me-look'})).text();
    const counts = ['origin', 'content-encoding', 'unauthenticated'].map((cause) =>
      valueOf(metrics, `chatlet_refusals_total{cause="${cause}"}`),
    );
    assert.deepEqual(counts, [3, 1, 1]);
    const callers = [...metrics.matchAll(/^chatlet_largest_callers\{caller="([0-9a-f]{12})"\} (\d+)$/gm)];
    assert.deepEqual(
      callers.map(([, , requests]) => requests),
      ['4', '1'],
    );
    assert.doesNotMatch(metrics, /192\.0\.2/);
    assert.match(metrics, /^nodejs_eventloop_lag_p99_seconds /m);
  });

  test('have one line a second for each cause, with their number', ({mock}) => {
    mock.timers.enable({apis: ['setTimeout']});
    const lines: RequestFacts[] = [];
    const logged = sampleRefusals((facts) => void lines.push(facts));
    const facts = {method: 'GET', path: '/', end: 'complete', duration: 1} as const;
    const refused = (cause: string, requestId: string) =>
      logged({...facts, status: 403, error: 'forbidden', cause, requestId});
    for (const id of ['1', '2', '3']) refused('origin', id);
    refused('hook', '4');
    for (let times = 0; times < 3; times++) logged({...facts, status: 200});
    const seen = () => lines.map(({requestId, count}) => [requestId, count]);
    const at = [['1', undefined], ['4', undefined], ...Array.from({length: 3}, () => [undefined, undefined])];
    assert.deepEqual(seen(), at);
    mock.timers.tick(1000);
    assert.deepEqual(seen(), [...at, ['3', 2]]);
    refused('origin', '5');
    assert.equal(lines.length, 6);
    refused('hook', '6');
    assert.deepEqual(seen().at(-1), ['6', undefined]);
  });

  test('of many small callers do not hide a large one, and the table stays small', () => {
    let now = 0;
    const callers = createLargestCallers({size: 10, shown: 3, now: () => now});
    for (let index = 0; index < 1000; index++) {
      callers.count(`small ${index}`);
      if (index % 3 === 0) callers.count('large');
    }
    const [first, ...others] = callers.list();
    assert.ok(first && first.requests > 200 && first.requests <= 334, String(first?.requests));
    assert.ok(others.length <= 2);
    now = 59 * 60_000;
    assert.equal(callers.list()[0]?.requests, first.requests);
    now = 121 * 60_000;
    assert.deepEqual(callers.list(), []);
  });
});

suite('the log', () => {
  type Line = Readonly<Record<string, unknown>>;

  function collect(level: 'info' | 'debug' = 'info') {
    const text: string[] = [];
    const log = jsonLog({level, secrets: ['sk-canary-1234567890'], write: (line) => text.push(line)});
    return {log, text, lines: () => text.map((line): Line => JSON.parse(line))};
  }

  test('the log has a line for every answer, without its text', async () => {
    const {log, text, lines} = collect();
    await using chat = await startChat({log});
    chat.upstream.script(says('A very ', 'private answer'));
    const {answer} = await answered(await chat.post('/api/chat', question, typedEvents));
    const [line] = lines();
    assert.ok(line);
    const {time, duration, firstWord, chatId, answerId, ...rest} = line;
    assert.match(String(time), /^\d{4}-.*Z$/);
    assert.ok(typeof duration === 'number' && typeof firstWord === 'number');
    assert.match(String(chatId), /^chat_/);
    assert.match(String(answerId), /^msg_/);
    assert.equal(answer.status, 'done');
    assert.deepEqual(rest, {
      level: 'info',
      msg: 'answer',
      model: 'gpt-4o',
      provider: '127.0.0.1',
      outcome: 'stop',
      promptTokens: 9,
      completionTokens: 3,
    });
    assert.equal(lines().length, 1);
    assert.doesNotMatch(text.join(''), /private/);
  });

  test('the log has a line with X-Request-Id for refused requests, and for all others at debug level', async () => {
    const quiet = collect();
    const loud = collect('debug');
    for (const {log, lines} of [quiet, loud]) {
      await using chat = await startChat({log});
      const refused = await chat.post('/api/chat?secret=1', {messages: []});
      await refused.arrayBuffer();
      await (await chat.get('/api/models')).arrayBuffer();
      await (await chat.get('/healthz')).arrayBuffer();
      const [line] = lines();
      assert.ok(line);
      const {requestId, duration, time, ...rest} = line;
      assert.equal(requestId, refused.headers.get('x-request-id'));
      assert.ok(typeof duration === 'number' && typeof time === 'string');
      assert.deepEqual(rest, {
        level: 'warn',
        msg: 'request',
        method: 'POST',
        path: '/api/chat',
        status: 400,
        end: 'complete',
        error: 'invalid-request',
      });
    }
    assert.deepEqual([quiet.lines().length, loud.lines().length], [1, 3]);
  });

  test('the log has causes of errors, but no secrets', async () => {
    const {log, text, lines} = collect();
    await using chat = await startChat({log, report: log.report});
    chat.upstream.script(
      refuses(400, {error: {message: 'Wrong: sk-canary-1234567890, Bearer abcdefghij, chatlet_0123456789abcdef0123'}}),
    );
    await answered(await chat.post('/api/chat', question, typedEvents));
    const line = lines().find(({level}) => level === 'error');
    assert.ok(line);
    assert.match(JSON.stringify(line['error']), /"code":"invalid-request".*"cause":/);
    assert.doesNotMatch(text.join(''), /canary|abcdefghij|0123456789abcdef|private/);
    log.report(new Error('Wrong', {cause: new TypeError('key eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl')}));
    const {error} = lines().at(-1) ?? {};
    assert.deepEqual(error, {
      name: 'Error',
      message: 'Wrong',
      cause: {name: 'TypeError', message: 'key [secret]', stack: (error as {cause: {stack: string}}).cause.stack},
    });
    assert.doesNotMatch(text.join(''), /eyJhbGci/);
  });

  test('log and metrics tell of retries and fallbacks', async () => {
    const {log, lines} = collect();
    await using chat = await startChat({
      log,
      report: log.report,
      resilience: {retries: 1, firstWait: 1},
      fallbacks: {'test-model': ['test-model-small']},
    });
    const overloaded = refuses(503, {error: {message: 'Overloaded.'}});
    chat.upstream.script(overloaded, overloaded, says('Hello'));
    await (await chat.post('/v1/chat/completions', {model: 'test-model', ...question}, {})).arrayBuffer();
    const tried = lines().filter(({msg}) => msg !== 'answer');
    assert.deepEqual(
      tried.map(({time, wait, error, ...line}) => ({
        ...line,
        time: typeof time,
        waits: typeof wait,
        why: JSON.stringify(error),
      })),
      [
        {level: 'warn', msg: 'retry', provider: '127.0.0.1', model: 'test-model', attempt: 1, waits: 'number'},
        {
          level: 'warn',
          msg: 'fallback',
          provider: '127.0.0.1',
          model: 'test-model',
          to: {provider: '127.0.0.1', model: 'test-model-small'},
          waits: 'undefined',
        },
      ].map((line) => ({...line, time: 'string', why: JSON.stringify(tried[0]?.['error'])})),
    );
    assert.match(JSON.stringify(tried[0]), /The upstream answered 503, Overloaded\./);
    const metrics = await (await chat.get('/metrics')).text();
    for (const how of ['retry', 'fallback']) {
      const labels = `how="${how}",provider="127.0.0.1",code="provider-unavailable"`;
      assert.equal(valueOf(metrics, `chatlet_second_tries_total{${labels}}`), 1);
    }
  });
});

suite('/docs, /openapi.json, /guide/, /gallery and /playground', () => {
  const paths = [
    '/docs',
    '/docs/',
    '/DOCS',
    '/docs/swagger-ui.css',
    '/openapi.json',
    '/openapi.json/',
    '/OpenAPI.json',
    '/guide',
    '/Guide',
    '/llms.txt',
    '/gallery',
    '/gallery/',
    '/Gallery',
    '/gallery/stage.html',
    '/playground',
    '/playground/',
  ];

  /** In place of the built widget. */
  const widgetFolder = mkdtempSync(join(tmpdir(), 'chatlet-widget-'));
  before(() => {
    mkdirSync(join(widgetFolder, 'gallery'));
    for (const name of ['gallery', 'playground', 'stage']) {
      writeFileSync(join(widgetFolder, 'gallery', `${name}.html`), `<title>${name}</title>`);
    }
  });
  after(() => rmSync(widgetFolder, {recursive: true}));

  test('R-25: are there for this machine, and nowhere for others', async () => {
    await using chat = await startChat({widgetFolder});
    for (const path of paths) assert.ok((await statusOf(chat.url + path, {})) < 400, path);
    const others: readonly Readonly<Record<string, string>>[] = [
      {'x-forwarded-for': '192.0.2.1'},
      {host: 'chat.example.com'},
    ];
    for (const headers of others) {
      for (const path of paths) {
        assert.equal(await statusOf(chat.url + path, headers), 404, `${path} ${JSON.stringify(headers)}`);
      }
    }
    // A proxy has passed on another host and no header of its own: requests of this machine cannot be recognised any
    // more.
    for (const path of paths) assert.equal(await statusOf(chat.url + path, {}), 404, path);
    await using proxied = await startChat({widgetFolder, trustProxy: 1});
    for (const path of paths) assert.equal(await statusOf(proxied.url + path, {}), 404, path);
  });

  test('R-25: can be switched off, and opened for everybody', async () => {
    await using off = await startChat({widgetFolder, docs: 'off'});
    await using open = await startChat({widgetFolder, docs: 'public', trustProxy: 1});
    for (const path of paths) {
      assert.equal(await statusOf(off.url + path, {}), 404, path);
      assert.ok((await statusOf(open.url + path, {host: 'chat.example.com'})) < 400, path);
    }
    assert.equal(await statusOf(`${off.url}/healthz`, {}), 200);
  });

  test('R-25: can ask for a token, which a browser sends as a password', async () => {
    await using chat = await startChat({widgetFolder, docs: {token: 'let-me-read'}});
    const basic = (text: string) => ({authorization: `Basic ${btoa(text)}`});
    for (const path of paths) {
      for (const headers of [
        {},
        {authorization: 'Bearer let-me-in'},
        basic('me:let-me-in'),
        basic('let-me-read'),
        basic(''),
      ]) {
        assert.equal(await statusOf(chat.url + path, headers as Record<string, string>), 401, path);
      }
      for (const headers of [{authorization: 'Bearer let-me-read'}, basic('me:let-me-read'), basic(':let-me-read')]) {
        assert.ok((await statusOf(chat.url + path, headers)) < 400, path);
      }
    }
    const asked = await fetch(`${chat.url}/docs`);
    assert.match(asked.headers.get('www-authenticate') ?? '', /^Basic realm=/);
  });

  test('a reader that leaves in the middle of a page does no harm', async () => {
    writeFileSync(join(widgetFolder, 'gallery', 'gallery.html'), Buffer.alloc(20_000_000));
    await using chat = await startChat({widgetFolder});
    const gone = new AbortController();
    const {status} = await fetch(`${chat.url}/gallery`, {signal: gone.signal});
    assert.equal(status, 200);
    gone.abort();
    await setTimeout(200);
    assert.equal(await statusOf(`${chat.url}/gallery`, {}), 200);
  });
});
