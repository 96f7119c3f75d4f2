/** Streams over a real Express app and a real connection. The test decides when an answer goes on. */
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {type TestContext, test} from 'node:test';
import {ChatError, contentDelta} from '@chatlet/protocol';
import express from 'express';
import {beginStream, readWholeAnswer} from './answer.ts';
import {sendError} from './errors.ts';
import {type Batch, type Writer, writerOf} from './writer.ts';

const hello: Batch = [{type: 'text-delta', delta: 'Hello'}];
const end: Batch = [{type: 'message-end', reason: 'stop'}];

/** An answer that says hello, waits, and then yields the rest. */
function pausedAnswer(rest: readonly Batch[]) {
  const {promise, resolve: goOn} = Promise.withResolvers<void>();
  const answer = async function* () {
    yield hello;
    await promise;
    yield* rest;
  };
  return {answer: answer(), goOn};
}

/** Serves the answer; `through` resolves when the handler has returned. */
async function serve(
  t: TestContext,
  answer: AsyncIterable<Batch>,
  writing: Partial<Writer<Batch>> = {},
  prepare: (res: express.Response) => void = () => {},
) {
  const {promise: through, resolve} = Promise.withResolvers<void>();
  const reports: unknown[] = [];
  const app = express();
  app.get('/', async (_req, res) => {
    prepare(res);
    const writer = {...writerOf(contentDelta, {id: 'a', model: 'm', created: 0}), ...writing};
    const report = (error: unknown) => reports.push(error);
    await beginStream(res, answer, {writer, report, heartbeat: 60_000});
    resolve();
  });
  const server = createServer(app).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  return {url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, through, reports};
}

test('beginStream resolves when the stream has begun, so that the handler’s memory can be freed', async (t) => {
  const {answer, goOn} = pausedAnswer([end]);
  const {url, through} = await serve(t, answer);
  const response = await fetch(url);
  await through;
  goOn();
  assert.match(await response.text(), /Hello.*\[DONE\]/s);
});

test('readWholeAnswer fails with interrupted if the end is missing', async () => {
  const answer = async function* () {
    yield hello;
  };
  await assert.rejects(readWholeAnswer(answer()), {code: 'interrupted'});
});

test('a stream whose end cannot be written is destroyed, and the error is reported', async (t) => {
  const cause = new Error('No words for it.');
  const {answer, goOn} = pausedAnswer([]);
  const {url, reports} = await serve(t, answer, {
    cutOff() {
      throw cause;
    },
  });
  const response = await fetch(url);
  goOn();
  await assert.rejects(response.text());
  assert.deepEqual(reports, [cause]);
});

/** Frameworks that run Express inside of themselves redefine this property. */
function denyHeadersSent(res: express.Response): void {
  Object.defineProperty(res, 'headersSent', {get: () => false});
}

test('E9: a stream ends as it must if a framework says that its headers were never sent', async (t) => {
  const {answer, goOn} = pausedAnswer([hello, end]);
  const {url, reports} = await serve(t, answer, {}, denyHeadersSent);
  const response = await fetch(url);
  goOn();
  assert.match(await response.text(), /Hello.*Hello.*\[DONE\]/s);
  assert.deepEqual(reports, []);
});

for (const [framework, prepare] of [
  ['Express', () => {}],
  ['a framework that denies that headers were sent', denyHeadersSent],
] as const) {
  test(`E9: an error after the headers breaks the connection and is reported, in ${framework}`, async (t) => {
    const {answer, goOn} = pausedAnswer([hello]);
    const encode = (batch: Batch) => {
      if (encoded++ > 0) throw new Error('A bug in an encoder.');
      return `data: ${JSON.stringify(batch)}\n\n`;
    };
    let encoded = 0;
    const cutOff = () => {
      throw new Error('Another bug.');
    };
    const {url, reports} = await serve(t, answer, {encode, cutOff}, prepare);
    const response = await fetch(url);
    goOn();
    await assert.rejects(response.text());
    assert.ok(reports.length > 0);
  });

  test(`E9: an error handler after the headers breaks the connection, in ${framework}`, async (t) => {
    const app = express();
    app.get('/', (_req, res) => {
      prepare(res);
      res.writeHead(200, {'content-type': 'text/plain'});
      res.write('Half');
      setImmediate(() => sendError(res, new ChatError('internal')));
    });
    const server = createServer(app).listen(0, '127.0.0.1');
    t.after(() => server.close());
    await once(server, 'listening');
    const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await assert.rejects(response.text());
  });
}
