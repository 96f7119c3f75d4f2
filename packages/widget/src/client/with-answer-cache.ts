/** Puts the answer cache in front of a transport. Few pages want it, so its code is fetched with the first question. */
import type {AnswerCache} from './answer-cache.ts';
import {loadPart} from './load-part.ts';
import type {ChatTransport} from './transport.ts';

/**
 * If the backend keeps chats, the transport is returned unchanged: a cached answer would be missing in the chat that the
 * server saves.
 */
export function withAnswerCache(transport: ChatTransport): ChatTransport {
  if (transport.history) return transport;
  let cache: AnswerCache | undefined;
  return {
    ...transport,
    async *send(request, {signal}) {
      const loaded = await loadPart(() => import('./answer-cache.ts'));
      cache ??= new loaded.AnswerCache();
      yield* cache.send(transport, {request, signal});
    },
    renewToken() {
      cache?.clear();
      transport.renewToken?.();
    },
    forget(leaving) {
      cache?.clear();
      transport.forget?.(leaving);
    },
  };
}
