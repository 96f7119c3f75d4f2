/** `chatlet-server export`: prints everything of one owner, beside a running server or without one. */
import {once} from 'node:events';
import {existsSync} from 'node:fs';
import {ChatError} from '@chatlet/protocol';
import {readConfiguration} from '../configuration.ts';
import {exportData} from '../engine/export.ts';
import {openReader} from '../stores/sqlite/beside.ts';
import {type Command, CommandError, misused} from './command.ts';
import {databaseFileOf} from './database-file.ts';
import {ownerIn, ownerOptions} from './owner.ts';

export const exportOwner: Command = {
  name: 'export',
  options: {...ownerOptions, format: {value: 'json|markdown'}},
  notes: 'The command export prints all chats, messages and usage of an owner.',
  async run(call) {
    const owner = ownerIn(call);
    const {format = 'json'} = call.options;
    if (format !== 'json' && format !== 'markdown') {
      throw new CommandError('The option --format takes "json" or "markdown".', {exitCode: misused});
    }
    const {server} = await readConfiguration(call.env);
    const path = databaseFileOf(server);
    if (!existsSync(path)) throw new ChatError('not-found', `There is no database at ${path}.`);
    const store = openReader(path);
    try {
      for await (const text of exportData(owner, {store, format})) {
        if (!process.stdout.write(text)) await once(process.stdout, 'drain');
      }
    } finally {
      store.close();
    }
    return {};
  },
};
