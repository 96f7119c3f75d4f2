import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {ChatError, createReader, errorFromResponse, isErrorCode, messageOf, statusOf} from './index.ts';
import type {ErrorCode} from './index.ts';
import {codeOfWord, findError, safeMessage, toErrorEvent} from './foreign-error.ts';
import {errorStatuses} from './testing/error-statuses.ts';

for (const [code, status] of Object.entries(errorStatuses)) {
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

  const firsts: readonly (readonly [string, object])[] = [
    ['OpenAI’s Responses', {type: 'error', sequence_number: 0, code: 'rate_limit_exceeded', message: 'Slow down'}],
    ['AG-UI', {type: 'RUN_ERROR', code: 'rate_limit_exceeded', message: 'Slow down'}],
  ];
  for (const [name, event] of firsts) {
    test(`an error of ${name} is read if it is the first event`, () => {
      const reader = createReader({headers: {'content-type': 'text/event-stream'}});
      const [error] = reader.push(
        new TextEncoder().encode(`data: {"type":"x-new"}\n\ndata: ${JSON.stringify(event)}\n\n`),
      );
      assert.ok(error?.type === 'error');
      assert.deepEqual([error.code, error.message], ['rate-limited', 'Slow down']);
    });
  }

  test('details are taken from the error itself and from its details', () => {
    const found = findError({error: 'Too much.', limit: 5, secret: 'x', details: {plan: 'trial', of: {}}});
    assert.deepEqual(found?.details, {limit: 5, plan: 'trial'});
  });

  test('an exhausted quota is not retryable', () => {
    const event = toErrorEvent({message: 'No money', words: ['insufficient_quota']});
    assert.deepEqual([event.code, event.retryable], ['provider-error', false]);
  });
});

