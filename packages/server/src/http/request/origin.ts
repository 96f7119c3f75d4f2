/** The server's own origin, as the caller of a request reaches it. */
import type {Request} from 'express';

/** `https://chat.example.com`; behind a proxy as `CHATLET_TRUST_PROXY` lets its headers say. Undefined without a `Host`. */
export function originOf(req: Request): string | undefined {
  const {protocol, host} = req;
  return host === undefined ? undefined : URL.parse(`${protocol}://${host}`)?.origin;
}
