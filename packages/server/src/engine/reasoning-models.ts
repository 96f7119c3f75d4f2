/**
 * Which models think before they answer. Upstreams count thoughts as tokens of the answer, so a limit for visible text
 * alone would leave such a model nothing to say. Remembers models that were seen thinking. Knows no protocol.
 */
import type {ResolvedModel} from './models.ts';
import type {Provider} from './provider.ts';

/** Names by which makers mark models that think. A wrong guess costs nothing: the visible text has a limit of its own. */
const names =
  /(?:^|[/:])o[1-9]\b|gpt-(?:[5-9]|oss)|\br1\b|reason|think|qwq|qwen-?3|magistral|grok-[3-9]|gemini-(?:2\.5|[3-9])/i;

/** Ids of one provider; more models than anybody serves. */
const mostRemembered = 1000;

const seen = new WeakMap<Provider, Set<string>>();

/** Whether the model is known to think: by its tags, by its name, or because it was seen thinking. */
export function doesReason({model, provider, upstreamId}: ResolvedModel): boolean {
  const isTagged = model.tags?.includes('reasoning') ?? false;
  return isTagged || names.test(upstreamId) || (seen.get(provider)?.has(upstreamId) ?? false);
}

/** Remembers a model that has thought, or that has used up its tokens without a word. */
export function rememberReasoning({provider, upstreamId}: ResolvedModel): void {
  const ids = seen.get(provider) ?? new Set();
  seen.set(provider, ids);
  if (ids.size < mostRemembered) ids.add(upstreamId);
}
