/** Tool calls in pieces, in every form that a report has told of, and in random interleavings. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import fc from 'fast-check';
import {createReader, openaiChat} from '../../index.ts';
import type {ChatEvent} from '../../index.ts';

interface Piece {
  readonly index?: number | string;
  readonly id?: string | number;
  readonly name?: string;
  readonly args?: unknown;
}

const utf8 = new TextEncoder();

/** Reads each piece in a chunk of its own, cut after every `size` bytes. */
function read(pieces: readonly Piece[], size = Infinity): readonly ChatEvent[] {
  const calls = pieces.map(({index, id, name, args}) => ({index, id, function: {name, arguments: args}}));
  const deltas = calls.map((call) => ({index: 0, delta: {tool_calls: [call]}, finish_reason: null}));
  const choices = [...deltas, {index: 0, delta: {}, finish_reason: 'tool_calls'}];
  const body = utf8.encode(choices.map((choice) => `data: ${JSON.stringify({choices: [choice]})}\n\n`).join(''));
  const reader = createReader({dialect: openaiChat});
  const events: ChatEvent[] = [];
  for (let at = 0; at < body.length; at += size) events.push(...reader.push(body.subarray(at, at + size)));
  return [...events, ...reader.end()];
}

type Call = readonly [id: string, name: string, input: unknown];

function callsOf(events: readonly ChatEvent[]): readonly Call[] {
  return events.flatMap((event): readonly Call[] =>
    event.type === 'tool-call' ? [[event.callId, event.name, event.input]] : [],
  );
}

const a: Call = ['A', 'weather', {a: 1}];
const b: Call = ['B', 'time', {b: 2}];

const shapes: Readonly<Record<string, readonly [pieces: readonly Piece[], calls: readonly Call[]]>> = {
  'T2-06a: the rest of a call at the next index': [
    [
      {index: 0, id: 'A', name: 'weather', args: '{"a":'},
      {index: 0, args: '1}'},
      {index: 0, id: 'B', name: 'time', args: ''},
      {index: 1, args: '{"b":2}'},
    ],
    [a, b],
  ],
  'T2-06b: an index that counts the chunks': [
    [
      {index: 0, id: 'A', name: 'weather', args: ''},
      {index: 1, args: '{"a":'},
      {index: 2, args: '1}'},
    ],
    [a],
  ],
  'T2-06c: neither index nor id, each call in a chunk': [
    [
      {name: 'weather', args: '{"a":1}'},
      {name: 'time', args: '{"b":2}'},
    ],
    [
      ['call_1', 'weather', {a: 1}],
      ['call_2', 'time', {b: 2}],
    ],
  ],
  'T2-06: neither index nor id, two calls of one tool': [
    [
      {name: 'weather', args: '{"a":1}'},
      {name: 'weather', args: '{"a":2}'},
    ],
    [
      ['call_1', 'weather', {a: 1}],
      ['call_2', 'weather', {a: 2}],
    ],
  ],
  'T2-06: neither index nor id, in pieces that repeat the name': [
    [{name: 'weather', args: '{"a":'}, {name: 'weather', args: '1}'}, {name: 'time', args: ''}, {args: '{"b":2}'}],
    [
      ['call_1', 'weather', {a: 1}],
      ['call_2', 'time', {b: 2}],
    ],
  ],
  'T2-06: all calls at index 0, as Ollama numbers them': [
    [
      {index: 0, id: 'A', name: 'weather', args: '{"a":1}'},
      {index: 0, id: 'B', name: 'time', args: '{"b":2}'},
    ],
    [a, b],
  ],
  'T2-06: interleaved pieces whose ids tell what their index hides': [
    [
      {index: 0, id: 'A', name: 'weather', args: '{"a"'},
      {index: 0, id: 'B', name: 'time', args: '{"b"'},
      {index: 0, id: 'A', args: ':1}'},
      {index: 1, id: 'B', args: ':2}'},
    ],
    [a, b],
  ],
  'T2-06: a name after the id': [
    [
      {index: 0, id: 'A'},
      {index: 0, name: 'weather'},
      {index: 0, args: '{"a":1}'},
    ],
    [a],
  ],
  'T2-06: an id after the name': [
    [
      {index: 0, name: 'weather', args: '{"a":'},
      {index: 0, id: 'A', args: '1}'},
    ],
    [a],
  ],
  'T2-06: another id with every piece': [
    [
      {index: 0, id: 'A', name: 'weather', args: ''},
      {index: 0, id: 'x', args: '{"a":'},
      {index: 0, id: 'y', args: '1}'},
    ],
    [a],
  ],
  'T2-06: empty ids and names after the first piece': [
    [
      {index: 0, id: 'A', name: 'weather', args: '{"a":'},
      {index: 0, id: '', name: '', args: '1}'},
    ],
    [a],
  ],
  'T2-06: a call without a name': [[{index: 0, id: 'A', args: '{"a":1}'}], []],
  'T2-06: a call without a name after a complete one': [
    [
      {index: 0, id: 'A', name: 'weather', args: '{"a":1}'},
      {index: 1, args: '{"c":3}'},
    ],
    [a],
  ],
  'T2-06: an index in text, and an id in figures': [
    [
      {index: '0', id: 7, name: 'weather', args: '{"a":'},
      {index: '1', id: 8, name: 'time', args: '{"b":2}'},
      {index: '0', args: '1}'},
    ],
    [
      ['7', 'weather', {a: 1}],
      ['8', 'time', {b: 2}],
    ],
  ],
  'T2-06: an empty input before the true one': [
    [
      {index: 0, id: 'A', name: 'weather', args: '{}'},
      {index: 0, args: '{"a":'},
      {index: 0, args: '1}'},
    ],
    [a],
  ],
  'T2-06: the whole input once more at the end': [
    [
      {index: 0, id: 'A', name: 'weather', args: '{"a":'},
      {index: 0, args: '1}'},
      {index: 0, id: 'A', name: 'weather', args: '{"a":1}'},
    ],
    [a],
  ],
  'T2-06: input that is no text': [[{index: 0, id: 'A', name: 'weather', args: {a: 1}}], [a]],
  'T2-06: two calls without input': [
    [
      {index: 0, id: 'A', name: 'weather', args: ''},
      {index: 1, id: 'B', name: 'time', args: ''},
    ],
    [
      ['A', 'weather', {}],
      ['B', 'time', {}],
    ],
  ],
};

