/** The log's lines about errors, of a real server with an upstream that refuses. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {startChat} from '../testing/chat-server.ts';
import {refuses} from '../testing/upstream.ts';
import {type LogLevel, jsonLog} from './json.ts';

const question = {messages: [{role: 'user', content: 'I have had a rash on my arm since Monday'}]};

function collect(level: LogLevel = 'info') {
  const lines: string[] = [];
  return {lines, log: jsonLog({level, secrets: ['sk-canary-1234567890'], write: (line) => lines.push(line)})};
}

/** The log's line about a refusal. */
async function logged({level, status, body}: {level?: LogLevel; status: number; body: object}): Promise<string> {
  const {lines, log} = collect(level);
  await using chat = await startChat({log, report: log.report});
  chat.upstream.script(refuses(status, body));
  await (await chat.post('/v1/chat/completions', {model: 'test-model', ...question}, {})).arrayBuffer();
  return lines.join('');
}

suite('a refusal of the upstream', () => {
  const echoes = [
    {detail: [{type: 'value_error', loc: ['body', 'messages', 0], msg: 'Value error', input: question.messages[0]}]},
    {error: {message: 'Invalid content: "I have had a rash on my arm since Monday"', code: 'bad_content'}},
    {whatever: question},
  ];
  for (const body of echoes) {
    test(`hides messages of people except at debug: ${JSON.stringify(body)}`, async () => {
      assert.doesNotMatch(await logged({status: 422, body}), /rash/);
      assert.match(await logged({status: 422, body, level: 'debug'}), /rash/);
    });
  }

  for (const [status, body, reason] of [
    [
      401,
      {error: {message: 'Incorrect API key provided: sk-canary-1234567890.', code: 'invalid_api_key'}},
      'The upstream answered 401, invalid_api_key, Incorrect API key provided: [secret].',
    ],
    [500, {error: 'model requires more system memory'}, 'The upstream answered 500, model requires more system memory'],
    [
      422,
      {detail: [{type: 'value_error', loc: ['body', 'messages', 0], msg: 'Value error', input: 7}]},
      'The upstream answered 422, messages.0: Value error',
    ],
    [
      400,
      {error: {message: 'Said: a rash on my arm', type: 'invalid_request_error', param: 'messages', code: 'bad_words'}},
      'The upstream answered 400, bad_words, invalid_request_error, messages, (It may repeat what was asked: see the level debug.)',
    ],
    [503, {}, 'The upstream answered 503'],
  ] as const) {
    test(`is logged with its reason: ${reason}`, async () => {
      assert.ok((await logged({status, body})).includes(`"message":"${reason}"`), await logged({status, body}));
    });
  }
});

test('an upstream’s error inside an answer is logged without messages of people', async () => {
  const {lines, log} = collect();
  await using chat = await startChat({log, report: log.report});
  chat.upstream.script((exchange) => exchange.end('data: {"error":{"message":"Not allowed: a rash on my arm"}}\n\n'));
  await (await chat.post('/v1/chat/completions', {model: 'test-model', ...question}, {})).arrayBuffer();
  assert.match(lines.join(''), /It may repeat what was asked/);
  assert.doesNotMatch(lines.join(''), /rash/);
});

test('the stack of a bug is logged without its message, which is truncated', () => {
  const {lines, log} = collect();
  log.report(new TypeError(`No such word: ${'x'.repeat(1000)}\n    at a word of somebody`));
  const line = lines.join('');
  assert.match(line, /"stack":" +at .*json\.test\.ts/);
  assert.doesNotMatch(line, /x{600}|a word of somebody/);
});
