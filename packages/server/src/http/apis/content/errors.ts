/** Errors as the clients of `/chat/stream` know them: a sentence without a code. */
import type {ErrorCode} from '@chatlet/protocol';
import type {ErrorPrinter} from '../../response/errors.ts';

/** The few errors that the clients of `/chat/stream` know by their sentence. */
const plainSentences: Partial<Record<ErrorCode, string>> = {
  'rate-limited': 'Rate limit exceeded',
  'model-not-found': 'Model not found',
  'context-too-long': 'Context length exceeded',
};

/** `{error, retryAfter?, availableModels?, maxLength?, requestLength?}`: a sentence, and what there is to know beside it. */
export const printPlainError: ErrorPrinter = ({code, status, message, retryAfter, details}) => {
  // The sentence names the field already.
  const {param: _, ...facts} = details ?? {};
  const error = plainSentences[code] ?? message;
  return {status, body: {error, ...(retryAfter !== undefined && {retryAfter}), ...facts}};
};
