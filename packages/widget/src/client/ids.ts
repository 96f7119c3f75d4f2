/** Ids for messages, chats and runs of agents that the page makes before the server knows them. */
const alphabet = '0123456789abcdefghijklmnopqrstuvwxyz';

/** `prefix_` and 24 random characters: enough that no two ids are equal. */
export function newId(prefix: 'msg' | 'chat' | 'local' | 'run'): string {
  const bytes = crypto.getRandomValues(new Uint8Array(24));
  let id = `${prefix}_`;
  for (const byte of bytes) id += alphabet[byte % alphabet.length];
  return id;
}
