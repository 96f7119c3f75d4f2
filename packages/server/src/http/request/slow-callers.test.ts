/** Callers that send or read so slowly that they hold the server up: bodies that drip, readers that do not read. */
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {type IncomingMessage, request} from 'node:http';
import {type AddressInfo, type Socket, connect} from 'node:net';
import {networkInterfaces} from 'node:os';
import {suite, test} from 'node:test';
import express from 'express';
import {createChatServer} from '../../index.ts';
import {startChat} from '../../testing/chat-server.ts';
import {delta, done} from '../../testing/upstream.ts';
import {waitFor} from '../../testing/wait-for.ts';
import {errorHandler} from '../response/errors.ts';
import {type BodyTimes, readJsonBody} from './body.ts';

const question = {messages: [{role: 'user', content: 'Hi'}]};

suite('a body that drips', () => {
  async function startReader(times: BodyTimes) {
    const app = express();
    app.post('/', async (req, res) => {
      await readJsonBody(req, () => 1_000_000, times);
      res.json(req.body);
    });
    app.use(errorHandler(() => {}));
    const server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return {
      /** Sends the pieces with so many milliseconds between them. */
      async send(pieces: readonly string[], wait: number) {
        const sent = request({
          port: (server.address() as AddressInfo).port,
          method: 'POST',
          agent: false,
          headers: {'content-type': 'application/json'},
        });
        sent.on('error', () => {});
        const answer = once(sent, 'response') as Promise<[IncomingMessage]>;
        for (const piece of pieces) {
          sent.write(piece);
          await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, wait))]);
        }
        if (wait < 1000) sent.end();
        const [response] = await answer;
        let text = '';
        for await (const each of response) text += String(each);
        sent.destroy();
        return [response.statusCode, text];
      },
      async [Symbol.asyncDispose]() {
        server.closeAllConnections();
        server.close();
        await once(server, 'close');
      },
    };
  }
  const slow = [
    400,
    '{"error":"The body was sent too slowly.","code":"invalid-request","details":{"cause":"body-slow"}}',
  ];

  test('R-23: is refused if it falls silent, at its beginning or later', async () => {
    await using reader = await startReader({silence: 50});
    for (const pieces of [['['], ['[', '1', ',']]) assert.deepEqual(await reader.send(pieces, 5000), slow);
  });

  test('R-23: is refused if it drips without ever falling silent', async () => {
    await using reader = await startReader({silence: 10_000, step: 100});
    assert.deepEqual(await reader.send(['[', ...Array.from({length: 400}, () => ' '), '1]'], 5), slow);
  });

  test('is read if it comes in pieces', async () => {
    await using reader = await startReader({});
    assert.deepEqual(await reader.send(['[', '1', ',', '2]'], 5), [200, '[1,2]']);
  });

  test('R-23: that is cut off is no unhandled error, and the server goes on', async () => {
    await using chat = await startChat();
    const socket = connect(Number(new URL(chat.url).port), '127.0.0.1');
    socket.write(
      'POST /api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{',
    );
    await once(socket, 'connect');
    socket.destroy();
    assert.equal((await chat.ask('Hi')).text, 'You said: Hi');
    assert.deepEqual(chat.reported, []);
  });
});

suite('a reader that does not read', () => {
  test('R-23: is cut off, while its answer goes on and is kept', async () => {
    await using chat = await startChat({readerPatience: 300, maxAnswerLength: Infinity});
    const piece = 'x'.repeat(100_000);
    chat.upstream.script(async (exchange) => {
      // More than the buffers between the two ends can take.
      for (let count = 0; count < 200; count++) await exchange.write(delta(piece));
      exchange.end(done());
    });
    const sent = request(`${chat.url}/api/chat`, {
      method: 'POST',
      agent: false,
      headers: {'content-type': 'application/json', 'x-chat-protocol': 'chatlet'},
    });
    sent.on('error', () => {});
    sent.end(JSON.stringify({message: {text: 'Hi'}}));
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    const cut = new Promise((resolve) => response.socket.once('close', resolve));
    response.on('error', () => {});
    // Only a socket that is read notices its end, so this one reads again when the server must have given up.
    setTimeout(() => response.resume(), 3000);
    await waitFor(cut, 'the connection is closed');
    assert.equal(response.complete, false);
    const chatId = String(response.headers['x-chat-id']);
    for (;;) {
      const [, answer] = await chat.messages(chatId);
      if (answer?.status !== 'answering') {
        assert.deepEqual([answer?.status, answer?.content.length], ['done', 20_000_000]);
        break;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });

  test('R-23: a reader is not cut off while the model is silent', async () => {
    await using chat = await startChat({readerPatience: 100});
    chat.upstream.script(async (exchange) => {
      await exchange.write(delta('One '));
      await new Promise((resolve) => setTimeout(resolve, 500));
      await exchange.write(delta('two'));
      exchange.end(done());
    });
    assert.equal((await chat.ask('Hi')).text, 'One two');
    chat.upstream.script(async (exchange) => {
      await new Promise((resolve) => setTimeout(resolve, 500));
      exchange.end(delta('Late') + done());
    });
    const whole = await chat.post('/v1/chat/completions', {model: 'test-model', ...question}, {});
    assert.equal(whole.status, 200);
    await whole.arrayBuffer();
  });
});

suite('connections', () => {
  /** An address of this machine that is not its loopback; the tests that need one are told of it by `networkInterfaces`. */
  const outside = Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .find(({family, internal}) => family === 'IPv4' && !internal)?.address;

  async function open(port: number, host: string, count: number): Promise<readonly Socket[]> {
    const sockets = Array.from({length: count}, () => connect(port, host).on('error', () => {}));
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    return sockets;
  }

  const closedOf = async (sockets: readonly Socket[]) => {
    for (const socket of sockets) socket.resume();
    await new Promise((resolve) => setTimeout(resolve, 200));
    return sockets.filter((socket) => socket.destroyed || socket.readableEnded).length;
  };

  test('R-23: of one address are limited, unless it is this machine', async () => {
    assert.ok(outside, 'This machine has no address but its loopback.');
    const server = createChatServer({databaseUrl: 'sqlite::memory:', connections: {perAddress: 5}});
    const {port} = await server.listen({port: 0, host: '0.0.0.0'});
    const local = await open(port, '127.0.0.1', 20);
    assert.equal(await closedOf(local), 0);
    const foreign = await open(port, outside, 8);
    assert.equal(await closedOf(foreign), 3);
    for (const socket of foreign) socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const again = await open(port, outside, 5);
    assert.equal(await closedOf(again), 0);
    for (const socket of [...local, ...again]) socket.destroy();
    await server.close();
  });

  test('R-23: of a trusted proxy are not limited by address, and all together are', async () => {
    assert.ok(outside, 'This machine has no address but its loopback.');
    const server = createChatServer({
      databaseUrl: 'sqlite::memory:',
      trustProxy: [outside],
      connections: {perAddress: 2, total: 6},
    });
    const {port} = await server.listen({port: 0, host: '0.0.0.0'});
    const sockets = await open(port, outside, 9);
    assert.equal(await closedOf(sockets), 3);
    for (const socket of sockets) socket.destroy();
    await server.close();
  });
});
