/**
 * Headers of a response before anybody knows whether the request is refused. A refusal writes them together with its own,
 * because setting each by itself costs as much as a whole check. Knows no header.
 */
import type {Response} from 'express';
import {requestSlot} from './request-slot.ts';

type Heading = Record<string, string | number>;

const headings = requestSlot<Heading>('heading');

/** Begins the headers of a response, unless that was done. */
export function headingOf({req}: Response): Heading {
  const known = headings.get(req);
  if (known) return known;
  const heading: Heading = {};
  headings.set(req, heading);
  return heading;
}

/** Sets the headers on the response of a request that is accepted, or answered in another way. */
export function setHeading(res: Response): void {
  const heading = headings.get(res.req);
  for (const name in heading) if (heading[name] !== undefined) res.setHeader(name, heading[name]);
  headings.set(res.req, {});
}
