/**
 * `encrypted_content` of a reasoning item: the metadata that a program has to give back for the upstream. It is no
 * secret to the program that has it, so it is packed and not encrypted.
 */
import {type ProviderMetadata, asJson, isObject, parseJson} from '@chatlet/protocol';
import {z} from 'zod';

const mark = 'chatlet1.';

export const metadataField = z.record(z.string().max(50), z.record(z.string().max(200), z.unknown().transform(asJson)));

export function seal(providerMetadata: ProviderMetadata | undefined): string {
  return mark + Buffer.from(JSON.stringify({providerMetadata})).toString('base64url');
}

/** The sealed metadata; undefined if this server has not sealed it. */
export function unseal(sealed: string): {readonly providerMetadata?: ProviderMetadata} | undefined {
  if (!sealed.startsWith(mark)) return undefined;
  const content = parseJson(Buffer.from(sealed.slice(mark.length), 'base64url').toString());
  if (!isObject(content)) return undefined;
  const {data} = metadataField.safeParse(content['providerMetadata']);
  return data ? {providerMetadata: data} : {};
}
