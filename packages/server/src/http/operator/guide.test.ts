/** How the guide is served, in a package that has its pages and in a checkout that has not built them. */
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

  test('is its text in a checkout that has not built its pages', async () => {
    const unbuilt = mkdtempSync(join(tmpdir(), 'chatlet-guide-'));
    try {
      await using app = await serve(unbuilt);
      for (const name of ['index', 'vue']) writeFileSync(join(unbuilt, `${name}.md`), `# ${name}`);
      for (const path of ['vue', 'vue.html', 'vue.md']) {
        const response = await fetch(`${app.url}/guide/${path}`);
        assert.equal(await response.text(), '# vue');
        assert.match(response.headers.get('content-type') ?? '', /^text\/markdown; charset=utf-8$/i);
      }
      assert.equal(await (await fetch(`${app.url}/guide`)).text(), '# index');
      for (const path of ['react.html', '..%2fvue.html']) {
        assert.equal((await fetch(`${app.url}/guide/${path}`)).status, 404, path);
      }
    } finally {
      rmSync(unbuilt, {recursive: true});
    }
  });
});

async function serve(folder: string): Promise<AsyncDisposable & {readonly url: string}> {
  const server = createServer(express().use(guideRoutes({folder, access: 'public', isLocal: () => true})));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const {port} = server.address() as AddressInfo;
  return {url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: async () => void server.close()};
}
