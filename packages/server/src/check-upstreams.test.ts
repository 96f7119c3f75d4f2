/** What is said at the start about upstreams of all conditions. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {askUpstreams, missingDefault} from './check-upstreams.ts';
import {startChat} from './testing/chat-server.ts';
import {type Script, refuses, startUpstream} from './testing/upstream.ts';

async function said(
  list: readonly object[] | Script,
  {path = '/v1', ...more}: {path?: string; defaultModel?: string; aliases?: Record<string, string>} = {},
) {
  const upstream = await startUpstream();
  upstream.models = list;
  const config = {openai: {baseUrl: new URL(upstream.baseUrl).origin + path, apiKey: 'sk-canary', id: 'mine'}, ...more};
  const checked = await askUpstreams(config);
  for (const {provider} of checked) await provider.close?.();
  await upstream.close();
  return [...checked.flatMap(({trouble}) => trouble ?? []), missingDefault(checked, config)]
    .filter((each) => each !== undefined)
    .join('\n');
}

suite('upstreams at the start', () => {
  test('a good upstream and a listed default are not worth a word', async () => {
    assert.equal(await said([{id: 'a:latest'}], {defaultModel: 'a'}), '');
    assert.equal(await said([{id: 'a'}], {defaultModel: 'quick', aliases: {quick: 'mine/a'}}), '');
  });

  for (const [what, list, options, sentence] of [
    [
      'a refused key',
      refuses(401, {error: {message: 'sk-canary is wrong'}}),
      {},
      /^The upstream "mine" \(http:.*\/v1\) refused the API key\.$/,
    ],
    ['a wrong path', refuses(404, {detail: 'Not Found'}), {}, /check the address, which must end with the version/],
    ['an address with the path of a question', refuses(404, {}), {path: '/v1/chat/completions'}, /too much at its end/],
    ['a list that is none', refuses(200, {ok: true}), {}, /answers, but with no list of models/],
    ['an empty list', [], {}, /lists no models/],
    ['an empty account', refuses(402, {}), {}, /out of credit/],
    [
      'a default that nobody lists',
      [{id: 'a'}, {id: 'b'}],
      {defaultModel: 'gone'},
      /^No upstream lists the default model "gone".*There are: a, b\.$/,
    ],
  ] as const) {
    test(`${what} is told in one line without the key`, async () => {
      const line = await said(list, options);
      assert.match(line, sentence);
      assert.doesNotMatch(line, /canary|\n/);
    });
  }

  test('an address where nobody listens is told', async () => {
    const [checked] = await askUpstreams({openai: {baseUrl: 'http://127.0.0.1:1/v1'}});
    await checked?.provider.close?.();
    assert.match(checked?.trouble ?? '', /cannot be reached: nobody listens there/);
  });

  test('the server itself says so, and its first question asks for no second list', async () => {
    let lists = 0;
    await using chat = await startChat();
    chat.upstream.models = (exchange) => {
      lists++;
      return refuses(401, {})(exchange);
    };
    const [checked] = await chat.server.checkUpstreams();
    assert.match(checked?.trouble ?? '', /refused the API key/);
    await chat.ask('Hello', {model: 'test-model'});
    assert.equal(lists, 1);
  });
});
