/** Validates outside data and gives it a type, once, at the edge. An error is one sentence that names the field. */
import {ChatError} from '@chatlet/protocol';
import type {z} from 'zod';

/** @throws ChatError `invalid-request` */
export function check<Schema extends z.ZodType>(schema: Schema, value: unknown): z.infer<Schema> {
  const result = schema.safeParse(value, {reportInput: false});
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  if (!issue) throw new ChatError('invalid-request');
  const meant = findMeant(issue);
  const unknown = meant.code === 'unrecognized_keys' ? meant.keys.slice(0, 1) : [];
  const param = printPath([...meant.path, ...unknown]);
  throw new ChatError('invalid-request', printIssue(meant), param === undefined ? {} : {details: {param}});
}

type Issue = z.core.$ZodIssue;
/** The message of zod's issues if a schema has no message of its own. */
const defaultMessage = 'Invalid input';

/** If a field allows several types, finds the issue with the type that was meant. */
function findMeant(issue: Issue): Issue {
  if (issue.code !== 'invalid_union' || issue.message !== defaultMessage) return issue;
  const closest = findClosest(issue.errors);
  return closest ? findMeant({...closest, path: [...issue.path, ...closest.path]}) : issue;
}

function printIssue(issue: Issue): string {
  const field = printPath(issue.path) ?? 'The body';
  switch (issue.code) {
    case 'invalid_type':
      return `${field} must be ${withArticle(issue.expected)}.`;
    case 'too_small':
      return issue.origin === 'array' || issue.origin === 'string'
        ? `${field} must not be empty.`
        : `${field} must not be less than ${issue.minimum}.`;
    case 'too_big':
      if (issue.origin === 'string') return `${field} must not have more than ${issue.maximum} characters.`;
      if (issue.origin === 'array') return `${field} must not have more than ${issue.maximum} entries.`;
      return `${field} must not be more than ${issue.maximum}.`;
    case 'invalid_value':
      return `${field} must be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}.`;
    case 'custom':
    case 'invalid_format':
      return `${field} ${issue.message}.`;
    case 'unrecognized_keys':
      return `${field} has no ${issue.keys.map((key) => JSON.stringify(key)).join(' and no ')}.`;
    case 'invalid_union':
      return issue.message === defaultMessage ? `${field} is not valid.` : `${field} ${issue.message}.`;
    case 'not_multiple_of':
    case 'invalid_key':
    case 'invalid_element':
      return `${field} is not valid.`;
    default:
      issue satisfies never;
      return `${field} is not valid.`;
  }
}

/**
 * Of several types that all failed, finds the closest one: a type whose kind of value fits, and among those the type that
 * fails deepest in the value.
 */
function findClosest(attempts: readonly (readonly Issue[])[]): Issue | undefined {
  let closest: Issue | undefined;
  let best = -1;
  for (const issues of attempts) {
    const [issue] = issues;
    if (!issue) continue;
    const isOtherKind = issues.some(({path}) => path.length === 0 || path.at(-1) === 'type');
    const nearness = issue.path.length + (isOtherKind ? 0 : 100);
    if (nearness > best) [closest, best] = [issue, nearness];
  }
  return closest;
}

/** The path as in a program: `messages[0].role`; undefined for the whole value. */
function printPath(path: readonly PropertyKey[]): string | undefined {
  let name = '';
  for (const key of path) name += typeof key === 'number' ? `[${key}]` : `${name && '.'}${String(key)}`;
  return name === '' ? undefined : name;
}

function withArticle(type: string): string {
  const name = {int: 'whole number', record: 'object', nonoptional: 'value'}[type] ?? type;
  return `${/^[aeiou]/.test(name) ? 'an' : 'a'} ${name}`;
}
