/** How freely a model may write, for models that do not take both `temperature` and `top_p`. */
import type {Refuses} from './unsupported-parameters.ts';

/** Such a model takes either of the two, only `temperature`, or neither. */
export type Sampling = 'either' | 'temperature' | 'neither';

export function samplingOf(
  {temperature, topP}: {readonly temperature?: number | undefined; readonly topP?: number | undefined},
  sampling: Sampling,
): {temperature?: number; top_p?: number} {
  if (sampling === 'neither') return {};
  if (temperature !== undefined) return {temperature};
  return topP === undefined || sampling === 'temperature' ? {} : {top_p: topP};
}

/** What the model takes according to this refusal; undefined if the refusal is about something else. */
export function samplingAfter(refuses: Refuses): Sampling | undefined {
  const topP = refuses('top_p');
  // A model that takes either of them names both. A model that refuses `temperature` alone mostly takes neither.
  if (refuses('temperature')) return topP ? 'either' : 'neither';
  return topP ? 'temperature' : undefined;
}

/** In phrases for the operator. */
export function describeSampling(sampling: 'both' | Sampling): readonly string[] {
  if (sampling === 'temperature') return ['takes no `top_p`'];
  return sampling === 'neither' ? ['takes neither `temperature` nor `top_p`'] : [];
}
