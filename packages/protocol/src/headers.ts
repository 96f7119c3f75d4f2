/** Headers in the two forms of the platforms: fetch's object and Node's plain record. */
export type HeadersLike =
  | {get(name: string): string | null}
  | Readonly<Record<string, string | readonly string[] | undefined>>;

/** The value of a header. `name` is in lower case. */
export function headerOf(headers: HeadersLike | undefined, name: string): string | undefined {
  if (headers === undefined) return undefined;
  if (hasGet(headers)) return headers.get(name) ?? undefined;
  const value = headers[name];
  if (value !== undefined) return typeof value === 'string' ? value : value.join(', ');
  // Records written by hand may have capitals.
  for (const [key, other] of Object.entries(headers)) {
    if (key.toLowerCase() === name && other !== undefined) return typeof other === 'string' ? other : other.join(', ');
  }
  return undefined;
}

/** Whether a body is in our own dialect. */
export function isOwnStream(headers: HeadersLike | undefined): boolean {
  return headerOf(headers, 'x-chatlet-stream') !== undefined;
}

function hasGet(headers: HeadersLike): headers is {get(name: string): string | null} {
  return typeof headers['get'] === 'function';
}
