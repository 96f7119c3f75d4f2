/**
 * A loopback server that gives each contestant its page and streams the answers as server-sent events.
 * Knows texts and their pace; knows neither contestants nor measurements.
 */
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import {setTimeout as pause} from 'node:timers/promises';
import type {Text} from './texts.ts';

/** How fast an answer is sent: all at once, or so many tokens a second. */
export type Pace = 'flat' | number;

export interface Answer {
  readonly text: Text;
  readonly pace: Pace;
}

export interface SentAnswer {
  /** Milliseconds since the epoch when the last token was written, once it was. */
  readonly lastTokenAt: number | undefined;
  /** Cuts the answer off. */
  cut(): void;
}

export interface AnswerServer {
  readonly origin: string;
  /** Prepares an answer; a page asks for it at `path`. */
  lay(answer: Answer): {readonly path: string; readonly sent: SentAnswer};
  /** Prepares JSON at the path that is returned. */
  layJson(value: unknown): string;
  close(): Promise<void>;
}

/** Milliseconds since the epoch, finer than `Date.now`, from the same clock as in a page. */
export function epochNow(): number {
  return performance.timeOrigin + performance.now();
}

class Sending implements SentAnswer {
  lastTokenAt: number | undefined;
  readonly stop = new AbortController();

  cut(): void {
    this.stop.abort();
  }
}

/** @param assets the content of each path: pages, bundles, styles */
export async function startAnswerServer(
  assets: ReadonlyMap<string, {readonly type: string; readonly body: string | Uint8Array}>,
): Promise<AnswerServer> {
  const answers = new Map<string, {readonly answer: Answer; readonly sending: Sending}>();
  const jsons = new Map<string, string>();
  let laid = 0;

  const server = createServer((request, response) => {
    void serve(request, response).catch((cause: unknown) =>
      response.destroy(cause instanceof Error ? cause : undefined),
    );
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', 'http://127.0.0.1').pathname;
    const waiting = answers.get(path);
    if (waiting) {
      await drain(request);
      await send(waiting.answer, waiting.sending, response);
      return;
    }
    const json = jsons.get(path);
    const asset = json === undefined ? assets.get(path) : {type: 'application/json', body: json};
    response.writeHead(asset ? 200 : 404, {
      'content-type': asset?.type ?? 'text/plain',
      'cache-control': 'no-store',
    });
    response.end(asset?.body ?? 'Nothing here.');
  }

  return {
    origin: `http://127.0.0.1:${address.port}`,
    lay(answer) {
      const path = `/answers/${++laid}`;
      const sending = new Sending();
      answers.set(path, {answer, sending});
      return {path, sent: sending};
    },
    layJson(value) {
      const path = `/json/${++laid}`;
      jsons.set(path, JSON.stringify(value));
      return path;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function drain(request: IncomingMessage): Promise<void> {
  for await (const _ of request);
}

/** One event a token, as chat backends send it. */
function eventOf(token: string): string {
  return `data: ${JSON.stringify({text: token})}\n\n`;
}

async function send({text, pace}: Answer, sending: Sending, response: ServerResponse): Promise<void> {
  const {signal} = sending.stop;
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  signal.addEventListener('abort', () => response.destroy(), {once: true});
  response.writeHead(200, {'content-type': 'text/event-stream', 'cache-control': 'no-store'});
  response.socket?.setNoDelay(true);
  if (pace === 'flat') {
    response.write(text.tokens.map(eventOf).join(''));
  } else {
    const start = performance.now();
    for (let next = 0; next < text.tokens.length && !gone.signal.aborted;) {
      const due = Math.min(text.tokens.length, Math.floor(((performance.now() - start) * pace) / 1000) + 1);
      for (; next < due; next++) response.write(eventOf(text.tokens[next] ?? ''));
      if (next < text.tokens.length) await pause(1);
    }
  }
  sending.lastTokenAt = epochNow();
  response.end();
}