suite('tool calls in pieces', () => {
  for (const [shape, [pieces, calls]] of Object.entries(shapes)) {
    test(`${shape}: the calls are put together, however the stream is cut`, () => {
      for (const size of [1, 7, Infinity]) {
        const events = read(pieces, size);
        assert.deepEqual(callsOf(events), calls);
        assert.deepEqual(events.at(-1), {type: 'message-end', reason: 'tool-calls'});
      }
    });
  }

  const input = fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), fc.oneof(fc.integer(), fc.string()), {
    minKeys: 1,
    maxKeys: 3,
    noNullPrototype: true,
  });
  const inputs = fc.array(input, {minLength: 1, maxLength: 5});
  /** A call as pieces: the first has the name, and all together have the input. */
  const piecesOf = (number: number, value: object, cuts: readonly number[]): readonly Piece[] => {
    const text = JSON.stringify(value);
    const places = [...new Set(cuts.map((cut) => cut % text.length))].sort((x, y) => x - y);
    const texts = [0, ...places].map((place, at) => text.slice(place, places[at] ?? text.length));
    return texts.map((args, at) => ({args, ...(at === 0 ? {name: `tool_${number}`} : {})}));
  };
  const cuts = fc.array(fc.nat(), {maxLength: 4});

  test('T2-06: interleaved calls are put together by index, by id, or by both, in any order of their pieces', () => {
    fc.assert(
      fc.property(
        inputs,
        cuts,
        fc.constantFrom('index', 'id', 'both'),
        fc.infiniteStream(fc.nat()),
        (values, at, by, order) => {
          const queues = values.map((value, number) =>
            piecesOf(number, value, at).map((piece, place): Piece => ({
              ...piece,
              ...(by === 'id' ? {index: 0} : {index: number}),
              ...(by !== 'index' || place === 0 ? {id: `id_${number}`} : {}),
            })),
          );
          const [...first] = queues.map(([piece = {}]) => piece);
          const rest = queues.map((queue) => queue.slice(1));
          const later: Piece[] = [];
          while (rest.some((queue) => queue.length > 0)) {
            const open = rest.filter((queue) => queue.length > 0);
            const piece = open[(order.next().value ?? 0) % open.length]?.shift();
            if (piece) later.push(piece);
          }
          const expected = values.map((value, number): Call => [`id_${number}`, `tool_${number}`, value]);
          assert.deepEqual(callsOf(read([...first, ...later])), expected);
        },
      ),
      {seed: 6, numRuns: 300},
    );
  });

  test('T2-06: calls one after another are put together, whatever their index and with or without ids', () => {
    const lies = fc.constantFrom('none', 'zero', 'counts chunks', 'next');
    fc.assert(
      fc.property(inputs, cuts, lies, fc.boolean(), (values, at, lie, hasIds) => {
        let chunk = 0;
        const pieces = values.flatMap((value, number) =>
          piecesOf(number, value, at).map((piece, place): Piece => {
            const index = {none: undefined, zero: 0, 'counts chunks': chunk++, next: place === 0 ? number : number + 1}[
              lie
            ];
            return {
              ...piece,
              ...(index === undefined ? {} : {index}),
              ...(hasIds && place === 0 ? {id: `id_${number}`} : {}),
            };
          }),
        );
        const expected = values.map((value, number): Call => [
          hasIds ? `id_${number}` : `call_${number + 1}`,
          `tool_${number}`,
          value,
        ]);
        assert.deepEqual(callsOf(read(pieces)), expected);
      }),
      {seed: 6, numRuns: 300},
    );
  });
});
