/** Reads reasoning from fields of its own, under all the names that OpenAI-compatible servers use. */
import {asString, isObject} from '../../json.ts';
import type {UncheckedObject} from '../../json.ts';

/** Reads the reasoning of a delta or message. Reads one field only, since some send the same text under two names. */
export function deltaThought(delta: UncheckedObject): string {
  const content = delta['reasoning_content'];
  if (typeof content === 'string' && content !== '') return content;
  const {reasoning} = delta;
  if (typeof reasoning === 'string' && reasoning !== '') return reasoning;
  const details = delta['reasoning_details'];
  if (!Array.isArray(details)) return '';
  let text = '';
  for (const detail of details) {
    if (isObject(detail)) text += asString(detail['text']) ?? asString(detail['summary']) ?? '';
  }
  return text;
}

/** Reads the reasoning of a content part: Mistral's `{type: 'thinking', thinking: [{type: 'text', text}]}`. */
export function partThought(part: UncheckedObject): string {
  if (part['type'] !== 'thinking') return '';
  const {thinking} = part;
  if (typeof thinking === 'string') return thinking;
  if (!Array.isArray(thinking)) return '';
  let text = '';
  for (const piece of thinking) if (isObject(piece)) text += asString(piece['text']) ?? '';
  return text;
}
