/**
 * The server is killed at random moments of short and long answers, some of them after another program has looked into its
 * database. No question may be lost, and of an answer not more than what came in the last moment.
 */
import assert from 'node:assert/strict';
import {join} from 'node:path';
import {suite, test} from 'node:test';
import {setTimeout as wait} from 'node:timers/promises';
import {readEvents} from '@chatlet/protocol';
import {backUpOutside} from '../../server/src/stores/sqlite/testing/outside-backup.ts';
import {type Script, delta, done, startUpstream} from '../../server/src/testing/upstream.ts';
import {type ChatServer, startChatServer} from './chat-server.ts';
import {sampling} from './sampling.ts';

/** Milliseconds of an answer that may be missing: a piece is written every 200, and 50 are for the commit. */
const promised = 250;
/** A machine that does other things wakes nobody in time; what is measured is told in the result. */
const grace = 500;

interface Answering {
  readonly chatId: string;
  readonly question: string;
  /** How much had been read, and when. */
  readonly heard: {readonly at: number; readonly length: number}[];
  text: string;
}

suite('a server that is killed', () => {
  const {runs, random, tellResult} = sampling('kill -9', 10);

  test('R-10, T2-01: keeps every question, and all of an answer but its last moment, after a backup from outside too', async () => {
    await using upstream = await disposable();
    let server = await startChatServer({env: {OPENAI_BASE_URL: upstream.baseUrl, OPENAI_API_KEY: 'sk-test'}});
    const lags: number[] = [];
    let backups = 0;
    try {
      for (let kill = 0; kill < runs; kill += 1) {
        // Every fifth is a long answer of about a megabyte.
        const isLong = kill % 5 === 4;
        const isAfterBackup = kill % 5 === 2;
        upstream.script(isLong ? tells(700, 1500, 4) : tells(400, 12, 8));
        const answering = await ask(server, `Question ${kill}`);
        if (isAfterBackup) {
          await wait(100 + random() * 300);
          assert.ok(backUpOutside, 'Neither sqlite3 nor python3 is installed.');
          backUpOutside(join(server.folder, 'chatlet.db'), join(server.folder, `copy-${kill}.db`));
          backups += 1;
        }
        await wait(100 + random() * 2000);
        const killedAt = performance.now();
        await server.kill();
        server = await server.restart();
        lags.push(await checkKept(server, answering, killedAt));
      }
    } finally {
      await server[Symbol.asyncDispose]();
    }
    const sorted = lags.toSorted((a, b) => a - b);
    const middle = Math.round(sorted[sorted.length >> 1] ?? 0);
    const most = Math.round(sorted.at(-1) ?? 0);
    const late = lags.filter((lag) => lag > promised).length;
    tellResult(
      `${runs} kills, ${backups} after a backup from outside: no question lost; missing ${middle} ms in the middle, ` +
        `${most} ms at most, ${late} over ${promised} ms`,
    );
    assert.ok(most <= promised + grace, `${most} ms of an answer are missing.`);
  });
});

/** Asks and reads on in the background, noting how much has come by when. */
async function ask({url}: ChatServer, question: string): Promise<Answering> {
  const response = await fetch(`${url}/api/chat`, {
    method: 'POST',
    headers: {'content-type': 'application/json', 'x-chat-protocol': 'chatlet'},
    body: JSON.stringify({message: {text: question}}),
  });
  const chatId = response.headers.get('x-chat-id');
  assert.ok(chatId !== null && response.body);
  const answering: Answering = {chatId, question, heard: [], text: ''};
  const reading = async (body: ReadableStream<Uint8Array<ArrayBuffer>>) => {
    for await (const events of readEvents(body, {headers: response.headers})) {
      for (const event of events) if (event.type === 'text-delta') answering.text += event.delta;
      answering.heard.push({at: performance.now(), length: answering.text.length});
    }
  };
  // The kill cuts it.
  reading(response.body).catch(() => {});
  return answering;
}

/** Gives how many milliseconds of the answer are missing. */
async function checkKept({url}: ChatServer, answering: Answering, killedAt: number): Promise<number> {
  const response = await fetch(`${url}/api/chats/${answering.chatId}/messages`);
  assert.equal(response.status, 200, `The chat of "${answering.question}" is lost.`);
  const [question, answer] = (await response.json()) as {content: string; status: string}[];
  assert.equal(question?.content, answering.question);
  assert.ok(answer);
  const {content, status} = answer;
  const {text, heard} = answering;
  assert.ok(text.startsWith(content) || content.startsWith(text), 'The stored answer is another one.');
  assert.equal(status, 'interrupted');
  const firstMissing = heard.find(({length}) => length > content.length);
  return firstMissing ? killedAt - firstMissing.at : 0;
}

/** An answer of so many pieces of so many characters, and milliseconds between them. */
function tells(pieces: number, characters: number, gap: number): Script {
  return async (exchange) => {
    for (let piece = 0; piece < pieces; piece += 1) {
      await exchange.write(delta(`${piece} ${'x'.repeat(characters)} `));
      await wait(gap);
    }
    exchange.end(done());
  };
}

async function disposable() {
  const upstream = await startUpstream();
  return Object.assign(upstream, {[Symbol.asyncDispose]: () => upstream.close()});
}
