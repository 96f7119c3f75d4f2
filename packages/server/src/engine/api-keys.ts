/**
 * API keys for programs: created here, shown once, stored as hashes. An account may have several keys at a time, so that
 * a key can be replaced without a gap. Knows no HTTP and no database; key stores pass
 * `stores/testing/key-store-contract.ts`.
 */
import {hash as digest, randomBytes} from 'node:crypto';
import {ChatError} from '@chatlet/protocol';
import {type Identity, isOwnerName, ownerOf} from './identity.ts';

/** A key as it is stored: everything but the key itself. */
export interface ApiKeyRecord {
  /** Names the key when it is listed or revoked: `key_…`. Reveals nothing of the key. */
  readonly id: string;
  /** The key's owner. All keys of an account own the same chats. */
  readonly account: string;
  /** Name of a plan. */
  readonly plan: string;
  /** A name for people, such as `backup server`. */
  readonly name?: string;
  /** The beginning of the key, so that people can tell it from others. */
  readonly prefix: string;
  /** ISO 8601, UTC, with milliseconds. */
  readonly createdAt: string;
}

/** SHA-256 of a key, in hex. Fast is fine: keys have 160 random bits, so guessing is hopeless at any speed. */
export type KeyHash = string;

/** Keeps the keys of programs, as hashes. */
export interface KeyStore {
  /** @throws ChatError `conflict` if the id or the hash is already there */
  add(key: ApiKeyRecord & {readonly hash: KeyHash}): Promise<void>;
  /** The key with this hash; undefined if there is none or if it was revoked. */
  find(hash: KeyHash): Promise<ApiKeyRecord | undefined>;
  /** Oldest first. */
  list(account?: string): Promise<readonly ApiKeyRecord[]>;
  /** Whether any key exists. */
  hasAny(): Promise<boolean>;
  /** Takes effect at once. False if there is no such key. */
  revoke(id: string): Promise<boolean>;
  /** Ends the store. No call follows. */
  close(): Promise<void>;
}

/** A key that its owner sees now and never again. */
export interface NewKey {
  readonly key: string;
  readonly record: ApiKeyRecord;
}

const prefixLength = 12;

/**
 * Creates a key and stores its hash.
 * @throws ChatError `invalid-request` if the account is no valid name
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

/** A key in the configuration. */
export interface ConfiguredKey {
  readonly key: string;
  readonly plan: string;
  /** The key's owner; a key without an account is an account of its own. */
  readonly account?: string;
}

/**
 * Reads keys from one line: `key:plan` or `key:plan:account`, separated by commas. A key alone has the plan `default`.
 * @throws ChatError `invalid-request`, which names the key's position and never the key
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
    // A short key can be guessed, and a key with spaces does not survive a header.
    if (!/^[\x21-\x7e]{8,}$/.test(key))
      throw new ChatError('invalid-request', `${place} needs 8 or more visible characters.`);
    if (account !== '' && !isOwnerName(account))
      throw new ChatError('invalid-request', `${place} has no proper account.`);
    return {key, plan: plan || 'default', ...(account !== '' && {account})};
  });
}

export interface KeyCheck {
  /** Undefined if there is no such key, or if it was revoked. */
  identify(key: string): Promise<Identity | undefined>;
}

/** Finds the owner of a key, among the configured keys and those in a store. Each call asks the store again. */
export function createKeyCheck({keys = [], store}: {keys?: readonly ConfiguredKey[]; store?: KeyStore}): KeyCheck {
  // Looked up by hash, which nobody can choose, so the time of a lookup reveals nothing about the keys.
  const configured = new Map(keys.map((key) => [hashOfKey(key.key), key]));
  return {
    async identify(key) {
      const hash = hashOfKey(key);
      const found = configured.get(hash);
      if (found) return {kind: 'key', owner: ownerOf('key', found.account ?? accountOfHash(hash)), plan: found.plan};
      const record = await store?.find(hash);
      return record && {kind: 'key', owner: ownerOf('key', record.account), plan: record.plan};
    },
  };
}

/** A key without an account gets one from its hash, so that its chats outlive a restart. */
function accountOfHash(hash: KeyHash): string {
  return hash.slice(0, 24);
}
