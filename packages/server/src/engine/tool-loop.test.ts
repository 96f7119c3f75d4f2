import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {
  ChatError,
  type ChatEvent,
  type Message,
  type ToolPart,
  applyEvent,
  emptyAnswer,
  textOf,
} from '@chatlet/protocol';
import {z} from 'zod';
import {type ToolOptions, defineTool} from '../tools/define-tool.ts';
import type {ProviderRequest} from './provider.ts';
import {type ToolFacts, type ToolLoopOptions, answerWithTools} from './tool-loop.ts';
import {toWait} from './tool-waits.ts';
import {type Tool, toToolbox} from './tool.ts';

/** A round of the model: it says something, and calls tools with these inputs. */
type Round = (request: ProviderRequest) => readonly ChatEvent[];

const stop: ChatEvent = {type: 'message-end', reason: 'stop'};
const wantsTools: ChatEvent = {type: 'message-end', reason: 'tool-calls'};

function call(name: string, input: ToolPart['input'], callId = `call_${name}`): ChatEvent {
  return {type: 'tool-call', callId, name, input};
}

function say(delta: string): ChatEvent {
  return {type: 'text-delta', delta};
}

function usage(promptTokens: number, completionTokens: number): ChatEvent {
  return {type: 'usage', promptTokens, completionTokens};
}

interface Answered {
  readonly answer: Message;
  readonly events: readonly ChatEvent[];
  readonly requests: readonly ProviderRequest[];
  readonly reported: readonly unknown[];
  readonly facts: readonly ToolFacts[];
}

async function answer(
  rounds: readonly Round[],
  tools: readonly Tool[],
  {signal = new AbortController().signal, ...options}: Partial<ToolLoopOptions> & {signal?: AbortSignal} = {},
): Promise<Answered> {
  const requests: ProviderRequest[] = [];
  const reported: unknown[] = [];
  const facts: ToolFacts[] = [];
  const events: ChatEvent[] = [];
  const batches = answerWithTools(
    async function* (request) {
      requests.push(request);
      const round = rounds[requests.length - 1] ?? rounds.at(-1);
      for (const event of round?.(request) ?? []) yield [event];
    },
    {model: 'm', messages: [{role: 'user', parts: [{type: 'text', text: 'Hi'}]}]},
    {
      tools: toToolbox(tools),
      context: {owner: 'user:ada'},
      report: (error) => reported.push(error),
      watch: (fact) => facts.push(fact),
      ...options,
      signal,
    },
  );
  for await (const batch of batches) events.push(...batch);
  const applied = events.reduce(applyEvent, emptyAnswer({id: 'msg_1', createdAt: ''}));
  return {answer: applied, events, requests, reported, facts};
}

/** A tool that takes anything. */
function tool(name: string, run: ToolOptions<unknown>['run']): Tool {
  return defineTool({name, description: name, input: z.unknown(), annotations: {readOnlyHint: true}, run});
}

function toolsOf({parts}: Message): readonly ToolPart[] {
  return parts.filter((part) => part.type === 'tool');
}

const add = defineTool({
  name: 'add',
  description: 'Adds two numbers.',
  input: z.object({a: z.number(), b: z.number()}),
  annotations: {readOnlyHint: true},
  run: async ({a, b}) => a + b,
});

/** Without annotations a tool needs an approval. */
const base = {name: 'unmarked', description: 'Changes something.', input: z.unknown()};

