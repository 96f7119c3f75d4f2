/**
 * Asks each model as it likes to be asked. What a model does not take is found out by being refused once, and remembered
 * when asking without it has worked, so that no request of one caller changes what others get. Knows no upstream's body.
 */
import type {JsonObject} from '@chatlet/protocol';
import type {ProviderRequest} from '../engine/provider.ts';
import {type Complaint, complaintIn} from './complaint.ts';
import {refusal} from './refusal.ts';
import {type UpstreamResponse, shortText} from './upstream.ts';

export interface HabitOptions<Habits> {
  readonly usual: Habits;
  readonly toBody: (request: ProviderRequest, habits: Habits) => JsonObject;
  /** Habits without what the model refuses; undefined where it is about something else. */
  readonly learn: (habits: Habits, refuses: Refuses) => Habits | undefined;
  readonly post: (body: JsonObject, options: {signal: AbortSignal}) => Promise<UpstreamResponse>;
}

/** Whether the model does not take a field that was sent, where a refusal may call it by another name. */
export type Refuses = (field: string, name?: string) => boolean;

export function askByHabit<Habits>({usual, toBody, learn, post}: HabitOptions<Habits>) {
  const habitsOf = new Map<string, Habits>();
  return async (request: ProviderRequest, {signal}: {signal: AbortSignal}): Promise<UpstreamResponse> => {
    const known = habitsOf.get(request.model) ?? usual;
    let habits = known;
    for (;;) {
      const sent = toBody(request, habits);
      const response = await post(sent, {signal});
      if (response.statusCode === 200) {
        if (habits !== known) habitsOf.set(request.model, habits);
        return response;
      }
      const body = await shortText(response);
      const complaint = complaintIn(body);
      const refuses: Refuses = (field, name = field) => sent[field] !== undefined && isUnknown(name, complaint);
      const isRefusal = response.statusCode === 400 || response.statusCode === 422;
      const better = isRefusal ? learn(habits, refuses) : undefined;
      if (!better) throw refusal(response, {body, request});
      habits = better;
    }
  };
}

const aboutUnknown =
  /unsupported|unknown|unrecogni[sz]ed|unexpected|extraneous|deprecated|\bonly\b|\bfixed at\b|\buse\b[^.]{0,40}\binstead|(?:\bnot|n't|\bcannot|\bno longer)\b[^.]{0,30}\b(?:support|permit|allow|accept|recogni[sz]|specif|valid (?:param|arg|field|option|prop))/i;
const aboutValue =
  /\bbetween\b|\brange\b|\bup to\b|\bat (?:most|least)\b|\b(?:less|greater|more|lower|higher|larger|smaller) than\b|\babove\b|\bbelow\b|\bmaximum\b|\bminimum\b|exceed|[<>≤≥]|[[(]\s*[\d.]+\s*,\s*[\d.]+\s*[\])]/i;

/** Whether a refusal is about a field as such. A value that is out of bounds is the caller's to mend. */
function isUnknown(name: string, {words, param}: Complaint): boolean {
  const named = param === name || new RegExp(`\\b${name}\\b`).test(words);
  return named && aboutUnknown.test(words) && !aboutValue.test(words);
}
