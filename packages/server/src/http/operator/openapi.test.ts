/** `/openapi.json` is valid and complete, and `/docs` shows it with files of our own. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {Validator} from '@seriousme/openapi-schema-validator';
import {type TestServer, json, startChat} from '../../testing/chat-server.ts';
import {mountedRoutes} from '../../testing/mounted-routes.ts';
import {servedApis} from '../apis.ts';

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly requestBody?: {readonly content: Readonly<Record<string, {readonly schema: Schema}>>};
  readonly parameters?: readonly {readonly in: string; readonly name: string; readonly schema: object}[];
  /** Overrides the document's. */
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
  readonly responses: Readonly<Record<string, {readonly content?: Readonly<Record<string, object>>}>>;
}

interface Schema {
  readonly properties?: Readonly<Record<string, {readonly maximum?: number; readonly anyOf?: readonly object[]}>>;
  readonly required?: readonly string[];
}

interface Document {
  readonly openapi: string;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** A question under all names that chat APIs have for it. Some read their own field and drop the others. */
const question = {model: 'default', messages: [{role: 'user', content: 'Hi'}], prompt: 'Hi', input: 'Hi'};

/** A question in the only field of the APIs that refuse others. */
function questionTo(path: string): object {
  const {model, messages, prompt, input} = question;
  if (path.startsWith('/api/')) return question;
  if (/\/(?:responses|embeddings|moderations)$/.test(path)) return {model, input};
  if (/chat\/completions$|\/messages$/.test(path)) return {model, messages};
  return path.endsWith('/completions') ? {model, prompt} : question;
}

/** The path with values for its parameters. */
const requestable = (path: string) => path.replace(/\{model\}|:model/, 'default').replace(/\{\w+\}/g, 'chat_x');

/** All described operations, with paths that can be requested. */
async function operationsOf(chat: TestServer) {
  const {paths} = await json<Document>(await chat.get('/openapi.json'));
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path: requestable(path),
      hasBody: operation.requestBody !== undefined,
      headers: (operation.parameters ?? []).flatMap(({in: place, name}) => (place === 'header' ? [name] : [])),
      operation,
    })),
  );
}

/** Scripts and pages, which are for browsers, and the integrity of the scripts. */
const notDescribed = /^\/(?:chatlet\.m?js|embed\.json|llms\.txt|(?:docs|guide|gallery|playground)(?:\/.*)?)$/;

