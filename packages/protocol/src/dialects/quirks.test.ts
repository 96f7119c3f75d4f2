/** Streams that break the rules of their dialect, as reports tell of them. Each is read alike, wherever it is cut. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {applyEvent, createReader, dialects, emptyAnswer} from '../index.ts';
import type {ChatEvent, Dialect, DialectName, EndReason, ErrorCode, HeadersLike} from '../index.ts';
import {cutAt} from '../testing/transcripts.ts';

const utf8 = new TextEncoder();

/** An answer in short: its text, its reasoning, and how it ended. */
interface Read {
  readonly text: string;
  readonly reasoning?: string;
  readonly end: EndReason | ErrorCode;
}

interface Setting {
  readonly dialect?: DialectName;
  readonly headers?: HeadersLike;
}

function read(body: string, {dialect: name, headers}: Setting, cut = 0): Read {
  const dialect: Dialect | undefined = name && dialects[name];
  const reader = createReader({dialect, headers});
  const events: ChatEvent[] = [];
  for (const piece of cutAt(utf8.encode(body), [cut])) events.push(...reader.push(piece));
  events.push(...reader.end());
  const {parts} = events.reduce(applyEvent, emptyAnswer({id: 'a', createdAt: ''}));
  const join = (type: 'text' | 'reasoning'): string =>
    parts.map((part) => (part.type === type ? part.text : '')).join('');
  const last = events.at(-1);
  const end = last?.type === 'message-end' ? last.reason : last?.type === 'error' ? last.code : assert.fail('no end');
  const reasoning = join('reasoning');
  return {text: join('text'), ...(reasoning === '' ? {} : {reasoning}), end};
}

/** Reads the body whole, and cut at each of its bytes. */
function check(body: string, expected: Read, setting: Setting = {}): void {
  for (let cut = 0; cut < utf8.encode(body).length; cut += 1) {
    assert.deepEqual(read(body, setting, cut), expected, `cut at ${cut}`);
  }
}

const frames = (...values: readonly unknown[]): string =>
  values.map((value) => `data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`).join('');
const chunk = (delta: object, finish_reason: string | null = null): object => ({
  object: 'chat.completion.chunk',
  choices: [{index: 0, delta, finish_reason}],
});
const said = (...texts: readonly unknown[]): readonly object[] => texts.map((content) => chunk({content}));
const stop = chunk({}, 'stop');

