/**
 * What only the upstream or a tool can read, and wants back: the owner is shown the answer without it.
 */
import {type Json, type Message, type Part, isObject} from '@chatlet/protocol';

/** Reasoning that has no words for the owner goes, too. */
export function withoutMetadata(parts: readonly Part[]): readonly Part[] {
  return parts.flatMap((part): readonly Part[] => {
    if (part.type === 'tool') {
      const {providerMetadata: _, kept: __, ...shown} = part;
      return [shown];
    }
    if (part.type !== 'reasoning') return [part];
    const {providerMetadata: _, ...shown} = part;
    return shown.text === '' ? [] : [shown];
  });
}

/** Also without the metadata of earlier answers that a stored request gives back. */
export function messageWithoutMetadata({origin, ...message}: Message): Message {
  const parts = withoutMetadata(message.parts);
  return {...message, parts, ...(origin !== undefined && {origin: originWithoutMetadata(origin)})};
}

/** The items of a request to OpenAI's Responses API carry it in two fields of their own. */
function originWithoutMetadata(origin: Json): Json {
  if (!isObject(origin) || !Array.isArray(origin['input'])) return origin;
  const input = origin['input'].map((item: Json) => {
    if (!isObject(item)) return item;
    const {encrypted_content: _, provider_metadata: __, ...shown} = item;
    return shown;
  });
  return {...origin, input};
}
