/** Requests as real clients have sent them, replayed with their headers and bodies. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import recorded from '@chatlet/testdata/client-requests.json' with {type: 'json'};
import {applyEvent, createReader, emptyAnswer, textOf} from '@chatlet/protocol';
import {assertSafe, startServer} from './testing/harness.ts';
import {assertOpenai, assertOpenaiError} from './testing/openai-schema.ts';

interface Recorded {
  readonly client: string;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body?: {readonly stream?: boolean};
}

/** The path for a recording that names a path of its own. */
const pathOf = (url: string) => (url === '/any' || url === '/ui/chat' ? '/api/chat' : url);

/** Recordings that are no questions: another API's path, and an approval in a chat that is not there. */
const refusedWith: Readonly<Record<string, number>> = {'gemini stream': 404, 'AI SDK 6/7 approval answer': 404};

/** Set by the connection, not by the client. */
const ofTheConnection = new Set(['accept-encoding', 'sec-fetch-mode', 'accept-language']);

for (const {client, method, url, headers, body} of recorded as readonly Recorded[]) {
  test(`the recorded request of ${client} is answered: ${method} ${url}`, async () => {
    const key = /^bearer (.+)$/i.exec(headers['authorization'] ?? '')?.[1];
    await using chat = await startServer(key === undefined ? {} : {apiKeys: [{key, plan: 'default'}]});
    const sent = Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || ofTheConnection.has(name) ? [] : [[name, value] as [string, string]],
    );
    const path = pathOf(url);
    const response = await fetch(chat.url + path, {
      method,
      headers: sent,
      ...(body !== undefined && {body: JSON.stringify(body)}),
    });
    const bytes = await response.bytes();
    const text = new TextDecoder().decode(bytes);
    assertSafe(text);
    assert.equal(response.status, refusedWith[client] ?? 200, text.slice(0, 300));
    const type = response.headers.get('content-type') ?? '';
    if (response.status !== 200) {
      assert.match(type, /^application\/json/);
      if (path.startsWith('/v1/')) assertOpenaiError(JSON.parse(text));
      return;
    }
    if (method === 'GET') {
      assertOpenai('ListModelsResponse', JSON.parse(text));
      return;
    }
    if (type.startsWith('application/json')) {
      assert.notEqual(body?.stream, true);
      assertOpenai('CreateChatCompletionResponse', JSON.parse(text));
      return;
    }
    if (path.startsWith('/v1/')) {
      assert.equal(body?.stream, true);
      for (const line of text.split('\n')) {
        if (!line.startsWith('data: {')) continue;
        assertOpenai('CreateChatCompletionStreamResponse', JSON.parse(line.slice(6)));
      }
    }
    const reader = createReader({headers: response.headers});
    const events = [...reader.push(bytes), ...reader.end()];
    const answer = events.reduce(applyEvent, emptyAnswer({id: '', createdAt: ''}));
    assert.equal(answer.status, 'done');
    assert.notEqual(textOf(answer), '');
  });
}

test('every answer has x-request-id and openai-processing-ms', async () => {
  await using chat = await startServer();
  const response = await chat.post('/v1/chat/completions', {model: 'm', messages: [{role: 'user', content: 'x'}]}, {});
  await response.text();
  assert.match(response.headers.get('x-request-id') ?? '', /^\S+$/);
  assert.match(response.headers.get('openai-processing-ms') ?? '', /^\d+$/);
  const refused = await chat.post('/v1/chat/completions', {messages: []}, {});
  await refused.text();
  assert.equal(refused.headers.get('x-should-retry'), 'false');
  assert.match(refused.headers.get('x-request-id') ?? '', /^\S+$/);
});
