/** `chatlet-server forget`: deletes everything of one owner, by the server that runs or without one. */
import {ChatError} from '@chatlet/protocol';
import {forgetIn} from '../engine/personal-data.ts';
import {requestForgetting} from '../stores/sqlite/beside.ts';
import {sqliteStore} from '../stores/sqlite/index.ts';
import type {Command} from './command.ts';
import {findOwnedData, ownerOptions} from './owner.ts';

export const forget: Command = {
  name: 'forget',
  options: ownerOptions,
  notes:
    'The command forget deletes all chats of an owner, overwrites their words on the disk, and makes the usage anonymous. ' +
    'If a server runs, that server does it, and stops the owner’s answers first. An owner is visitor:ID, user:NAME or ' +
    'key:ACCOUNT, as GET /api/me/export shows it. Backups are not touched.',
  async run(call) {
    const {owner, path} = await findOwnedData(call);
    const store = openUnlessServed(path);
    if (!store) {
      await requestForgetting(path, owner);
      return {notes: [`The server has forgotten ${owner}.`]};
    }
    try {
      const count = await forgetIn(store, owner);
      return {notes: [`${owner} is forgotten: ${count} chats are deleted, and usage is anonymous.`]};
    } finally {
      await store.close();
    }
  },
};

/** Undefined if a server uses the database. */
function openUnlessServed(path: string) {
  try {
    return sqliteStore({path});
  } catch (error) {
    if (error instanceof ChatError && error.code === 'conflict') return undefined;
    throw error;
  }
}
