/** OpenAI's names for our errors, written down once more: its clients decide by them whether to try again. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {ChatError, openaiChat, openaiErrorWords} from '../../index.ts';
import type {ErrorCode} from '../../index.ts';

const names: Readonly<Record<ErrorCode, readonly [type: string, code: string]>> = {
  unauthenticated: ['authentication_error', 'authentication_error'],
  forbidden: ['permission_error', 'permission_denied'],
  'rate-limited': ['rate_limit_error', 'rate_limit_exceeded'],
  'content-refused': ['invalid_request_error', 'content_policy_violation'],
  'plan-limit': ['invalid_request_error', 'plan_limit_exceeded'],
  'quota-exceeded': ['insufficient_quota', 'insufficient_quota'],
  'context-too-long': ['invalid_request_error', 'context_length_exceeded'],
  'model-not-found': ['invalid_request_error', 'model_not_found'],
  'not-found': ['invalid_request_error', 'not_found'],
  'method-not-allowed': ['invalid_request_error', 'method_not_allowed'],
  conflict: ['invalid_request_error', 'conflict'],
  'too-large': ['invalid_request_error', 'request_too_large'],
  'unsupported-media-type': ['invalid_request_error', 'unsupported_media_type'],
  'invalid-request': ['invalid_request_error', 'invalid_request'],
  'provider-error': ['server_error', 'provider_error'],
  unreadable: ['server_error', 'provider_error'],
  'provider-unavailable': ['server_error', 'provider_unavailable'],
  network: ['server_error', 'provider_unavailable'],
  'provider-timeout': ['server_error', 'timeout'],
  interrupted: ['server_error', 'interrupted'],
  'shutting-down': ['server_error', 'service_unavailable'],
  'storage-unavailable': ['server_error', 'service_unavailable'],
  internal: ['server_error', 'server_error'],
};

for (const [ours, [type, code]] of Object.entries(names)) {
  test(`OpenAI's clients read the error ${ours} as ${type}, ${code}`, () => {
    const error = new ChatError(ours as ErrorCode, 'No.');
    assert.deepEqual(openaiErrorWords(error.code), {type, code});
    const encoder = openaiChat.encoder?.({id: 'c', model: 'm', created: 1});
    const body = {error: {message: 'No.', type, param: null, code}};
    assert.equal(encoder?.encode([error.toEvent()]), `data: ${JSON.stringify(body)}\n\n`);
    assert.equal(encoder.end(), '');
  });
}
