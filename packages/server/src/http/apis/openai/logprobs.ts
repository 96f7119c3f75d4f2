/** Joins the `logprobs` of an answer's chunks, which messages do not keep, for a completion that is sent whole. */
import {type ChatEvent, type Json, asJson, isObject} from '@chatlet/protocol';
import type {UnsavedTurn} from '../../../engine/unsaved-turns.ts';

export interface KeptLogprobs extends Pick<UnsavedTurn, 'read'> {
  /** All that came so far; null if the upstream sent none. */
  readonly logprobs: () => Json;
}

/** The turn, which notes them while it is read. */
export function keepLogprobs(turn: Pick<UnsavedTurn, 'read'>): KeptLogprobs {
  const lists = new Map<string, Json[]>();
  const note = (event: ChatEvent) => {
    if (event.type !== 'logprobs' || !isObject(event.logprobs)) return;
    for (const [name, tokens] of Object.entries(event.logprobs)) {
      if (!Array.isArray(tokens)) continue;
      const list = lists.get(name) ?? [];
      list.push(...tokens.map(asJson));
      lists.set(name, list);
    }
  };
  return {
    async *read(options) {
      for await (const batch of turn.read(options)) {
        batch.forEach(note);
        yield batch;
      }
    },
    logprobs: () => (lists.size > 0 ? {content: null, refusal: null, ...Object.fromEntries(lists)} : null),
  };
}
