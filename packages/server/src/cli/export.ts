/** `chatlet-server export`: prints everything of one owner, beside a running server or without one. */
import {once} from 'node:events';
import {exportData} from '../engine/export.ts';
import {openReader} from '../stores/sqlite/beside.ts';
import {type Command, CommandError, misused} from './command.ts';
import {findOwnedData, ownerOptions} from './owner.ts';

export const exportOwner: Command = {
  name: 'export',
  options: {...ownerOptions, format: {value: 'json|markdown'}},
  notes: 'The command export prints all chats, messages and usage of an owner.',
  async run(call) {
    const {format = 'json'} = call.options;
    if (format !== 'json' && format !== 'markdown') {
      throw new CommandError('The option --format takes "json" or "markdown".', {exitCode: misused});
    }
    const {owner, path} = await findOwnedData(call);
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
