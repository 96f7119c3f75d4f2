/** Azure OpenAI with its address for all versions, `/openai/v1`. A model is a deployment. */
import {
  type Emulator,
  chunk,
  finishOf,
  frame,
  framesOf,
  listOf,
  loose,
  mark,
  openaiError,
  usage,
  wholeCall,
} from './emulator.ts';

const safe = {hate: {filtered: false, severity: 'safe'}, violence: {filtered: false, severity: 'safe'}};

export const azure: Emulator = {
  name: 'Azure OpenAI',
  kind: 'azure',
  address: 'https://NAME.openai.azure.com',
  path: '/openai/v1',
  keyHeader: 'api-key',
  model: 'our-gpt-4o',
  // All models of the region, but not the names of the deployments.
  models: listOf({
    id: 'gpt-4o-2024-11-20',
    object: 'model',
    status: 'succeeded',
    capabilities: {chat_completion: true},
  }),
  write(said) {
    const filtered = frame({
      id: '',
      object: '',
      created: 0,
      model: '',
      choices: [],
      prompt_filter_results: [{prompt_index: 0, content_filter_results: safe}],
    });
    const role = chunk({role: 'assistant', content: said.call ? null : ''});
    const frames = framesOf(said, {
      call: (call) => [chunk({tool_calls: [wholeCall(call, {id: `call_${call.round}`})]})],
    });
    // The asynchronous filter has its say in a choice without a delta.
    const late = frame({
      id: '',
      object: '',
      choices: [
        {
          index: 0,
          finish_reason: null,
          content_filter_results: safe,
          content_filter_offsets: {check_offset: 0, start_offset: 0, end_offset: 14},
        },
      ],
    });
    return {
      frames: [filtered, role, ...frames, late],
      end: chunk({}, {finish: finishOf(said)}) + loose({usage}) + mark,
    };
  },
  objectTo(body) {
    if (!JSON.stringify(body['messages']).includes('a bomb')) return undefined;
    const message = 'The response was filtered due to the prompt triggering Azure OpenAI’s content management policy.';
    return {
      status: 400,
      body: openaiError(message, {param: 'prompt', code: 'content_filter', type: null, status: 400}),
    };
  },
  wrongKey: {
    status: 401,
    body: {error: {code: '401', message: 'Access denied due to invalid subscription key or wrong API endpoint.'}},
  },
  noSuchModel: () => ({
    status: 404,
    body: {
      error: {
        code: 'DeploymentNotFound',
        message: 'The API deployment for this resource does not exist. If you created it just now, wait a moment.',
      },
    },
  }),
  busy: {
    status: 429,
    headers: {'retry-after': '7', 'retry-after-ms': '7000'},
    body: {error: {code: '429', message: 'Requests have exceeded the call rate limit. Please retry after 7 seconds.'}},
    told: {status: 429, retryAfter: 7},
  },
  quirks: [
    {says: 'the first chunk has the filter’s results and no choice', source: 'microsoft/semantic-kernel#3650'},
    {says: 'a choice without `delta` in the middle', source: 'microsoft/autogen#6465'},
    {says: 'lists the models of its region, not the deployments', source: 'D-Star-AI/dsRAG#10'},
    {says: 'a refusal by its filter is the question’s fault, with 400', source: 'openai/openai-python#331'},
  ],
  lists: false,
  thinks: false,
  asksFirst: 1,
};
