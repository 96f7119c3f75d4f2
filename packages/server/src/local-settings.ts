/** Whether a server's settings leave it to the machine that it runs on. Knows no requests. */

/** The settings that make a server public, each by being there. */
export interface PublicSettings {
  readonly origins?: readonly string[] | undefined;
  readonly trustProxy?: number | readonly string[] | undefined;
}

export function isLocalOnly({origins, trustProxy = 0}: PublicSettings): boolean {
  return origins === undefined && (typeof trustProxy === 'number' ? trustProxy === 0 : trustProxy.length === 0);
}

/** Whether a server that listens there can be reached from this machine only. */
export function isLocalHost(host: string): boolean {
  return host === '::1' || isLoopbackName(host);
}

/** Names by which a machine calls itself. */
export function isLoopbackName(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
