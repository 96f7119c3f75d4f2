/** The events that the hand-written relays write: three of our own protocol, so that all send the same bytes. */
import type {ServerResponse} from 'node:http';

export const textEvent = (delta: string): string => `data: ${JSON.stringify({type: 'text-delta', delta})}\n\n`;
export const endEvent = 'data: {"type":"message-end","reason":"stop"}\n\n';
export const errorEvent = (message: string): string =>
  `data: ${JSON.stringify({type: 'error', code: 'provider-error', message, retryable: true})}\n\n`;

export function startEvents(response: ServerResponse): void {
  response.writeHead(200, {'content-type': 'text/event-stream', 'cache-control': 'no-cache'});
  response.flushHeaders();
}

/** Passes on the upstream's refusal with its status and its Retry-After. */
export function refuse(response: ServerResponse, status: number, retryAfter: string | undefined): void {
  response.writeHead(status, {'content-type': 'application/json', ...(retryAfter && {'retry-after': retryAfter})});
  response.end('{"error":{"message":"The upstream refused."}}');
}

/** One event of the upstream as the relays read it: its text, its end, or nothing of interest. */
export function readChunk(data: string): {readonly text: string; readonly ended: boolean} {
  if (data === '[DONE]') return {text: '', ended: true};
  try {
    const text: unknown = JSON.parse(data).choices?.[0]?.delta?.content;
    return {text: typeof text === 'string' ? text : '', ended: false};
  } catch {
    // An event that is no JSON is skipped, and the answer goes on.
    return {text: '', ended: false};
  }
}
