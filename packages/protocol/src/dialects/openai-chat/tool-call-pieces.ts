/**
 * Tool calls as OpenAI's chunks carry them: in pieces, with or without an index, with or without an id. In OpenAI's own
 * chunks the index says which call a piece belongs to. Other servers count the chunks with it, number all calls 0, or
 * leave it out, so that it is only a hint. The first rule that applies wins:
 *
 * | the piece has                 | and the call at its index (without an index: the call of the piece before) | so the piece        |
 * | ----------------------------- | -------------------------------------------------------------------------- | ------------------- |
 * | an id that a call has         |                                                                            | belongs to that one |
 * | an id or a name               | does not exist                                                             | begins a call       |
 * | neither                       | does not exist, and the call of the piece before is incomplete             | belongs to the latter |
 * | neither                       | does not exist, and the call of the piece before is complete               | begins a call       |
 * | an id                         | has another id, and the piece has a name or the call is complete           | begins a call       |
 * | a name                        | has another name, or is complete and gets more input                       | begins a call       |
 * | anything else                 |                                                                            | belongs to it       |
 *
 * A call is complete if it has a name and JSON as its input. A call without a name is never given out.
 * Sources: agno-agi/agno#8880, dirac-run/dirac#215, SamSaffron/term-llm#314, BerriAI/litellm#35663.
 */
import type {ChatEvent} from '../../event.ts';
import {asJson, asText, isObject, parseJson} from '../../json.ts';
import type {Json, JsonObject, UncheckedObject} from '../../json.ts';
import {toolInput} from '../tool-input.ts';

export interface ToolCallPieces {
  add(piece: unknown): void;
  /** Appends the calls that have a name. Returns whether there were any. */
  emit(out: ChatEvent[]): boolean;
}

interface Call {
  id: string;
  name: string;
  /** Pieces of JSON text, or the value itself if somebody sends it whole. */
  input: string | Json;
  /** Further fields, such as Gemini's `extra_content` with a signature, which the upstream wants back. */
  more?: JsonObject;
}

/** The most characters of a call's further fields. */
const mostFurther = 65_536;

/** More calls than this in one answer are an attempt to fill the memory. */
const mostCalls = 512;

export function toolCallPieces(): ToolCallPieces {
  const calls: Call[] = [];
  const callAt = new Map<string, Call>();
  let previous: Call | undefined;

  /** The call that a piece continues; undefined if it begins one. */
  const findCall = (index: string, {id, name, input}: Call): Call | undefined => {
    const same = id === '' ? undefined : calls.find((call) => call.id === id);
    if (same !== undefined) return same;
    const known = index === '' ? previous : callAt.get(index);
    if (known === undefined) return name === '' && id === '' && !isComplete(previous) ? previous : undefined;
    if (id !== '' && known.id !== '') return name === '' && !isComplete(known) ? known : undefined;
    if (name === '' || known.name === '') return known;
    return name === known.name && (input === '' || !isComplete(known)) ? known : undefined;
  };

  return {
    add(piece) {
      if (!isObject(piece)) return;
      const called = isObject(piece['function']) ? piece['function'] : {};
      const {name, arguments: said} = called;
      const input = isObject(said) || Array.isArray(said) ? asJson(said) : asText(said);
      const part: Call = {id: asText(piece['id']), name: asText(name), input};
      const index = asText(piece['index']);
      let call = findCall(index, part);
      if (call === undefined) {
        if (calls.length >= mostCalls) return;
        calls.push((call = {id: '', name: '', input: ''}));
      }
      previous = call;
      if (index !== '') callAt.set(index, call);
      call.id ||= part.id;
      call.name ||= part.name;
      call.input = joinInput(call.input, input);
      const more = furtherCallFields(piece);
      if (more !== undefined) call.more = {...call.more, ...more};
    },
    emit(out) {
      const named = calls.filter(({name}) => name !== '');
      named.forEach(({id, name, input, more}, index) => {
        const metadata = more === undefined ? {} : {providerMetadata: {'openai-chat': more}};
        out.push({type: 'tool-call', callId: id || `call_${index + 1}`, name, ...toolInput(input), ...metadata});
      });
      return named.length > 0;
    },
  };
}

/** The fields of a call that are none of OpenAI's; undefined if there are none, or if they are very long. */
export function furtherCallFields(call: UncheckedObject): JsonObject | undefined {
  const {id: _, index: __, type: ___, function: ____, ...others} = call;
  const fields = Object.entries(others).filter(([, value]) => value != null);
  if (fields.length === 0 || JSON.stringify(fields).length > mostFurther) return undefined;
  return Object.fromEntries(fields.map(([field, value]) => [field, asJson(value)]));
}

function isComplete(call: Call | undefined): boolean {
  if (call === undefined || call.name === '') return false;
  return typeof call.input !== 'string' || isWhole(call.input);
}

/** Whether a text is all of a JSON object or list. */
function isWhole(text: string): boolean {
  return /[}\]]\s*$/.test(text) && parseJson(text) !== undefined;
}

/**
 * Some begin with `{}` for an input that follows in pieces, some repeat the whole input at the end, and some send the
 * value itself instead of its text.
 */
function joinInput(before: string | Json, piece: string | Json): string | Json {
  if (piece === '' || (piece === before && typeof piece === 'string' && isWhole(piece))) return before;
  return typeof piece === 'string' && typeof before === 'string' && before !== '{}' ? before + piece : piece;
}
