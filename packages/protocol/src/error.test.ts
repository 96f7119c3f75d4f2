import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {ChatError, errorFromResponse, isErrorCode, messageOf, statusOf} from './index.ts';
import type {ErrorCode} from './index.ts';
import {findError, safeMessage, toErrorEvent} from './foreign-error.ts';

const codes: Readonly<Record<ErrorCode, number>> = {
  'invalid-request': 400,
  'plan-limit': 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  'model-not-found': 404,
  'method-not-allowed': 405,
  conflict: 409,
  'too-large': 413,
  'context-too-long': 400,
  'unsupported-media-type': 415,
  'rate-limited': 429,
  internal: 500,
  'provider-error': 502,
  'provider-unavailable': 502,
  'provider-timeout': 504,
  'shutting-down': 503,
  interrupted: 502,
  network: 503,
  unreadable: 502,
};

for (const [code, status] of Object.entries(codes)) {
  test(`the error code ${code} has the status ${status} and a default message`, () => {
    assert.ok(isErrorCode(code));
    assert.equal(statusOf(code), status);
    assert.match(messageOf(code), /^[A-Z].*\.$/);
    const error = new ChatError(code);
    assert.deepEqual([error.status, error.message], [status, messageOf(code)]);
  });
}

test('a ChatError that becomes an event and an error again stays the same', () => {
  const error = new ChatError('rate-limited', 'Not now.', {retryAfter: 3, retryable: false});
  const {code, status, message, retryable, retryAfter} = ChatError.fromEvent(error.toEvent());
  assert.deepEqual(
    {code, status, message, retryable, retryAfter},
    {code: 'rate-limited', status: 429, message: 'Not now.', retryable: false, retryAfter: 3},
  );
});

test('isErrorCode refuses values that are no error codes', () => {
  for (const value of ['toString', '__proto__', '', 404, null]) assert.equal(isErrorCode(value), false);
});

test('a thrown value becomes a ChatError that keeps it as its cause and does not show it', () => {
  const thrown = new Error('connect ECONNREFUSED 10.0.0.7:5432');
  const error = ChatError.from(thrown);
  assert.deepEqual([error.code, error.message, error.cause], ['internal', messageOf('internal'), thrown]);
  assert.equal(ChatError.from(error), error);
});

test('a ChatError becomes the event that ends a turn, without its cause', () => {
  assert.deepEqual(new ChatError('rate-limited', 'Slowly.', {retryAfter: 3, cause: 'secret'}).toEvent(), {
    type: 'error',
    code: 'rate-limited',
    message: 'Slowly.',
    retryable: true,
    retryAfter: 3,
  });
});

suite('errors in the streams of other APIs', () => {
  const shapes: readonly (readonly [string, unknown, ErrorCode, string])[] = [
    [
      'OpenAI',
      {error: {message: 'Slow down', type: 'x', param: null, code: 'rate_limit_exceeded'}},
      'rate-limited',
      'Slow down',
    ],
    ['OpenRouter', {error: {code: 502, message: 'Upstream'}, choices: []}, 'provider-error', 'Upstream'],
    ['vLLM', {object: 'error', message: 'Bad', type: 'BadRequestError', code: 400}, 'invalid-request', 'Bad'],
    ['Anthropic', {type: 'error', error: {type: 'overloaded_error', message: 'Busy'}}, 'provider-unavailable', 'Busy'],
    ['Gemini', {error: {code: 503, message: 'Busy', status: 'UNAVAILABLE'}}, 'provider-unavailable', 'Busy'],
    ['UI message stream', {type: 'error', errorText: 'boom'}, 'provider-error', 'boom'],
    ['typed events', {type: 'error', error: 'Too long', code: 'CONTEXT_TOO_LONG'}, 'context-too-long', 'Too long'],
    ['a string', {error: 'model not loaded'}, 'provider-error', 'model not loaded'],
    ['Responses', {type: 'error', code: 'server_error', message: 'boom', param: null}, 'provider-error', 'boom'],
    ['Dify', {event: 'error', status: 400, code: 'invalid_param', message: 'No'}, 'invalid-request', 'No'],
    ['Flowise', {event: 'error', data: 'No key'}, 'provider-error', 'No key'],
    [
      'context too long, by its message',
      {error: {message: "This model's maximum context length is 8 tokens", type: 'invalid_request_error'}},
      'context-too-long',
      "This model's maximum context length is 8 tokens",
    ],
  ];
  for (const [name, value, code, message] of shapes) {
    test(`an error in a stream is mapped to ${code}: ${name}`, () => {
      const found = findError(value);
      assert.ok(found);
      const event = toErrorEvent(found);
      assert.deepEqual([event.code, event.message], [code, message]);
    });
  }

  test('findError finds no error in values without one', () => {
    for (const value of [null, 1, 'error', [], {}, {error: null}, {error: ''}, {choices: []}]) {
      assert.equal(findError(value), undefined);
    }
  });

  test('an exhausted quota is not retryable', () => {
    const event = toErrorEvent({message: 'No money', words: ['insufficient_quota']});
    assert.deepEqual([event.code, event.retryable], ['provider-error', false]);
  });
});

