/** K8 (W29): thoughts that a model writes into its text are apart, whatever brings them to the page. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {applyEvent, emptyAnswer} from '@chatlet/protocol';
import type {ChatEvent, Part} from '@chatlet/protocol';
import {readThoughts, separateThoughts} from './thoughts.ts';

const text = (words: string): Part => ({type: 'text', text: words});
const thought = (words: string): Part => ({type: 'reasoning', text: words});

async function* stream(events: readonly ChatEvent[], size: number): AsyncGenerator<readonly ChatEvent[]> {
  for (const event of events) {
    if (event.type !== 'text-delta') yield [event];
    else {
      for (let at = 0; at < event.delta.length; at += size)
        yield [{type: 'text-delta', delta: event.delta.slice(at, at + size)}];
    }
  }
}

const cases: readonly (readonly [title: string, before: readonly ChatEvent[], said: string, parts: readonly Part[]])[] =
  [
    ['think', [], '<think>one\ntwo</think>\n\nThe answer', [thought('one\ntwo'), text('The answer')]],
    ['thinking', [], '\n<thinking>x</thinking>The answer', [thought('x'), text('The answer')]],
    ['in brackets', [], '[THINK]x[/THINK]The answer', [thought('x'), text('The answer')]],
    ['a word about tags', [], 'Write <think>x</think>.', [text('Write <think>x</think>.')]],
    [
      'a mark that only ends',
      [{type: 'message-start', messageId: 'a', model: ''}],
      'one\ntwo\n</think>\nThe answer',
      [thought('one\ntwo\n'), text('The answer')],
    ],
    ['code before a mark', [], '```\n</think>\nx\n```', [text('```\n</think>\nx\n```')]],
    ['white space', [], ' \n', [text(' \n')]],
    ['another tag', [], '<thing> is a tag', [text('<thing> is a tag')]],
    [
      'after a thought of its own',
      [{type: 'reasoning-delta', delta: 'first '}],
      '<think>x</think>The answer',
      [thought('first x'), text('The answer')],
    ],
  ];

suite('K8: thoughts', () => {
  for (const [title, before, said, parts] of cases) {
    test(`K8 W29: ${title}, streamed`, async () => {
      const end: ChatEvent = {type: 'message-end', reason: 'stop'};
      for (const size of [1, 4, 1000]) {
        let answer = emptyAnswer({id: 'a', createdAt: ''});
        for await (const batch of readThoughts(stream([...before, {type: 'text-delta', delta: said}, end], size)))
          for (const event of batch) answer = applyEvent(answer, event);
        assert.deepEqual(answer.parts, parts);
      }
    });
    if (before.length === 0)
      test(`K8 W29: ${title}, whole`, async () => {
        const answer = {...emptyAnswer({id: 'a', createdAt: ''}), key: 'a', parts: [text(said)]};
        assert.deepEqual((await separateThoughts([answer]))[0]?.parts, parts);
      });
  }

  test('K8: text that could have become a tag stays if the stream breaks', async () => {
    async function* broken(): AsyncGenerator<readonly ChatEvent[]> {
      yield [{type: 'text-delta', delta: '<thi'}];
      throw new Error('cut');
    }
    const seen: ChatEvent[] = [];
    await assert.rejects(async () => {
      for await (const batch of readThoughts(broken())) seen.push(...batch);
    }, /cut/);
    assert.deepEqual(seen, [{type: 'text-delta', delta: '<thi'}]);
  });
});
