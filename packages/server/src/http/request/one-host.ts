/**
 * Refuses requests with two `Host` headers. Node takes the first and a proxy may take the last, so that they would
 * disagree about the page's site.
 */
import {ChatError} from '@chatlet/protocol';
import type {Request} from 'express';

/** @throws ChatError `invalid-request` */
export function checkHost({rawHeaders}: Request): void {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  if (hosts > 1) throw new ChatError('invalid-request', 'Send one Host header.', {details: {cause: 'host'}});
}
