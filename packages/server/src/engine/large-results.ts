/**
 * Results of tools that are too long for a prompt. The model reads the beginning, and the rest in parts by a tool that it
 * gets with the first such result. They are kept in memory until the answer ends or waits for a person. Knows no store.
 */
import {ChatError, type Json, asNumber, asString, isObject} from '@chatlet/protocol';
import type {Tool} from './tool.ts';

export interface LargeResults {
  /** The result as the model reads it: itself, or its beginning as a text that says how to read on. */
  shorten(callId: string, output: Json): Json;
  /** Reads on in one of them; undefined if there is none. */
  readonly reader: Tool | undefined;
}

export interface LargeResultsOptions {
  /** Characters of a part. */
  readonly partLength: number;
  /** Characters of all results that are kept; what is beyond them is lost. */
  readonly mostKept?: number;
}

export const readerName = 'read-result';

export function createLargeResults({partLength, mostKept = 4_000_000}: LargeResultsOptions): LargeResults {
  const kept = new Map<string, string>();
  let left = mostKept;

  const readPart = (id: string, text: string, from: number): string => {
    // Half of a pair of surrogates is no character.
    const isSplit = /[\ud800-\udbff]/.test(text[from + partLength - 1] ?? '');
    const to = Math.min(text.length, from + partLength - (isSplit ? 1 : 0));
    const part = text.slice(from, to);
    if (to === text.length) return part;
    return `${part}\n… (cut: these are the characters ${from} to ${to} of ${text.length}; ${readerName} reads on with id "${id}" and offset ${to})`;
  };

  const reader: Tool = {
    name: readerName,
    description: `Reads on in a result that was cut, at most ${partLength} characters at once.`,
    inputSchema: {
      type: 'object',
      properties: {
        id: {type: 'string', description: 'As the cut result names it'},
        offset: {type: 'integer', minimum: 0, description: 'The character to begin at; 0 by default'},
        find: {type: 'string', description: 'Words to begin at, if they are at the offset or behind it'},
      },
      required: ['id'],
      additionalProperties: false,
    },
    annotations: {readOnlyHint: true},
    prepare(input) {
      const {id, offset, find} = isObject(input) ? input : {};
      const text = kept.get(asString(id) ?? '');
      if (text === undefined) {
        const known = [...kept.keys()].join(', ');
        throw new ChatError('invalid-request', `There is no such result, only ${known}. Older ones are kept no more.`);
      }
      const start = Math.max(0, Math.trunc(asNumber(offset) ?? 0));
      const words = asString(find) ?? '';
      const from = words === '' ? start : text.indexOf(words, start);
      if (from < 0) throw new ChatError('not-found', `“${words}” is not in this result behind ${start}.`);
      if (from >= text.length) throw new ChatError('invalid-request', `The result has ${text.length} characters.`);
      return {needsApproval: false, run: async () => readPart(asString(id) ?? '', text, from)};
    },
  };

  return {
    shorten(callId, output) {
      const text = typeof output === 'string' ? output : JSON.stringify(output);
      if (text.length <= partLength) return output;
      const taken = text.slice(0, Math.max(left, partLength));
      left = Math.max(0, left - taken.length);
      kept.set(callId, taken);
      const lost = text.length - taken.length;
      return readPart(callId, taken, 0) + (lost > 0 ? ` (${lost} characters at the end were lost)` : '');
    },
    get reader() {
      return kept.size === 0 ? undefined : reader;
    },
  };
}
