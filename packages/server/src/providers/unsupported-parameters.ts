/**
 * Asks a model again without the parameters that it does not support (its quirks), and remembers them for that model.
 * They are remembered only after a request without them has worked: otherwise one caller's odd request would change
 * the requests of all others. Knows no upstream's body.
 */
import type {JsonObject} from '@chatlet/protocol';
import type {LearnedFact} from '../engine/log.ts';
import type {ProviderRequest} from '../engine/provider.ts';
import {createAbilities, needs} from './abilities.ts';
import {mapErrorResponse} from './error-mapping.ts';
import {meaningOf} from './refusal-rules.ts';
import {type UpstreamError, parseUpstreamError} from './upstream-error.ts';
import {type UpstreamResponse, readErrorText} from './upstream.ts';

export interface AskOptions<Capabilities> {
  /** Assumed of a model until it refuses something. */
  readonly assumed: Capabilities;
  readonly toBody: (request: ProviderRequest, capabilities: Capabilities) => JsonObject;
  /** The capabilities without the parameter that a refusal names; undefined if it names none of ours. */
  readonly learn: (capabilities: Capabilities, refuses: Refuses, message: string) => Capabilities | undefined;
  /** The quirks of a model, in phrases for the operator such as `does not stream`. */
  readonly describe: (capabilities: Capabilities) => readonly string[];
  /** Its id, for `onLearned`. */
  readonly provider: string;
  readonly onLearned: ((learned: LearnedFact) => void) | undefined;
  readonly post: (body: JsonObject, options: {signal: AbortSignal}) => Promise<UpstreamResponse>;
}

const lackQuirks = {tools: 'cannot call tools', images: 'cannot see images'} as const;

/** Whether the model refuses a field that was sent. The refusal may call it by another name. */
export type Refuses = (field: string, name?: string) => boolean;

export function createAsk<Capabilities>(options: AskOptions<Capabilities>) {
  const {provider, assumed, toBody, learn, describe, onLearned, post} = options;
  const learned = new Map<string, Capabilities>();
  const abilities = createAbilities();
  return async (asked: ProviderRequest, {signal}: {signal: AbortSignal}): Promise<UpstreamResponse> => {
    const {model} = asked;
    const known = learned.get(model) ?? assumed;
    let capabilities = known;
    for (;;) {
      const request = abilities.fit(asked);
      const sent = toBody(request, capabilities);
      const response = await post(sent, {signal});
      if (response.statusCode === 200) {
        if (capabilities !== known) {
          learned.set(model, capabilities);
          const before = describe(known);
          for (const quirk of describe(capabilities))
            if (!before.includes(quirk)) onLearned?.({provider, model, quirk});
        }
        return response;
      }
      const body = await readErrorText(response);
      const error = parseUpstreamError(body);
      const meaning = meaningOf({status: response.statusCode, ...error});
      const lacks = meaning && 'lacks' in meaning ? meaning.lacks : undefined;
      if (lacks !== undefined && needs(request, lacks)) {
        const {cause} = mapErrorResponse(response, {body, request});
        if (abilities.learn(model, lacks, cause)) onLearned?.({provider, model, quirk: lackQuirks[lacks]});
        continue;
      }
      const refuses: Refuses = (field, name = field) => sent[field] !== undefined && isUnsupported(name, error);
      // llama.cpp and vLLM answer 500 if a template raises an error.
      const isRefusal = [400, 422, 500].includes(response.statusCode);
      const better = isRefusal ? learn(capabilities, refuses, error.message) : undefined;
      if (!better) throw mapErrorResponse(response, {body, request});
      capabilities = better;
    }
  };
}

const saysUnsupported =
  /unsupported|unknown|unrecogni[sz]ed|unexpected|extraneous|deprecated|\bonly\b|\bfixed at\b|\buse\b[^.]{0,40}\binstead|(?:\bnot|n't|\bcannot|\bno longer)\b[^.]{0,30}\b(?:support|permit|allow|accept|recogni[sz]|specif|valid (?:param|arg|field|option|prop))/i;
const saysOutOfRange =
  /\bbetween\b|\brange\b|\bup to\b|\bat (?:most|least)\b|\b(?:less|greater|more|lower|higher|larger|smaller) than\b|\babove\b|\bbelow\b|\bmaximum\b|\bminimum\b|exceed|[<>≤≥]|[[(]\s*[\d.]+\s*,\s*[\d.]+\s*[\])]/i;

/** Whether a refusal is about a field as such. If a value is out of range, the caller has to change it. */
function isUnsupported(name: string, {message, param, codes}: UpstreamError): boolean {
  const named = param === name || new RegExp(`\\b${name}\\b`, 'i').test(message);
  const isRefused = saysUnsupported.test(message) || codes.some((code) => code.startsWith('unsupported_'));
  return named && isRefused && !saysOutOfRange.test(message);
}
