/** Turns the bytes of a text into the text: by its byte order mark, its content, then what it says of itself. */

const declaredWithin = 4_096;

/**
 * Bytes that are valid UTF-8 are UTF-8, whatever a server says: no other encoding's text is that by chance. Encodings that
 * are made of ASCII bytes only, and UTF-16, have to be declared.
 */
export function decodeText(bytes: Uint8Array, declared?: string): string {
  const marked = encodingOfMark(bytes);
  if (marked !== undefined) return decode(bytes, marked) ?? '';
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, declaredWithin));
  const labels = [
    declared,
    /<meta[^>]+charset\s*=\s*["']?\s*([\w-]+)/i.exec(head)?.[1],
    /^<\?xml[^>]+encoding=["']([\w-]+)/.exec(head)?.[1],
  ];
  const named = labels.find((label) => label !== undefined && decoderFor(label) !== undefined);
  if (named !== undefined && /^(?:utf-?16|iso-2022|hz-)/i.test(named)) return decode(bytes, named) ?? '';
  const other = named !== undefined && !/^utf-?8$/i.test(named) ? named : 'windows-1252';
  return decode(bytes, 'utf-8', true) ?? decode(bytes, other) ?? '';
}

/** The charset of a `Content-Type`. */
export function charsetOf(contentType: string | undefined): string | undefined {
  return /;\s*charset\s*=\s*["']?([\w-]+)/i.exec(contentType ?? '')?.[1];
}

function encodingOfMark([first, second, third]: Uint8Array): string | undefined {
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return undefined;
}

function decode(bytes: Uint8Array, label: string, fatal = false): string | undefined {
  try {
    return decoderFor(label, fatal)?.decode(bytes);
  } catch {
    return undefined;
  }
}

function decoderFor(label: string, fatal = false): InstanceType<typeof TextDecoder> | undefined {
  try {
    return new TextDecoder(label, {fatal});
  } catch {
    return undefined;
  }
}
