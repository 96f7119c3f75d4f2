/** That the guide is served, and that answers of the demo model and its search lead to the guide's pages. */
import assert from 'node:assert/strict';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, suite, test} from 'node:test';
import express from 'express';
import {createServer} from 'node:http';
import {once} from 'node:events';
import type {AddressInfo} from 'node:net';
import {guideRoutes} from './guide.ts';

suite('the guide', () => {
  const folder = mkdtempSync(join(tmpdir(), 'chatlet-guide-'));
  after(() => rmSync(folder, {recursive: true}));

  test('is one page for people, one for programs, and a sentence before it is built', async () => {
    await using app = await serve(folder);
    assert.match(await (await fetch(`${app.url}/guide`)).text(), /npm run build/);
    writeFileSync(join(folder, 'index.html'), '<title>Guide</title>');
    writeFileSync(join(folder, 'vue.html'), '<title>Vue</title>');
    writeFileSync(join(folder, 'llms.txt'), '# Guide');
    const page = await fetch(`${app.url}/guide`);
    assert.equal(page.url, `${app.url}/guide/`);
    assert.match(page.headers.get('content-security-policy') ?? '', /script-src 'self';/);
    assert.match(await (await fetch(`${app.url}/guide/vue`)).text(), /Vue/);
    const list = await fetch(`${app.url}/llms.txt`);
    assert.equal(list.url, `${app.url}/guide/llms.txt`);
    assert.equal(await list.text(), '# Guide');
  });
});

async function serve(folder: string): Promise<AsyncDisposable & {readonly url: string}> {
  const server = createServer(express().use(guideRoutes({folder, access: 'public', isLocal: () => true})));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const {port} = server.address() as AddressInfo;
  return {url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: async () => void server.close()};
}