suite('/openapi.json', () => {
  test('/openapi.json is valid OpenAPI 3.1', async () => {
    await using chat = await startChat({ollama: true});
    const response = await chat.get('/openapi.json');
    assert.match(response.headers.get('content-type') ?? '', /^application\/json/);
    const document = await json<Document>(response);
    assert.equal(document.openapi, '3.1.0');
    const {valid, errors} = await new Validator().validate({...document});
    assert.ok(valid, JSON.stringify(errors));
    const ids = Object.values(document.paths).flatMap((methods) =>
      Object.values(methods).map((each) => each.operationId),
    );
    assert.equal(new Set(ids).size, ids.length);
  });

  for (const ollama of [false, true]) {
    test(`/openapi.json describes every mounted path and no other${ollama ? ', with Ollama’s' : ''}`, async () => {
      await using chat = await startChat({ollama});
      const {paths} = await json<Document>(await chat.get('/openapi.json'));
      const described = Object.entries(paths).flatMap(([path, methods]) =>
        Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
      );
      const mounted = mountedRoutes(chat.app)
        .filter(({path}) => !notDescribed.test(path))
        .map(({method, path}) => `${method} ${path.replace(/[:*](\w+)/g, '{$1}')}`);
      assert.deepEqual([...new Set(described)].toSorted(), [...new Set(mounted)].toSorted());
    });
  }

  test('every operation has a summary, and the schemas of its body and of its answer', async () => {
    await using chat = await startChat({ollama: true});
    const operations = await operationsOf(chat);
    assert.ok(operations.length > 50);
    /** Their actions need no body: which answer is meant is in the path. */
    const bodiless = /\/(?:cancel|stop)$/;
    for (const {method, path, operation, hasBody} of operations) {
      const name = `${method} ${path}`;
      assert.match(operation.summary, /^[A-Z].{5,}/, name);
      assert.equal(hasBody, /POST|PATCH|PUT/.test(method) && !bodiless.test(path), name);
      const bodies = Object.values(operation.requestBody?.content ?? {});
      assert.ok(
        bodies.every(({schema}) => Object.keys(schema).length > 0),
        name,
      );
      const good = Object.entries(operation.responses).filter(([status]) => status.startsWith('2'));
      assert.ok(good.length > 0, name);
      for (const [status, {content = {}}] of good) {
        const media = Object.values(content);
        assert.equal(media.length === 0, status === '204', name);
        assert.ok(
          media.every((each) => 'schema' in each && Object.keys(each.schema ?? {}).length > 0),
          name,
        );
      }
    }
  });

  test('/openapi.json has no components that nothing refers to', async () => {
    for (const ollama of [false, true]) {
      await using chat = await startChat({ollama});
      const text = await (await chat.get('/openapi.json')).text();
      const {components} = JSON.parse(text) as {components: Record<'schemas' | 'responses', object>};
      for (const kind of ['schemas', 'responses'] as const) {
        const referred = [...text.matchAll(new RegExp(`"#/components/${kind}/(\\w+)"`, 'g'))].map(([, name]) => name);
        assert.deepEqual(Object.keys(components[kind]).toSorted(), [...new Set(referred)].toSorted());
      }
    }
  });

  test('/openapi.json has the limits that bodies are checked with', async () => {
    await using chat = await startChat();
    const {paths} = await json<Document>(await chat.get('/openapi.json'));
    const schema = paths['/v1/chat/completions']?.['post']?.requestBody?.content['application/json']?.schema;
    assert.deepEqual(schema?.required, ['model', 'messages']);
    assert.match(JSON.stringify(schema?.properties?.['temperature']), /"minimum":0,"maximum":2/);
    for (const path of ['/api/chat', '/chat/stream', '/v1/chat', '/api/v1/chat', '/v1/chat/completions']) {
      assert.match(JSON.stringify(paths[path]?.['post']?.requestBody), /"maximum":2/, path);
      const body = {model: 'default', messages: [{role: 'user', content: 'x'}], temperature: 2.1};
      assert.equal((await chat.post(path, body, {})).status, 400, path);
    }
  });
});

