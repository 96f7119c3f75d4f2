/** Compressed answers of a real upstream. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {brotliCompressSync, constants, createGzip, deflateSync, gzipSync} from 'node:zlib';
import {answered, startChat} from '../testing/chat-server.ts';
import {delta, done} from '../testing/upstream.ts';

const stream = `${delta('Well')}${delta(' done.')}${done()}`;

suite('T2-13: compressed bodies of an upstream', () => {
  for (const [encoding, bytes] of Object.entries({
    gzip: gzipSync(stream),
    deflate: deflateSync(stream),
    br: brotliCompressSync(stream),
    identity: Buffer.from(stream),
  })) {
    test(`a stream that is encoded as ${encoding} is read, whole and byte by byte`, async () => {
      for (const size of [bytes.length, 1]) {
        await using chat = await startChat();
        chat.upstream.script(async (exchange) => {
          exchange.start(200, {'content-type': 'text/event-stream', 'content-encoding': encoding});
          for (let at = 0; at < bytes.length; at += size) await exchange.write(bytes.subarray(at, at + size));
          exchange.end();
        });
        assert.equal((await chat.ask('Hi')).text, 'Well done.');
        assert.equal(chat.upstream.first.headers['accept-encoding'], 'identity');
      }
    });
  }

  test('a compressed stream is read piece by piece', async () => {
    await using chat = await startChat();
    const piece = Promise.withResolvers<void>();
    chat.upstream.script(async (exchange) => {
      exchange.start(200, {'content-type': 'text/event-stream', 'content-encoding': 'gzip'});
      const gzip = createGzip();
      gzip.on('data', (bytes: Buffer) => void exchange.write(bytes));
      gzip.write(delta('First'));
      gzip.flush(constants.Z_SYNC_FLUSH);
      // Only an answer whose first piece has been read goes on.
      await piece.promise;
      gzip.on('end', () => exchange.end());
      gzip.end(`${delta(', last.')}${done()}`);
    });
    const response = await chat.post('/api/chat', {message: {text: 'Hi'}});
    const [body, copy] = response.body?.tee() ?? assert.fail();
    const reader = copy.getReader();
    let seen = '';
    while (!seen.includes('First')) seen += new TextDecoder().decode((await reader.read()).value);
    piece.resolve();
    const {text} = await answered(new Response(body, {headers: response.headers}));
    assert.equal(text, 'First, last.');
    await reader.cancel();
  });

  test('an error that is compressed keeps its reason', async () => {
    await using chat = await startChat();
    chat.upstream.script(async (exchange) => {
      exchange.start(400, {'content-type': 'application/json', 'content-encoding': 'gzip'});
      await exchange.write(gzipSync('{"error":{"message":"x","code":"context_length_exceeded"}}'));
      exchange.end();
    });
    assert.equal((await chat.ask('Hi')).answer.error?.code, 'context-too-long');
  });

  for (const [what, encoding, bytes] of [
    ['an unknown encoding is named', 'zstd', Buffer.from('x')],
    ['a body that is not what its encoding says is an error', 'gzip', Buffer.from(stream)],
    ['a compressed body that breaks off is an error', 'gzip', gzipSync(stream).subarray(0, 20)],
  ] as const) {
    test(`${what}, after one request`, async () => {
      await using chat = await startChat();
      chat.upstream.script(async (exchange) => {
        exchange.start(200, {'content-type': 'text/event-stream', 'content-encoding': encoding});
        await exchange.write(bytes);
        exchange.end();
      });
      const {answer} = await chat.ask('Hi');
      assert.match(answer.error?.code ?? '', /^(?:provider-error|interrupted)$/);
      assert.equal(chat.upstream.requests.length, 1);
      if (encoding === 'zstd') assert.match(String(chat.reported.map((error) => (error as Error).cause)), /"zstd"/);
    });
  }
});
