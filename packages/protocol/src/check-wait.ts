/** Validates what a call of a tool that waits asks for, and what it was answered. Pages need it before an answer's other events. */
import type {ApprovalOption, InputReply, ToolApproval, ToolWait} from './event.ts';
import type {Part} from './message.ts';
import {type JsonObject, isObject} from './json.ts';

const approvals: ReadonlySet<unknown> = new Set<ToolApproval>(['once', 'chat', 'refused']);

/** Whether the value allows or refuses a call. */
export function isApproval(value: unknown): value is ToolApproval {
  return approvals.has(value);
}

const approvalOptions: ReadonlySet<unknown> = new Set<ApprovalOption>(['chat', 'input', 'reason']);

function isApprovalOption(value: unknown): value is ApprovalOption {
  return approvalOptions.has(value);
}

/** The wait of a call, or undefined if a newer server asks in a way that we do not know. */
export function checkWait(value: unknown): ToolWait | undefined {
  if (!isObject(value)) return undefined;
  const {ask, definition, expiresAt, destructive, claim, message, schema, url, options} = value;
  if (typeof definition !== 'string' || typeof expiresAt !== 'string') return undefined;
  const terms = {definition, expiresAt, ...(destructive === true ? {destructive} : {})};
  if (ask === 'person') return {ask, ...terms};
  if (ask === 'approval') {
    const isText = typeof message === 'string';
    const known = Array.isArray(options) ? {options: options.filter(isApprovalOption)} : {};
    return {ask, ...terms, ...(isText ? {message} : {}), ...known};
  }
  if (ask === 'page') return {ask, ...terms, ...(typeof claim === 'string' ? {claim} : {})};
  if (typeof message !== 'string') return undefined;
  if (ask === 'form' && isObject(schema)) return {ask, ...terms, message, schema: schema as JsonObject};
  // Whoever opens it leaves the page for it, and must see a name of a host that is certified.
  if (ask !== 'url' || typeof url !== 'string' || !url.startsWith('https://') || !URL.canParse(url)) return undefined;
  return {ask, ...terms, message, url};
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