suite('messages of other APIs are made safe to show', () => {
  test('API keys are redacted from messages of other APIs', () => {
    assert.equal(
      safeMessage('Incorrect API key provided: sk-proj-abc123DEF456. See docs.'),
      'Incorrect API key provided: … See docs.',
    );
    assert.equal(safeMessage('Bearer abcdef123456 was refused'), '… was refused');
    assert.equal(safeMessage('The skyscraper is task-oriented'), 'The skyscraper is task-oriented');
  });
  test('control characters and line ends in messages become spaces', () => {
    assert.equal(safeMessage('a\u0000b\r\n\u202Ec\u2028d'), 'a b c d');
  });
  test('HTML pages are no messages, and long messages are truncated', () => {
    assert.equal(safeMessage('<!DOCTYPE html><h1>502</h1>'), undefined);
    assert.equal(safeMessage('x'.repeat(5000))?.length, 300);
    assert.equal(safeMessage(' \n'), undefined);
  });
});

suite('responses with an error status', () => {
  const now = Date.now();
  const json = {'content-type': 'application/json; charset=utf-8'};
  const cases: readonly (readonly [string, Parameters<typeof errorFromResponse>[0], Partial<ChatError>])[] = [
    [
      'S0.20',
      {status: 429, headers: json, body: '{"error":"Rate limit exceeded","retryAfter":60}'},
      {code: 'rate-limited', message: 'Rate limit exceeded', retryAfter: 60},
    ],
    [
      'S0.21',
      {
        status: 404,
        headers: json,
        body: '{"error":"Model not found","code":"model-not-found","availableModels":["a","b"]}',
      },
      {code: 'model-not-found', details: {availableModels: ['a', 'b']}},
    ],
    [
      'S0.22',
      {status: 400, headers: json, body: '{"error":"Context length exceeded","maxLength":4096,"requestLength":5000}'},
      {code: 'context-too-long', details: {maxLength: 4096, requestLength: 5000}},
    ],
    [
      'S2.14',
      {
        status: 429,
        headers: json,
        body: JSON.stringify({error: 'Too many', code: 'RATE_LIMITED', details: {remaining: 0, reset: now + 30_000}}),
      },
      {code: 'rate-limited', retryAfter: 30, details: {remaining: 0, reset: now + 30_000}},
    ],
    [
      'S4.4',
      {
        status: 401,
        headers: json,
        body: '{"error":{"message":"No such key","type":"authentication_error","param":null,"code":"invalid_api_key"}}',
      },
      {code: 'unauthenticated', message: 'No such key', retryable: false},
    ],
    ['a status alone', {status: 503}, {code: 'provider-unavailable', retryable: true}],
    ['an unknown status', {status: 418}, {code: 'invalid-request'}],
    [
      'the error body of FastAPI',
      {status: 422, headers: json, body: '{"detail":"messages is missing"}'},
      {code: 'invalid-request', message: 'messages is missing'},
    ],
    [
      'plain text',
      {status: 500, headers: {'content-type': 'text/plain'}, body: 'boom'},
      {code: 'internal', message: 'boom'},
    ],
    [
      'a web page',
      {status: 502, headers: {'content-type': 'text/html'}, body: '<html>nginx</html>'},
      {code: 'provider-error', message: messageOf('provider-error')},
    ],
    [
      'a web page with the content type of plain text',
      {status: 502, headers: {'content-type': 'text/plain'}, body: '<html>nginx</html>'},
      {message: messageOf('provider-error')},
    ],
    [
      'Retry-After in seconds',
      {status: 429, headers: new Headers({'Retry-After': '7'})},
      {code: 'rate-limited', retryAfter: 7},
    ],
    [
      'Retry-After as a date in the past',
      {status: 503, headers: {'Retry-After': 'Wed, 21 Oct 2015 07:28:00 GMT'}},
      {retryAfter: 0},
    ],
    ['retry-after-ms', {status: 429, headers: {'retry-after-ms': '1500', 'retry-after': '9'}}, {retryAfter: 1.5}],
  ];
  for (const [name, response, expected] of cases) {
    test(`errorFromResponse reads ${name}`, () => {
      const error = errorFromResponse(response);
      const found = Object.fromEntries(Object.keys(expected).map((key) => [key, error[key as keyof ChatError]]));
      assert.deepEqual(found, {...expected});
    });
  }
});
