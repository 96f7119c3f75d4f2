/** Tool calls as OpenAI's chunks carry them: in pieces, with or without an index, with or without an id. */
import type {ChatEvent} from '../../event.ts';
import {asJson, asNumber, asString, isObject} from '../../json.ts';
import type {Json} from '../../json.ts';
import {toolInput} from '../tool-input.ts';

export interface ToolCallPieces {
  /**
   * Adds a piece to the call at its index. A new id at that index begins a new call, because Ollama numbers all of its
   * calls 0. If there is no index, a piece with an id begins a call, and one without an id continues the last call.
   */
  add(piece: unknown): void;
  /** Appends the calls. Returns whether there were any. */
  emit(out: ChatEvent[]): boolean;
}

interface Call {
  id: string;
  name: string;
  /** Pieces of JSON text, or the value itself if somebody sends it whole. */
  input: string | Json;
}

/** More calls than this in one answer are an attempt to fill the memory. */
const mostCalls = 512;

export function toolCallPieces(): ToolCallPieces {
  const calls: Call[] = [];
  const callAt = new Map<number, Call>();

  /** The call that a piece belongs to; undefined if it would begin one too many. */
  const findCall = (index: number | undefined, id: string): Call | undefined => {
    const known = index === undefined ? calls.at(-1) : callAt.get(index);
    if (known !== undefined && (id === '' || known.id === '' || id === known.id)) return known;
    if (calls.length >= mostCalls) return undefined;
    const call: Call = {id, name: '', input: ''};
    calls.push(call);
    return call;
  };

  return {
    add(piece) {
      if (!isObject(piece)) return;
      const index = asNumber(piece['index']);
      const id = asString(piece['id']) ?? '';
      const call = findCall(index, id);
      if (call === undefined) return;
      if (index !== undefined) callAt.set(index, call);
      if (id !== '') call.id = id;
      if (isObject(piece['function'])) {
        const {name, arguments: input} = piece['function'];
        if (typeof name === 'string' && name !== '') call.name = name;
        if (typeof input === 'string') call.input = typeof call.input === 'string' ? call.input + input : input;
        // Some send the value itself instead of its text.
        else if (isObject(input) || Array.isArray(input)) call.input = asJson(input);
      }
    },
    emit(out) {
      for (const [index, {id, name, input}] of calls.entries()) {
        const callId = id === '' ? `call_${index + 1}` : id;
        out.push({type: 'tool-call', callId, name, ...toolInput(input)});
      }
      return calls.length > 0;
    },
  };
}
