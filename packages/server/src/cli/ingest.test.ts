import assert from 'node:assert/strict';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {suite, test} from 'node:test';
import {startChat} from '../testing/chat-server.ts';
import {says, startUpstream} from '../testing/upstream.ts';
import {startHttp} from '../tools/testing/mcp-over-http.ts';
import type {Command, CommandCall} from './command.ts';
import {ingestDocuments} from './ingest.ts';
import {inFolder} from './testing/in-folder.ts';
import {toolsList} from './tools.ts';

suite('chatlet-server ingest', () => {
  test('a running server answers from a folder as soon as it is read', async (t) => {
    const {run, start} = await inFolder(t);
    const upstream = await startUpstream();
    t.after(() => upstream.close());
    const server = start(['start'], {OPENAI_BASE_URL: upstream.baseUrl});
    const [url] = await server.read(/http:\/\/localhost:\d+/);
    const ask = async () => {
      const body = JSON.stringify({
        messages: [{role: 'user', content: 'What does the report say about Q4?'}],
        retrieval: true,
      });
      await (
        await fetch(`${url}/api/chat`, {method: 'POST', headers: {'content-type': 'application/json'}, body})
      ).text();
      return JSON.stringify(upstream.requests.at(-1)?.body);
    };
    assert.doesNotMatch(await ask(), /4\.2 million/);
    const [code, output] = await run(['ingest', 'docs']);
    assert.equal(code, 0, output);
    assert.match(output, /^docs: 1 document in [\d.]+ s \(1 new, 0 changed, 0 as before, 0 removed\)\.$/m);
    assert.match(await ask(), /4\.2 million/);
  });

  test('sources are listed with their readers, read again, and removed', async (t) => {
    const {folder, run} = await inFolder(t);
    await run(['ingest', 'docs/report.md', '--id', 'report', '--readers', 'plan:gold,owner:user:ada']);
    assert.deepEqual(await run(['ingest', '--list']), [
      0,
      `report  1 document  plan:gold,owner:user:ada  ${join(folder, 'docs/report.md')}\n`,
    ]);
    const [, again] = await run(['ingest', 'docs/report.md', '--id', 'report']);
    assert.match(again, /0 new, 0 changed, 1 as before/);
    assert.match((await run(['ingest', '--list']))[1], /^report {2}1 document {2}everybody/);
    assert.deepEqual(await run(['ingest', '--remove', 'report']), [0, 'report is out of the index.\n']);
    assert.deepEqual(await run(['ingest', '--list']), [0, 'There are no sources.\n']);
    assert.deepEqual((await run(['ingest', '--remove', 'report']))[0], 1);
  });

  test('the sources of the configuration file are read, and one that fails does not end the others', async (t) => {
    const {folder, run} = await inFolder(t);
    const sources = [
      {target: 'missing'},
      {target: './docs', id: 'manual', readers: 'users', baseUrl: 'https://docs.example'},
    ];
    await writeFile(join(folder, 'chatlet.config.json'), JSON.stringify({retrieval: {sources}}));
    const [code, output] = await run(['ingest']);
    assert.equal(code, 1);
    assert.match(output, /manual: 1 document in[\s\S]*missing was not read: ENOENT/);
    assert.match((await run(['ingest', '--list']))[1], /manual {2}1 document {2}users/);
    // Named by its path, it keeps its settings.
    assert.match((await run(['ingest', 'docs']))[1], /manual: 1 document .*1 as before/);
  });

  test('a folder is read again whenever it changes, until a signal', async (t) => {
    const {folder, start} = await inFolder(t);
    const watching = start(['ingest', 'docs', '--watch']);
    await watching.read(/Watching/);
    await writeFile(join(folder, 'docs/more.md'), '# More\n\nText');
    await watching.read(/1 new, 0 changed, 1 as before/);
    watching.child.kill('SIGINT');
    assert.equal((await watching.exit)[0], 0);
  });

  test('the resources of an MCP server are listed, read into the index, read again only if they have changed, and cited', async (t) => {
    const {folder} = await inFolder(t);
    await using kitchen = await startHttp();
    const tools = [{mcp: 'kitchen', url: kitchen.url, resources: ['kitchen://recipes/*']}];
    const retrieval = {sources: [{target: 'mcp:kitchen', id: 'recipes', readers: 'users'}]};
    const env = {
      CHATLET_CONFIG: join(folder, 'chatlet.config.json'),
      CHATLET_INDEX: join(folder, 'index.db'),
      CHATLET_DATABASE_URL: `sqlite:${join(folder, 'chat.db')}`,
    };
    await writeFile(env.CHATLET_CONFIG, JSON.stringify({tools, retrieval}));
    const printed = t.mock.method(console, 'error', () => {});
    const run = async (command: Command, args: readonly string[] = [], options: CommandCall['options'] = {}) => {
      printed.mock.resetCalls();
      const {out = []} = await command.run({env, args, options});
      return [...printed.mock.calls.map(({arguments: [text]}) => String(text)), ...out].join('\n');
    };
    assert.match(await run(toolsList), /^SERVER +RESOURCE +TITLE\nkitchen +kitchen:\/\/recipes\/tea +Tea\n/m);
    const first = await run(ingestDocuments, ['mcp:kitchen']);
    assert.match(first, /recipes: 1 document in .*1 new[^]*type image\/png cannot be read: recipes\/kitchen:/);
    assert.match(await run(ingestDocuments), /recipes: 1 document in .*1 as before/);
    assert.match(await run(ingestDocuments, [], {list: 'yes'}), /^recipes {2}1 document {2}users {2}mcp:kitchen$/m);

    await run(ingestDocuments, ['mcp:kitchen'], {readers: 'everybody'});
    const chat = await startChat({retrieval: {index: env.CHATLET_INDEX, mode: 'always'}});
    t.after(() => chat.close());
    const quote = 'Brew the Assam for exactly four minutes';
    chat.upstream.script(says(`Four minutes. [[1: "${quote}"]]`));
    const {answer} = await chat.ask('How long do I brew tea?');
    assert.deepEqual(
      answer.parts.flatMap((part) =>
        part.type === 'text'
          ? [part.text, part.citations?.map((each) => each.quote)]
          : part.type === 'source'
            ? [part.title]
            : [],
      ),
      ['Four minutes.', [quote], 'Tea'],
    );
    assert.equal(answer.grounded, true);
    await assert.rejects(run(ingestDocuments, ['mcp:cellar']), {
      message: 'There is no MCP server cellar among the tools of the configuration, only kitchen.',
    });
  });

  for (const [args, code, message] of [
    [[], 2, /Name a site, a folder or a file/],
    [['nowhere'], 2, /There is no folder or file nowhere/],
    [['docs', '--readers', 'friends'], 2, /--readers takes everybody, users/],
    [['docs', '--max-pages', 'many'], 2, /--max-pages takes a number of 1 or more/],
    [['docs', '--base-url', 'docs.example'], 2, /--base-url takes the URL/],
    [['https://docs.example', '--watch'], 2, /--watch is for folders/],
    [['docs', '--include', 'nothing/**'], 1, /docs has no document that can be read/],
    [['http://127.0.0.1:9/'], 1, /127\.0\.0\.1-9 was not read: The address cannot be reached|was not read/],
  ] as const) {
    test(`ingest ${args.join(' ')} fails with ${code} and says why`, async (t) => {
      const {run} = await inFolder(t);
      const [exit, output] = await run(['ingest', ...args]);
      assert.match(output, message);
      assert.equal(exit, code);
    });
  }
});
