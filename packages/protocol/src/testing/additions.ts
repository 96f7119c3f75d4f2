/**
 * The parts of an expected answer that the recordings leave out, or write in another way. For tests. A recording that
 * needs none stands nowhere here.
 */
import type {ErrorCode} from '../index.ts';
import type {Answer} from './answer.ts';

/** Our code for each error, since the recordings hold the sender's, and whether sending the same again may work. */
export const expectedErrors: Readonly<Record<string, {readonly code: ErrorCode; readonly retryable: boolean}>> = {
  'ag-ui/error': {code: 'rate-limited', retryable: true},
  'ai-sdk-data-stream-v4/error': {code: 'provider-error', retryable: true},
  'anthropic-messages/error': {code: 'provider-unavailable', retryable: true},
  'cohere-v2/error': {code: 'provider-error', retryable: true},
  'deep-chat/error': {code: 'provider-error', retryable: true},
  'dify/workflow-failed': {code: 'provider-error', retryable: true},
  'gemini/error': {code: 'provider-unavailable', retryable: true},
  'langgraph/reasoning': {code: 'provider-error', retryable: true},
  'ollama-ndjson/error': {code: 'provider-error', retryable: true},
  // A used-up quota does not come back by trying again.
  'openai-chat/error-first': {code: 'provider-error', retryable: false},
  'openai-chat/vllm-error': {code: 'context-too-long', retryable: false},
  'openai-chat/llamacpp-error-field': {code: 'context-too-long', retryable: false},
  'openai-chat/http-401': {code: 'unauthenticated', retryable: false},
  'openai-chat/http-413': {code: 'too-large', retryable: false},
  'openai-chat/http-500': {code: 'internal', retryable: true},
  'openai-chat/http-502-html': {code: 'provider-error', retryable: true},
  // The recording calls an empty body an error. Ours is that of any body that ends too early.
  'openai-chat/http-204': {code: 'interrupted', retryable: true},
  'openai-responses/error': {code: 'provider-error', retryable: true},
  'openai-responses/failed': {code: 'rate-limited', retryable: true},
  'typed-events/error': {code: 'provider-error', retryable: true},
};

export const additions: Readonly<Record<string, Partial<Answer>>> = {
  // These streams name their message, or its model, and the recordings do not compare it.
  'ag-ui/tool': {id: 'm3'},
  'ag-ui/thinking-old': {id: 'm1'},
  'ag-ui/state': {id: 'm1'},
  'assistant-transport/text': {id: 'm1'},
  'ui-message-stream/metadata-usage': {id: 'm', model: 'x'},
  // The details of the last token count the completion alone.
  'hf-tgi/text': {usage: {promptTokens: 0, completionTokens: 2}},
  // The result of a tool that ran at the sender, which the recording leaves out.
  'anthropic-messages/citations': {
    tools: [
      {
        type: 'tool',
        callId: 'srvtoolu_1',
        name: 'web_search',
        input: {query: 'weather'},
        state: 'done',
        output: [{type: 'web_search_result', url: 'https://example.com/a', title: 'A'}],
      },
    ],
  },
  // Input that is no JSON stays a string; the recording leaves it out.
  'ui-message-stream/tool-error': {
    tools: [
      {type: 'tool', callId: 'c1', name: 'weather', input: '{"lo', state: 'failed', output: 'bad JSON'},
      {type: 'tool', callId: 'c2', name: 'weather', input: {}, state: 'failed', output: 'timeout'},
    ],
  },
};
