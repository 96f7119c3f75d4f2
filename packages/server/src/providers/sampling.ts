/** How freely a model may write, for models that do not take both `temperature` and `top_p`. */
import type {Refuses} from './unsupported-parameters.ts';

/** What such a model takes: the one or the other, only the first, or neither. */
export type Sampling = 'either' | 'temperature' | 'neither';

export function samplingOf(
  {temperature, topP}: {readonly temperature?: number | undefined; readonly topP?: number | undefined},
  sampling: Sampling,
): {temperature?: number; top_p?: number} {
  if (sampling === 'neither') return {};
  if (temperature !== undefined) return {temperature};
  return topP === undefined || sampling === 'temperature' ? {} : {top_p: topP};
}

/** What it takes after a refusal; undefined where that is about something else. */
export function samplingAfter(refuses: Refuses): Sampling | undefined {
  const topP = refuses('top_p');
  // Who takes the one or the other names both; who wants no temperature mostly wants neither.
  if (refuses('temperature')) return topP ? 'either' : 'neither';
  return topP ? 'temperature' : undefined;
}