suite('refusals in /openapi.json', () => {
  const typed = {'content-type': 'application/json'};
  const refusals: readonly [
    status: number,
    says: string,
    of: (operation: Awaited<ReturnType<typeof operationsOf>>[number]) => boolean,
    asked: RequestInit,
  ][] = [
    [
      403,
      'a request from a page of another origin',
      ({method}) => method !== 'GET',
      {headers: {origin: 'https://evil.example'}},
    ],
    [415, 'a body that is no JSON', ({hasBody}) => hasBody, {headers: {'content-type': 'text/plain'}, body: '{}'}],
    [413, 'a body over 10 MB', ({hasBody}) => hasBody, {headers: typed, body: `"${'x'.repeat(10_500_000)}"`}],
    [400, 'malformed JSON', ({hasBody}) => hasBody, {headers: typed, body: '{'}],
    [
      400,
      'an Idempotency-Key with a space',
      ({headers}) => headers.includes('Idempotency-Key'),
      {headers: {...typed, 'idempotency-key': 'a b'}, body: JSON.stringify(question)},
    ],
  ];
  for (const [status, says, of, asked] of refusals) {
    test(`every described refusal is answered: ${says} (${status})`, async () => {
      await using chat = await startChat({ollama: true});
      const refusing = (await operationsOf(chat)).filter(of);
      assert.ok(refusing.length >= 6);
      for (const {method, path, operation} of refusing) {
        const response = await fetch(chat.url + path, {...asked, method});
        await response.arrayBuffer();
        assert.equal(response.status, status, `${method} ${path}`);
        assert.ok(operation.responses[status], `${status} of ${method} ${path}`);
      }
      assert.deepEqual(chat.upstream.requests, []);
    });
  }

  test('every described refusal is answered: an Idempotency-Key with another request (409)', async () => {
    await using chat = await startChat();
    const keyed = (await operationsOf(chat)).filter(({headers}) => headers.includes('Idempotency-Key'));
    const asking = servedApis().flatMap(({operations}) => operations.filter(({asksModel}) => asksModel));
    assert.deepEqual(
      keyed.map(({path}) => path).toSorted(),
      asking.flatMap(({paths}) => paths.map(requestable)).toSorted(),
    );
    for (const {path, operation} of keyed) {
      for (const [more, status] of [
        [{}, 200],
        [{temperature: 1}, 409],
      ] as const) {
        const response = await chat.post(path, {...questionTo(path), ...more}, {'idempotency-key': path});
        await response.arrayBuffer();
        assert.equal(response.status, status, path);
        assert.ok(operation.responses[status], `${status} of ${path}`);
      }
    }
  });

  test('every described refusal is answered: a wrong query to resume a stream (400)', async () => {
    await using chat = await startChat();
    const found = (await operationsOf(chat)).find(({path}) => path === '/api/chat/chat_x/stream');
    assert.deepEqual(
      found?.operation.parameters?.map(({in: place, name}) => `${place} ${name}`),
      [
        'path chatId',
        'query after',
        'query messageId',
        'query protocol',
        'header x-chat-protocol',
        'header Last-Event-ID',
      ],
    );
    for (const query of [
      'after=-1',
      'after=x',
      `messageId=${'x'.repeat(201)}`,
      'messageId=a&messageId=b',
      'protocol=none',
    ]) {
      assert.equal((await chat.get(`/api/chat/chat_x/stream?${query}`)).status, 400, query);
    }
    assert.equal((await chat.get('/api/chat/chat_x/stream', {'last-event-id': 'x'})).status, 400);
  });

  test('every described refusal is answered: too long a conversation on /api/chat (413)', async () => {
    await using chat = await startChat({models: [{id: 'test-model', contextLength: 100}]});
    const long = {messages: [{role: 'user', content: 'word '.repeat(200)}]};
    assert.equal((await chat.post('/api/chat', long, {})).status, 413);
  });

  test('/openapi.json lists the protocols of /api/chat', async () => {
    for (const ollama of [false, true]) {
      await using chat = await startChat({ollama});
      const {paths} = await json<Document>(await chat.get('/openapi.json'));
      const {parameters = []} = paths['/api/chat']?.['post'] ?? {};
      const [schema, ...others] = parameters.filter(({name}) => /protocol/.test(name)).map((each) => each.schema);
      assert.deepEqual(others, [schema]);
      const names: unknown = schema && 'enum' in schema ? schema.enum : undefined;
      assert.ok(Array.isArray(names));
      assert.equal(names.includes('ollama'), ollama);
      for (const name of names.map(String)) {
        const body = name === 'chatlet' ? {message: {text: 'Hi'}} : question;
        assert.equal((await chat.post('/api/chat', body, {'x-chat-protocol': name})).status, 200, name);
      }
    }
  });
});

