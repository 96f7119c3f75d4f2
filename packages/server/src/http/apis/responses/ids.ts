/**
 * The ids of items. Each has the random part of its response's id and its place there, so that a reference to an item is
 * found without a table. Knows no store.
 */
import {responsePrefix} from '../../../engine/ids.ts';

/** The ids of calls that wait for an approval begin with this. */
export const requestPrefix = 'mcpr_';

/** `msg`, `rs`, `fc`, `mcp` or `mcpr`. */
export function outputItemId(kind: string, responseId: string, place: number): string {
  return `${kind}_${responseId.slice(responsePrefix.length)}_${place}`;
}

export function inputItemId(responseId: string, place: number): string {
  return outputItemId('item', responseId, place);
}

/** Undefined if this server gives no such ids. */
export function readItemId(id: string): {responseId: string; list: 'input' | 'output'; place: number} | undefined {
  const [, kind, token, place] = /^(msg|rs|fc|mcp|mcpr|item)_([\w-]{20})_(\d{1,6})$/.exec(id) ?? [];
  if (token === undefined) return undefined;
  return {responseId: responsePrefix + token, list: kind === 'item' ? 'input' : 'output', place: Number(place)};
}
