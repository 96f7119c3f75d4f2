/**
 * Google's signature of a tool call, which it wants back with the call: `thoughtSignature` in the AI SDK, and
 * `extra_content.google.thought_signature` in OpenAI's form, in which clients of chat completions keep it.
 * https://ai.google.dev/gemini-api/docs/thought-signatures
 */
import {type JsonObject, type ProviderMetadata, asString, isObject} from '@chatlet/protocol';

/** The signature in OpenAI's form; undefined if the metadata of the SDK has none. */
export function toOpenaiSignature(providerMetadata: unknown): ProviderMetadata | undefined {
  const google = isObject(providerMetadata) ? providerMetadata['google'] : undefined;
  const signature = isObject(google) ? asString(google['thoughtSignature']) : undefined;
  return signature === undefined
    ? undefined
    : {'openai-chat': {extra_content: {google: {thought_signature: signature}}}};
}

/** The options of the SDK with the signature that a client has kept. Nothing else of the client's goes to the upstream. */
export function fromOpenaiSignature(metadata: ProviderMetadata | undefined): JsonObject | undefined {
  const extra = metadata?.['openai-chat']?.['extra_content'];
  const google = isObject(extra) ? extra['google'] : undefined;
  const signature = isObject(google) ? asString(google['thought_signature']) : undefined;
  return signature === undefined ? undefined : {providerOptions: {google: {thoughtSignature: signature}}};
}