suite('security in /openapi.json', () => {
  const page = {origin: 'http://localhost:5173'};

  test('M-34: every operation checks the credentials that it is described with, and no others', async () => {
    await using chat = await startChat({
      ollama: true,
      apiKeys: [{key: 'sk-right', plan: 'default'}],
      plans: [{name: 'default'}],
    });
    const {security} = await json<Document>(await chat.get('/openapi.json'));
    const first = await chat.post('/api/chat', {message: {text: 'Hi'}}, {...page, 'x-chat-protocol': 'chatlet'});
    await first.arrayBuffer();
    const visitor = {...page, 'x-chatlet-visitor': first.headers.get('x-chatlet-visitor') ?? ''};
    const described: string[] = [];
    for (const {method, path, operation} of await operationsOf(chat)) {
      const isRefused = async (headers: Readonly<Record<string, string>>) => {
        const body = method === 'GET' ? {} : {body: '{}'};
        const response = await fetch(chat.url + path, {
          method,
          headers: {'content-type': 'application/json', ...headers},
          ...body,
        });
        await response.arrayBuffer();
        return response.status === 401;
      };
      const asked = `${method} ${path}`;
      const schemes = new Set((operation.security ?? security).flatMap((each) => Object.keys(each)));
      assert.equal(await isRefused({authorization: 'Bearer sk-wrong'}), schemes.has('key'), asked);
      assert.equal(await isRefused({'x-api-key': 'sk-wrong'}), schemes.has('keyHeader'), asked);
      assert.equal(await isRefused({authorization: 'Bearer sk-right'}), false, asked);
      assert.equal(await isRefused({'x-api-key': 'sk-right'}), false, asked);
      const forPrograms = schemes.has('key') && !schemes.has('visitor');
      assert.equal(await isRefused(visitor), forPrograms, asked);
      described.push([...schemes].join());
    }
    assert.deepEqual([...new Set(described)].toSorted(), ['', 'key,keyHeader', 'key,keyHeader,visitor']);
  });

  test('without keys, every operation answers programs on this machine, as the empty security says', async () => {
    await using chat = await startChat({ollama: true});
    const {security} = await json<Document>(await chat.get('/openapi.json'));
    for (const {method, path, operation} of await operationsOf(chat)) {
      assert.ok((operation.security ?? security).some((each) => Object.keys(each).length === 0));
      const response = await fetch(chat.url + path, {method});
      await response.arrayBuffer();
      assert.notEqual(response.status, 401, `${method} ${path}`);
    }
  });
});

test('an answer has one of the media types that /openapi.json describes', async () => {
  await using chat = await startChat({ollama: true});
  const {chatId} = await chat.ask('Hi');
  const {id: responseId} = await json<{id: string}>(await chat.post('/v1/responses', questionTo('/v1/responses'), {}));
  const seen = new Set<string>();
  for (const {method, path, operation, headers} of await operationsOf(chat)) {
    const asks = headers.includes('Idempotency-Key');
    if (method !== 'GET' && !asks) continue;
    // The page of an app needs an MCP server; `tools/mcp-apps.test.ts` looks at its type.
    if (path.startsWith('/api/apps/') && path.endsWith('/page')) continue;
    const response = asks
      ? await chat.post(path, questionTo(path), {})
      : await chat.get(
          path
            .replace('/models/chat_x', '/models/test-model')
            .replace('/responses/chat_x', `/responses/${responseId}`)
            .replace('/api/search', '/api/search?q=tea')
            .replace('chat_x/stream', `${chatId}/stream?after=0`)
            .replace('chat_x', chatId),
        );
    await response.arrayBuffer();
    assert.equal(response.status, 200, path);
    const [type = ''] = (response.headers.get('content-type') ?? '').split(';');
    assert.ok(Object.keys(operation.responses[200]?.content ?? {}).includes(type), `${type} of ${method} ${path}`);
    seen.add(type);
  }
  assert.deepEqual([...seen].toSorted(), [
    'application/json',
    'application/x-ndjson',
    'text/event-stream',
    'text/html',
    'text/plain',
  ]);
});

suite('/docs', () => {
  test('S1.6: /docs is Swagger UI, from our own files, under a policy that allows nothing else', async () => {
    await using chat = await startChat();
    const page = await chat.get('/docs');
    assert.equal(page.status, 200);
    const policy = page.headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none';script-src 'self'/);
    assert.doesNotMatch(policy, /unsafe|https?:|\*/);
    assert.equal(page.headers.get('x-content-type-options'), 'nosniff');
    const html = await page.text();
    assert.match(html, /swagger/i);
    assert.doesNotMatch(html, /https?:|<style|style=|\son\w+=|<script(?![^>]* src=)/);
    for (const [, path] of html.matchAll(/(?:href|src)="([^"]+)"/g)) {
      const file = await chat.get(`/${path}`);
      assert.equal(file.status, 200, path);
      await file.arrayBuffer();
    }
    const slash = await fetch(`${chat.url}/docs/`, {redirect: 'manual'});
    assert.equal(new URL(slash.headers.get('location') ?? '', slash.url).pathname, '/docs');
    assert.equal((await chat.get('/docs/package.json')).status, 404);
  });
});
