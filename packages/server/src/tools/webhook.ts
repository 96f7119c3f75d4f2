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
  /** 24 characters or more, or `whsec_` and base64. */
  readonly secret: string;
}

export interface Webhook {
  readonly send: SendChat;
  close(): Promise<void>;
}

export function createWebhook({url, secret}: WebhookSettings): Webhook {
  const guarded = createGuardedFetch({allow: [url], maxBytes: 100_000, timeout: 10_000});
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : secret;
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
