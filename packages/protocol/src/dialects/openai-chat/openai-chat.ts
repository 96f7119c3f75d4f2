/**
 * OpenAI's chat completion chunks, with the quirks of all compatible servers: reasoning under three names, errors in
 * three shapes, tool calls that break the rules, missing ends. Knows no HTTP.
 */
import type {Dialect} from '../../dialect.ts';
import {openaiChatDecoder} from './decoder.ts';
import {openaiChatEncoder} from './encoder.ts';

/** The stream of OpenAI's chat completions, and of all that are like it. */
export const openaiChat: Dialect = {
  name: 'openai-chat',
  contentType: 'text/event-stream; charset=utf-8',
  decoder: openaiChatDecoder,
  encoder: openaiChatEncoder,
};
