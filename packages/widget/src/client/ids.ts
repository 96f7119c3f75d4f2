/** Names for things that the page makes before the server has heard of them. */
const alphabet = '0123456789abcdefghijklmnopqrstuvwxyz';

/** `prefix_` and 24 letters by chance: enough that two never meet. */
export function newId(prefix: 'msg' | 'chat' | 'local'): string {
  const bytes = crypto.getRandomValues(new Uint8Array(24));
  let id = `${prefix}_`;
  for (const byte of bytes) id += alphabet[byte % alphabet.length];
  return id;
}
