/** `chatlet-server backup`: copies the database into a file, beside a running server or without one. */
import {readConfiguration} from '../configuration.ts';
import {backUp} from '../stores/sqlite/backup.ts';
import {type Command, CommandError, misused} from './command.ts';
import {databaseFileOf} from './database-file.ts';

export const backup: Command = {
  name: 'backup',
  parameters: ['FILE'],
  options: {overwrite: {value: 'yes'}},
  notes:
    'The command backup copies the database into one file, also while a server writes to it. To restore a copy, stop the ' +
    'server, put the copy in the place of the database, delete the files beside it whose names end in -wal and -shm, and ' +
    'start the server.',
  async run({env, args, options}) {
    const [target = ''] = args;
    const {overwrite} = options;
    if (overwrite !== undefined && overwrite !== 'yes') {
      throw new CommandError('The option --overwrite takes "yes".', {exitCode: misused});
    }
    const {server} = await readConfiguration(env);
    const {size, chats, messages} = backUp({
      path: databaseFileOf(server),
      target,
      overwrite: overwrite === 'yes',
    });
    const megabytes = (size / 1_000_000).toFixed(1);
    return {notes: [`${target} holds ${chats} chats with ${messages} messages, ${megabytes} MB.`]};
  },
};
