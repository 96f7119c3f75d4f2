import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import type {Model} from '@chatlet/protocol';
import {type ModelsOptions, createModels} from './models.ts';
import type {Provider} from './provider.ts';

function provider(
  id: string,
  ...lists: readonly (readonly string[] | Error | Promise<readonly string[]>)[]
): Provider & {asked: number} {
  const self = {
    id,
    asked: 0,
    async models(): Promise<readonly Model[]> {
      const next = lists[Math.min(self.asked, lists.length - 1)] ?? [];
      self.asked += 1;
      const list = await next;
      if (list instanceof Error) throw list;
      return list.map((name) => ({id: name, name}));
    },
    answer: () => assert.fail('Nobody asks for an answer here.'),
  };
  return self;
}

function models(providers: readonly Provider[], options: Partial<ModelsOptions> = {}) {
  const reported: unknown[] = [];
  return {reported, ...createModels({providers, report: (error) => reported.push(error), ...options})};
}

const ids = (list: readonly Model[]) => list.map(({id}) => id);

suite('models', () => {
  test('are those of all providers, and a second model with the same id gets its provider’s name', async () => {
    const registry = models([provider('a', ['x', 'y']), provider('b', ['y', 'z'])]);
    assert.deepEqual(ids(await registry.list()), ['x', 'y', 'b/y', 'z']);
    const {provider: found, upstreamId, asked} = await registry.resolve('b/y');
    assert.deepEqual([found.id, upstreamId, asked], ['b', 'y', 'b/y']);
  });

  test('of one provider are listed although another provider fails', async () => {
    const registry = models([provider('a', new Error('down')), provider('b', ['z'])]);
    assert.deepEqual(ids(await registry.list()), ['z']);
    assert.equal(registry.reported.length, 1);
  });

  test('of one provider are not delayed by another provider that failed and is asked again', async () => {
    let now = 0;
    const slow = Promise.withResolvers<readonly string[]>();
    const registry = models([provider('a', new Error('down'), slow.promise), provider('b', ['z'])], {now: () => now});
    assert.deepEqual(ids(await registry.list()), ['z']);
    now = 3_001;
    assert.equal((await registry.resolve('z')).provider.id, 'b');
    slow.resolve(['late']);
    await slow.promise;
    while ((await registry.list()).length < 2) await new Promise(setImmediate);
    assert.deepEqual(ids(await registry.list()), ['late', 'z']);
  });

  test('are awaited as long as no provider has listed any', async () => {
    let now = 0;
    const registry = models([provider('a', new Error('down'), ['late'])], {now: () => now});
    assert.deepEqual(await registry.list(), []);
    now = 3_001;
    assert.deepEqual(ids(await registry.list()), ['late']);
  });

  test('are asked for once, refreshed in the background, and kept after a failed refresh', async () => {
    let now = 0;
    const slow = Promise.withResolvers<readonly string[]>();
    const a = provider('a', ['x'], slow.promise, new Error('down'));
    const registry = models([a], {keepFor: 60_000, now: () => now});
    await Promise.all([registry.list(), registry.list(), registry.resolve('x')]);
    assert.equal(a.asked, 1);
    now = 60_001;
    assert.deepEqual(ids(await registry.list()), ['x']);
    slow.resolve(['x', 'new']);
    await slow.promise;
    await registry.list();
    assert.deepEqual(ids(await registry.list()), ['x', 'new']);
    now = 120_002;
    await registry.list();
    assert.deepEqual(ids(await registry.list()), ['x', 'new']);
    assert.equal(a.asked, 3);
  });

  test('have the first one or the configured one as their default', async () => {
    const a = provider('a', ['x', 'y']);
    assert.equal(await models([a]).defaultModel(), 'x');
    assert.equal(await models([a], {defaultModel: 'y'}).defaultModel(), 'y');
    assert.equal(await models([a], {defaultModel: 'quick', aliases: {quick: 'y'}}).defaultModel(), 'y');
    assert.equal((await models([a], {defaultModel: 'y'}).resolve(undefined)).upstreamId, 'y');
  });

  test('of well-known names mean the default, unless a provider has a model of that name', async () => {
    const without = await models([provider('a', ['x'])]).resolve('gpt-4o');
    assert.deepEqual([without.asked, without.upstreamId], ['gpt-4o', 'x']);
    const with4o = await models([provider('a', ['x', 'gpt-4o'])]).resolve('gpt-4o');
    assert.deepEqual([with4o.asked, with4o.upstreamId], ['gpt-4o', 'gpt-4o']);
  });

  test('can be asked for by the operator’s aliases, and have the operator’s facts', async () => {
    const registry = models([provider('a', ['x'])], {
      aliases: {quick: 'x'},
      facts: [{id: 'x', name: 'The X', contextLength: 4096}],
    });
    const {asked, upstreamId, model} = await registry.resolve('quick');
    assert.deepEqual([asked, upstreamId, model.name, model.contextLength], ['quick', 'x', 'The X', 4096]);
  });

  test('that no provider has are refused with a list of the available ones', async () => {
    const registry = models([provider('a', ['x', 'y'])]);
    await assert.rejects(registry.resolve('z'), {code: 'model-not-found', details: {availableModels: ['x', 'y']}});
    await assert.rejects(registry.resolve('__proto__'), {code: 'model-not-found'});
  });

  test('are asked for by any name if a provider cannot list its own', async () => {
    const registry = models([provider('a', new Error('no list'))], {defaultModel: 'd'});
    assert.equal((await registry.resolve('anything')).upstreamId, 'anything');
    assert.equal((await registry.resolve(undefined)).upstreamId, 'd');
    await assert.rejects(models([provider('a', new Error('down'))]).resolve(undefined), {code: 'provider-unavailable'});
  });
});
