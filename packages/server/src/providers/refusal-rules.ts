/**
 * What an upstream's refusal means, in one table: by its status, its codes and its words. The first rule that fits
 * decides. A code is more exact than a status, and a status more exact than a sentence: Gemini's ordinary rate limit
 * speaks of billing. Knows no requests and no HTTP.
 */
import type {ErrorCode} from '@chatlet/protocol';
import type {UpstreamError} from './upstream-error.ts';

/** An error that the operator can end; the callers hear that the model could not answer. */
export type OperatorTrouble =
  | 'The upstream refused the API key.'
  | 'The upstream account is out of credit.'
  | 'The base URL leads nowhere.';

/** What a model may lack altogether. */
export type Ability = 'tools' | 'images';

export type Meaning =
  | {readonly code: ErrorCode; readonly message?: string; readonly param?: string; readonly lacks?: Ability}
  | {readonly operator: OperatorTrouble};

export interface Refusal extends UpstreamError {
  readonly status: number;
}

interface Rule {
  /** Absent for any status. */
  readonly status?: readonly number[];
  /** What one of the codes must be. */
  readonly codes?: RegExp;
  /** What codes and message together must say. If a rule has both `codes` and `words`, one of them is enough. */
  readonly words?: RegExp;
  readonly means: Meaning;
}

/** Refusals of what was asked. Upstreams that pass requests on use 404 for them, and local ones 500. */
const aboutTheRequest = [400, 404, 415, 422, 500, 501];

const noContent = {
  code: 'invalid-request',
  message: 'This model cannot read all kinds of content in the request.',
  param: 'messages',
} as const;

/** The meaning of a refusal by a model that lacks an ability. */
export const lackOf = {
  tools: {
    code: 'invalid-request',
    message: 'This model cannot call tools. Leave out `tools`, or ask another model.',
    param: 'tools',
    lacks: 'tools',
  },
  images: {...noContent, lacks: 'images'},
} as const satisfies Readonly<Record<Ability, Meaning>>;

