/**
 * Signs and sends what the operator's webhook gets, as Standard Webhooks has it. The address is the operator's own; a
 * redirect leads to another, and is not followed. Knows no chat.
 */
import {createHmac} from 'node:crypto';
import {ChatError} from '@chatlet/protocol';
import type {SendChat} from '../engine/handovers.ts';
import {createGuardedFetch} from './guard.ts';

export interface WebhookSettings {
  readonly url: string;
  /** 24 characters or more, or `whsec_` and base64 of 24 bytes or more. */
  readonly secret: string;
}

const shortestKey = 24;

export interface Webhook {
  readonly send: SendChat;
  close(): Promise<void>;
}

/** @throws ChatError `invalid-request` if the secret cannot sign */
export function createWebhook({url, secret}: WebhookSettings): Webhook {
  const key = readKey(secret);
  const guarded = createGuardedFetch({allow: [url], maxBytes: 100_000, timeout: 10_000});
  return {
    async send(chat, {signal}) {
      const body = JSON.stringify(chat);
      const timestamp = String(Math.floor(Date.now() / 1000));
      const signature = createHmac('sha256', key).update(`${chat.id}.${timestamp}.${body}`).digest('base64');
      const response = await guarded.fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'webhook-id': chat.id,
          'webhook-timestamp': timestamp,
          'webhook-signature': `v1,${signature}`,
        },
        body,
        redirect: 'manual',
        signal,
      });
      await response.body?.cancel();
      // 410, by Standard Webhooks: the receiver wants no more.
      if (response.ok || response.status === 410) return;
      throw new ChatError('provider-unavailable', `The webhook of contact answered ${response.status}.`);
    },
    close: () => guarded.close(),
  };
}

/** @throws ChatError `invalid-request` */
function readKey(secret: string): Buffer {
  const [, encoded] = /^whsec_(.*)$/s.exec(secret) ?? [];
  const isBase64 = encoded === undefined || /^[\w+/-]+={0,2}$/.test(encoded);
  const key = encoded === undefined ? Buffer.from(secret) : Buffer.from(encoded, 'base64');
  if (isBase64 && key.length >= shortestKey) return key;
  const message = `contact.webhook.secret must be whsec_ and base64 of ${shortestKey} bytes or more, or ${shortestKey} characters or more.`;
  throw new ChatError('invalid-request', message);
}
