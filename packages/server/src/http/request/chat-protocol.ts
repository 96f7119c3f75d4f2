/**
 * Which protocol a request to `POST /api/chat` speaks: named by its header or its query, else recognised by the shape of
 * its body. Several APIs share that path. Knows no dialect and no schema.
 */
import {isObject} from '@chatlet/protocol';
import type {Request} from 'express';

/** Why a client of our own protocol asks. */
export const chatletTriggers = ['send', 'regenerate', 'edit'] as const;

/** The protocol that header or query names, which may be none that we know. */
export function namedProtocol(req: Request): unknown {
  return req.get('x-chat-protocol') ?? req.query['protocol'];
}

/** The protocol whose clients alone write bodies of this shape; undefined if the shape is nobody's in particular. */
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

/** An id, and messages that have their words twice: as content and as parts. */
function looksLikeAiSdk4(body: unknown): boolean {
  if (!isObject(body) || typeof body['id'] !== 'string' || !Array.isArray(body['messages'])) return false;
  const last: unknown = body['messages'].at(-1);
  return isObject(last) && Array.isArray(last['parts']) && typeof last['content'] === 'string';
}
