/** `chatlet-server keys` and `chatlet-server migrate`: what is done to a database without a server. */
import {ChatError} from '@chatlet/protocol';
import {sqlitePathOf} from './assemble.ts';
import {type ApiKeyRecord, createKey} from './engine/api-keys.ts';
import {builtInPlans, defaultPlan, findPlan} from './engine/plans.ts';
import type {ChatServerConfig} from './index.ts';
import {sqliteKeyStore} from './stores/sqlite/keys.ts';
import {migrations} from './stores/sqlite/migrations/index.ts';
import {sqliteStore} from './stores/sqlite/index.ts';

export type KeysCommand =
  | {readonly command: 'create'; readonly account?: string; readonly plan?: string; readonly name?: string}
  | {readonly command: 'list'; readonly account?: string}
  | {readonly command: 'revoke'; readonly id: string};

/** What is printed: `out` is what a script wants, `notes` are for people. */
export interface Printed {
  readonly out: readonly string[];
  readonly notes: readonly string[];
}

type Config = Pick<ChatServerConfig, 'databaseUrl' | 'plans' | 'apiKeys'>;

export async function keysCommand(command: KeysCommand, config: Config): Promise<Printed> {
  const store = sqliteKeyStore({path: fileOf(config)});
  try {
    switch (command.command) {
      case 'create': {
        const {account = 'default', plan: asked = defaultPlan.name, name} = command;
        const plans = [...builtInPlans, ...(config.plans ?? [])];
        const plan = findPlan(asked, plans);
        if (!plan) {
          const known = plans.map((each) => each.name).join(', ');
          throw new ChatError('invalid-request', `There is no plan "${asked}", only ${known}.`);
        }
        const {key, record} = await createKey(store, {account, plan: plan.name, ...(name !== undefined && {name})});
        const about = `${record.id}, of the account ${account} with the plan ${plan.name}`;
        return {out: [key], notes: [`This is the only time that the key is shown. It is known as ${about}.`]};
      }
      case 'list': {
        const keys = await store.list(command.account);
        return keys.length === 0 ? {out: [], notes: ['There are no keys.']} : {out: tableOf(keys), notes: []};
      }
      case 'revoke': {
        if (await store.revoke(command.id)) {
          return {out: [], notes: [`${command.id} is revoked. Requests with it are refused from now on.`]};
        }
        throw new ChatError('not-found', `There is no key ${command.id}. chatlet-server keys list shows all.`);
      }
      default:
        command satisfies never;
        throw new ChatError('internal');
    }
  } finally {
    await store.close();
  }
}

/** Whether any program has a key; where none has, those on this machine need none. */
export async function hasKeys(config: Config & Pick<ChatServerConfig, 'store' | 'keyStore'>): Promise<boolean> {
  if (config.apiKeys && config.apiKeys.length > 0) return true;
  if (config.keyStore) return config.keyStore.hasAny();
  if (config.store || sqlitePathOf(config.databaseUrl) === ':memory:') return false;
  const store = sqliteKeyStore({path: fileOf(config)});
  try {
    return await store.hasAny();
  } finally {
    await store.close();
  }
}

/** Brings the database to this version's schema; doing it twice does nothing. */
export async function migrateCommand(config: Config): Promise<Printed> {
  const path = fileOf(config);
  await sqliteStore({path}).close();
  const newest = migrations.at(-1);
  return {out: [], notes: [`${path} has the newest schema, ${newest?.version} (${newest?.name}).`]};
}

function fileOf({databaseUrl}: Config): string {
  const path = sqlitePathOf(databaseUrl);
  if (path !== ':memory:') return path;
  throw new ChatError('invalid-request', 'A database in memory is gone when the command has ended. Name a file.');
}

function tableOf(keys: readonly ApiKeyRecord[]): readonly string[] {
  const rows = [
    ['ID', 'KEY', 'ACCOUNT', 'PLAN', 'CREATED', 'NAME'],
    ...keys.map(({id, prefix, account, plan, createdAt, name = ''}) => [
      id,
      `${prefix}…`,
      account,
      plan,
      createdAt.slice(0, 10),
      name,
    ]),
  ];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
