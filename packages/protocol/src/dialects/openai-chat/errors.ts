/** OpenAI's names for our errors. */
import type {ErrorCode} from '../../error-codes.ts';

/** OpenAI's `type` and `code` for our codes, in events of a stream and in bodies of errors. */
export function openaiErrorWords(code: ErrorCode): {readonly type: string; readonly code: string} {
  switch (code) {
    case 'unauthenticated':
      return {type: 'authentication_error', code: 'authentication_error'};
    case 'forbidden':
      return {type: 'permission_error', code: 'permission_denied'};
    case 'rate-limited':
      return {type: 'rate_limit_error', code: 'rate_limit_exceeded'};
    case 'plan-limit':
      return {type: 'invalid_request_error', code: 'plan_limit_exceeded'};
    case 'content-refused':
      return {type: 'invalid_request_error', code: 'content_policy_violation'};
    case 'quota-exceeded':
      return {type: 'insufficient_quota', code: 'insufficient_quota'};
    case 'context-too-long':
      return {type: 'invalid_request_error', code: 'context_length_exceeded'};
    case 'model-not-found':
      return {type: 'invalid_request_error', code: 'model_not_found'};
    case 'not-found':
      return {type: 'invalid_request_error', code: 'not_found'};
    case 'method-not-allowed':
      return {type: 'invalid_request_error', code: 'method_not_allowed'};
    case 'conflict':
      return {type: 'invalid_request_error', code: 'conflict'};
    case 'too-large':
      return {type: 'invalid_request_error', code: 'request_too_large'};
    case 'unsupported-media-type':
      return {type: 'invalid_request_error', code: 'unsupported_media_type'};
    case 'invalid-request':
      return {type: 'invalid_request_error', code: 'invalid_request'};
    case 'provider-error':
    case 'unreadable':
      return {type: 'server_error', code: 'provider_error'};
    case 'provider-unavailable':
    case 'network':
      return {type: 'server_error', code: 'provider_unavailable'};
    case 'provider-timeout':
      return {type: 'server_error', code: 'timeout'};
    case 'interrupted':
      return {type: 'server_error', code: 'interrupted'};
    case 'storage-unavailable':
    case 'shutting-down':
      return {type: 'server_error', code: 'service_unavailable'};
    case 'internal':
      return {type: 'server_error', code: 'server_error'};
    default:
      code satisfies never;
      return {type: 'server_error', code: 'server_error'};
  }
}
