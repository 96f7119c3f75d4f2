/** Tickets: a moment until which they are valid, and a signature (HMAC) with the secret that site and chat share. */
import {createHmac, timingSafeEqual} from 'node:crypto';

const minutes = 10;

const sign = (secret, until) => createHmac('sha256', secret).update(`ticket:${until}`).digest('base64url');

export function createTicket(secret, now = Date.now()) {
  const until = now + minutes * 60_000;
  return `${until}.${sign(secret, until)}`;
}

export function isValidTicket(secret, ticket = '', now = Date.now()) {
  const [until = '', signature = ''] = ticket.split('.');
  const given = Buffer.from(signature);
  const expected = Buffer.from(sign(secret, until));
  return given.length === expected.length && timingSafeEqual(given, expected) && Number(until) > now;
}
