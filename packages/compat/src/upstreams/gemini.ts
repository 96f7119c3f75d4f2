/** Gemini: the OpenAI-compatible endpoint, and its own API, which a package of the AI SDK asks. */
import {
  type Body,
  type Emulator,
  type Reply,
  type Said,
  callsIn,
  chunk,
  finishOf,
  frame,
  framesOf,
  mark,
  messagesOf,
  usage,
  wholeCall,
} from './emulator.ts';

const model = 'gemini-3-flash';
const signature = 'U0lHTkVE';
/** The second one is documented, for calls that another model has made. */
const signatures = [signature, 'skip_thought_signature_validator'];

const google = (code: number, status: string, message: string, details: readonly object[] = []) => ({
  error: {code, message, status, ...(details.length > 0 && {details})},
});
const badKey = google(400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.', [
  {'@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID', domain: 'googleapis.com'},
]);
const missing = (name: string) =>
  google(404, 'NOT_FOUND', `models/${name} is not found for API version v1main, or is not supported for this method.`);
const unsigned = google(
  400,
  'INVALID_ARGUMENT',
  'Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly.',
);
const limit = google(
  429,
  'RESOURCE_EXHAUSTED',
  'You exceeded your current quota, please check your plan and billing details. Please retry in 6.2s.',
  [{'@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '6.2s'}],
);
const told = {status: 429, retryAfter: 7};

export const gemini: Emulator = {
  name: 'Gemini',
  kind: 'gemini',
  address: 'https://generativelanguage.googleapis.com/v1beta/openai',
  path: '/v1beta/openai',
  keyHeader: 'authorization',
  model,
  models: {
    status: 200,
    body: {
      object: 'list',
      data: [
        {id: `models/${model}`, object: 'model', owned_by: 'google', display_name: 'Gemini 3 Flash'},
        {id: 'models/gemini-embedding-001', object: 'model', owned_by: 'google'},
      ],
    },
  },
  write(said) {
    const extra = {extra_content: {google: {thought_signature: signature}}};
    const frames = framesOf(said, {
      thought: (thought) => {
        const content = `<thought>${thought}</thought>`;
        return [chunk({role: 'assistant', content, extra_content: {google: {thought: true}}})];
      },
      call: (call) => [
        chunk({role: 'assistant', tool_calls: [wholeCall(call, {id: `function-call-${call.round}`, ...extra})]}),
      ],
      text: (content) => chunk({role: 'assistant', content}),
    });
    // The end has a delta and the usage beside it.
    return {frames, end: chunk({role: 'assistant'}, {finish: finishOf(said), usage}) + mark};
  },
  objectTo(body) {
    const messages = messagesOf(body);
    const since = messages.slice(messages.findLastIndex(({role}) => role === 'user'));
    if (callsIn(since).some((call) => !signatures.includes(call.extra_content?.google?.thought_signature ?? ''))) {
      return {status: 400, body: [unsigned]};
    }
    if (body['logit_bias'] === undefined) return undefined;
    const message = 'Invalid JSON payload received. Unknown name "logit_bias": Cannot find field.';
    return {status: 400, body: [google(400, 'INVALID_ARGUMENT', message)]};
  },
  wrongKey: {status: 400, body: [badKey]},
  noSuchModel: (name) => ({status: 404, body: [missing(name)]}),
  busy: {status: 429, body: [limit], told},
  quirks: [
    {says: 'lists `models/NAME` and is asked for NAME', source: 'https://ai.google.dev/gemini-api/docs/openai'},
    {says: 'wants `thought_signature` back with each call', source: 'securo-finance/securo#884'},
    {says: 'an ordinary rate limit speaks of billing', source: 'gke-labs/gemini-for-kubernetes-development#1215'},
    {says: 'errors stand in a list, and a wrong key is a 400', source: 'TokenRhythm/opensquilla#225'},
  ],
  lists: true,
  thinks: true,
  asksFirst: 1,
  refusedOption: ['logit_bias', {'1': 1}],
};

interface Part {
  readonly text?: string;
  readonly functionCall?: object;
  readonly functionResponse?: object;
  readonly thoughtSignature?: string;
}
interface Content {
  readonly role?: string;
  readonly parts: readonly Part[];
}

const contentsOf = ({contents}: Body): readonly Content[] => (Array.isArray(contents) ? contents : []);
const native = (reply: object, status: number): Reply => ({status, body: reply});

function partsOf({thought, pieces, call}: Said): readonly object[] {
  return [
    ...(thought === '' ? [] : [{text: thought, thought: true}]),
    ...(call ? [{functionCall: {name: call.name, args: call.input}, thoughtSignature: signature}] : []),
    ...pieces.map((text) => ({text})),
  ];
}

export const geminiNative: Emulator = {
  name: 'Gemini, its own API',
  kind: undefined,
  address: 'https://generativelanguage.googleapis.com/v1beta',
  path: '/v1beta',
  keyHeader: 'x-goog-api-key',
  questions: /^\/models\/[^/]+:streamGenerateContent\?alt=sse$/,
  model,
  models: {status: 200, body: {models: [{name: `models/${model}`, supportedGenerationMethods: ['generateContent']}]}},
  read(body) {
    const contents = contentsOf(body);
    const at = contents.findLastIndex(({role, parts}) => role === 'user' && parts.some(({text}) => text !== undefined));
    const later = contents.slice(at).flatMap(({parts}) => parts);
    return {
      question: JSON.stringify(contents[at]?.parts ?? []),
      results: later.filter(({functionResponse}) => functionResponse !== undefined).length,
      hasTools: body['tools'] !== undefined,
    };
  },
  write(said) {
    const candidate = (parts: readonly object[], more: object = {}) => ({
      candidates: [{content: {role: 'model', parts}, index: 0, ...more}],
      modelVersion: model,
      responseId: 'r1',
    });
    const usageMetadata = {promptTokenCount: 11, candidatesTokenCount: 3, thoughtsTokenCount: 4, totalTokenCount: 18};
    return {
      frames: partsOf(said).map((part) => frame(candidate([part]))),
      end: frame({...candidate([{text: ''}], {finishReason: 'STOP'}), usageMetadata}),
    };
  },
  objectTo(body) {
    const contents = contentsOf(body);
    const since = contents.slice(contents.findLastIndex(({parts}) => parts.some(({text}) => text !== undefined)));
    const calls = since.flatMap(({parts}) => parts.filter(({functionCall}) => functionCall !== undefined));
    return calls.some(({thoughtSignature = ''}) => !signatures.includes(thoughtSignature))
      ? native(unsigned, 400)
      : undefined;
  },
  wrongKey: native(badKey, 400),
  noSuchModel: (name) => native(missing(name), 404),
  busy: {...native(limit, 429), told},
  quirks: [
    {says: 'asked by `fromAISDK(google(…))`', source: 'https://ai.google.dev/api/generate-content'},
    {says: 'wants `thoughtSignature` back with each call', source: 'mpfaffenberger/code_puppy#165'},
  ],
  lists: true,
  thinks: true,
  asksFirst: 1,
};
