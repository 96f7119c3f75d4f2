/** The figures that `docs/what-protects-you.md` promises, against a public server that nobody has configured further. */
import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {test} from 'node:test';
import {json, startChat} from '../testing/chat-server.ts';

interface Remaining {
  readonly plan: Readonly<Record<string, number>>;
}

const site = {origin: 'https://www.example.com'};

test('what-protects-you.md tells the limits of a visitor as the server has them', async () => {
  const told = (await readFile(new URL('../../../../docs/what-protects-you.md', import.meta.url), 'utf8')).replaceAll(
    /(?<=\d) (?=\d{3})/g,
    '',
  );
  await using chat = await startChat({origins: [site.origin]});
  const {plan} = await json<Remaining>(await chat.get('/api/usage/remaining', site));
  const {maxTokens, maxReasoningTokens, maxPromptLength, maxHistoryLength, answersAtOnce, ...rest} = plan;
  const {maxChats, maxBytes, maxBodyBytes, perMinute, perHour} = rest;
  for (const sentence of [
    `${maxPromptLength} characters, ${maxTokens} and ${maxReasoningTokens} tokens`,
    `${maxHistoryLength} characters`,
    `${answersAtOnce} and 16`,
    `${perMinute} and ${perHour}`,
    `${maxChats} chats and ${(maxBytes ?? 0) / 1_000_000} MB`,
    `visitors ${(maxBodyBytes ?? 0) / 1000} kB`,
  ]) {
    assert.ok(told.includes(sentence), sentence);
  }
});
