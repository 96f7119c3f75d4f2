/** Origins of the configuration: whole ones, and all subdomains of a host as `https://*.example.com`. */

/** Whether the text is an origin, perhaps with `*` as its first label. More of a host than that cannot be left open. */
export function isOriginPattern(text: string): boolean {
  const [, scheme = '', host = ''] = /^(https?:\/\/)\*\.(.+)$/.exec(text) ?? [];
  if (host === '') return URL.parse(text)?.origin === text && !text.includes('*');
  // A wildcard for a whole top-level domain would let strangers in.
  return URL.parse(scheme + host)?.origin === scheme + host && !host.includes('*') && /[^.]\.[^.]/.test(host);
}

/** Checks origins against a list of patterns, in constant time for each label of the host. */
export function createOriginMatch(patterns: readonly string[]): (origin: string) => boolean {
  const all = new Set(patterns);
  const isOpen = patterns.some((pattern) => pattern.includes('*'));
  return (origin) => {
    if (all.has(origin)) return !origin.includes('*');
    if (!isOpen || URL.parse(origin)?.origin !== origin) return false;
    const [, scheme = '', host = ''] = /^(https?:\/\/)(.+)$/.exec(origin) ?? [];
    for (let dot = host.indexOf('.'); dot >= 0; dot = host.indexOf('.', dot + 1)) {
      if (dot > 0 && all.has(`${scheme}*${host.slice(dot)}`)) return true;
    }
    return false;
  };
}