suite('numbers and booleans as text', () => {
  const counted: Readonly<Partial<Record<DialectName, string>>> = {
    'openai-chat': frames(...said('I have ', 3, ' apples: ', true), stop),
    'content-delta': frames({content: 'I have '}, {content: 3}, {content: ' apples: '}, {content: true}, '[DONE]'),
    'typed-events': frames(...['I have ', 3, ' apples: ', true].map((textDelta) => ({type: 'text-delta', textDelta})), {
      type: 'finish',
      finishReason: 'stop',
    }),
    'ui-message-stream': frames(
      {type: 'start'},
      {type: 'text-start', id: 'a'},
      ...['I have ', 3, ' apples: ', true].map((delta) => ({type: 'text-delta', id: 'a', delta})),
      {type: 'finish'},
    ),
    'ai-sdk-data-stream-v4': '0:"I have "\n0:3\n0:" apples: "\n0:true\nd:{"finishReason":"stop"}\n',
    ollama: ['I have ', 3, ' apples: ', true]
      .map((content) => `${JSON.stringify({message: {content}, done: false})}\n`)
      .concat('{"message":{"content":""},"done":true,"done_reason":"stop"}\n')
      .join(''),
    anthropic: frames(
      {type: 'message_start', message: {}},
      ...['I have ', 3, ' apples: ', true].map((text) => ({
        type: 'content_block_delta',
        index: 0,
        delta: {type: 'text_delta', text},
      })),
      {type: 'message_stop'},
    ),
    gemini: frames(...['I have ', 3, ' apples: ', true].map((text) => ({candidates: [{content: {parts: [{text}]}}]})), {
      candidates: [{finishReason: 'STOP'}],
    }),
    'openai-responses': frames(
      ...['I have ', 3, ' apples: ', true].map((delta) => ({type: 'response.output_text.delta', delta})),
      {type: 'response.completed', response: {}},
    ),
    'ag-ui': frames(...['I have ', 3, ' apples: ', true].map((delta) => ({type: 'TEXT_MESSAGE_CONTENT', delta})), {
      type: 'RUN_FINISHED',
    }),
    cohere: frames(
      {type: 'message-start'},
      ...['I have ', 3, ' apples: ', true].map((text) => ({
        type: 'content-delta',
        delta: {message: {content: {text}}},
      })),
      {type: 'message-end', delta: {finish_reason: 'COMPLETE'}},
    ),
    dify: frames(...['I have ', 3, ' apples: ', true].map((answer) => ({event: 'message', task_id: 't', answer})), {
      event: 'message_end',
    }),
    flowise: frames(...['I have ', 3, ' apples: ', true].map((data) => ({event: 'token', data})), {
      event: 'end',
      data: '[DONE]',
    }),
    'hf-tgi': frames(...['I have ', 3, ' apples: ', true].map((text) => ({token: {text}})), {
      token: {text: '', special: true},
      generated_text: '',
      details: {finish_reason: 'eos_token'},
    }),
    'deep-chat': frames(...['I have ', 3, ' apples: ', true].map((text) => ({text}))),
    n8n: ['I have ', 3, ' apples: ', true]
      .map((content) => `${JSON.stringify({type: 'item', content})}\n`)
      .concat('{"type":"end"}\n')
      .join(''),
    langgraph: ['I have ', 3, ' apples: ', true]
      .map((content) => `event: messages\n${frames([{type: 'AIMessageChunk', content}])}`)
      .concat('event: end\ndata: null\n\n')
      .join(''),
    'assistant-transport': frames(
      {type: 'part-start', part: {type: 'text'}, path: []},
      ...['I have ', 3, ' apples: ', true].map((textDelta) => ({type: 'text-delta', textDelta, path: [0]})),
      {type: 'message-finish', finishReason: 'stop'},
    ),
  };
  for (const [dialect, body] of Object.entries(counted)) {
    test(`T2-12: a number and a boolean in place of a text stay in the answer: ${dialect}`, () => {
      check(body, {text: 'I have 3 apples: true', end: 'stop'}, {dialect: dialect as DialectName});
    });
  }

  test('T2-12: a number as the first word of all is detected', () => {
    check(frames({content: 3}, {content: ' apples'}, '[DONE]'), {text: '3 apples', end: 'stop'});
    check(frames({token: {text: 3}}, {token: {text: ''}, details: {}}), {text: '3', end: 'stop'});
  });

  test('T2-12: a number in a part, and in a field for reasoning, is text; a boolean there is none', () => {
    const parts = chunk({content: [{type: 'text', text: 4}], reasoning: 2});
    check(frames(parts, chunk({reasoning: false}), stop), {text: '4', reasoning: '2', end: 'stop'});
  });

  test('T2-12: a document with a number for its text is an answer', () => {
    check('{"answer": 42}', {text: '42', end: 'stop'});
  });
});

