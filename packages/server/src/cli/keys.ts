/** `chatlet-server keys`: makes, lists and revokes the API keys of programs, while a server runs or not. */
import {ChatError} from '@chatlet/protocol';
import {type Configuration, readConfiguration} from '../configuration.ts';
import {type ApiKeyRecord, type KeyStore, createKey} from '../engine/api-keys.ts';
import {allPlans, choosePlan, defaultPlan} from '../engine/plans.ts';
import {sqliteKeyStore} from '../stores/sqlite/keys.ts';
import type {Command, CommandCall, Printed} from './command.ts';
import {databaseFileOf} from './database-file.ts';
import {printTable} from './table.ts';

const account = {value: 'ACCOUNT'};

export const keysCreate: Command = {
  name: 'keys create',
  options: {account, plan: {value: 'PLAN'}, name: {value: 'NAME'}},
  notes:
    'The command keys create prints a key once and keeps only its hash. Further keys of an account see the same chats. ' +
    'Plans are default, visitor, trial, core, enterprise and those of the configuration file. A key that is revoked is refused ' +
    'at once, also by a server that runs.',
  run: (call) =>
    withKeyStore(call, async (store, {plans = []}) => {
      const {account: owner = 'default', plan: wanted = defaultPlan.name, name} = call.options;
      const plan = choosePlan(wanted, allPlans(plans));
      const {key, record} = await createKey(store, {account: owner, plan: plan.name, ...(name && {name})});
      const about = `${record.id}, of the account ${owner} with the plan ${plan.name}`;
      return {out: [key], notes: [`This is the only time that the key is shown. It is known as ${about}.`]};
    }),
};

export const keysList: Command = {
  name: 'keys list',
  options: {account},
  run: (call) =>
    withKeyStore(call, async (store) => {
      const keys = await store.list(call.options['account']);
      return keys.length === 0 ? {notes: ['There are no keys.']} : {out: printKeys(keys)};
    }),
};

export const keysRevoke: Command = {
  name: 'keys revoke',
  parameters: ['ID'],
  run: (call) =>
    withKeyStore(call, async (store) => {
      const [id = ''] = call.args;
      if (await store.revoke(id)) return {notes: [`${id} is revoked. Requests with it are refused from now on.`]};
      throw new ChatError('not-found', `There is no key ${id}. chatlet-server keys list shows all.`);
    }),
};

async function withKeyStore(
  {env}: CommandCall,
  work: (store: KeyStore, config: Configuration['server']) => Promise<Printed>,
): Promise<Printed> {
  const {server} = await readConfiguration(env);
  const store = sqliteKeyStore({path: databaseFileOf(server)});
  try {
    return await work(store, server);
  } finally {
    await store.close();
  }
}

function printKeys(keys: readonly ApiKeyRecord[]): readonly string[] {
  return printTable([
    ['ID', 'KEY', 'ACCOUNT', 'PLAN', 'CREATED', 'NAME'],
    ...keys.map(({id, prefix, account: owner, plan, createdAt, name = ''}) => [
      id,
      `${prefix}…`,
      owner,
      plan,
      createdAt.slice(0, 10),
      name,
    ]),
  ]);
}
