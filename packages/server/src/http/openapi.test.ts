/** The API's description: valid, complete, and shown by files of our own. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {Validator} from '@seriousme/openapi-schema-validator';
import {json, startChat} from '../testing/chat-server.ts';
import {mountedRoutes} from '../testing/mounted-routes.ts';

interface Operation {
  readonly operationId: string;
  readonly requestBody?: {readonly content: Readonly<Record<string, {readonly schema: Schema}>>};
}

interface Schema {
  readonly properties?: Readonly<Record<string, {readonly maximum?: number; readonly anyOf?: readonly object[]}>>;
  readonly required?: readonly string[];
}

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** Scripts and pages are for browsers, not for programs that ask. */
const notDescribed = /^\/(?:chatlet\.js|docs(?:\/.*)?)$/;

suite('/openapi.json', () => {
  test('is valid OpenAPI 3.1', async () => {
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
    test(`tells of every path that is mounted and of no other${ollama ? ', Ollama’s among them' : ''}`, async () => {
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

  test('tells what is checked: the limits of a body are those that refuse it', async () => {
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

suite('/docs', () => {
  test('S1.6: is Swagger UI, from our own files, under a policy that allows nothing else', async () => {
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
