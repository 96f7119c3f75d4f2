/** Validates what a call of a tool that waits asks for, and what it was answered. Pages need it before an answer's other events. */
import type {ToolApproval, ToolWait} from './event.ts';
import {asString, isObject} from './json.ts';

const approvals: ReadonlySet<unknown> = new Set<ToolApproval>(['once', 'chat', 'refused']);

export function isApproval(value: unknown): value is ToolApproval {
  return approvals.has(value);
}

/** The wait of a call, or undefined if a newer server asks in a way that we do not know. */
export function checkWait(value: unknown): ToolWait | undefined {
  if (!isObject(value) || value['ask'] !== 'approval') return undefined;
  const definition = asString(value['definition']);
  const expiresAt = asString(value['expiresAt']);
  if (definition === undefined || expiresAt === undefined) return undefined;
  return {ask: 'approval', definition, expiresAt, ...(value['destructive'] === true ? {destructive: true} : {})};
}
