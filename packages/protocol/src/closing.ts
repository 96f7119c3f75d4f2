/** What the end of an answer says besides its reason: in events, in messages, and in dialects that have room for it. Pure. */
import type {MessageEndEvent} from './event.ts';
import {asString, isObject} from './json.ts';

/** The fields of the end of an answer that its message keeps. */
export type Closing = Pick<MessageEndEvent, 'grounded' | 'followUps' | 'nearestPage'>;

/** These fields alone, of an event or a message. */
export function closingFields({grounded, followUps, nearestPage}: Closing): Closing {
  return {
    ...(grounded === undefined ? {} : {grounded}),
    ...(followUps === undefined ? {} : {followUps}),
    ...(nearestPage === undefined ? {} : {nearestPage}),
  };
}

/** Reads these fields, and drops what it cannot read and questions beyond the third. */
export function readClosing(value: unknown): Closing {
  if (!isObject(value)) return {};
  const {grounded, followUps, nearestPage} = value;
  const questions = (Array.isArray(followUps) ? followUps : []).filter((each) => typeof each === 'string').slice(0, 3);
  const page = isObject(nearestPage) ? nearestPage : {};
  const title = asString(page['title']);
  const url = asString(page['url']);
  return {
    ...(typeof grounded === 'boolean' ? {grounded} : {}),
    ...(questions.length === 0 ? {} : {followUps: questions}),
    ...(title === undefined ? {} : {nearestPage: {title, ...(url === undefined ? {} : {url})}}),
  };
}
