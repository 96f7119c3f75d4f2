/** Lets one server use a database file at a time. */
import {ChatError} from '@chatlet/protocol';
import {type FileLock, lockFile} from './file-lock.ts';

/** Milliseconds that a new server waits for the one before it, which may still be shutting down. */
const handOverTime = 2_000;

/** @throws ChatError `conflict` if another server has it, in this process or another, with its host, process and start */
export function lockForServer(path: string): FileLock {
  return lockFile(path, {
    patience: handOverTime,
    refuse: ({holder, cause}) => {
      const server = holder === undefined ? 'another server' : `the server on ${holder}`;
      return new ChatError(
        'conflict',
        `${path} is in use by ${server}. One SQLite file serves one server. ` +
          'Stop that server, or give this one a database of its own by CHATLET_DATABASE_URL.',
        {cause, retryable: false},
      );
    },
  });
}
