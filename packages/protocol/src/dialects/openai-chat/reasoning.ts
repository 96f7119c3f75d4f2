/** Reads reasoning from fields of its own, under all the names that OpenAI-compatible servers use. */
import {asText, isObject} from '../../json.ts';
import type {UncheckedObject} from '../../json.ts';

/** Reads the reasoning of a delta or message. Reads one field only, since some send the same text under two names. */
export function deltaThought(delta: UncheckedObject): string {
  const thought = asThought(delta['reasoning_content']) || asThought(delta['reasoning']);
  if (thought !== '') return thought;
  const details = delta['reasoning_details'];
  if (!Array.isArray(details)) return '';
  let text = '';
  for (const detail of details) {
    if (isObject(detail)) text += asText(detail['text']) || asText(detail['summary']);
  }
  return text;
}

/** The field that has the reasoning of a delta and takes it back; undefined if only details have it. */
export function thoughtField(delta: UncheckedObject): string | undefined {
  return ['reasoning_content', 'reasoning'].find((field) => asThought(delta[field]) !== '');
}

/** Reads the reasoning of a content part: Mistral's `{type: 'thinking', thinking: [{type: 'text', text}]}`. */
export function partThought(part: UncheckedObject): string {
  if (part['type'] !== 'thinking') return '';
  const {thinking} = part;
  let text = asThought(thinking);
  if (Array.isArray(thinking)) for (const piece of thinking) if (isObject(piece)) text += asText(piece['text']);
  return text;
}

/** A boolean in these fields says whether the model reasons. */
function asThought(value: unknown): string {
  return typeof value === 'boolean' ? '' : asText(value);
}
