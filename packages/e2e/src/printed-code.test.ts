/** The browser code that two APIs print in their documents, run by pages on this machine: they have no limits of visitors. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {says} from '../../server/src/testing/upstream.ts';
import {setUpstreamStage} from './stage.ts';
import {startStaticSite} from './static-site.ts';

/** `/chat/stream`: splits each piece into lines, and reads `content` until `[DONE]`. */
const chatStream = `async (url) => {
  const response = await fetch(url + '/chat/stream', {
    method: 'POST',
    headers: {'Content-Type': 'application/json'},
    body: JSON.stringify({
      messages: [
        {role: 'system', content: 'You are a helpful assistant.\\nBe brief.'},
        {role: 'user', content: 'Hello!'},
      ],
      model: 'anthropic/model-name',
      ragEnabled: false,
      temperature: 0.7,
      maxTokens: 2000,
      stream: true,
    }),
  });
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  while (true) {
    const {done, value} = await reader.read();
    if (done) return text;
    for (const line of decoder.decode(value).split('\\n')) {
      if (!line.startsWith('data: ')) continue;
      const data = line.slice(6);
      if (data === '[DONE]') return text;
      text += JSON.parse(data).content;
    }
  }
}`;

/** `/api/chat`: every line is JSON with a type, and the header names the chat. */
const typedEvents = `async (url) => {
  const response = await fetch(url + '/api/chat', {
    method: 'POST',
    headers: {'Content-Type': 'application/json'},
    body: JSON.stringify({
      messages: [{role: 'system', content: 'Be brief.'}, {role: 'user', content: 'Hello!'}],
      model: 'claude-sonnet-4',
    }),
  });
  if (!response.headers.get('X-Chat-Id').startsWith('chat_')) throw new Error('No chat.');
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  while (true) {
    const {done, value} = await reader.read();
    if (done) return text;
    for (const line of decoder.decode(value).split('\\n')) {
      if (!line.startsWith('data: ')) continue;
      const event = JSON.parse(line.slice(6));
      if (event.type === 'text-delta') text += event.textDelta;
    }
  }
}`;

suite('the printed browser code', () => {
  const stage = setUpstreamStage({models: [{id: 'first'}, {id: 'anthropic/model-name'}, {id: 'claude-sonnet-4'}]});

  for (const [name, code, model] of [
    ['S0: /chat/stream', chatStream, 'anthropic/model-name'],
    ['S2: /api/chat', typedEvents, 'claude-sonnet-4'],
  ] as const) {
    test(`R-6, ${name}: runs as printed from a page on this machine, with its system message and its model`, async () => {
      stage.upstream.script(says('Hello ', 'there.'));
      const site = await startStaticSite({pages: {'/index.html': '<title>A page</title>'}});
      try {
        const page = await stage.browser.newPage();
        await page.goto(site.url);
        assert.equal(await page.evaluate(`(${code})(${JSON.stringify(stage.server.url)})`), 'Hello there.');
        await page.close();
      } finally {
        await site.close();
      }
      const {model: asked, messages} = stage.upstream.requests.at(-1)?.body ?? {};
      assert.equal(asked, model);
      assert.match(JSON.stringify(messages), /"role":"system"/);
    });
  }
});
