import assert from 'node:assert/strict';
import {test} from 'node:test';
import {ChatError} from '@chatlet/protocol';
import {withFallback} from './fallback.ts';
import {collect, ends, fails, gives, says, scripted} from './testing/scripted-provider.ts';

const request = {model: 'best', messages: []};
const {signal} = new AbortController();
const down = new ChatError('provider-unavailable');

test('if a model cannot answer, its substitutes are asked in turn by their own ids', async () => {
  const [first, second, third] = [
    scripted(fails(down)),
    scripted(gives([down.toEvent()])),
    scripted(gives([says('Hi')], [ends])),
  ];
  const changes: string[] = [];
  const provider = withFallback(first, {
    substitutesFor: (model) =>
      model === 'best'
        ? [
            {provider: second, model: 'good'},
            {provider: third, model: 'fair'},
          ]
        : [],
    onFallback: ({from, to, error}) => changes.push(`${from.model} → ${to.model}: ${error.code}`),
  });
  assert.deepEqual(await collect(provider.answer(request, {signal})), {events: [says('Hi'), ends]});
  assert.deepEqual(
    [first, second, third].map(({asked}) => asked.map(({request: {model}}) => model)),
    [['best'], ['good'], ['fair']],
  );
  assert.deepEqual(changes, ['best → good: provider-unavailable', 'good → fair: provider-unavailable']);
});

test('a model that answers keeps the turn, even if it fails later', async () => {
  const substitute = scripted(gives([says('No')], [ends]));
  const provider = withFallback(scripted(fails(down, [says('Hel')])), {
    substitutesFor: () => [{provider: substitute, model: 'good'}],
  });
  assert.deepEqual(await collect(provider.answer(request, {signal})), {events: [says('Hel')], error: down});
  assert.equal(substitute.asked.length, 0);
});

test('an invalid request is not tried with a substitute', async () => {
  const wrong = new ChatError('invalid-request');
  const substitute = scripted(gives([ends]));
  const provider = withFallback(scripted(fails(wrong)), {
    substitutesFor: () => [{provider: substitute, model: 'good'}],
  });
  assert.deepEqual(await collect(provider.answer(request, {signal})), {events: [], error: wrong});
  assert.equal(substitute.asked.length, 0);
});

test('if no substitute can answer either, the caller gets the failure of the first model', async () => {
  const provider = withFallback(scripted(fails(down)), {
    substitutesFor: () => [{provider: scripted(fails(new ChatError('rate-limited'))), model: 'good'}],
  });
  assert.equal((await collect(provider.answer(request, {signal}))).error, down);
});

test('aborting while a model hangs asks no substitute', async () => {
  const controller = new AbortController();
  const substitute = scripted(gives([ends]));
  const first = scripted(({signal: stop}) =>
    (async function* () {
      await new Promise((_, reject) => stop.addEventListener('abort', () => reject(new Error('aborted'))));
      yield [];
    })(),
  );
  const provider = withFallback(first, {substitutesFor: () => [{provider: substitute, model: 'good'}]});
  const result = collect(provider.answer(request, controller));
  controller.abort();
  assert.deepEqual(await result, {events: []});
  assert.equal(substitute.asked.length, 0);
});

test('a reader that leaves ends the answer through the fallback', async () => {
  let ended = false;
  const first = scripted(() =>
    (async function* () {
      try {
        yield [says('a')];
        yield [says('b')];
      } finally {
        ended = true;
      }
    })(),
  );
  for await (const _ of withFallback(first, {substitutesFor: () => []}).answer(request, {signal})) break;
  assert.equal(ended, true);
});
