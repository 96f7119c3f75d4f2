/** Validates what a call of a tool that waits asks for, and what it was answered. Pages need it before an answer's other events. */
import type {InputReply, ToolApproval, ToolWait} from './event.ts';
import type {Part} from './message.ts';
import {type JsonObject, asString, isObject} from './json.ts';

const approvals: ReadonlySet<unknown> = new Set<ToolApproval>(['once', 'chat', 'refused']);

/** Whether the value allows or refuses a call. */
export function isApproval(value: unknown): value is ToolApproval {
  return approvals.has(value);
}

/** The wait of a call, or undefined if a newer server asks in a way that we do not know. */
export function checkWait(value: unknown): ToolWait | undefined {
  if (!isObject(value)) return undefined;
  const {ask, schema, destructive, claim} = value;
  const definition = asString(value['definition']);
  const expiresAt = asString(value['expiresAt']);
  if (definition === undefined || expiresAt === undefined) return undefined;
  const terms = {definition, expiresAt, ...(destructive === true ? {destructive} : {})};
  if (ask === 'approval' || ask === 'person') return {ask, ...terms};
  if (ask === 'page') return {ask, ...terms, ...(typeof claim === 'string' ? {claim} : {})};
  const message = asString(value['message']);
  const url = asString(value['url']);
  if (message === undefined) return undefined;
  if (ask === 'form' && isObject(schema)) return {ask, ...terms, message, schema: schema as JsonObject};
  // Whoever opens it leaves the page for it, and must see a name of a host that is certified.
  return ask === 'url' && url?.startsWith('https://') && URL.canParse(url) ? {ask, ...terms, message, url} : undefined;
}

/** Whether a part is a call that waits for a function of the page. */
export function isForPage(part: Part): boolean {
  return part.type === 'tool' && part.state === 'waiting' && part.wait?.ask === 'page';
}

/** The reply to a form or an address, or undefined if the value is none. */
export function checkReply(value: unknown): InputReply | undefined {
  if (!isObject(value)) return undefined;
  const {action, content} = value;
  if (action !== 'accept' && action !== 'decline') return undefined;
  return {action, ...(isObject(content) ? {content: content as JsonObject} : {})};
}
