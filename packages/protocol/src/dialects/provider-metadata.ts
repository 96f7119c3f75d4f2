/** Reads the metadata that upstreams want back, after a client has kept it. Knows no dialect. */
import type {ProviderMetadata} from '../event.ts';
import {asJson, isObject} from '../json.ts';
import type {JsonObject} from '../json.ts';

/** The fields of each kind of upstream; undefined if the value is no object. Anything else in it is dropped. */
export function readProviderMetadata(value: unknown): ProviderMetadata | undefined {
  if (!isObject(value)) return undefined;
  const metadata: Record<string, JsonObject> = {};
  for (const [kind, fields] of Object.entries(value)) {
    const checked = asJson(fields);
    if (isObject(checked)) metadata[kind] = checked;
  }
  return metadata;
}
