/** The decoders that few pages need. `readEvents` loads them when a response needs one. */
import type {Decoders} from './decoders.ts';
import {agUiDecoder} from './dialects/ag-ui.ts';
import {aiSdkDataStreamV4Decoder} from './dialects/ai-sdk-data-stream-v4.ts';
import {anthropicDecoder} from './dialects/anthropic.ts';
import {assistantTransportDecoder} from './dialects/assistant-transport.ts';
import {chatkitDecoder} from './dialects/chatkit.ts';
import {cohereDecoder} from './dialects/cohere.ts';
import {deepChatDecoder} from './dialects/deep-chat.ts';
import {difyDecoder} from './dialects/dify.ts';
import {flowiseDecoder} from './dialects/flowise.ts';
import {geminiDecoder} from './dialects/gemini.ts';
import {hfTgiDecoder} from './dialects/hf-tgi.ts';
import {langgraphDecoder} from './dialects/langgraph.ts';
import {n8nDecoder} from './dialects/n8n.ts';
import {ollamaDecoder} from './dialects/ollama.ts';
import {openaiChatDecoder} from './dialects/openai-chat/decoder.ts';
import {openaiResponsesDecoder} from './dialects/openai-responses.ts';
import {documentDecoder} from './document.ts';
import {firstErrorDecoder} from './first-error.ts';

export const rareDecoders: Decoders = {
  document: documentDecoder,
  error: firstErrorDecoder,
  'openai-chat': openaiChatDecoder,
  'ai-sdk-data-stream-v4': aiSdkDataStreamV4Decoder,
  ollama: ollamaDecoder,
  anthropic: anthropicDecoder,
  'openai-responses': openaiResponsesDecoder,
  gemini: geminiDecoder,
  'ag-ui': agUiDecoder,
  'deep-chat': deepChatDecoder,
  chatkit: chatkitDecoder,
  'assistant-transport': assistantTransportDecoder,
  cohere: cohereDecoder,
  dify: difyDecoder,
  flowise: flowiseDecoder,
  'hf-tgi': hfTgiDecoder,
  langgraph: langgraphDecoder,
  n8n: n8nDecoder,
};