suite('words for the end', () => {
  const words: Readonly<Record<string, EndReason | ErrorCode>> = {
    model_length: 'length',
    max_tokens: 'length',
    MAX_TOKENS: 'length',
    'function_call_filter: MALFORMED_FUNCTION_CALL': 'provider-error',
    network_error: 'provider-error',
    insufficient_system_resource: 'provider-unavailable',
    sensitive: 'content-filter',
    refusal: 'content-filter',
    tool_use: 'tool-calls',
    eos_token: 'stop',
    end_turn: 'stop',
  };
  for (const [word, end] of Object.entries(words)) {
    test(`T2-14: the finish reason ${word} means ${end}`, () => {
      check(frames(...said('Hi'), chunk({}, word), '[DONE]'), {text: 'Hi', end});
    });
  }

  test('T2-14: a malformed call is a failure in the words of Gemini, Cohere and Anthropic too', () => {
    const gemini = (finishReason: string): string => frames({candidates: [{content: {parts: []}, finishReason}]});
    check(gemini('MALFORMED_FUNCTION_CALL'), {text: '', end: 'provider-error'});
    check(gemini('UNEXPECTED_TOOL_CALL'), {text: '', end: 'provider-error'});
    check(gemini('SOMETHING_NEW'), {text: '', end: 'content-filter'});
    const cohere = (finish_reason: string): string =>
      frames({type: 'message-start'}, {type: 'message-end', delta: {finish_reason}});
    check(cohere('ERROR_LIMIT'), {text: '', end: 'length'}, {dialect: 'cohere'});
    check(cohere('ERROR_TOXIC'), {text: '', end: 'content-filter'}, {dialect: 'cohere'});
    const anthropic = frames(
      {type: 'message_start', message: {}},
      {type: 'message_delta', delta: {stop_reason: 'model_context_window_exceeded'}},
      {type: 'message_stop'},
    );
    check(anthropic, {text: '', end: 'length'});
  });
});

suite('marks around reasoning', () => {
  const marked: Readonly<Record<string, string>> = {
    '[THINK]': '[THINK]Hm.[/THINK]\n\nHello',
    '<thinking>': '<thinking>Hm.</thinking>Hello',
    '<thought>': '\n<thought>Hm.</thought>\nHello',
    '<seed:think>': '<seed:think>Hm.</seed:think>Hello',
    '◁think▷': '◁think▷Hm.◁/think▷Hello',
    'the channels of gpt-oss':
      '<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>Hello',
    'those of Cohere': '<|START_THINKING|>Hm.<|END_THINKING|>Hello',
  };
  for (const [name, text] of Object.entries(marked)) {
    test(`T2-18: reasoning in ${name} is no text, wherever the marks are cut`, () => {
      for (let at = 1; at < text.length; at += 1) {
        const body = frames(...said(text.slice(0, at), text.slice(at)), stop);
        assert.deepEqual(read(body, {}), {text: 'Hello', reasoning: 'Hm.', end: 'stop'}, `cut at ${at}`);
      }
      check(frames(...said(...text.split('')), stop), {text: 'Hello', reasoning: 'Hm.', end: 'stop'});
    });
  }

  test('T2-18: a mark that ends reasoning before any text is no text', () => {
    check(frames(...said('</thi', 'nk>', '\n\n', 'Hello'), stop), {text: 'Hello', end: 'stop'});
  });

  for (const text of [
    'Hm.\nSo.\n</think>\n\nHello',
    'Hm.\nSo.\n</think>Hello',
    'A < B, `a` so.\n</think> \nHello',
    'X\n```\nx\n```\n</think>\nHello',
  ]) {
    const reasoning = text.slice(0, text.indexOf('</think>'));
    test(`T2-18: text before a mark that ends thoughts is reasoning, wherever it is cut: ${JSON.stringify(text)}`, () => {
      for (let at = 1; at < text.length; at += 1) {
        const body = frames(...said(text.slice(0, at), text.slice(at)), stop);
        assert.deepEqual(read(body, {}), {text: 'Hello', reasoning, end: 'stop'}, `cut at ${at}`);
      }
      const byCharacter = frames(...said(...text.split('')), stop);
      assert.deepEqual(read(byCharacter, {}), {text: 'Hello', reasoning, end: 'stop'});
    });
  }

  test('T2-18: a mark that ends thoughts is text in a sentence, in code, and behind the one that begins them', () => {
    for (const text of [
      'The mark </think> ends them.',
      'Write `</think>`\nor nothing.',
      'Put it there:\n```\na\n</think>\nb\n```\nDone.',
      'It begins with <think>.\n</think>\nends it.',
      'Hm.\n</think>',
    ]) {
      check(frames(...said(text), stop), {text, end: 'stop'});
    }
  });

  test('K8 W29: marks at the beginning of the text are read behind a thought in a field of its own, too', () => {
    const thought = '{"choices":[{"delta":{"reasoning_content":"First."}}]}';
    check(frames(thought, ...said('<think>', 'x</think>', 'The answer'), stop), {
      text: 'The answer',
      reasoning: 'First.x',
      end: 'stop',
    });
    check(frames(thought, ...said('Ha', '<think>x'), stop), {text: 'Ha<think>x', reasoning: 'First.', end: 'stop'});
  });

  test('T2-18: marks inside of an answer are text, so that it may speak about them', () => {
    for (const text of [
      'Write <think>x</think>.',
      '`[THINK]` begins it',
      '```\n<thinking>\n</thinking>\n```',
      '[THINKING]',
    ]) {
      check(frames(...said(...text.split('')), stop), {text, end: 'stop'});
    }
  });
});

