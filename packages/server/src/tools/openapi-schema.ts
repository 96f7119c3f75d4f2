/**
 * Turns a schema of an OpenAPI document into a JSON Schema that stands alone: models read no references, and schemas of
 * documents can refer to themselves. What it does not take over, such as formats and patterns, the server itself checks;
 * the model learns of it in words. Pure.
 */
import {type UncheckedObject, isObject} from '@chatlet/protocol';
import {resolve} from './openapi-document.ts';

/** Levels of schemas within schemas; a deeper value may be anything. */
const deepest = 6;
/** Schemas of one tool. Others may be anything. */
const mostSchemas = 600;
const longestDescription = 500;

const types = new Set(['string', 'number', 'integer', 'boolean', 'array', 'object', 'null']);
const numbers = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'];
const counts = ['minLength', 'maxLength', 'minItems', 'maxItems'];
const variants = ['anyOf', 'oneOf', 'allOf'];

export type SchemaPrinter = (schema: unknown, description?: string) => object;

/** Prints the schemas of one tool, which share its bounds. */
export function schemaPrinter(document: UncheckedObject): SchemaPrinter {
  let left = mostSchemas;

  const print = (value: unknown, depth: number): object => {
    left -= 1;
    const schema = resolve(document, value);
    const about = {...schema, ...(isObject(value) && typeof value['description'] === 'string' && value)};
    const description = describe(about);
    const told = description === '' ? {} : {description};
    if (left < 0 || depth > deepest) return told;
    const inner = (part: unknown) => print(part, depth + 1);
    const choices = variants.flatMap((key): [string, object[]][] => {
      const parts = schema[key];
      if (!Array.isArray(parts) || parts.length === 0) return [];
      // A value that fits two of them is the server's matter.
      return [[key === 'oneOf' ? 'anyOf' : key, parts.map(inner)]];
    });
    return {
      ...printType(schema),
      ...told,
      ...printLimits(schema),
      ...printValues(schema),
      ...(isObject(schema['items']) && {items: inner(schema['items'])}),
      ...(isObject(schema['properties']) && printProperties(document, schema, inner)),
      ...(isObject(schema['additionalProperties']) && {additionalProperties: inner(schema['additionalProperties'])}),
      ...Object.fromEntries(choices),
    };
  };

  return (schema, description) => {
    const printed = print(schema, 0);
    return description === undefined ? printed : {description: shorten(description), ...printed};
  };
}

function printType(schema: UncheckedObject): object {
  const named = [schema['type']].flat().filter((type) => typeof type === 'string' && types.has(type));
  // Version 3.0 has a key for it.
  if (schema['nullable'] === true && named.length > 0) named.push('null');
  const distinct = [...new Set(named)];
  return distinct.length === 0 ? {} : {type: distinct.length === 1 ? distinct[0] : distinct};
}

function printLimits(schema: UncheckedObject): object {
  const limits: Record<string, unknown> = {};
  for (const key of numbers) if (Number.isFinite(schema[key])) limits[key] = schema[key];
  for (const key of counts)
    if (Number.isSafeInteger(schema[key]) && Number(schema[key]) >= 0) limits[key] = schema[key];
  // In version 3.0 they say whether the limit itself is left out.
  for (const [exclusive, limit] of [
    ['exclusiveMinimum', 'minimum'],
    ['exclusiveMaximum', 'maximum'],
  ] as const) {
    if (schema[exclusive] !== true || limits[limit] === undefined) continue;
    limits[exclusive] = limits[limit];
    delete limits[limit];
  }
  return limits;
}

function printValues(schema: UncheckedObject): object {
  if (isScalar(schema['const'])) return {enum: [schema['const']]};
  const listed = Array.isArray(schema['enum']) ? schema['enum'].filter(isScalar) : [];
  if (listed.length === 0) return {};
  const values = schema['nullable'] === true && !listed.includes(null) ? [...listed, null] : listed;
  return {enum: [...new Set(values)]};
}

/** The properties that a request may send. */
function printProperties(
  document: UncheckedObject,
  {properties, required}: UncheckedObject,
  inner: (part: unknown) => object,
): object {
  const sent = Object.entries(isObject(properties) ? properties : {}).filter(
    ([, property]) => resolve(document, property)['readOnly'] !== true,
  );
  const names = new Set(sent.map(([name]) => name));
  return {
    properties: Object.fromEntries(sent.map(([name, property]) => [name, inner(property)])),
    required: Array.isArray(required) ? [...new Set(required)].filter((name) => names.has(name)) : [],
  };
}

/** The description, with what the schema says besides. */
function describe({description, format, pattern, default: fallback}: UncheckedObject): string {
  const notes = [
    typeof format === 'string' && `format: ${format}`,
    typeof pattern === 'string' && `pattern: ${pattern}`,
    isScalar(fallback) && `default: ${JSON.stringify(fallback)}`,
  ].filter((note) => note !== false);
  const words = typeof description === 'string' ? shorten(description) : '';
  return [words, notes.length > 0 ? `(${shorten(notes.join(', '))})` : ''].filter((part) => part !== '').join(' ');
}

export function shorten(text: string, most: number = longestDescription): string {
  const trimmed = text.trim();
  return trimmed.length <= most ? trimmed : `${trimmed.slice(0, most)}…`;
}

function isScalar(value: unknown): value is string | number | boolean | null {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}
