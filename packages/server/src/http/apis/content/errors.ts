/** Errors for clients of `/chat/stream`: a sentence without a code. */
import type {ErrorCode} from '@chatlet/protocol';
import type {ErrorPrinter} from '../../response/errors.ts';

/** Clients compare the sentences of these errors. */
const plainSentences: Partial<Record<ErrorCode, string>> = {
  'rate-limited': 'Rate limit exceeded',
  'model-not-found': 'Model not found',
  'context-too-long': 'Context length exceeded',
};

/** `{error, retryAfter?, availableModels?, maxLength?, requestLength?}`: a sentence, and facts beside it. */
export const printPlainError: ErrorPrinter = ({code, status, message, retryAfter, details}) => {
  // The sentence names these already.
  const {param: _, cause: __, ...facts} = details ?? {};
  const error = plainSentences[code] ?? message;
  return {status, body: {error, ...(retryAfter !== undefined && {retryAfter}), ...facts}};
};