suite('events that say nothing', () => {
  for (const unknown of ['{"token":"Ha"}', 'Hello', '{"a":1}\n\ndata: {"b":2}']) {
    test(`T2-20: unknown events are unreadable, although an end mark follows: ${unknown}`, () => {
      const body = frames(unknown, '[DONE]');
      check(body, {text: '', end: 'unreadable'});
      check(body, {text: '', end: 'unreadable'}, {dialect: 'openai-chat'});
    });
  }

  test('T2-20: unknown events without an end mark are unreadable', () => {
    check(frames('{"token":"Ha"}'), {text: '', end: 'unreadable'});
    check(frames('{"token":"Ha"}'), {text: '', end: 'unreadable'}, {dialect: 'openai-chat'});
  });

  test('T2-20: an end mark alone is an empty answer, and comments before it change nothing', () => {
    check(frames('[DONE]'), {text: '', end: 'stop'});
    check(`: wait\n\n${frames('[DONE]')}`, {text: '', end: 'stop'}, {dialect: 'openai-chat'});
  });

  test('T2-20: events that only a single line end parts are read one by one', () => {
    const body = [...said('Hel', 'lo'), stop, '[DONE]']
      .map((value) => `data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n`)
      .join('');
    check(body, {text: 'Hello', end: 'stop'});
    check(body, {text: 'Hello', end: 'stop'}, {dialect: 'openai-chat'});
  });
});

