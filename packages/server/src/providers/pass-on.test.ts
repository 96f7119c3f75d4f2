/** Streams of raw completions that are passed on: at the pace of their reader, and within the upstream's time limits. */
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {type RequestListener, createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {suite, test} from 'node:test';
import {setTimeout} from 'node:timers/promises';
import {ChatError, type JsonObject} from '@chatlet/protocol';
import {openAiCompatible} from './openai-compatible.ts';
import {resilient} from './resilient.ts';

const piece = `data: ${JSON.stringify({choices: [{text: 'x'.repeat(10_000)}]})}\n\n`;

/** Asks an upstream that answers with the listener, and calls `onPiece` for each piece. */
async function passOn(listener: RequestListener, onPiece: (piece: JsonObject) => void | Promise<void>) {
  const server = createServer(listener).listen(0, '127.0.0.1').unref();
  await once(server, 'listening');
  const {port} = server.address() as AddressInfo;
  const provider = resilient(openAiCompatible({baseUrl: `http://127.0.0.1:${port}/v1`, silenceTimeout: 1000}));
  const answer = provider.passOn?.(
    {api: 'completions', body: {prompt: 'Hi', stream: true}, messages: []},
    {signal: AbortSignal.timeout(20_000), onPiece},
  );
  return {
    answer,
    async close() {
      server.closeAllConnections();
      server.close();
      await provider.close?.();
    },
  };
}

suite('a stream that is passed on', () => {
  test('waits for its reader, and goes on when that takes a piece', async () => {
    const most = 3000;
    let written = 0;
    const taking = Promise.withResolvers<void>();
    let taken = 0;
    const {answer, close} = await passOn(
      async (_, res) => {
        res.writeHead(200, {'content-type': 'text/event-stream'});
        for (; written < most; written++) if (!res.write(piece)) await once(res, 'drain');
        res.end('data: [DONE]\n\n');
      },
      () => {
        taken++;
        return taking.promise;
      },
    );
    // What the two sockets hold comes, and nothing more.
    for (let earlier = -1; earlier <= 0 || written > earlier; await setTimeout(200)) earlier = written;
    assert.ok(written < most, `${written} of ${most} pieces were written`);
    assert.ok(taken < 20, `${taken} pieces came`);
    taking.resolve();
    await answer;
    assert.equal(taken, most);
    await close();
  });

  test('that falls silent is a timeout of the upstream', async () => {
    const {answer, close} = await passOn(
      (_, res) => void res.writeHead(200, {'content-type': 'text/event-stream'}).write(piece),
      () => {},
    );
    await assert.rejects(
      async () => answer,
      (error) => error instanceof ChatError && error.code === 'provider-timeout',
    );
    await close();
  });
});
