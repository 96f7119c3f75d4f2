/**
 * Keys for programs: made here, shown once, kept as hashes. An account may have several at a time, so that one can be
 * replaced without a gap. Knows no HTTP and no database; stores of keys pass `stores/testing/key-store-contract.ts`.
 */
import {hash as digest, randomBytes} from 'node:crypto';
import {ChatError} from '@chatlet/protocol';
import {type Identity, isOwnerName, ownerOf} from './identity.ts';

/** A key as it is kept: everything but the key. */
export interface ApiKeyRecord {
  /** Names the key where it is listed and revoked, `key_…`. Tells nothing of the key. */
  readonly id: string;
  /** Whose it is. All keys of an account own the same chats. */
  readonly account: string;
  /** Name of a plan. */
  readonly plan: string;
  /** What somebody called it, such as `backup server`. */
  readonly name?: string;
  /** The beginning of the key, to tell it from others by eye. */
  readonly prefix: string;
  /** ISO 8601, UTC, with milliseconds. */
  readonly createdAt: string;
}

/** SHA-256 of a key, in hex. Fast is fine: keys have 160 random bits, so guessing is hopeless at any speed. */
export type KeyHash = string;

export interface KeyStore {
  /** @throws ChatError `conflict` where the id or the hash is there already */
  add(key: ApiKeyRecord & {readonly hash: KeyHash}): Promise<void>;
  /** The key with this hash; undefined where there is none or where it was revoked. */
  find(hash: KeyHash): Promise<ApiKeyRecord | undefined>;
  /** Oldest first. */
  list(account?: string): Promise<readonly ApiKeyRecord[]>;
  /** Whether there is a key at all. */
  hasAny(): Promise<boolean>;
  /** Takes effect at once. False where there is no such key. */
  revoke(id: string): Promise<boolean>;
  close(): Promise<void>;
}

/** A key that its owner sees now and never again. */
export interface NewKey {
  readonly key: string;
  readonly record: ApiKeyRecord;
}

const prefixLength = 12;

/**
 * Makes a key and keeps its hash.
 * @throws ChatError `invalid-request` where the account is no name
 */
export async function createKey(
  store: KeyStore,
  {account, plan, name}: {account: string; plan: string; name?: string},
  now: Date = new Date(),
): Promise<NewKey> {
  if (!isOwnerName(account)) throw new ChatError('invalid-request', 'An account needs a name of 1 to 255 characters.');
  const key = `chatlet_${randomBytes(20).toString('hex')}`;
  const record: ApiKeyRecord = {
    id: `key_${randomBytes(9).toString('base64url')}`,
    account,
    plan,
    ...(name !== undefined && {name}),
    prefix: key.slice(0, prefixLength),
    createdAt: now.toISOString(),
  };
  await store.add({...record, hash: hashOfKey(key)});
  return {key, record};
}

export function hashOfKey(key: string): KeyHash {
  return digest('sha256', key, 'hex');
}

/** A key that the configuration names. */
export interface ConfiguredKey {
  readonly key: string;
  readonly plan: string;
  /** Whose it is; a key without it is an account of its own. */
  readonly account?: string;
}

/**
 * Keys from one line: `key:plan` or `key:plan:account`, separated by commas. A key alone has the plan `default`.
 * @throws ChatError `invalid-request` that names the place, never the key
 */
export function parseKeyList(list: string): readonly ConfiguredKey[] {
  const entries = list
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  return entries.map((entry, index) => {
    const [key = '', plan = '', ...rest] = entry.split(':').map((word) => word.trim());
    const account = rest.join(':');
    const place = `API key number ${index + 1}`;
    // One that can be guessed is none, and one with spaces does not survive a header.
    if (!/^[\x21-\x7e]{8,}$/.test(key))
      throw new ChatError('invalid-request', `${place} needs 8 or more visible characters.`);
    if (account !== '' && !isOwnerName(account))
      throw new ChatError('invalid-request', `${place} has no proper account.`);
    return {key, plan: plan || 'default', ...(account !== '' && {account})};
  });
}

export interface KeyCheck {
  /** @throws ChatError `unauthenticated` where there is no such key, or no longer */
  identify(key: string): Promise<Identity>;
}

/** Tells keys from each other: the configured ones and those in a store. Every request asks the store anew. */
export function createKeyCheck({keys = [], store}: {keys?: readonly ConfiguredKey[]; store?: KeyStore}): KeyCheck {
  // By their hashes, which nobody can steer: how long one is looked for says nothing of the keys.
  const configured = new Map(keys.map((key) => [hashOfKey(key.key), key]));
  return {
    async identify(key) {
      const hash = hashOfKey(key);
      const found = configured.get(hash);
      if (found) return {kind: 'key', owner: ownerOf('key', found.account ?? nameOf(hash)), plan: found.plan};
      const record = await store?.find(hash);
      if (record) return {kind: 'key', owner: ownerOf('key', record.account), plan: record.plan};
      throw new ChatError('unauthenticated', 'The API key is not valid.');
    },
  };
}

/** A key without an account is known by its hash, so that its chats outlive a restart. */
function nameOf(hash: KeyHash): string {
  return hash.slice(0, 24);
}
