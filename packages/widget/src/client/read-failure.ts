/** Makes an error of a response that is no success. Knows no requests. */
import {ChatError} from '@chatlet/protocol';
import {loadPart} from './load-part.ts';

export async function readFailure(response: Response): Promise<ChatError> {
  const {status, headers} = response;
  // If the body cannot be read, the status says enough.
  const body = await response.text().catch(() => '');
  const {errorFromResponse} = await loadPart(() => import('./other-dialects.ts'));
  const error = errorFromResponse({status, headers, body});
  const [chatId, messageId] = [headers.get('x-chat-id'), headers.get('x-message-id')];
  if (chatId === null || messageId === null) return error;
  const {code, message, retryable, retryAfter} = error;
  const details = {...error.details, chatId, messageId};
  return new ChatError(code, message, {retryable, details, ...(retryAfter !== undefined && {retryAfter})});
}
