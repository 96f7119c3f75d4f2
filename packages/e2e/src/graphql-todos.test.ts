/** The example with a GraphQL API, as its README starts it. */
import assert from 'node:assert/strict';
import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, before, suite, test} from 'node:test';
import {programEnvironment} from '../../server/src/testing/program-environment.ts';
import {type Upstream, callsTool, says, startUpstream} from '../../server/src/testing/upstream.ts';
import {auditServer} from 'graphql-http';
import type {Browser} from 'playwright-core';
import {launchBrowser} from './browser.ts';
import {ask, untilShown} from './chat-page.ts';
import {upstreamSettings} from './stage.ts';

const example = join(import.meta.dirname, '../../../examples/graphql-todos/server.mjs');

interface Todo {
  readonly id: string;
  readonly title: string;
  readonly completed: boolean;
  readonly createdAt: string;
}

suite('the example of a list behind GraphQL', () => {
  let folder = '';
  let url = '';
  let child: ChildProcess;
  let upstream: Upstream;
  let browser: Browser;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'chatlet-todos-'));
    [upstream, browser] = await Promise.all([startUpstream(), launchBrowser()]);
    child = spawn(process.execPath, [example], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...programEnvironment,
        PORT: '0',
        ...upstreamSettings(upstream),
      },
    });
    for await (const chunk of child.stdout ?? []) {
      [url = ''] = /http:\/\/[\w.[\]:]+:\d+/.exec(String(chunk)) ?? [];
      if (url !== '') break;
    }
    assert.notEqual(url, '');
  });
  after(async () => {
    child.kill('SIGTERM');
    await once(child, 'exit');
    await browser.close();
    await upstream.close();
    await rm(folder, {recursive: true, force: true});
  });

  async function request(query: string): Promise<Record<string, unknown>> {
    const headers = {'content-type': 'application/json'};
    const response = await fetch(`${url}/graphql`, {method: 'POST', headers, body: JSON.stringify({query})});
    const {data} = (await response.json()) as {data: Record<string, unknown>};
    return data;
  }
  const todos = async () => (await request('{todos{id title completed createdAt}}'))['todos'] as readonly Todo[];

  test('S1.11, S1.12: the printed mutation and query work as printed', async () => {
    const {createTodo} = await request('mutation { createTodo(title:"Test Todo") { id title completed createdAt } }');
    const [first] = await todos();
    assert.deepEqual(first, createTodo);
    assert.deepEqual([first?.title, first?.completed], ['Test Todo', false]);
    assert.equal(new Date(first?.createdAt ?? '').toISOString(), first?.createdAt);
  });

  test('the endpoint passes the audit of graphql-http', async () => {
    const results = await auditServer({url: `${url}/graphql`});
    const failed = results.filter(({status}) => status === 'error');
    assert.deepEqual(
      failed.map(({name}) => name),
      [],
    );
    assert.ok(results.length > 40);
  });

  test('"add milk to my list, then show it" asks before it adds, and then shows the list', async () => {
    const page = await browser.newPage();
    await page.goto(url);
    upstream.script(callsTool('createTodo', {title: 'Milk'}), callsTool('todos', {}), says('Milk is on your list.'));
    await ask(page, 'Add milk to my list, then show it');
    const card = page.getByRole('group', {name: 'Allow “createTodo”?'});
    await card.getByText('Milk').waitFor();
    assert.ok((await todos()).every(({title}) => title !== 'Milk'));
    await card.getByRole('button', {name: 'Allow once'}).click();
    await untilShown(page, ['Add milk to my list, then show it', 'Milk is on your list.']);
    assert.equal((await todos()).filter(({title}) => title === 'Milk').length, 1);
    assert.match(JSON.stringify(upstream.requests.at(-1)?.body), /Milk.*Test Todo/);
    await page.close();
  });
});
