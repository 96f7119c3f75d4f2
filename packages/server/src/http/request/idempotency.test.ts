/** How long an Idempotency-Key stands for its request, over a real Express app. */
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {suite, test} from 'node:test';
import express from 'express';
import {errorHandler} from '../response/errors.ts';
import {type IdempotencyOptions, createIdempotency} from './idempotency.ts';

async function serve(options: IdempotencyOptions) {
  const idempotency = createIdempotency(options);
  const app = express();
  app.use(express.json(), (req, res) => {
    res.json({key: idempotency.keyOf(req, 'alice')});
  });
  app.use(errorHandler(() => {}));
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const {port} = server.address() as AddressInfo;
  return {
    /** The status of a request with a key. */
    async send(key: string, body: object): Promise<number> {
      const headers = {'content-type': 'application/json', 'idempotency-key': key};
      const response = await fetch(`http://127.0.0.1:${port}`, {method: 'POST', headers, body: JSON.stringify(body)});
      await response.body?.cancel();
      return response.status;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

suite('an Idempotency-Key', () => {
  test('an Idempotency-Key stands for its request until keepFor has passed', async () => {
    let now = 0;
    await using server = await serve({keepFor: 1000, now: () => now});
    assert.equal(await server.send('a', {text: 'One'}), 200);
    now = 999;
    assert.equal(await server.send('a', {text: 'Two'}), 409);
    assert.equal(await server.send('a', {text: 'One'}), 200);
    now = 1000;
    assert.equal(await server.send('a', {text: 'Two'}), 200);
    assert.equal(await server.send('a', {text: 'One'}), 409);
  });

  test('the oldest Idempotency-Keys are forgotten when there are too many', async () => {
    await using server = await serve({keepAtMost: 2, now: () => 0});
    for (const key of ['a', 'b', 'c']) assert.equal(await server.send(key, {text: 'One'}), 200);
    assert.equal(await server.send('c', {text: 'Two'}), 409);
    assert.equal(await server.send('a', {text: 'Two'}), 200);
  });
});
