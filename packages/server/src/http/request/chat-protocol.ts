/**
 * Detects the protocol of a request to `POST /api/chat`: from its header or query, or else from the shape of its body.
 * Several APIs share that path. Knows no dialect and no schema.
 */
import {isObject} from '@chatlet/protocol';
import type {Request} from 'express';

/** The values of `trigger` in our own protocol. */
export const chatletTriggers = ['send', 'regenerate', 'edit'] as const;

/** The protocol named by header or query. It may be unknown to us. */
export function namedProtocol(req: Request): unknown {
  return req.get('x-chat-protocol') ?? req.query['protocol'];
}

/** Undefined if the shape is not special to one protocol. */
export function protocolOfShape(body: unknown): 'chatlet' | 'ui-message-stream' | 'ai-sdk-4' | undefined {
  if (looksLikeChatlet(body)) return 'chatlet';
  if (looksLikeUiMessages(body)) return 'ui-message-stream';
  return looksLikeAiSdk4(body) ? 'ai-sdk-4' : undefined;
}

/** One message with its text, or a trigger of our own. */
function looksLikeChatlet(body: unknown): boolean {
  if (!isObject(body) || body['messages'] != null) return false;
  const {message, trigger} = body;
  if (typeof trigger === 'string') return chatletTriggers.some((ours) => ours === trigger);
  return isObject(message) && typeof message['text'] === 'string';
}

/** A trigger of any other name, or messages that have parts and no content. */
function looksLikeUiMessages(body: unknown): boolean {
  if (!isObject(body)) return false;
  const {trigger, id, message, messages} = body;
  if (typeof trigger === 'string') return true;
  if (typeof id === 'string' && isObject(message) && Array.isArray(message['parts'])) return true;
  const last: unknown = Array.isArray(messages) ? messages.at(-1) : undefined;
  return isObject(last) && Array.isArray(last['parts']) && last['content'] == null;
}

/** An id, and messages with their text twice: as content and as parts. */
function looksLikeAiSdk4(body: unknown): boolean {
  if (!isObject(body) || typeof body['id'] !== 'string' || !Array.isArray(body['messages'])) return false;
  const last: unknown = body['messages'].at(-1);
  return isObject(last) && Array.isArray(last['parts']) && typeof last['content'] === 'string';
}
