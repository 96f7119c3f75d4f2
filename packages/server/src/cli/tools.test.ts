import assert from 'node:assert/strict';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite, test} from 'node:test';
import {z} from 'zod';
import {NeedsInput} from '../engine/tool.ts';
import {startChat} from '../testing/chat-server.ts';
import {callsTool, says} from '../testing/upstream.ts';
import {calculator} from '../tools/calculator.ts';
import {defineTool} from '../tools/define-tool.ts';
import {weather} from '../tools/weather.ts';
import type {Command} from './command.ts';
import {inFolder} from './testing/in-folder.ts';
import {toolsList, toolsOff, toolsOn, toolsTry} from './tools.ts';

suite('chatlet-server tools', () => {
  test('lists tools, tries one, and switches one off for a server that runs', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'chatlet-tools-'));
    const databaseUrl = `sqlite:${join(folder, 'chat.db')}`;
    const env = {CHATLET_TOOLS: 'calculator,weather,fetch-page', CHATLET_DATABASE_URL: databaseUrl};
    const run = async (command: Command, ...args: readonly string[]) => {
      const {out = [], notes = []} = await command.run({env, args, options: {}});
      return [...out, ...notes].join('\n');
    };
    const chat = await startChat({tools: [calculator(), weather()], databaseUrl});
    const ask = async () => {
      chat.upstream.script(callsTool('calculator', {expression: '6 * 7'}), says('42.'));
      const [part] = (await chat.ask('6 times 7?')).answer.parts;
      return part?.type === 'tool' ? part.output : part;
    };
    try {
      assert.deepEqual(await ask(), {expression: '6 * 7', result: 42});
      assert.match(
        await run(toolsList),
        /^TOOL +SWITCH +APPROVAL +DESCRIPTION\ncalculator +on +never +Calculates .*\nweather +on +never .*\nfetch-page +on +by input /,
      );
      assert.equal(
        await run(toolsTry, 'calculator', '{"expression": "1 + 1"}'),
        '{\n  "expression": "1 + 1",\n  "result": 2\n}',
      );
      await assert.rejects(run(toolsTry, 'calculator', '{"expression": 1}'), {message: 'expression must be a string.'});
      await assert.rejects(run(toolsTry, 'calculator'), {message: /expression must be/});
      await assert.rejects(run(toolsTry, 'calculator', '{'), {message: 'The input is not JSON: {'});
      const none = {message: 'There is no tool "clock", only calculator, weather, fetch-page.'};
      for (const command of [toolsTry, toolsOff, toolsOn]) await assert.rejects(run(command, 'clock'), none);
      assert.match(await run(toolsOff, 'calculator'), /^calculator is off\./);
      assert.match(await run(toolsList), /calculator +off/);
      assert.equal(await ask(), 'There is no tool "calculator", only weather.');
      await run(toolsOff, 'weather');
      assert.equal(chat.upstream.requests.length, 4);
      chat.upstream.script(says('No tools.'));
      await chat.ask('Which tools?');
      assert.equal(chat.upstream.requests.at(-1)?.body?.['tools'], undefined);
      assert.match(await run(toolsOn, 'calculator'), /^calculator is on\./);
      assert.deepEqual(await ask(), {expression: '6 * 7', result: 42});
    } finally {
      await chat.close();
      await rm(folder, {recursive: true});
    }
  });

  test('a tool that is gone can be switched on, and a list without tools says how to get one', async (t) => {
    const {folder, run} = await inFolder(t);
    const [code, output] = await run(['tools', 'try', 'calculator', '{"expression": "2 ^ 10"}'], {
      CHATLET_TOOLS: 'calculator',
    });
    assert.deepEqual([code, output], [0, '{\n  "expression": "2 ^ 10",\n  "result": 1024\n}\n']);
    const env = {CHATLET_DATABASE_URL: `sqlite:${join(folder, 'chat.db')}`};
    const call = (args: readonly string[], names?: string) => ({
      env: {...env, ...(names !== undefined && {CHATLET_TOOLS: names})},
      args,
      options: {},
    });
    await toolsOff.run(call(['calculator'], 'calculator'));
    assert.deepEqual((await toolsOn.run(call(['calculator']))).notes?.length, 1);
    await assert.rejects(toolsOn.run(call(['calculator'])), {message: 'There is no tool "calculator".'});
    assert.match((await toolsList.run(call([]))).notes?.[0] ?? '', /CHATLET_TOOLS=calculator/);
  });
});

test('logs and metrics have each call by its name, time and outcome, never its content', async () => {
  const lines: object[] = [];
  const secret = defineTool({
    name: 'look',
    description: 'Looks.',
    input: z.object({word: z.string()}),
    annotations: {readOnlyHint: true},
    async run({word}) {
      if (word === 'ask-secret') throw new NeedsInput({ask: 'person'});
      if (word === 'fail-secret') throw new Error('output-secret');
      return 'output-secret';
    },
  });
  await using chat = await startChat({
    tools: [secret],
    log: {report() {}, request() {}, turn() {}, tool: (facts) => lines.push(facts)},
  });
  for (const word of ['input-secret', 'fail-secret', 'ask-secret']) {
    chat.upstream.script(callsTool('look', {word}), says('So.'));
    await chat.ask('Look.');
  }
  assert.deepEqual(
    lines.map((line) => ({...line, duration: 0})),
    [
      {name: 'look', outcome: 'done', duration: 0},
      {name: 'look', outcome: 'failed', duration: 0},
    ],
  );
  const metrics = await (await chat.get('/metrics')).text();
  assert.match(metrics, /chatlet_tool_seconds_count\{tool="look",outcome="done"\} 1/);
  assert.match(metrics, /chatlet_tool_seconds_count\{tool="look",outcome="failed"\} 1/);
  assert.doesNotMatch(metrics, /secret/);
});
