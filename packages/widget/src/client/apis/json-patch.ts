/** JSON Patch (RFC 6902), by which agents change their state. */
import {isObject} from '@chatlet/protocol';
import type {Json} from '@chatlet/protocol';

type Container = unknown[] | Record<string, unknown>;

const isContainer = (value: unknown): value is Container => typeof value === 'object' && value !== null;

/** The document after the patch; the document itself if the patch does not fit it. */
export function applyPatch(document: Json, patch: unknown): Json {
  const root: {document: Json} = {document: structuredClone(document)};
  try {
    for (const operation of Array.isArray(patch) ? patch : []) apply(root, operation);
  } catch {
    return document;
  }
  return root.document;
}

function apply(root: Container, operation: unknown): void {
  const {op, path, from, value} = isObject(operation) ? operation : {};
  switch (op) {
    case 'add':
    case 'replace':
      put(root, path, {value, inserts: op === 'add'});
      return;
    case 'remove':
      take(root, path);
      return;
    case 'move':
      put(root, path, {value: take(root, from), inserts: true});
      return;
    case 'copy':
      put(root, path, {value: structuredClone(get(root, from)), inserts: true});
      return;
    case 'test':
      if (JSON.stringify(get(root, path)) !== JSON.stringify(value)) throw new RangeError('The test failed.');
      return;
    default:
      throw new RangeError('There is no such operation.');
  }
}

/** The object or list that holds the place of a pointer, and the place in it. */
function find(root: Container, pointer: unknown): {holder: Container; key: string} {
  const keys = `/document${String(pointer)}`
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  const key = keys.pop() ?? '';
  let holder = root;
  for (const outer of keys) {
    const next: unknown = Object.hasOwn(holder, outer) ? Reflect.get(holder, outer) : undefined;
    if (!isContainer(next)) throw new RangeError('The pointer leads nowhere.');
    holder = next;
  }
  return {holder, key};
}

function get(root: Container, pointer: unknown): unknown {
  const {holder, key} = find(root, pointer);
  if (!Object.hasOwn(holder, key)) throw new RangeError('There is nothing.');
  return Reflect.get(holder, key);
}

function take(root: Container, pointer: unknown): unknown {
  const value = get(root, pointer);
  const {holder, key} = find(root, pointer);
  if (Array.isArray(holder)) holder.splice(Number(key), 1);
  else delete holder[key];
  return value;
}

function put(root: Container, pointer: unknown, {value, inserts}: {value: unknown; inserts: boolean}): void {
  const {holder, key} = find(root, pointer);
  if (!inserts) get(root, pointer);
  if (!Array.isArray(holder)) {
    Object.defineProperty(holder, key, {value, writable: true, enumerable: true, configurable: true});
    return;
  }
  const index = key === '-' ? holder.length : Number(key);
  if (!(index >= 0 && index <= holder.length)) throw new RangeError('The list is shorter.');
  holder.splice(index, inserts ? 0 : 1, value);
}
