/** Every code that an error can have, in one table: its HTTP status, whether trying again may help, and its sentence. */

interface ErrorKind {
  /** HTTP status before a stream has begun. A path may print another: `context-too-long` is 413 on `/api/chat`. */
  readonly status: number;
  /** Whether sending the same again may work. */
  readonly retryable: boolean;
  /** The default message. */
  readonly message: string;
}

const table = {
  'invalid-request': {status: 400, retryable: false, message: 'The request is not valid.'},
  'content-refused': {status: 400, retryable: false, message: 'This question is not accepted here.'},
  'plan-limit': {status: 400, retryable: false, message: 'The request is larger than your plan allows.'},
  'quota-exceeded': {status: 403, retryable: false, message: 'You have as many chats as you may keep. Delete some.'},
  unauthenticated: {status: 401, retryable: false, message: 'Sign in or send a valid key.'},
  forbidden: {status: 403, retryable: false, message: 'This is not allowed from here.'},
  'not-found': {status: 404, retryable: false, message: 'There is nothing here.'},
  'model-not-found': {status: 404, retryable: false, message: 'There is no such model.'},
  'method-not-allowed': {status: 405, retryable: false, message: 'This path does not take that method.'},
  conflict: {status: 409, retryable: true, message: 'An answer is still being written in this chat.'},
  'too-large': {status: 413, retryable: false, message: 'The request is too large.'},
  'context-too-long': {status: 400, retryable: false, message: 'The conversation is too long for this model.'},
  'unsupported-media-type': {
    status: 415,
    retryable: false,
    message: 'Send the body as JSON, and say so in its content type.',
  },
  'rate-limited': {status: 429, retryable: true, message: 'Too many requests. Wait a moment.'},
  internal: {status: 500, retryable: true, message: 'Something went wrong on the server.'},
  'provider-error': {status: 502, retryable: true, message: 'The model could not answer.'},
  'provider-unavailable': {status: 502, retryable: true, message: 'The model cannot be reached.'},
  'provider-timeout': {status: 504, retryable: true, message: 'The model took too long to answer.'},
  'storage-unavailable': {status: 503, retryable: true, message: 'The server cannot store anything just now.'},
  'shutting-down': {status: 503, retryable: true, message: 'The server is restarting.'},
  /** The stream ended without saying that it was complete. */
  interrupted: {status: 502, retryable: true, message: 'The answer was cut off.'},
  /** Only on the page: the server could not be reached at all. */
  network: {status: 503, retryable: true, message: 'The chat server cannot be reached.'},
  /** Only on the page: the response is in no dialect that we read. */
  unreadable: {status: 502, retryable: false, message: 'The server sent something this chat cannot read.'},
} as const satisfies Record<string, ErrorKind>;

/** What went wrong. Pages have words for each code, in their language. */
export type ErrorCode = keyof typeof table;

/** Whether a value from outside is one of our codes. */
export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(table, value);
}

/** The HTTP status of a code. */
export function statusOf(code: ErrorCode): number {
  return table[code].status;
}

/** Whether sending the same again may work. */
export function isRetryable(code: ErrorCode): boolean {
  return table[code].retryable;
}

/** The default message of a code. It holds no details, so it can replace a message that must not be passed on. */
export function messageOf(code: ErrorCode): string {
  return table[code].message;
}