suite('errors without a field', () => {
  const tooLong = {
    code: 400,
    message: 'request (6009 tokens) exceeds the available context size',
    type: 'exceed_context_size_error',
  };
  for (const [name, error] of Object.entries({
    'in one line': JSON.stringify({error: tooLong}),
    'in several lines': JSON.stringify({error: tooLong}, null, 2),
    'with CRLF': `${JSON.stringify({error: tooLong})}\r\n\r\n`,
  })) {
    test(`T2-11: an error without \`data:\` inside a stream keeps its reason: ${name}`, () => {
      const body = `${frames(chunk({role: 'assistant', content: 'Hi'}))}${error}\n`;
      check(body, {text: 'Hi', end: 'context-too-long'});
      check(body, {text: 'Hi', end: 'context-too-long'}, {dialect: 'openai-chat'});
      check(body.trimEnd(), {text: 'Hi', end: 'context-too-long'});
    });
  }

  for (const [name, value, end] of [
    ['FastAPI', {detail: 'Not enough memory.'}, 'provider-error'],
    ['FastAPI, a list', {detail: [{loc: ['body', 'x'], msg: 'Not enough memory.', type: 'value'}]}, 'provider-error'],
    ['an engine', {message: 'Not enough memory.', type: 'engine_error', code: 503}, 'provider-unavailable'],
    ['DashScope', {code: 'InvalidParameter', message: 'Not enough memory.', request_id: 'r'}, 'provider-error'],
    ['Workers AI', {success: false, errors: [{message: 'Not enough memory.', code: 3040}]}, 'provider-error'],
    ['MiniMax', {choices: null, base_resp: {status_code: 1008, status_msg: 'Not enough memory.'}}, 'provider-error'],
    ['Qianfan', {error_code: 336003, error_msg: 'Not enough memory.'}, 'provider-error'],
    ['a flag', {error: true, message: 'Not enough memory.'}, 'provider-error'],
    [
      'a choice',
      {choices: [{index: 0, delta: {}, finish_reason: 'error', error: {code: 429, message: 'Not enough memory.'}}]},
      'rate-limited',
    ],
  ] as const) {
    test(`T2-11: an error in a shape of its own keeps its reason, in the middle, alone and as a whole body: ${name}`, () => {
      const bodies = [
        [frames(chunk({content: 'Hi'}), value), 'Hi'],
        [frames(value, '[DONE]'), ''],
      ] as const;
      for (const [body, text] of bodies) {
        check(body, {text, end}, {dialect: 'openai-chat'});
        const reader = createReader({dialect: dialects['openai-chat']});
        const failed = [...reader.push(utf8.encode(body)), ...reader.end()].find(({type}) => type === 'error');
        assert.equal(failed?.type === 'error' && failed.message, 'Not enough memory.');
      }
      if (name !== 'a choice')
        check(JSON.stringify(value), {text: '', end}, {headers: {'content-type': 'application/json'}});
    });
  }

  test('T2-11: an event beside the answer is no error, although it has a message, a code or a detail', () => {
    const well = {base_resp: {status_code: 0, status_msg: ''}};
    const beside = [
      {type: 'status', message: 'Searching the documents'},
      {code: 200, message: 'success'},
      {code: 'Success', message: ''},
      {step: 'search', detail: 'three pages'},
      {errors: []},
      {...well, usage: null},
    ];
    const body = frames(...beside, {...chunk({content: 'Hi'}), ...well}, ...beside, {...chunk({}, 'stop'), ...well});
    check(body, {text: 'Hi', end: 'stop'}, {dialect: 'openai-chat'});
  });

  test('T2-11: an error without `data:` keeps its reason in other dialects', () => {
    const body = `${frames({content: 'Hi'})}{"error":{"code":429,"message":"Slow down."}}\n`;
    check(body, {text: 'Hi', end: 'rate-limited'});
  });

  test("LangGraph's error is told in its sentence, not by the name of its class", () => {
    const body = 'event: error\ndata: {"error":"ValueError","message":"The tool is away."}\n\n';
    const reader = createReader({dialect: dialects.langgraph});
    const [error] = reader.push(utf8.encode(body));
    assert.ok(error?.type === 'error');
    assert.equal(error.message, 'The tool is away.');
  });
});

suite('streams under the name of something else', () => {
  const json = {'content-type': 'application/json'};
  const chunks = [...said('Hel', 'lo'), stop];

  test('T2-25: events as `application/json` are read', () => {
    check(frames(...chunks, '[DONE]'), {text: 'Hello', end: 'stop'}, {headers: json});
  });

  for (const [name, body] of Object.entries({
    'as lines': chunks.map((value) => `${JSON.stringify(value)}\n`).join(''),
    'as lines with an end mark': `${chunks.map((value) => `${JSON.stringify(value)}\n`).join('')}[DONE]\n`,
    'as lines without the last line end': chunks.map((value) => JSON.stringify(value)).join('\n'),
    'as lines between blank ones': chunks.map((value) => `${JSON.stringify(value)}\r\n\r\n`).join(''),
  })) {
    test(`T2-25: chunks ${name} are read`, () => {
      for (const headers of [json, {'content-type': 'application/x-ndjson'}]) {
        check(body, {text: 'Hello', end: 'stop'}, {headers});
        check(body, {text: 'Hello', end: 'stop'}, {headers, dialect: 'openai-chat'});
      }
    });
  }

  test('T2-25: a document is read as one answer, on one line or on several', () => {
    const document = {object: 'chat.completion', choices: [{message: {content: 'Hello'}, finish_reason: 'stop'}]};
    for (const body of [JSON.stringify(document), `${JSON.stringify(document)}\n`, JSON.stringify(document, null, 2)]) {
      check(body, {text: 'Hello', end: 'stop'}, {dialect: 'openai-chat'});
    }
  });
});
