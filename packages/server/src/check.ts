/** Outside data becomes typed data here, once. What is wrong is said in one sentence that names the field. */
import {ChatError} from '@chatlet/protocol';
import type {z} from 'zod';

/** @throws ChatError `invalid-request` */
export function check<Schema extends z.ZodType>(schema: Schema, value: unknown): z.infer<Schema> {
  const result = schema.safeParse(value, {reportInput: false});
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  if (!issue) throw new ChatError('invalid-request');
  const meant = meantBy(issue);
  const param = nameOf(meant.path);
  throw new ChatError('invalid-request', sentenceOf(meant), param === undefined ? {} : {details: {param}});
}

type Issue = z.core.$ZodIssue;
/** What an issue says for which a schema has no words of its own. */
const noWords = 'Invalid input';

/** Of a field that can be read in several ways, the trouble with the way that was meant. */
function meantBy(issue: Issue): Issue {
  if (issue.code !== 'invalid_union' || issue.message !== noWords) return issue;
  const closest = closestOf(issue.errors);
  return closest ? meantBy({...closest, path: [...issue.path, ...closest.path]}) : issue;
}

function sentenceOf(issue: Issue): string {
  const field = nameOf(issue.path) ?? 'The body';
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
      return issue.message === noWords ? `${field} is not valid.` : `${field} ${issue.message}.`;
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
 * Of several readings that all failed, the one that was meant: one that has no quarrel with the kind of thing, and of
 * those the one that got furthest.
 */
function closestOf(readings: readonly (readonly Issue[])[]): Issue | undefined {
  let closest: Issue | undefined;
  let best = -1;
  for (const issues of readings) {
    const [issue] = issues;
    if (!issue) continue;
    const isOtherKind = issues.some(({path}) => path.length === 0 || path.at(-1) === 'type');
    const nearness = issue.path.length + (isOtherKind ? 0 : 100);
    if (nearness > best) [closest, best] = [issue, nearness];
  }
  return closest;
}

/** As one would write it in a program: `messages[0].role`; undefined where all of it is meant. */
function nameOf(path: readonly PropertyKey[]): string | undefined {
  let name = '';
  for (const key of path) name += typeof key === 'number' ? `[${key}]` : `${name && '.'}${String(key)}`;
  return name === '' ? undefined : name;
}

function withArticle(type: string): string {
  const name = {int: 'whole number', record: 'object', nonoptional: 'value'}[type] ?? type;
  return `${/^[aeiou]/.test(name) ? 'an' : 'a'} ${name}`;
}