/** Each rule names a public document or report that shows the refusal. */
const rules: readonly Rule[] = [
  // Azure, github.com/openai/openai-python/issues/331. OpenRouter's moderation: 403 "… your input was flagged".
  // Alibaba: data_inspection_failed.
  {
    status: [400, 403, 422, 451, 500],
    codes:
      /^(?:content_filter|content_policy_violation|ResponsibleAIPolicyViolation|data_inspection_failed|DataInspectionFailed|moderation_blocked)$/,
    words:
      /content management policy|safety system|input was flagged|(?:blocked|rejected|flagged|triggered)[^.]{0,40}(?:content|safety|moderation) (?:filter|policy)/i,
    means: {code: 'content-refused', message: 'The content filter of the model refused the question.'},
  },
  // https://platform.openai.com/docs/guides/error-codes. DeepSeek and OpenRouter use 402.
  {status: [402], means: {operator: 'The upstream account is out of credit.'}},
  {
    status: [400, 403, 429],
    codes: /^(?:insufficient_quota|billing_hard_limit_reached|billing_not_active|Arrearage)$/,
    means: {operator: 'The upstream account is out of credit.'},
  },
  // Anthropic: 400 "Your credit balance is too low to access the Anthropic API."
  {
    status: [400, 403],
    words: /credit balance|out of credit|insufficient (?:balance|credit)|billing/i,
    means: {operator: 'The upstream account is out of credit.'},
  },
  {status: [401, 403], means: {operator: 'The upstream refused the API key.'}},
  // Gemini: 400 "API key not valid. Please pass a valid API key.", API_KEY_INVALID.
  {
    status: [400, 422],
    codes: /^(?:API_KEY_INVALID|invalid_api_key)$/,
    words:
      /(?:api[ _-]?key|credential)[^.]{0,30}\b(?:not valid|invalid|incorrect|missing|required|expired)|(?:invalid|incorrect|missing|expired)[^.]{0,20}(?:api[ _-]?key|credential)/i,
    means: {operator: 'The upstream refused the API key.'},
  },
  {status: [413], means: {code: 'context-too-long'}},
  // llama.cpp: exceed_context_size_error. vLLM: "This model's maximum context length is …". Anthropic: "prompt is too long".
  {
    status: [400, 422, 500],
    codes: /^(?:context_length_exceeded|exceed_context_size_error|string_above_max_length)$/,
    words:
      /context.{0,20}(?:length|window|size)|maximum context|exceeds?.{0,40}context|too many tokens|prompt is too long|input token count.{0,40}exceeds/i,
    means: {code: 'context-too-long'},
  },
  // github.com/ollama/ollama/issues/6027: "… does not support tools". OpenRouter: 404 "No endpoints found that support
  // tool use", github.com/Routstr/routstr-core/issues/554. llama.cpp: "tools param requires --jinja flag".
  {
    status: aboutTheRequest,
    words:
      /(?:not|n't|no \w+ found that) (?:\w+ ){0,2}support (?:\w+ ){0,2}(?:tools?|function)\b(?! choice)|(?:tools?|function) (?:use|calling|calls?)[^.]{0,30}(?:not|n't) (?:\w+ ){0,2}(?:support|enabled|available)|tools param requires/i,
    means: lackOf.tools,
  },
  // llama.cpp: 500 "image input is not supported", github.com/ggml-org/llama.cpp/issues/13566. OpenRouter: 404 "No
  // endpoints found that support image input".
  {
    status: aboutTheRequest,
    words:
      /(?:image|vision|multimodal|mmproj)[^.]{0,60}not (?:\w+ ){0,2}support|(?:not|n't|no \w+ found that) (?:\w+ ){0,2}support[^.]{0,60}(?:image|vision|multimodal)|is not a multimodal model/i,
    means: lackOf.images,
  },
  {
    status: aboutTheRequest,
    words:
      /(?:audio|video|file|modalit)[^.]{0,60}not (?:\w+ ){0,2}support|(?:not|n't|no \w+ found that) (?:\w+ ){0,2}support[^.]{0,60}(?:audio|video|modalit)|invalid content type/i,
    means: noContent,
  },
  // LM Studio: 400 or 404 "No models loaded. Please load a model …", github.com/tinyhumansai/openhuman/issues/4181.
  {status: [400, 404], words: /\bno models? (?:is |are )?loaded/i, means: {code: 'provider-unavailable'}},
  // OpenRouter: 400 "… is not a valid model ID". LiteLLM: 400 "Invalid model name passed in model=…". DeepSeek: 400
  // "Model Not Exist".
  {
    status: [400, 404, 422],
    codes: /^(?:model_not_found|model_not_exist|invalid_model|ModelNotFound|DeploymentNotFound)$/,
    words:
      /invalid model|not a valid model|model[^.]{0,80}(?:not (?:be )?(?:found|exist|supported|available)|does(?: not|n't) exist|unknown|no longer available)|(?:no such|unknown|no) model\b/i,
    means: {code: 'model-not-found'},
  },
  {status: [404], words: /\bmodels?\b/i, means: {code: 'model-not-found'}},
  {status: [404, 405], means: {operator: 'The base URL leads nowhere.'}},
  {status: [429], means: {code: 'rate-limited'}},
  {status: [408, 504, 524], means: {code: 'provider-timeout'}},
  {status: [502, 503, 529], means: {code: 'provider-unavailable'}},
];

/** The meaning of a refusal; undefined if no rule knows it. */
export function meaningOf({status, codes, message}: Refusal): Meaning | undefined {
  const said = [...codes, message].join(' ');
  const fits = (rule: Rule) => {
    if (rule.status && !rule.status.includes(status)) return false;
    if (!rule.codes && !rule.words) return true;
    return codes.some((code) => rule.codes?.test(code) ?? false) || (rule.words?.test(said) ?? false);
  };
  return rules.find(fits)?.means;
}
