/** All dialects by name. */
import type {Dialect} from './dialect.ts';
import {agUi} from './dialects/ag-ui.ts';
import {aiSdkDataStreamV4} from './dialects/ai-sdk-data-stream-v4.ts';
import {anthropic} from './dialects/anthropic.ts';
import {assistantTransport} from './dialects/assistant-transport.ts';
import {chatkit} from './dialects/chatkit.ts';
import {chatlet} from './dialects/chatlet.ts';
import {cohere} from './dialects/cohere.ts';
import {contentDelta} from './dialects/content-delta.ts';
import {deepChat} from './dialects/deep-chat.ts';
import {dify} from './dialects/dify.ts';
import {flowise} from './dialects/flowise.ts';
import {gemini} from './dialects/gemini.ts';
import {hfTgi} from './dialects/hf-tgi.ts';
import {langgraph} from './dialects/langgraph.ts';
import {n8n} from './dialects/n8n.ts';
import {ollama} from './dialects/ollama.ts';
import {openaiChat} from './dialects/openai-chat/openai-chat.ts';
import {openaiResponses} from './dialects/openai-responses.ts';
import {textStream} from './dialects/text-stream.ts';
import {typedEvents} from './dialects/typed-events.ts';
import {uiMessageStream} from './dialects/ui-message-stream.ts';

/** All dialects by their names. */
export const dialects = {
  chatlet,
  'openai-chat': openaiChat,
  'ui-message-stream': uiMessageStream,
  'ai-sdk-data-stream-v4': aiSdkDataStreamV4,
  'typed-events': typedEvents,
  'content-delta': contentDelta,
  ollama,
  'text-stream': textStream,
  anthropic,
  'openai-responses': openaiResponses,
  gemini,
  'ag-ui': agUi,
  'deep-chat': deepChat,
  chatkit,
  'assistant-transport': assistantTransport,
  cohere,
  dify,
  flowise,
  'hf-tgi': hfTgi,
  langgraph,
  n8n,
} as const satisfies Readonly<Record<string, Dialect>>;

/** The name of a dialect of this package. */
export type DialectName = keyof typeof dialects;
