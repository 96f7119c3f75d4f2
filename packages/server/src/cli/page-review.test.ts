import assert from 'node:assert/strict';
import {rm, utimes, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {suite, test} from 'node:test';
import {says, startUpstream} from '../testing/upstream.ts';
import {inFolder} from './testing/in-folder.ts';

suite('chatlet-server gaps and stale', () => {
  test('tell beside a running server which questions no page has answered, and which cited pages need a look', async (t) => {
    const {folder, run, start} = await inFolder(t);
    const upstream = await startUpstream();
    t.after(() => upstream.close());
    assert.match((await run(['gaps'])).join(' '), /^1 There is no database/);
    await run(['ingest', 'docs']);
    const server = start(['start'], {OPENAI_BASE_URL: upstream.baseUrl});
    const [url] = await server.read(/http:\/\/localhost:\d+/);
    const ask = async (text: string, answer: string) => {
      upstream.script(says(answer));
      const headers = {'content-type': 'application/json', 'x-chat-protocol': 'chatlet', 'x-chatlet-visitor': visitor};
      const body = JSON.stringify({message: {text}});
      const response = await fetch(`${url}/api/chat`, {method: 'POST', headers, body});
      assert.equal(response.status, 200);
      return response.text();
    };
    const visitor = `v2.${'a'.repeat(43)}`;
    const mark = '[[1: "Revenue was 4.2 million euros."]]';
    await ask('What was the revenue in Q4?', `4.2 million. ${mark}`);
    await ask('Where is\n\u001b[2Jthe report of last year?', 'I do not know.');

    const [, listed] = await run(['gaps']);
    assert.match(
      listed,
      /^ {4}1 {2}\d{4}-\d\d-\d\d {2}Where is \[2Jthe report of last year\?\n {19}near: Report \(docs\/report\.md#\d\)\n$/,
    );
    const [, asJson] = await run(['gaps', '--json']);
    assert.deepEqual(
      JSON.parse(asJson).gaps.map(({question, count}: {question: string; count: number}) => [question, count]),
      [['Where is\n\u001b[2Jthe report of last year?', 1]],
    );
    assert.match((await run(['stale'])).join(' '), /^0 No page that answers cite/);
    await utimes(join(folder, 'docs/report.md'), new Date(0), new Date('2020-02-03'));
    await run(['ingest', 'docs']);
    assert.match(
      (await run(['stale'])).join(' '),
      /^0 {5}1 {2}not changed since 2020-02-03: Report \(docs\/report\.md\)$/m,
    );
    await writeFile(join(folder, 'docs/report.md'), '# Report\n\n## Q4\n\nRevenue was 4.3 million euros.');
    await run(['ingest', 'docs']);
    const [, changed] = await run(['stale', '--json']);
    assert.deepEqual(JSON.parse(changed).pages[0].why, ['changed']);
    assert.match((await run(['stale', '--days', '0'])).join(' '), /^2 --days takes a number from 1 to 99999/);

    const [, exported] = await run(['export', '--visitor', visitor]);
    assert.equal(JSON.parse(exported).gaps[0].question, 'Where is\n\u001b[2Jthe report of last year?');
    await run(['forget', '--visitor', visitor]);
    assert.match((await run(['gaps'])).join(' '), /^0 There are no gaps/);
    await rm(join(folder, '.chatlet/index.db'));
    assert.match((await run(['stale'])).join(' '), /^1 There is no index/);
  });
});
