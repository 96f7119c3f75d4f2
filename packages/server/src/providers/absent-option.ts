/** Refuses options that an upstream has not, if the answer would silently lack what they ask for. */
import {ChatError} from '@chatlet/protocol';
import type {ProviderRequest} from '../engine/provider.ts';

/** @throws ChatError `invalid-request` that names the first of these options with a value. A penalty of 0 is none. */
export function refuseFurther({further = {}}: ProviderRequest, absent: readonly string[]): void {
  for (const name of absent) if (further[name] !== undefined && further[name] !== 0) throw absentOption(name);
}

export function absentOption(param: string): ChatError {
  return new ChatError('invalid-request', `The upstream of this model has no option ${param}.`, {details: {param}});
}
