/** All dialects by name. */
import type {Dialect} from './dialect.ts';
import {gemini} from './dialects/gemini.ts';
import {openaiChat} from './dialects/openai-chat.ts';
import {textStream} from './dialects/text-stream.ts';

export type DialectName =
  | 'chatlet'
  | 'openai-chat'
  | 'ui-message-stream'
  | 'ai-sdk-data-stream-v4'
  | 'typed-events'
  | 'content-delta'
  | 'ollama'
  | 'text-stream'
  | 'anthropic'
  | 'openai-responses'
  | 'gemini'
  | 'ag-ui'
  | 'deep-chat'
  | 'chatkit'
  | 'assistant-transport'
  | 'cohere'
  | 'dify'
  | 'flowise'
  | 'hf-tgi'
  | 'langgraph'
  | 'n8n';

export const dialects: Readonly<Partial<Record<DialectName, Dialect>>> = {
  'openai-chat': openaiChat,
  gemini,
  'text-stream': textStream,
};
