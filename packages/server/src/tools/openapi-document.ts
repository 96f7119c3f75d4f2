/**
 * Reads the operations of an OpenAPI document (https://spec.openapis.org/oas/v3.1.1.html, and 3.0). What a document has
 * wrong is left out, because nobody can ask its author. Resolves references within the document; others are never asked
 * for, and what they describe may be anything. Knows no tool and no HTTP.
 */
import {ChatError, type UncheckedObject, asString, isObject} from '@chatlet/protocol';

export interface Operation {
  /** Absent if the document gives it none. */
  readonly id?: string;
  /** In capitals. */
  readonly method: string;
  /** With its parameters in braces: `/pets/{id}`. */
  readonly path: string;
  readonly description: string;
  readonly parameters: readonly Parameter[];
  readonly body?: RequestBody;
  /** The address that paths begin at: relative to the document's own, or absolute. Absent if the document names none. */
  readonly server?: string;
}

export type Place = 'path' | 'query' | 'header';

export interface Parameter {
  readonly name: string;
  readonly in: Place;
  readonly required: boolean;
  readonly schema: unknown;
  readonly description?: string;
  /** How arrays and objects are written. */
  readonly style?: string;
  readonly explode?: boolean;
  /** Whether its value is written as JSON. */
  readonly isJson: boolean;
}

export interface RequestBody {
  readonly contentType: string;
  readonly required: boolean;
  readonly schema: unknown;
  readonly description?: string;
}

const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];

/** References that lead to references. */
const mostSteps = 20;

/** @throws ChatError `invalid-request` if it is no OpenAPI document of version 3.0 to 3.2 */
export function readOperations(document: unknown): readonly Operation[] {
  const version = isObject(document) ? asString(document['openapi']) : undefined;
  if (!isObject(document) || !/^3\.[012](?:\.|$)/.test(version ?? '')) {
    throw new ChatError('invalid-request', 'The document is not OpenAPI 3.0 or 3.1.');
  }
  return Object.entries(objectIn(document['paths'])).flatMap(([path, value]) => {
    const item = resolve(document, value);
    return methods.flatMap((method) => {
      const operation = item[method];
      return isObject(operation) && path.startsWith('/')
        ? [readOperation(document, {path, method: method.toUpperCase(), item, operation})]
        : [];
    });
  });
}

interface Found {
  readonly path: string;
  readonly method: string;
  /** All operations of the path. */
  readonly item: UncheckedObject;
  readonly operation: UncheckedObject;
}

function readOperation(document: UncheckedObject, {path, method, item, operation}: Found): Operation {
  const id = asString(operation['operationId']);
  const words = [operation['summary'] ?? item['summary'], operation['description'] ?? item['description']];
  const description = words.filter((text) => typeof text === 'string' && text.trim() !== '').join('\n');
  const body = readBody(document, operation['requestBody']);
  const server = [operation, item, document].map(readServer).find((address) => address !== undefined);
  return {
    ...(id !== undefined && {id}),
    method,
    path,
    description: description === '' ? `${method} ${path}` : description,
    parameters: readParameters(document, {path, lists: [item['parameters'], operation['parameters']]}),
    ...(body && {body}),
    ...(server !== undefined && {server}),
  };
}

/** Those of the operation override those of its path. Each name in the path is a parameter, declared or not. */
function readParameters(
  document: UncheckedObject,
  {path, lists}: {readonly path: string; readonly lists: readonly unknown[]},
): readonly Parameter[] {
  const found = new Map<string, Parameter>();
  for (const [, name = ''] of path.matchAll(/\{([^{}]+)\}/g)) {
    found.set(`path ${name}`, {name, in: 'path', required: true, schema: {type: 'string'}, isJson: false});
  }
  for (const value of lists.flatMap((list) => (Array.isArray(list) ? list : []))) {
    const {name, in: place, ...about} = resolve(document, value);
    if (typeof name !== 'string' || name === '') continue;
    if (place !== 'path' && place !== 'query' && place !== 'header') continue;
    if (place === 'path' && !found.has(`path ${name}`)) continue;
    const [content] = Object.values(objectIn(about['content']));
    const {style, explode} = about;
    const description = asString(about['description']);
    found.set(`${place} ${name}`, {
      name,
      in: place,
      required: place === 'path' || about['required'] === true,
      schema: isObject(content) ? content['schema'] : about['schema'],
      ...(description !== undefined && {description}),
      ...(typeof style === 'string' && {style}),
      ...(typeof explode === 'boolean' && {explode}),
      isJson: isObject(content),
    });
  }
  return [...found.values()];
}

/** JSON if the operation takes it, or else its first type. */
function readBody(document: UncheckedObject, value: unknown): RequestBody | undefined {
  const {content, required, description} = resolve(document, value);
  const types = Object.entries(objectIn(content));
  const [contentType, media] = types.find(([type]) => isJsonType(type)) ?? types[0] ?? [];
  if (contentType === undefined) return undefined;
  return {
    contentType,
    required: required === true,
    schema: isObject(media) ? media['schema'] : undefined,
    ...(typeof description === 'string' && {description}),
  };
}

export function isJsonType(type: string): boolean {
  return /^application\/(?:[\w.-]+\+)?json\b/i.test(type);
}

/** The first server, with the defaults of its variables. */
function readServer({servers}: UncheckedObject): string | undefined {
  const [first] = Array.isArray(servers) ? servers : [];
  const {url, variables} = objectIn(first);
  if (typeof url !== 'string') return undefined;
  return url.replaceAll(/\{([^{}]+)\}/g, (name, variable: string) => {
    const value = objectIn(objectIn(variables)[variable])['default'];
    return typeof value === 'string' ? value : name;
  });
}

/** What a value or its reference stands for. Empty if that is no object, or a reference leads nowhere or round in circles. */
export function resolve(document: UncheckedObject, value: unknown): UncheckedObject {
  let found = value;
  for (let step = 0; step < mostSteps; step++) {
    if (!isObject(found) || typeof found['$ref'] !== 'string') return objectIn(found);
    found = follow(document, found['$ref']);
  }
  return {};
}

/** The target of a JSON Pointer within the document (RFC 6901). */
function follow(document: UncheckedObject, reference: string): unknown {
  if (!reference.startsWith('#/')) return undefined;
  let found: unknown = document;
  for (const piece of reference.slice(2).split('/')) {
    const key = decode(piece).replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined;
    found = Reflect.get(found, key);
  }
  return found;
}

function decode(piece: string): string {
  try {
    return decodeURIComponent(piece);
  } catch {
    return piece;
  }
}

function objectIn(value: unknown): UncheckedObject {
  return isObject(value) ? value : {};
}
