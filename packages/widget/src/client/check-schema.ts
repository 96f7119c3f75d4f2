/**
 * Checks a value against a JSON Schema: the keywords that descriptions of functions use. A part of our own code and no
 * library, because the smallest weighs more than the chat's panel. Knows no function.
 */
import {isObject} from '@chatlet/protocol';
import type {UncheckedObject} from '@chatlet/protocol';
import {isSame} from '../is-same.ts';

type Check = (value: unknown, limit: unknown) => string | undefined;

interface Place {
  readonly value: unknown;
  /** As in `items[0].name`; empty for the value itself. */
  readonly path: string;
  readonly schema: UncheckedObject;
  /** Holds what references point to. */
  readonly root: UncheckedObject;
  readonly depth: number;
}

/** Deeper values are refused, so that a schema which refers to itself ends. */
const deepest = 40;

const types: Readonly<Record<string, (value: unknown) => boolean>> = {
  object: isObject,
  array: Array.isArray,
  string: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  integer: Number.isInteger,
  boolean: (value) => typeof value === 'boolean',
  null: (value) => value === null,
};

const ofNumbers =
  (fits: (value: number, limit: number) => boolean, words: string): Check =>
  (value, limit) =>
    typeof value !== 'number' || typeof limit !== 'number' || fits(value, limit) ? undefined : `${words} ${limit}`;

const ofSizes =
  (sizeOf: (value: unknown) => number | undefined, most: boolean, unit: string): Check =>
  (value, limit) => {
    const size = sizeOf(value);
    if (size === undefined || typeof limit !== 'number' || (most ? size <= limit : size >= limit)) return undefined;
    return `must have at ${most ? 'most' : 'least'} ${limit} ${unit}`;
  };

/** Characters: those beyond U+FFFF have two units. */
const lengthOf = (value: unknown) =>
  typeof value === 'string' ? value.replaceAll(/[\uD800-\uDBFF](?=[\uDC00-\uDFFF])/g, '').length : undefined;
const countOf = (value: unknown) => (Array.isArray(value) ? value.length : undefined);
const sizeOf = (value: unknown) => (isObject(value) ? Object.keys(value).length : undefined);

/** The keywords that look at the value alone. */
const checks: Readonly<Record<string, Check>> = {
  type(value, wanted) {
    const names = [wanted].flat();
    return names.some((name) => typeof name !== 'string' || (types[name]?.(value) ?? true))
      ? undefined
      : `must be ${names.join(' or ')}`;
  },
  enum: (value, choices) =>
    Array.isArray(choices) && !choices.some((choice) => isSame(choice, value))
      ? `must be one of ${JSON.stringify(choices)}`
      : undefined,
  const: (value, only) => (isSame(value, only) ? undefined : `must be ${JSON.stringify(only)}`),
  minimum: ofNumbers((value, limit) => value >= limit, 'must be at least'),
  maximum: ofNumbers((value, limit) => value <= limit, 'must be at most'),
  exclusiveMinimum: ofNumbers((value, limit) => value > limit, 'must be more than'),
  exclusiveMaximum: ofNumbers((value, limit) => value < limit, 'must be less than'),
  multipleOf: ofNumbers(
    (value, step) => Number.isInteger(Number((value / step).toPrecision(12))),
    'must be a multiple of',
  ),
  minLength: ofSizes(lengthOf, false, 'characters'),
  maxLength: ofSizes(lengthOf, true, 'characters'),
  minItems: ofSizes(countOf, false, 'items'),
  maxItems: ofSizes(countOf, true, 'items'),
  minProperties: ofSizes(sizeOf, false, 'fields'),
  maxProperties: ofSizes(sizeOf, true, 'fields'),
  pattern: (value, pattern) =>
    typeof value === 'string' && typeof pattern === 'string' && !new RegExp(pattern, 'u').test(value)
      ? `must match ${pattern}`
      : undefined,
  uniqueItems: (value, unique) =>
    unique === true &&
    Array.isArray(value) &&
    value.some((item, index) => value.findIndex((other) => isSame(other, item)) < index)
      ? 'must have no item twice'
      : undefined,
  required(value, names) {
    if (!isObject(value) || !Array.isArray(names)) return undefined;
    const missing = names.filter((name) => typeof name === 'string' && !Object.hasOwn(value, name));
    return missing.length > 0 ? `lacks ${missing.join(', ')}` : undefined;
  },
};

