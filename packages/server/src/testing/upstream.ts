/**
 * An upstream for tests: a real HTTP server with OpenAI's API that answers byte for byte by a script, and that notices
 * when the other side closes its socket.
 */
import {type IncomingHttpHeaders, type Server, type ServerResponse, createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {waitFor} from './wait-for.ts';

/** One request, and the means to answer it. */
export interface Exchange {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The parsed JSON of the body; undefined if there was none. */
  readonly body: Readonly<Record<string, unknown>> | undefined;
  /** Resolves with `performance.now()` when the socket closes before the answer has ended; rejects if it does not. */
  readonly abandoned: Promise<number>;
  /** Sends the status and headers; without it the first `write` sends 200 and an event stream's. */
  start(status: number, headers?: Readonly<Record<string, string>>): void;
  /** Sends bytes and waits until they have left this process. */
  write(bytes: string | Uint8Array): Promise<void>;
  end(bytes?: string): void;
  /** Breaks the connection without ending the answer. */
  cut(): void;
}

export type Script = (exchange: Exchange) => void | Promise<void>;

export interface Upstream {
  readonly baseUrl: string;
  /** Every chat request so far. */
  readonly requests: readonly Exchange[];
  /** The first of them; a test that asks for it knows that there is one. */
  readonly first: Exchange;
  /** Scripts for the next answers, one each. Without a script the answer repeats the last message. */
  script(...scripts: readonly Script[]): void;
  /** Takes back the last script, if nobody has asked for it. */
  unscript(): void;
  /** The list at `GET /models`. */
  models: readonly object[] | Script;
  /** Answers `/embeddings`, `/completions` and `/moderations`; well behaved by default. */
  further: Script;
  /** Sockets that are open now. */
  connections(): Promise<number>;
  close(): Promise<void>;
}

export async function startUpstream(): Promise<Upstream> {
  const scripts: Script[] = [];
  const requests: Exchange[] = [];
  const server = createServer((req, res) => {
    const pieces: Buffer[] = [];
    req.on('data', (piece: Buffer) => pieces.push(piece));
    req.on('end', () => {
      const text = Buffer.concat(pieces).toString();
      const exchange = exchangeOf(req.url ?? '', req.headers, text === '' ? undefined : JSON.parse(text), res);
      if (req.url?.endsWith('/models')) {
        const {models} = upstream;
        void (typeof models === 'function' ? models(exchange) : sendJson(exchange, {object: 'list', data: models}));
        return;
      }
      requests.push(exchange);
      const further = /\/(embeddings|completions|moderations)$/.exec(req.url ?? '')?.[1];
      if (further !== undefined && !req.url?.endsWith('/chat/completions')) {
        void upstream.further(exchange);
        return;
      }
      void (scripts.shift() ?? sayBack)(exchange);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const {port} = server.address() as AddressInfo;
  const upstream: Upstream = {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    requests,
    get first() {
      const [exchange] = requests;
      if (!exchange) throw new Error('Nobody has asked yet.');
      return exchange;
    },
    script: (...more) => void scripts.push(...more),
    unscript: () => void scripts.pop(),
    further: answerFurther,
    models: [{id: 'test-model', object: 'model', created: 1, owned_by: 'test'}],
    connections: () => countConnections(server),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return upstream;
}

function exchangeOf(path: string, headers: IncomingHttpHeaders, body: Exchange['body'], res: ServerResponse): Exchange {
  const abandoned = new Promise<number>((resolve) => {
    res.on('close', () => {
      if (!res.writableFinished) resolve(performance.now());
    });
  });
  const start: Exchange['start'] = (status, sent = {'content-type': 'text/event-stream; charset=utf-8'}) => {
    res.writeHead(status, sent);
    res.flushHeaders();
  };
  return {
    path,
    headers,
    body,
    get abandoned() {
      return waitFor(abandoned, 'the upstream’s socket is closed');
    },
    start,
    write: (bytes) =>
      new Promise((resolve) => {
        if (!res.headersSent) start(200);
        // A socket that has gone takes no more, and its callback may never come.
        if (res.destroyed) resolve();
        else res.write(bytes, () => resolve());
      }),
    end(bytes = '') {
      if (!res.headersSent) start(200);
      res.end(bytes);
    },
    cut: () => void res.destroy(),
  };
}

function sendJson(exchange: Exchange, value: object, status = 200): void {
  exchange.start(status, {'content-type': 'application/json'});
  exchange.end(JSON.stringify(value));
}

/** Embeddings are the length of the text and two constants, completions repeat the prompt, and nothing is harmful. */
function answerFurther(exchange: Exchange): void {
  const {body = {}, path} = exchange;
  const asked = body['input'] ?? body['prompt'];
  const texts: readonly unknown[] = Array.isArray(asked) ? asked : [asked];
  const usage = {prompt_tokens: texts.length, total_tokens: texts.length};
  const model = body['model'];
  if (path.endsWith('/embeddings')) {
    const data = texts.map((text, index) => ({object: 'embedding', index, embedding: [String(text).length, 0.5, -1]}));
    sendJson(exchange, {object: 'list', data, model, usage});
  } else if (path.endsWith('/completions')) {
    const choices = texts.map((text, index) => ({
      text: ` ${String(text)}`,
      index,
      logprobs: null,
      finish_reason: 'stop',
    }));
    const counted = {...usage, completion_tokens: 2, total_tokens: texts.length + 2};
    sendJson(exchange, {id: 'cmpl-1', object: 'text_completion', created: 1, model, choices, usage: counted});
  } else {
    sendJson(exchange, {id: 'modr-1', model: model ?? 'omni', results: texts.map(() => ({flagged: false}))});
  }
}

async function sayBack(exchange: Exchange): Promise<void> {
  const messages = exchange.body?.['messages'];
  const last: unknown = Array.isArray(messages) ? messages.at(-1)?.content : '';
  await exchange.write(`${delta('You said: ')}${delta(typeof last === 'string' ? last : JSON.stringify(last))}`);
  exchange.end(done());
}

/** One chunk with a piece of text, as OpenAI writes it. */
export function delta(text: string): string {
  return frame({choices: [{index: 0, delta: {content: text}, finish_reason: null}]});
}

/** The end of an answer: the reason, the usage, `[DONE]`. */
export function done(usage: {prompt: number; completion: number} | undefined = {prompt: 9, completion: 3}): string {
  const {prompt, completion} = usage;
  return (
    frame({choices: [{index: 0, delta: {}, finish_reason: 'stop'}]}) +
    frame({choices: [], usage: {prompt_tokens: prompt, completion_tokens: completion}}) +
    'data: [DONE]\n\n'
  );
}

function frame(fields: object): string {
  const chunk = {id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'test-model', ...fields};
  return `data: ${JSON.stringify(chunk)}\n\n`;
}

/** Says the pieces one by one and ends. */
export function says(...pieces: readonly string[]): Script {
  return async (exchange) => {
    for (const piece of pieces) await exchange.write(delta(piece));
    exchange.end(done());
  };
}

/** Calls a tool with this input. Without `usage` no tokens are told. */
export function callsTool(name: string, input: object, usage?: {prompt: number; completion: number}): Script {
  const call = {index: 0, id: 'call_1', type: 'function', function: {name, arguments: JSON.stringify(input)}};
  return (exchange) => {
    exchange.end(
      frame({choices: [{index: 0, delta: {tool_calls: [call]}, finish_reason: null}]}) +
        frame({choices: [{index: 0, delta: {}, finish_reason: 'tool_calls'}]}) +
        (usage ? frame({choices: [], usage: {prompt_tokens: usage.prompt, completion_tokens: usage.completion}}) : '') +
        'data: [DONE]\n\n',
    );
  };
}

/** The next chat request that arrives without another script; its test writes the answer. */
export function nextReply(upstream: Upstream): Promise<Exchange> {
  const {promise, resolve} = Promise.withResolvers<Exchange>();
  upstream.script(resolve);
  return waitFor(promise, 'the server asks the upstream');
}

/** Refuses with a status and a JSON body. */
export function refuses(status: number, body: object, headers: Readonly<Record<string, string>> = {}): Script {
  return (exchange) => {
    exchange.start(status, {'content-type': 'application/json', ...headers});
    exchange.end(JSON.stringify(body));
  };
}

/** Sends a recorded body in pieces of so many bytes. */
export function replays(
  transcript: {http: {status: number; headers: Readonly<Record<string, string>>}; body: string},
  size: number,
): Script {
  return async (exchange) => {
    exchange.start(transcript.http.status, transcript.http.headers);
    const bytes = Buffer.from(transcript.body);
    for (let at = 0; at < bytes.length; at += size) await exchange.write(bytes.subarray(at, at + size));
    exchange.end();
  };
}

/** A point in a script at which the script waits for the test. */
export interface Pause {
  /** Resolves when the script has come to this point; rejects if it does not come. */
  readonly reached: Promise<void>;
  go(): void;
  /** For the script. */
  here(): Promise<void>;
}

export function pause(): Pause {
  const reached = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<void>();
  return {
    get reached() {
      return waitFor(reached.promise, 'the script has reached its pause');
    },
    go: gone.resolve,
    here() {
      reached.resolve();
      return gone.promise;
    },
  };
}

function countConnections(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
  });
}
