/** Every error code with its HTTP status, written down once more, so that the table of the codes cannot change by accident. For tests. */
import type {ErrorCode} from '../index.ts';

export const errorStatuses: Readonly<Record<ErrorCode, number>> = {
  'invalid-request': 400,
  'content-refused': 400,
  'plan-limit': 400,
  'quota-exceeded': 403,
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
  'storage-unavailable': 503,
  'shutting-down': 503,
  interrupted: 502,
  network: 503,
  unreadable: 502,
};
