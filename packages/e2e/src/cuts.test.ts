/**
 * A visitor on a bad connection: `<chatlet-chat>` behind a proxy that cuts at random bytes and in the model's silences.
 * Every answer must arrive whole, and the model must be asked once for each.
 */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {setTimeout as wait} from 'node:timers/promises';
import {type Script, delta, done, startUpstream} from '../../server/src/testing/upstream.ts';
import {launchBrowser, openPage} from './browser.ts';
import {startChatServer} from './chat-server.ts';
import {startCuttingProxy} from './cutting-proxy.ts';
import {sampling} from './sampling.ts';
import {startStaticSite} from './static-site.ts';

/** The least that a connection lets through is more than the headers of an answer, or nothing would ever begin. */
const leastBytes = 1500;
const mostBytes = 4000;
/** Cuts that each answer meets about. */
const cutsEach = 4;

suite('a chat on a bad connection', () => {
  // A run is an answer; a sample of five meets about twenty cuts.
  const {runs, random, tellResult} = sampling('cut connections', 5);

  test('R-2, R-3: shows every answer whole, and the model is asked once for each', {timeout: 1_100_000}, async () => {
    const upstream = await startUpstream();
    const server = await startChatServer({env: {OPENAI_BASE_URL: upstream.baseUrl, OPENAI_API_KEY: 'sk-test'}});
    const proxy = await startCuttingProxy({
      port: server.port,
      budget: () => leastBytes + Math.floor(random() * (mostBytes - leastBytes)),
    });
    const page = `<script type="module" src="${server.url}/chatlet.js"></script>
      <chatlet-chat endpoint="${proxy.url}" history="off" style="height: 600px"></chatlet-chat>`;
    const site = await startStaticSite({pages: {'/index.html': page}});
    const browser = await launchBrowser();
    try {
      const context = await browser.newContext();
      const {page: tab} = await openPage(context, site.url);
      await tab.waitForFunction(() => customElements.get('chatlet-chat') !== undefined);
      for (let run = 0; run < runs; run += 1) {
        const pieces = Array.from({length: 60}, (_, piece) => `${run}.${piece} ${'word '.repeat(8)}`);
        upstream.script(tells(pieces, random));
        const asked = tab.evaluate(async (text) => {
          const chat = document.querySelector('chatlet-chat') as unknown as {
            newChat(): void;
            send(text: string): Promise<{status: string; parts: {text?: string}[]} | undefined>;
            messages: {status: string; parts: {text?: string}[]}[];
          };
          chat.newChat();
          const answer = await chat.send(text);
          const shown = chat.messages.at(-1) ?? answer;
          return [shown?.status, shown?.parts.map((part) => part.text ?? '').join('')];
        }, `Question ${run}`);
        const before = proxy.cuts;
        const answering = new AbortController();
        const cutting = (async () => {
          // Sooner it would only count how often a page on a slow machine sends a question before it tells the visitor.
          while (!answering.signal.aborted && upstream.requests.length <= run) await wait(20);
          while (!answering.signal.aborted && proxy.cuts < before + cutsEach) {
            await wait(150 + random() * 900);
            proxy.cutAll();
          }
        })();
        const late = wait(60_000, 'no answer in a minute', answering).catch(() => 'answered');
        const answered = await Promise.race([asked, late]);
        answering.abort();
        await cutting;
        assert.deepEqual(answered, ['done', pieces.join('')], `answer ${run}`);
        assert.equal(upstream.requests.length, run + 1, `The model was asked again for answer ${run}.`);
      }
      tellResult(`${runs} answers whole over ${proxy.cuts} cuts, the model asked ${upstream.requests.length} times`);
    } finally {
      await browser.close();
      await site.close();
      await proxy.close();
      await server[Symbol.asyncDispose]();
      await upstream.close();
    }
  });
});

/** The pieces, with silences between some of them. */
function tells(pieces: readonly string[], random: () => number): Script {
  return async (exchange) => {
    for (const [index, piece] of pieces.entries()) {
      await exchange.write(delta(piece));
      await wait(index % 20 === 10 ? 600 + random() * 900 : 15);
    }
    exchange.end(done());
  };
}
