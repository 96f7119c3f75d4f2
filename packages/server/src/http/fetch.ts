/**
 * An HTTP server in the form of the fetch API, `Request → Response`, for hosts without Node's requests. Each request takes
 * a connection in memory, so that streams, back-pressure and lost readers are those of any other connection. Knows no paths.
 */
import {type IncomingMessage, type Server, request as startRequest} from 'node:http';
import {Duplex} from 'node:stream';
import {pipeline} from 'node:stream/promises';

/** What a host knows of a request that the request does not say. */
export interface FetchCaller {
  /** The caller's network address, as the host knows it. */
  readonly address?: string | undefined;
}

export type Fetch = (request: Request, caller?: FetchCaller) => Promise<Response>;

/** Bun before 1.4 looks for a server on the network in place of the connection that it is given. */
const noConnection =
  'This runtime takes no connection in memory, which the fetch form needs: Node 22.16 or newer, Bun 1.4 or newer, Deno.';

export function fetchFrom(server: Server): Fetch {
  return (request, {address} = {}) =>
    new Promise((resolve, reject) => {
      const [ours, theirs] = connect(address);
      const {pathname, search} = new URL(request.url);
      let isConnected = false;
      const sent = startRequest({
        createConnection: () => {
          isConnected = true;
          return ours;
        },
        method: request.method,
        path: pathname + search,
        headers: requestHeaders(request),
      });
      const leave = () => sent.destroy(new DOMException('The request was aborted.', 'AbortError'));
      request.signal.addEventListener('abort', leave, {once: true});
      sent.once('close', () => request.signal.removeEventListener('abort', leave));
      sent.once('response', (incoming) => resolve(toResponse(incoming, request.method)));
      // After the response it is the response that tells of a lost connection.
      sent.on('error', (error) => reject(isConnected ? error : new Error(noConnection, {cause: error})));
      if (request.signal.aborted) leave();
      server.emit('connection', theirs);
      if (!request.body) sent.end();
      // A refusal may come before the end of the body: then the rest of it is nobody's.
      else pipeline(request.body, sent).catch(reject);
    });
}

/** They belong to a connection, and ours has its own. */
const ofConnection = new Set(['connection', 'expect', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade']);

/**
 * Nothing is compressed here: hosts compress by themselves, and Next takes `Content-Encoding` from a response whose body it
 * leaves as it is.
 */
function requestHeaders({headers, url}: Request): Readonly<Record<string, string>> {
  const kept = [...headers].filter(([name]) => !ofConnection.has(name) && name !== 'accept-encoding');
  return {host: new URL(url).host, ...Object.fromEntries(kept)};
}

const withoutBody = new Set([204, 205, 304]);

function toResponse(incoming: IncomingMessage, method: string): Response {
  const {statusCode: status = 500, rawHeaders} = incoming;
  const headers = new Headers();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const [name = '', value = ''] = [rawHeaders[at], rawHeaders[at + 1]];
    if (!ofConnection.has(name.toLowerCase())) headers.append(name, value);
  }
  if (method !== 'HEAD' && !withoutBody.has(status)) {
    return new Response(streamOf(incoming), {status, headers});
  }
  incoming.resume();
  return new Response(null, {status, headers});
}

/** Reads no further than its reader, and closes the connection if the reader leaves. */
function streamOf(incoming: IncomingMessage): ReadableStream<Uint8Array<ArrayBuffer>> {
  const chunks = incoming[Symbol.asyncIterator]();
  return new ReadableStream({
    async pull(controller) {
      const {done, value} = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel() {
      incoming.destroy();
    },
  });
}

/** The two ends of a connection; the second is the server's, which sees this address at the other end. */
function connect(address: string | undefined): readonly [MemorySocket, MemorySocket] {
  const [ours, theirs] = [new MemorySocket(undefined), new MemorySocket(address)];
  ours.other = theirs;
  theirs.other = ours;
  return [ours, theirs];
}

/** One end of a connection. Takes no more than the other end reads, and closes with it. */
class MemorySocket extends Duplex {
  other: MemorySocket | undefined;
  readonly remoteAddress: string | undefined;
  #goOn: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(remoteAddress: string | undefined) {
    super();
    this.remoteAddress = remoteAddress;
  }

  /** Emits `timeout` after so many milliseconds without progress of a write, as a network's socket does; 0 for never. */
  setTimeout(milliseconds: number): this {
    clearTimeout(this.#timer);
    this.#timer = milliseconds > 0 ? setTimeout(() => this.emit('timeout'), milliseconds).unref() : undefined;
    return this;
  }

  override _read(): void {
    const goOn = this.#goOn;
    this.#goOn = undefined;
    goOn?.();
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    const taken = () => {
      this.#timer?.refresh();
      done();
    };
    const {other} = this;
    if (!other || other.destroyed || other.push(chunk)) taken();
    else other.#goOn = taken;
  }

  override _final(done: () => void): void {
    this.other?.push(null);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.#timer);
    this.other?.destroy();
    done(error);
  }
}
