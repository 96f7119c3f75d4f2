/** The states of a store that an operator must know, and the sentences for them. Knows no store. */
import {ChatError} from '@chatlet/protocol';

/** Whether the store works, and what is wrong if not. */
export type StoreHealth = 'ok' | 'full' | 'missing' | 'damaged' | 'locked' | 'unavailable';

/** For operators: the state, and how to mend it. */
export const storeAdvice: Readonly<Record<Exclude<StoreHealth, 'ok'>, string>> = {
  full:
    'The disk of the database is nearly full, so new questions are refused. Make room, or set CHATLET_DISK_RESERVE to the ' +
    'bytes that shall stay free.',
  missing:
    'The file of the database was deleted or replaced while the server runs. What is written now is lost when the server ' +
    'ends, so new questions are refused. Stop the server, put the file back, and start it again.',
  damaged:
    'A page of the database is damaged: some chats cannot be read. Stop the server and restore a copy that ' +
    'chatlet-server backup made.',
  locked: 'Another program holds the database, so nothing can be written. Find it and let it end its transaction.',
  unavailable: 'The store cannot be written to.',
};

const sentences: Readonly<Record<'full' | 'missing' | 'locked', string>> = {
  full: 'The server’s disk is full, so nothing can be stored. Try again later.',
  missing: 'The server’s database is not there, so nothing can be stored. Try again later.',
  locked: 'Another program holds the server’s database. Try again in a moment.',
};

/** For people in a chat: nothing can be stored just now. */
export function storageProblem(state: keyof typeof sentences, cause?: unknown): ChatError {
  return new ChatError('storage-unavailable', sentences[state], {...(cause !== undefined && {cause})});
}