suite('an answer with tools', () => {
  test('runs the calls, gives the model their results, and is one answer with one end and the tokens of all rounds', async () => {
    const {
      answer: made,
      events,
      requests,
    } = await answer(
      [
        () => [say('Let me see. '), call('add', {a: 1, b: 2}), usage(10, 4), wantsTools],
        () => [say('It is 3.'), usage(20, 5), stop],
      ],
      [add],
    );
    assert.deepEqual(
      events.map(({type}) => type),
      ['text-delta', 'tool-call', 'usage', 'tool-result', 'text-delta', 'usage', 'message-end'],
    );
    assert.deepEqual(toolsOf(made), [
      {type: 'tool', callId: 'call_add', name: 'add', input: {a: 1, b: 2}, state: 'done', output: 3},
    ]);
    assert.deepEqual([textOf(made), made.status, made.endReason], ['Let me see. It is 3.', 'done', 'stop']);
    assert.deepEqual(made.usage, {promptTokens: 30, completionTokens: 9});
    assert.deepEqual(
      requests[0]?.tools?.map(({name}) => name),
      ['add'],
    );
    assert.deepEqual(requests[1]?.messages.at(-1)?.parts, made.parts.slice(0, 2));
  });

  test('runs the calls of a round at the same time, and shows each result when it is there', async () => {
    const slow = Promise.withResolvers<string>();
    const {events} = await answer(
      [() => [call('slow', {}), call('fast', {}), wantsTools], () => [say('Both.'), stop]],
      [
        tool('slow', () => slow.promise),
        tool('fast', async () => {
          setTimeout(() => slow.resolve('late'), 5);
          return 'early';
        }),
      ],
    );
    const results = events.filter((event) => event.type === 'tool-result');
    assert.deepEqual(
      results.map(({output}) => output),
      ['early', 'late'],
    );
  });

  const failures: readonly {
    name: string;
    tools: readonly Tool[];
    told: RegExp;
    input?: ToolPart['input'];
    fact?: string;
  }[] = [
    {
      name: 'throws',
      tools: [tool('x', () => Promise.reject(new Error('secret')))],
      told: /^The tool failed\.$/,
      fact: 'failed',
    },
    {
      name: 'refuses with a sentence',
      tools: [tool('x', () => Promise.reject(new ChatError('not-found', 'There is no such order.')))],
      told: /^There is no such order\.$/,
      fact: 'failed',
    },
    {
      name: 'hangs and ignores its signal',
      tools: [tool('x', () => new Promise(() => {}))],
      told: /longer than 0\.05 s/,
      fact: 'timeout',
    },
    {name: 'is not there', tools: [add], told: /There is no tool "x", only add\./},
    {
      name: 'needs an approval where nobody can give it',
      tools: [{...defineTool({...base, run: () => Promise.reject(new Error('It ran.'))}), name: 'x'}],
      told: /A person must allow this/,
      fact: 'failed',
    },
    {
      name: 'gets input that does not fit',
      tools: [{...add, name: 'x'}],
      input: {a: 'one'},
      told: /^a must be a number\.$/,
      fact: 'failed',
    },
    {
      name: 'gets input that is no JSON',
      tools: [{...add, name: 'x'}],
      input: '{"a": 1,',
      told: /must be an object/,
      fact: 'failed',
    },
  ];
  for (const {name, tools, told, input = {}, fact} of failures) {
    test(`a tool that ${name} is a failed result that the model reads, and the turn goes on`, async () => {
      const {
        answer: made,
        facts,
        reported,
      } = await answer([() => [call('x', input), wantsTools], () => [say('Sorry.'), stop]], tools, {
        limits: {timeout: 50},
      });
      const [part] = toolsOf(made);
      assert.ok(part?.state === 'failed');
      assert.ok(typeof part.output === 'string');
      assert.match(part.output, told);
      assert.equal(made.status, 'done');
      assert.deepEqual(
        facts.map(({outcome}) => outcome),
        fact === undefined ? [] : [fact],
      );
      assert.equal(reported.length, name === 'throws' ? 1 : 0);
    });
  }

  const circle: {self?: unknown} = {};
  circle.self = circle;
  let deep: unknown = [];
  for (let level = 0; level < 100_000; level++) deep = [deep];
  const odd: readonly (readonly [name: string, result: unknown, output: unknown, state: ToolPart['state']])[] = [
    ['nothing', undefined, null, 'done'],
    ['a function', () => {}, null, 'done'],
    ['a date', new Date(0), '1970-01-01T00:00:00.000Z', 'done'],
    ['no number', Number.NaN, null, 'done'],
    ['half a character', '\ud800', '\ud800', 'done'],
    ['a big integer', 1n, 'The tool failed.', 'failed'],
    ['an object in a circle', circle, 'The tool failed.', 'failed'],
    ['lists without end', deep, 'The tool failed.', 'failed'],
    ['an object that fails', {toJSON: () => assert.fail('secret')}, 'The tool failed.', 'failed'],
  ];
  for (const [name, result, output, state] of odd) {
    test(`a tool that gives ${name} ends its call, and the turn goes on`, async () => {
      const rounds: readonly Round[] = [() => [call('x', {}), wantsTools], () => [say('So.'), stop]];
      const {answer: made} = await answer(rounds, [tool('x', async () => result)]);
      const [part] = toolsOf(made);
      assert.deepEqual([part?.state, part?.output, textOf(made), made.status], [state, output, 'So.', 'done']);
    });
  }

  test('a result that is cut is read on by a tool, at an offset or at words', async () => {
    const text = `${'a'.repeat(99)}😀${'b'.repeat(150)}`;
    const read = (input: ToolPart['input'], id: string) => [call('read-result', input, id), wantsTools];
    const {answer: made, requests} = await answer(
      [
        () => [call('x', {}), wantsTools],
        () => read({id: 'call_x', offset: 99}, 'r1'),
        () => read({id: 'call_x', offset: 200, find: 'bb'}, 'r2'),
        () => [
          ...read({id: 'call_x', find: 'cc'}, 'r3'),
          ...read({id: 'y'}, 'r4'),
          ...read({id: 'call_x', offset: 251}, 'r5'),
        ],
        () => [stop],
      ],
      [tool('x', async () => text), tool('y', async () => 'short')],
      {limits: {resultLength: 100}},
    );
    const cut = (from: number, to: number) =>
      `\n… (cut: these are the characters ${from} to ${to} of 251; read-result reads on with id "call_x" and offset ${to})`;
    assert.deepEqual(
      toolsOf(made).map(({output}) => output),
      [
        'a'.repeat(99) + cut(0, 99),
        `😀${'b'.repeat(98)}${cut(99, 199)}`,
        'b'.repeat(51),
        '“cc” is not in this result behind 0.',
        'There is no such result, only call_x. Older ones are kept no more.',
        'The result has 251 characters.',
      ],
    );
    assert.deepEqual(
      requests.slice(0, 2).map(({tools}) => tools?.map(({name}) => name)),
      [
        ['x', 'y'],
        ['x', 'y', 'read-result'],
      ],
    );
  });

  test('a result of 10 MB is cut, and says so', async () => {
    const {requests} = await answer(
      [() => [call('x', {}), wantsTools], () => [stop]],
      [tool('x', async () => ({text: 'y'.repeat(10_000_000)}))],
    );
    const [part] = requests[1]?.messages.at(-1)?.parts ?? [];
    const output = part?.type === 'tool' && typeof part.output === 'string' ? part.output : '';
    assert.ok(output.length < 41_000);
    assert.match(
      output,
      /cut: these are the characters 0 to 40000 of 4000000; .* \(6000011 characters at the end were lost\)$/s,
    );
  });

  test('a model that never stops calling tools must answer in words after the last round', async () => {
    const {answer: made, requests} = await answer(
      [({toolChoice}) => (toolChoice === 'none' ? [say('Enough.'), stop] : [call('add', {a: 1, b: 1}), wantsTools])],
      [add],
      {limits: {rounds: 3}},
    );
    assert.equal(requests.length, 4);
    assert.deepEqual([textOf(made), made.status], ['Enough.', 'done']);
  });

  test('a tool that is allowed for the chat runs alone in later rounds of the same answer, too', async () => {
    let runs = 0;
    const asked = defineTool({...base, name: 'x', run: async () => (runs += 1)});
    const begun = applyEvent(emptyAnswer({id: '', createdAt: ''}), call('x', {}));
    const [part] = toolsOf(begun);
    assert.ok(part);
    const wait = toWait(asked, {ask: 'approval'}, Date.now());
    const {events} = await answer([() => [call('x', {}, 'call_2'), wantsTools], () => [say('Done.'), stop]], [asked], {
      begun: {...begun, parts: [{...part, wait, approval: 'chat'}]},
      mayWait: true,
    });
    assert.equal(runs, 2);
    assert.ok(events.every(({type}) => type !== 'tool-wait'));
  });

  test('calls that have the same id in every round have ids of their own in the answer', async () => {
    const {answer: made, requests} = await answer(
      [
        () => [call('add', {a: 1, b: 1}, 'call_1'), wantsTools],
        () => [call('add', {a: 2, b: 2}, 'call_1'), call('add', {a: 3, b: 3}, 'call_2'), wantsTools],
        () => [say('Done.'), stop],
      ],
      [add],
    );
    const expected = [
      ['call_1', 2],
      ['call_1_2', 4],
      ['call_2', 6],
    ];
    assert.deepEqual(
      toolsOf(made).map(({callId, output}) => [callId, output]),
      expected,
    );
    assert.deepEqual(requests[2]?.messages.at(-1)?.parts.length, 3);
  });

  test('a model that calls tools although it must not gets no further round', async () => {
    const {answer: made, requests} = await answer([() => [call('add', {a: 1, b: 1}), wantsTools]], [add], {
      limits: {rounds: 2},
    });
    assert.equal(requests.length, 3);
    assert.deepEqual(
      toolsOf(made).map(({state}) => state),
      ['done', 'done', 'failed'],
    );
    assert.equal(made.endReason, 'stop');
  });

  test('of too many calls at once only the first ones run', async () => {
    let runs = 0;
    const calls = Array.from({length: 20}, (_, index) => call('x', {}, `call_${index}`));
    const {answer: made} = await answer(
      [() => [...calls, wantsTools], () => [say('Done.'), stop]],
      [tool('x', async () => (runs += 1))],
      {limits: {callsOfRound: 5}},
    );
    assert.equal(runs, 5);
    assert.equal(toolsOf(made).filter(({state}) => state === 'failed').length, 15);
  });

  test('a stop ends the tool that runs, and nothing is asked after it', async () => {
    const abort = new AbortController();
    let aborted = false;
    const {events, requests} = await answer(
      [() => [call('x', {}), wantsTools]],
      [
        tool('x', (_, {signal}) => {
          signal.addEventListener('abort', () => (aborted = true));
          abort.abort();
          return new Promise(() => {});
        }),
      ],
      {signal: abort.signal},
    );
    assert.deepEqual([aborted, requests.length, events.at(-1)?.type], [true, 1, 'tool-result']);
  });

  test('an error of the upstream in a later round ends the answer, and what was said stays', async () => {
    const {answer: made} = await answer(
      [
        () => [say('First. '), call('add', {a: 1, b: 2}), wantsTools],
        () => [new ChatError('provider-unavailable').toEvent()],
      ],
      [add],
    );
    assert.deepEqual([made.status, textOf(made)], ['failed', 'First. ']);
  });

  test('a call whose result the upstream tells itself is not run again', async () => {
    let runs = 0;
    const {requests} = await answer(
      [() => [call('x', {}), {type: 'tool-result', callId: 'call_x', output: 'theirs'}, say('Ok.'), stop]],
      [tool('x', async () => (runs += 1))],
    );
    assert.deepEqual([runs, requests.length], [0, 1]);
  });

  test('a tool tells how far it is, of which only the newest counts, and the sources of its result', async () => {
    const far = defineTool({
      ...base,
      name: 'far',
      annotations: {readOnlyHint: true},
      run: async (_, {tell}) => {
        for (let done = 1; done <= 500; done++) {
          tell?.({type: 'progress', done, total: 500, message: 'x'.repeat(1000)});
          if (done % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 60));
        }
        tell?.({type: 'source', id: 'inn://rules', title: 'Rules'});
        return 'arrived';
      },
    });
    const {answer: made, events} = await answer(
      [() => [call('far', {}), wantsTools], () => [say('Done.'), stop]],
      [far],
    );
    const told = events.filter((event) => event.type === 'tool-progress');
    assert.ok(told.length >= 2 && told.length <= 4, `${told.length}`);
    assert.ok(told.every((event) => event.total === 500 && event.message?.length === 200));
    assert.deepEqual(
      made.parts.map((part) => part.type),
      ['tool', 'source', 'text'],
    );
    assert.deepEqual([toolsOf(made)[0]?.output, toolsOf(made)[0]?.progress], ['arrived', undefined]);
  });
});
