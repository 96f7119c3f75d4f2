/**
 * Reads the JSON Schema of a tool's input as far as zod can check it. What zod cannot check is left to the tool: an input
 * that the schema allows is never refused. Pure.
 */
import {type UncheckedObject, isObject} from '@chatlet/protocol';
import {z} from 'zod';

/** Keywords that zod refuses. */
const uncheckable: ReadonlySet<string> = new Set([
  'not',
  'if',
  'then',
  'else',
  'unevaluatedItems',
  'unevaluatedProperties',
  'dependentSchemas',
  'dependentRequired',
  'dependencies',
]);
/** Keywords with a schema or a list of schemas. */
const withSchemas: ReadonlySet<string> = new Set([
  'items',
  'prefixItems',
  'additionalItems',
  'additionalProperties',
  'contains',
  'propertyNames',
  'allOf',
  'anyOf',
  'oneOf',
]);
/** Keywords with schemas by names. */
const withNamedSchemas: ReadonlySet<string> = new Set(['properties', 'patternProperties']);
/** Zod checks nothing of a variant without one of these. */
const checked: readonly string[] = ['type', 'enum', 'const', '$ref', 'anyOf', 'allOf'];
const types: ReadonlySet<unknown> = new Set(['string', 'number', 'integer', 'boolean', 'null', 'object', 'array']);

/** Any schema is read, if need be as one that allows every object. */
export function readInputSchema(schema: UncheckedObject): z.ZodType {
  try {
    const exact = simplify(schema, {isExact: true});
    const {simple} = exact.isWhole ? exact : simplify(schema, {isExact: false});
    return toZod(simple) ?? toZod(withReadableProperties(simple)) ?? z.looseObject({});
  } catch {
    // Nested too deeply, for example.
    return z.looseObject({});
  }
}

function toZod(schema: UncheckedObject): z.ZodType | undefined {
  try {
    return z.fromJSONSchema(schema);
  } catch {
    return undefined;
  }
}

interface Simplified {
  readonly simple: UncheckedObject;
  /** Whether all of the schema is in it. */
  readonly isWhole: boolean;
}

/**
 * The schema without what zod refuses, and with each reference to a definition of its own: zod looks for definitions in one
 * place only. If a variant allows too much, several may fit, so one of them is enough unless `isExact`.
 */
function simplify(root: UncheckedObject, {isExact}: {readonly isExact: boolean}): Simplified {
  const isOld = /draft-0[4-7]/.test(String(root['$schema']));
  const place = isOld ? 'definitions' : '$defs';
  const definitions: Record<string, unknown> = {};
  const names = new Map<string, string>();
  let isWhole = true;

  const refer = (reference: string): UncheckedObject => {
    if (reference === '#') return {$ref: reference};
    const known = names.get(reference);
    const name = known ?? `d${names.size}`;
    if (known === undefined) {
      const target = resolvePointer(root, reference);
      if (!isObject(target)) {
        isWhole = false;
        return {};
      }
      names.set(reference, name);
      definitions[name] = simple(target);
    }
    return {$ref: `#/${place}/${name}`};
  };

  const simple = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(simple);
    if (!isObject(value)) return value;
    if (typeof value['$ref'] === 'string') return refer(value['$ref']);
    const entries: [string, unknown][] = [];
    for (const [key, part] of Object.entries(value)) {
      if (key === 'not' && isObject(part) && Object.keys(part).length === 0) entries.push([key, part]);
      else if (isUncheckable(key, part)) isWhole = false;
      else if (withSchemas.has(key)) entries.push([key, simple(part)]);
      else if (withNamedSchemas.has(key) && isObject(part)) entries.push([key, mapValues(part, simple)]);
      else if (key !== '$defs' && key !== 'definitions') entries.push([key, part]);
    }
    const {oneOf, ...rest} = Object.fromEntries(entries) as UncheckedObject;
    if (!Array.isArray(oneOf)) return rest;
    if (!oneOf.every((each) => isObject(each) && checked.some((key) => key in each))) isWhole = false;
    if (isExact) return {...rest, oneOf};
    return 'anyOf' in rest ? rest : {...rest, anyOf: oneOf};
  };

  const made = simple(root);
  const all = Object.keys(definitions).length > 0 ? {[place]: definitions} : {};
  return {simple: {...(isObject(made) && made), ...(isOld && {$schema: root['$schema']}), ...all}, isWhole};
}

function isUncheckable(key: string, value: unknown): boolean {
  if (key === 'type') return ![value].flat().every((type) => types.has(type));
  // Zod compares these by identity, and takes a relative address for none.
  if (key === 'enum' || key === 'const')
    return [value].flat().some((each) => typeof each === 'object' && each !== null);
  if (key === 'format') return value === 'uri-reference';
  return uncheckable.has(key) || (key === 'pattern' && !isPattern(value));
}

/** Whether JavaScript reads it without the flag `u`, which zod does not set. */
function isPattern(value: unknown): boolean {
  try {
    return new RegExp(String(value)).source !== '' && !/\\[pPu]\{/.test(String(value));
  } catch {
    return false;
  }
}

/** The value at a pointer such as `#/properties/from` (RFC 6901). */
function resolvePointer(root: UncheckedObject, reference: string): unknown {
  if (!reference.startsWith('#/')) return undefined;
  let value: unknown = root;
  for (const part of reference.slice(2).split('/')) {
    const key = decodePart(part);
    const isThere = (isObject(value) || Array.isArray(value)) && Object.hasOwn(value, key);
    value = isThere ? (value as UncheckedObject)[key] : undefined;
  }
  return value;
}

function decodePart(part: string): string {
  const plain = part.replaceAll('~1', '/').replaceAll('~0', '~');
  try {
    return decodeURIComponent(plain);
  } catch {
    return plain;
  }
}

/** With those properties alone that zod reads; the others may be anything. */
function withReadableProperties(schema: UncheckedObject): UncheckedObject {
  const {properties, required, $schema, $defs, definitions} = schema;
  const around = {
    ...($schema !== undefined && {$schema}),
    ...($defs !== undefined && {$defs}),
    ...(definitions !== undefined && {definitions}),
  };
  const read = (value: unknown) => (isObject(value) && !toZod({...value, ...around}) ? {} : value);
  return {
    ...around,
    type: 'object',
    ...(isObject(properties) && {properties: mapValues(properties, read)}),
    ...(Array.isArray(required) && {required}),
  };
}

function mapValues(object: UncheckedObject, map: (value: unknown) => unknown): UncheckedObject {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value)]));
}