suite('M-105: codes and types of other APIs are mapped to our codes without a status', () => {
  const codes: Readonly<Record<string, ErrorCode>> = {
    rate_limit_exceeded: 'rate-limited',
    rate_limit_error: 'rate-limited',
    RATE_LIMIT: 'rate-limited',
    too_many_requests: 'rate-limited',
    RESOURCE_EXHAUSTED: 'rate-limited',
    insufficient_quota: 'provider-error',
    billing_hard_limit_reached: 'provider-error',
    context_length_exceeded: 'context-too-long',
    exceed_context_size_error: 'context-too-long',
    content_policy_violation: 'content-refused',
    content_filter: 'content-refused',
    'Model Not Exist': 'model-not-found',
    INVALID_MODEL: 'model-not-found',
    invalid_api_key: 'unauthenticated',
    authentication_error: 'unauthenticated',
    unauthorized: 'unauthenticated',
    permission_error: 'forbidden',
    PERMISSION_DENIED: 'forbidden',
    overloaded_error: 'provider-unavailable',
    overloaded: 'provider-unavailable',
    UNAVAILABLE: 'provider-unavailable',
    service_unavailable: 'provider-unavailable',
    timeout: 'provider-timeout',
    timeout_error: 'provider-timeout',
    DEADLINE_EXCEEDED: 'provider-timeout',
    invalid_request_error: 'invalid-request',
    bad_request_error: 'invalid-request',
    BadRequestError: 'invalid-request',
    INVALID_ARGUMENT: 'invalid-request',
    not_found_error: 'not-found',
    request_too_large: 'too-large',
    server_error: 'provider-error',
    api_error: 'provider-error',
  };
  for (const [word, code] of Object.entries(codes)) {
    test(`M-105: an error of type ${word} without a status is mapped to ${code}`, () => {
      const body = `data: ${JSON.stringify({error: {type: word, message: 'No.'}})}\n\n`;
      const [event] = createReader().push(new TextEncoder().encode(body));
      assert.ok(event?.type === 'error');
      assert.equal(event.code, code);
    });
  }

  test('M-105: every known code and type has a test', () => {
    const normalized = Object.keys(codes).map((word) => word.toLowerCase().replaceAll(/[_\s]/g, '-'));
    assert.deepEqual(normalized.sort(), Object.keys(codeOfWord).sort());
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
  const json = {'content-type': 'application/json; charset=utf-8'};
  const cases: readonly (readonly [string, Parameters<typeof errorFromResponse>[0], Partial<ChatError>])[] = [
    [
      'S0.20: errorFromResponse reads a rate limit with the seconds to wait',
      {status: 429, headers: json, body: '{"error":"Rate limit exceeded","retryAfter":60}'},
      {code: 'rate-limited', message: 'Rate limit exceeded', retryAfter: 60},
    ],
    [
      'S0.21: errorFromResponse reads an unknown model with the available ones',
      {
        status: 404,
        headers: json,
        body: '{"error":"Model not found","code":"model-not-found","availableModels":["a","b"]}',
      },
      {code: 'model-not-found', details: {availableModels: ['a', 'b']}},
    ],
    [
      'S0.22: errorFromResponse reads a context that is too long, with its lengths',
      {status: 400, headers: json, body: '{"error":"Context length exceeded","maxLength":4096,"requestLength":5000}'},
      {code: 'context-too-long', details: {maxLength: 4096, requestLength: 5000}},
    ],
    [
      "S4.4: errorFromResponse reads OpenAI's error of a wrong key",
      {
        status: 401,
        headers: json,
        body: '{"error":{"message":"No such key","type":"authentication_error","param":null,"code":"invalid_api_key"}}',
      },
      {code: 'unauthenticated', message: 'No such key', retryable: false},
    ],
    ['errorFromResponse reads a status alone', {status: 503}, {code: 'provider-unavailable', retryable: true}],
    ['errorFromResponse reads an unknown status', {status: 418}, {code: 'invalid-request'}],
    [
      "errorFromResponse reads Ollama's sentence about a model that it does not have",
      {status: 404, body: '{"error":"model \'nope\' not found"}'},
      {code: 'model-not-found', message: "model 'nope' not found"},
    ],
    [
      "errorFromResponse reads our server's sentence about a missing model, in APIs without codes",
      {status: 404, body: '{"error":"There is no model \\"nope\\"."}'},
      {code: 'model-not-found'},
    ],
    [
      "errorFromResponse reads vLLM's sentence about a model that it does not have",
      {
        status: 404,
        body: '{"error":{"message":"The model `nope` does not exist.","type":"NotFoundError","param":"model","code":404}}',
      },
      {code: 'model-not-found', retryable: false},
    ],
    [
      'errorFromResponse takes no other sentence with a model in it for a missing model',
      {status: 400, body: '{"error":"\\"llava\\" is a model that does not support tools"}'},
      {code: 'invalid-request'},
    ],
    [
      'errorFromResponse reads the error body of FastAPI',
      {status: 422, headers: json, body: '{"detail":"messages is missing"}'},
      {code: 'invalid-request', message: 'messages is missing'},
    ],
    [
      'errorFromResponse reads plain text',
      {status: 500, headers: {'content-type': 'text/plain'}, body: 'boom'},
      {code: 'internal', message: 'boom'},
    ],
    [
      'errorFromResponse shows nothing of a web page',
      {status: 502, headers: {'content-type': 'text/html'}, body: '<html>nginx</html>'},
      {code: 'provider-error', message: messageOf('provider-error')},
    ],
    [
      'errorFromResponse shows nothing of a web page with the content type of plain text',
      {status: 502, headers: {'content-type': 'text/plain'}, body: '<html>nginx</html>'},
      {message: messageOf('provider-error')},
    ],
    [
      'errorFromResponse reads Retry-After in seconds',
      {status: 429, headers: new Headers({'Retry-After': '7'})},
      {code: 'rate-limited', retryAfter: 7},
    ],
    [
      'errorFromResponse reads Retry-After as a date in the past',
      {status: 503, headers: {'Retry-After': 'Wed, 21 Oct 2015 07:28:00 GMT'}},
      {retryAfter: 0},
    ],
    [
      'errorFromResponse reads retry-after-ms, which is more exact than Retry-After',
      {status: 429, headers: {'retry-after-ms': '1500', 'retry-after': '9'}},
      {retryAfter: 1.5},
    ],
  ];
  for (const [name, response, expected] of cases) {
    test(name, () => {
      const error = errorFromResponse(response);
      const found = Object.fromEntries(Object.keys(expected).map((key) => [key, error[key as keyof ChatError]]));
      assert.deepEqual(found, {...expected});
    });
  }

  test('S2.14: errorFromResponse computes the seconds to wait from the time of the reset', (context) => {
    const now = Date.UTC(2026, 0, 1);
    context.mock.timers.enable({apis: ['Date'], now});
    const details = {remaining: 0, reset: now + 3_599_001};
    const body = JSON.stringify({error: 'Too many', code: 'RATE_LIMITED', details});
    const error = errorFromResponse({status: 429, headers: json, body});
    assert.deepEqual([error.code, error.retryAfter, error.details], ['rate-limited', 3600, details]);
  });

  test('errorFromResponse computes the seconds to wait from the date in Retry-After', (context) => {
    context.mock.timers.enable({apis: ['Date'], now: Date.UTC(2015, 9, 21, 6, 28, 30)});
    const headers = {'Retry-After': 'Wed, 21 Oct 2015 07:28:30 GMT'};
    assert.equal(errorFromResponse({status: 503, headers}).retryAfter, 3600);
  });

  const statuses: Readonly<Record<number, ErrorCode>> = {
    400: 'invalid-request',
    401: 'unauthenticated',
    402: 'plan-limit',
    403: 'forbidden',
    404: 'not-found',
    405: 'method-not-allowed',
    408: 'provider-timeout',
    409: 'conflict',
    413: 'too-large',
    415: 'unsupported-media-type',
    422: 'invalid-request',
    429: 'rate-limited',
    499: 'invalid-request',
    500: 'internal',
    502: 'provider-error',
    503: 'provider-unavailable',
    504: 'provider-timeout',
    529: 'provider-unavailable',
    599: 'provider-error',
  };
  for (const [status, code] of Object.entries(statuses)) {
    test(`the status ${status} without a body is mapped to ${code}`, () => {
      assert.equal(errorFromResponse({status: Number(status)}).code, code);
    });
  }
});