/** The keywords that look into the value or lead to other schemas. */
const nested = ['properties', 'additionalProperties', 'items', 'prefixItems', 'anyOf', 'oneOf', 'allOf', 'not', '$ref'];

/** The keywords that say nothing about a value. `format` is one by the standard. */
const notes = [
  '$schema',
  '$id',
  '$comment',
  '$defs',
  'definitions',
  'title',
  'description',
  'default',
  'examples',
  'format',
  'deprecated',
  'readOnly',
  'writeOnly',
];

const known: ReadonlySet<string> = new Set([...Object.keys(checks), ...nested, ...notes]);

/** The first thing that is wrong with the value, as a sentence without its end; undefined if it fits. */
export function findMismatch(value: unknown, schema: object): string | undefined {
  const root = schema as UncheckedObject;
  return findIn({value, path: '', schema: root, root, depth: 0});
}

/** The keywords of a schema that `findMismatch` does not know, and would overlook. */
export function listUnknownKeywords(schema: unknown): readonly string[] {
  if (!isObject(schema)) return [];
  const inner = ['properties', '$defs', 'definitions'].flatMap((name) => Object.values(Object(schema[name])));
  const lists = ['anyOf', 'oneOf', 'allOf', 'prefixItems'].flatMap((name) => [schema[name]].flat());
  const below = [...inner, ...lists, schema['items'], schema['additionalProperties'], schema['not']];
  const own = Object.keys(schema).filter((name) => !known.has(name));
  return [...new Set([...own, ...below.flatMap(listUnknownKeywords)])];
}

function findIn({value, path, schema, root, depth}: Place): string | undefined {
  if (depth > deepest) return `${path || 'the value'} is too deep`;
  for (const [name, limit] of Object.entries(schema)) {
    const wrong = Object.hasOwn(checks, name) ? checks[name]?.(value, limit) : undefined;
    if (wrong !== undefined) return `${path || 'the value'} ${wrong}`;
  }
  const look = (inner: unknown, other: {value?: unknown; path?: string} = {}): string | undefined => {
    const at = {value, path, root, depth: depth + 1, ...other};
    if (inner === false) return `${at.path || 'the value'} is not allowed`;
    return isObject(inner) ? findIn({...at, schema: inner}) : undefined;
  };
  return (
    findInReference(schema, root, look) ?? findInChoices(schema, path, look) ?? findInside({value, path, schema}, look)
  );
}

type Look = (inner: unknown, other?: {value?: unknown; path?: string}) => string | undefined;

/** Only references into the schema itself are followed. */
function findInReference({$ref: reference}: UncheckedObject, root: UncheckedObject, look: Look): string | undefined {
  if (typeof reference !== 'string') return undefined;
  let target: unknown = root;
  for (const name of reference.split('/').slice(1)) {
    target = isObject(target) ? target[name.replaceAll('~1', '/').replaceAll('~0', '~')] : undefined;
  }
  return reference.startsWith('#') && target !== undefined
    ? look(target)
    : `refers to ${reference}, which is not there`;
}

function findInChoices({anyOf, oneOf, allOf, not}: UncheckedObject, path: string, look: Look): string | undefined {
  const place = path || 'the value';
  if (Array.isArray(anyOf) && anyOf.every((each) => look(each) !== undefined)) return `${place} fits none of its forms`;
  if (Array.isArray(oneOf) && oneOf.filter((each) => look(each) === undefined).length !== 1) {
    return `${place} must fit exactly one of its forms`;
  }
  if (isObject(not) && look(not) === undefined) return `${place} is not allowed`;
  return Array.isArray(allOf) ? allOf.map((each) => look(each)).find((wrong) => wrong !== undefined) : undefined;
}

function findInside({value, path, schema}: Pick<Place, 'value' | 'path' | 'schema'>, look: Look): string | undefined {
  const {properties, additionalProperties = true, prefixItems, items} = schema;
  if (Array.isArray(value)) {
    const first = Array.isArray(prefixItems) ? prefixItems : [];
    return value
      .map((item, index) => look(first[index] ?? items, {value: item, path: `${path}[${index}]`}))
      .find((wrong) => wrong !== undefined);
  }
  if (!isObject(value)) return undefined;
  const fields = isObject(properties) ? properties : {};
  return Object.entries(value)
    .map(([name, field]) =>
      look(Object.hasOwn(fields, name) ? fields[name] : additionalProperties, {
        value: field,
        path: path === '' ? name : `${path}.${name}`,
      }),
    )
    .find((wrong) => wrong !== undefined);
}
