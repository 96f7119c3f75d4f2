/**
 * OpenAI's chat completion chunks, as OpenAI writes them and as everybody else does: reasoning under three names,
 * errors in three shapes, tool calls that break the rules, ends that never come. Knows no HTTP.
 */
import type {Dialect} from '../../dialect.ts';
import {openaiChatDecoder} from './decoder.ts';
import {openaiChatEncoder} from './encoder.ts';

export const openaiChat: Dialect = {
  name: 'openai-chat',
  contentType: 'text/event-stream; charset=utf-8',
  decoder: openaiChatDecoder,
  encoder: openaiChatEncoder,
};
