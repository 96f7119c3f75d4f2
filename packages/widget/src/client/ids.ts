/** Ids for messages, chats and runs of agents that the page makes before the server knows them. */
const alphabet = '0123456789abcdefghijklmnopqrstuvwxyz';
const length = 24;

/** Random bytes for many ids, because a call for them costs more than an id: a page may bring thousands of messages. */
const pool = new Uint8Array(64 * length);
let used = pool.length;

/** `prefix_` and 24 random characters: enough that no two ids are equal. */
export function newId(prefix: 'msg' | 'chat' | 'local' | 'run'): string {
  if (used === pool.length) {
    crypto.getRandomValues(pool);
    used = 0;
  }
  let id = `${prefix}_`;
  for (const end = used + length; used < end; used++) id += alphabet[(pool[used] ?? 0) % alphabet.length];
  return id;
}
