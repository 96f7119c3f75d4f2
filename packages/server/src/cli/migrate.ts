/** `chatlet-server migrate`: brings the database to this version's schema. Doing it twice does nothing. */
import {readConfiguration} from '../configuration.ts';
import {sqliteStore} from '../stores/sqlite/index.ts';
import {migrations} from '../stores/sqlite/migrations/index.ts';
import type {Command} from './command.ts';
import {databaseFileOf} from './database-file.ts';

export const migrateDatabase: Command = {
  name: 'migrate',
  async run({env}) {
    const {server} = await readConfiguration(env);
    const path = databaseFileOf(server);
    await sqliteStore({path}).close();
    const newest = migrations.at(-1);
    return {notes: [`${path} has the newest schema, ${newest?.version} (${newest?.name}).`]};
  },
};
