/** The errors for chats and messages that do not exist, or belong to another owner. Nobody can tell the two apart. */
import {ChatError} from '@chatlet/protocol';

export function noSuchChat(): ChatError {
  return new ChatError('not-found', 'There is no such chat.');
}

export function noSuchMessage(): ChatError {
  return new ChatError('not-found', 'There is no such message in this chat.');
}
