import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Part} from '@chatlet/protocol';
import {mayQuotePrompt} from './prompt-redaction.ts';

const wrote = (...parts: readonly Part[]) => [{role: 'user' as const, parts}];
const text = (words: string): Part => ({type: 'text', text: words});

for (const [said, ...parts] of [
  ['Invalid input: "Anna has a rash since Monday"', text('My daughter Anna has a rash since Monday.')],
  ['bad value ANNA HAS\n A rash', text('anna has a rash')],
  ['cannot parse {"q":"sch\\u00f6ne\\nneue Welt"}', text('O schöne\nneue Welt!')],
  ['无法处理:我的密码', text('请记住我的密码是什么')],
  ['value 4711 was refused', text('4711')],
  ['no such word: rash', text(' Rash! ')],
  [
    'The tool gave {"iban":"DE12 3456"}',
    {type: 'tool', callId: 'c', name: 'n', input: {}, state: 'done', output: {iban: 'DE12 3456'}},
  ],
  ['Cannot fetch https://example.com/a', {type: 'file', url: 'https://example.com/a', mediaType: 'image/png'}],
  ['anything at all', {type: 'file', url: 'data:text/plain;base64,AA==', mediaType: 'text/plain'}],
  ['anything at all', text('word '.repeat(60_000))],
] as const) {
  test(`this error may quote the prompt and is redacted: ${said}`, () =>
    assert.ok(mayQuotePrompt(said, wrote(...parts))));
}

for (const [said, ...parts] of [
  ['Incorrect API key provided', text('What is an API good for?')],
  ['This model is overloaded', text('hi')],
  ['', text('Hello')],
  ['The model needs more memory', text('')],
  ['This model reads no images', {type: 'file', url: 'data:image/png;base64,AA==', mediaType: 'image/png'}],
] as const) {
  test(`this error quotes nothing of the prompt: ${said}`, () => assert.ok(!mayQuotePrompt(said, wrote(...parts))));
}
