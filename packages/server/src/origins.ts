/** Origins of the configuration: whole ones, and all subdomains of a host as `https://*.example.com`. */
import {ChatError} from '@chatlet/protocol';

/** Whether the text is an origin, perhaps with `*` as its first label. More of a host than that cannot be left open. */
export function isOriginPattern(text: string): boolean {
  const [, scheme = '', host = ''] = /^(https?:\/\/)\*\.(.+)$/.exec(text) ?? [];
  if (host === '') return URL.parse(text)?.origin === text && !text.includes('*');
  // A wildcard for a whole top-level domain would let strangers in.
  return URL.parse(scheme + host)?.origin === scheme + host && !host.includes('*') && /[^.]\.[^.]/.test(host);
}

/** @throws ChatError `invalid-request` that names the setting, if one of them is no pattern */
export function checkOriginPatterns(patterns: readonly string[], setting: string): void {
  const wrong = patterns.find((pattern) => !isOriginPattern(pattern));
  if (wrong === undefined) return;
  const sentence = `${setting} must be origins like https://www.example.com or https://*.example.com, which "${wrong}" is not.`;
  throw new ChatError('invalid-request', sentence);
}

/**
 * Checks origins against a list of patterns, in constant time for each label of the host.
 * @throws ChatError `invalid-request` if one of them is no pattern: it would allow nobody, and nobody would be told
 */
export function createOriginMatch(patterns: readonly string[]): (origin: string) => boolean {
  checkOriginPatterns(patterns, 'origins');
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
