/** Reads fields as our own dialect has them, and others that have room for them: a mark of a source, the end of an answer. */
import type {CitationEvent, MessageEndEvent} from '../event.ts';
import {asString, isObject} from '../json.ts';

/** Reads a mark with our names for its fields; undefined if one is missing. */
export function citationEvent(value: unknown): CitationEvent | undefined {
  if (!isObject(value)) return undefined;
  const sourceId = asString(value['sourceId']);
  const quote = asString(value['quote']);
  return sourceId === undefined || quote === undefined ? undefined : {type: 'citation', sourceId, quote};
}

/** What the end of an answer says besides its reason. Messages keep it, and dialects that have room for it tell it. */
export type Closing = Pick<MessageEndEvent, 'grounded' | 'followUps' | 'nearestPage'>;

/** These fields alone, of an event or a message. */
export function closingFields({grounded, followUps, nearestPage}: Closing): Closing {
  return {
    ...(grounded === undefined ? {} : {grounded}),
    ...(followUps === undefined ? {} : {followUps}),
    ...(nearestPage === undefined ? {} : {nearestPage}),
  };
}

/** Reads these fields, and drops those that it cannot read. */
export function readClosing(value: unknown): Closing {
  if (!isObject(value)) return {};
  const {grounded, followUps, nearestPage} = value;
  const questions = Array.isArray(followUps) ? followUps.filter((each) => typeof each === 'string') : [];
  const page = isObject(nearestPage) ? nearestPage : {};
  const title = asString(page['title']);
  const url = asString(page['url']);
  return {
    ...(typeof grounded === 'boolean' ? {grounded} : {}),
    ...(questions.length === 0 ? {} : {followUps: questions}),
    ...(title === undefined ? {} : {nearestPage: {title, ...(url === undefined ? {} : {url})}}),
  };
}
