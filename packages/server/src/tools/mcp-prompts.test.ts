/** Prompts of MCP servers as starters of the chat: from the configuration to the answer that a page gets. */
import assert from 'node:assert/strict';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';
import {suite, test} from 'node:test';
import {setTimeout} from 'node:timers/promises';
import {definitionOf} from '../engine/tool-waits.ts';
import {json, startChat} from '../testing/chat-server.ts';
import {configuredTools} from './configured.ts';
import {createPrompts} from './mcp/prompts.ts';

const surroundings = {folder: import.meta.dirname, set: () => undefined};

const inn = (file: string, prompts: readonly string[]) => ({
  mcp: 'inn',
  command: process.execPath,
  args: ['--conditions=@chatlet/source', join(import.meta.dirname, 'testing', file)],
  prompts: [...prompts],
});

interface Config {
  readonly starters?: readonly string[];
  readonly prompts?: Readonly<Record<string, string>>;
}

async function until<Value>(look: () => Promise<Value>, isDone: (value: Value) => boolean): Promise<Value> {
  for (let tries = 0; tries < 200; tries++) {
    const value = await look();
    if (isDone(value)) return value;
    await setTimeout(25);
  }
  return assert.fail('It did not come.');
}

suite('prompts of an MCP server', () => {
  for (const file of ['asking-mcp-server.ts', 'old-asking-mcp-server.ts']) {
    test(`are starters with their titles, and newer ones come when they change, as newer tools do: ${file}`, async () => {
      const {tools, toolsets, prompts} = await configuredTools([inn(file, ['*'])], surroundings);
      const counts = () => toolsets[0]?.tools().find(({name}) => name === 'inn_count');
      const before = counts();
      await using chat = await startChat({tools, prompts, page: {starters: ['Where are you?']}});
      const config = async () => json<Config>(await chat.get('/api/config'));
      // The one that needs a number and the one that fails are no starters.
      assert.deepEqual(await until(config, (each) => each.prompts !== undefined), {
        ...(await config()),
        starters: ['Where are you?', 'Offers'],
        prompts: {Offers: 'Which rooms are free tonight?'},
      });
      const signal = AbortSignal.timeout(10_000);
      await tools
        .find(({name}) => name === 'inn_redecorate')
        ?.prepare({})
        .run({owner: 'user:ada', callId: 'c', signal});
      const changed = await until(config, (each) => each.starters?.includes('breakfast') === true);
      assert.deepEqual(changed.starters?.toSorted(), ['Offers', 'Where are you?', 'breakfast']);
      assert.equal(changed.prompts?.['breakfast'], 'What is for breakfast?\n\nBread, tea');
      // A tool that has changed is another one, so that a yes for the old one counts no more.
      const after = await until(
        async () => counts(),
        (tool) => tool?.description === 'Counts, and sends the count away.',
      );
      assert.ok(before && after);
      assert.notEqual(definitionOf(after), definitionOf(before));
    });
  }

  test('are starters only if the operator names them, and never in the place of an own one', async () => {
    for (const [names, own] of [
      [['rooms', 'off'], []],
      [['*'], ['Offers']],
    ] as const) {
      const {tools, prompts} = await configuredTools([inn('asking-mcp-server.ts', names)], surroundings);
      await using chat = await startChat({tools, prompts, page: {starters: own}});
      await until(
        async () => prompts[0]?.prompts() ?? [],
        ({length}) => length > 0 || names[0] === 'rooms',
      );
      const {starters = [], prompts: texts} = await json<Config>(await chat.get('/api/config'));
      assert.deepEqual([starters, texts], [own, undefined]);
    }
  });

  test('of a server that hangs are waited for by nobody', async () => {
    const server = createServer(() => {});
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const {port} = server.address() as AddressInfo;
    const hanging = createPrompts({open: async () => fetch(`http://127.0.0.1:${port}`).then(() => assert.fail())}, [
      '*',
    ]);
    await using chat = await startChat({prompts: [{prompts: () => hanging.now()}]});
    const response = await chat.get('/api/config');
    assert.deepEqual([response.status, (await json<Config>(response)).starters], [200, undefined]);
    assert.equal((await chat.ask('Hi')).answer.status, 'done');
    server.closeAllConnections();
    server.close();
  });
});
