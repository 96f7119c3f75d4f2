/**
 * Emulates an OpenAI-compatible upstream in a process of its own: streams the answers that questions ask for, with the
 * pace and the faults in the question, and remembers when each connection closed.
 */
import {type IncomingMessage, type ServerResponse, createServer} from 'node:http';
import {type AnswerSpec, specIn, token} from './answer-text.ts';
import {answerQuestions} from './channel.ts';
import {listen} from './contestants/listen.ts';
import {readBody} from './contestants/read-body.ts';

/** The outcome of one request. Times are milliseconds of the system's monotonic clock, the same in all processes. */
export interface Served {
  readonly arrivedAt: number;
  /** How many times this answer was asked for. */
  readonly attempts: number;
  readonly tokens: number;
  /** Bytes that the socket accepted. */
  readonly bytes: number;
  readonly closedAt?: number;
  /** The last byte was handed to the system before the connection closed. */
  readonly finished: boolean;
}

interface Serving {
  arrivedAt: number;
  attempts: number;
  tokens: number;
  written: number;
  response: ServerResponse;
  closedAt?: number;
}

const now = () => Number(process.hrtime.bigint()) / 1e6;

const served = new Map<number, Serving>();
let open = 0;

const head =
  '{"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1700000000,"model":"bench-model",' +
  '"system_fingerprint":"fp_bench","choices":[{"index":0,"delta":';
const event = (delta: string, finish = 'null') =>
  `data: ${head}${delta},"logprobs":null,"finish_reason":${finish}}]}\n\n`;
const firstEvent = Buffer.from(event('{"role":"assistant","content":""}'));
const endEvent = event('{}', '"stop"');
const garbageEvent = Buffer.from('data: {"choices":[{"index":0,"delta":{"content":\n\n');

/** The few hundred different tokens are made once, so that the emulator does not limit a run. */
const events = new Map<string, Buffer>();
function tokenEvent(spec: AnswerSpec, at: number): Buffer {
  const text = token(spec, at);
  if (at === 0 || spec.fat !== undefined) return Buffer.from(event(JSON.stringify({content: text})));
  let buffer = events.get(text);
  if (!buffer) {
    buffer = Buffer.from(event(JSON.stringify({content: text})));
    if (events.size < 10_000) events.set(text, buffer);
  }
  return buffer;
}

function lastEvents(spec: AnswerSpec, usage: boolean): Buffer {
  const usageEvent = usage
    ? `data: {"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1700000000,"model":"bench-model","choices":[],"usage":${usageOf(spec)}}\n\n`
    : '';
  return Buffer.from(`${endEvent}${usageEvent}data: [DONE]\n\n`);
}

const usageOf = ({tokens}: AnswerSpec) =>
  `{"prompt_tokens":12,"completion_tokens":${tokens},"total_tokens":${tokens + 12}}`;

/** A timer that is gone when the response is. */
function later(response: ServerResponse, milliseconds: number, run: () => void): void {
  const timer = setTimeout(run, milliseconds);
  response.once('close', () => clearTimeout(timer));
}

function send(spec: AnswerSpec, serving: Serving, usage: boolean): void {
  const {response} = serving;
  const write = (data: Buffer): boolean => {
    serving.written += data.length;
    return response.write(data);
  };
  const half = Math.floor(spec.tokens / 2);
  /** Writes the next token, after the fault that comes before it. */
  const next = (): boolean => {
    if (serving.tokens === half) {
      if (spec.behaviour === 'die') {
        // Written tokens are sent first: the fault is an answer that is cut off, not one that was never sent.
        setTimeout(() => response.destroy(), 20);
        return false;
      }
      if (spec.behaviour === 'garbage') write(garbageEvent);
    }
    return write(tokenEvent(spec, serving.tokens++));
  };
  const finish = (): void => {
    if (spec.behaviour !== 'hang') response.end(lastEvents(spec, usage));
  };
  const isOver = () => response.destroyed || (spec.behaviour === 'die' && serving.tokens >= half);

  if (spec.behaviour === 'split') {
    sendInPieces(response, Buffer.concat([...Array(spec.tokens).keys()].map((at) => tokenEvent(spec, at))), () => {
      serving.tokens = spec.tokens;
      finish();
    });
    return;
  }
  if (spec.rate === 0) {
    const pump = (): void => {
      while (serving.tokens < spec.tokens && !response.destroyed) {
        const over = isOver();
        const more = next();
        if (over) return;
        if (!more) {
          response.once('drain', pump);
          return;
        }
      }
      if (!response.destroyed) finish();
    };
    pump();
    return;
  }
  const startedAt = performance.now();
  const period = 1000 / spec.rate;
  let timer: NodeJS.Timeout | undefined;
  const tick = (): void => {
    const due = Math.min(spec.tokens, Math.floor((performance.now() - startedAt) / period + 0.01) + 1);
    while (serving.tokens < due && !response.destroyed) {
      const over = isOver();
      next();
      if (over) return;
    }
    const wait = startedAt + serving.tokens * period - performance.now();
    if (serving.tokens < spec.tokens) timer = setTimeout(tick, Math.max(1, wait));
    // The last token has its period, too, so that an answer of n tokens takes n periods.
    else timer = setTimeout(finish, Math.max(1, wait));
  };
  response.once('close', () => clearTimeout(timer));
  tick();
}

function sendInPieces(response: ServerResponse, body: Buffer, done: () => void, from = 0): void {
  if (response.destroyed) return;
  if (from >= body.length) {
    done();
    return;
  }
  response.write(body.subarray(from, from + 7));
  setImmediate(() => sendInPieces(response, body, done, from + 7));
}

function answer(body: string, response: ServerResponse): void {
  const {messages, stream, stream_options: options} = JSON.parse(body);
  const last: unknown = messages?.at(-1)?.content;
  const question =
    typeof last === 'string' ? last : Array.isArray(last) ? last.map(({text}) => text ?? '').join('') : '';
  const spec = specIn(question) ?? {seed: -1, tokens: 3, rate: 0, think: 0, behaviour: 'answer'};
  const before = served.get(spec.seed);
  const serving: Serving = {arrivedAt: now(), attempts: (before?.attempts ?? 0) + 1, tokens: 0, written: 0, response};
  served.set(spec.seed, serving);
  open += 1;
  response.once('close', () => {
    open -= 1;
    serving.closedAt = now();
  });

  if (spec.behaviour === 'too-many') {
    response.writeHead(429, {'content-type': 'application/json', 'retry-after': '7'});
    response.end(
      '{"error":{"message":"Slow down.","type":"rate_limit_error","param":null,"code":"rate_limit_exceeded"}}',
    );
    return;
  }
  if (stream !== true) {
    const content = [...Array(spec.tokens).keys()].map((at) => token(spec, at)).join('');
    response.writeHead(200, {'content-type': 'application/json'});
    response.end(
      JSON.stringify({
        id: 'chatcmpl-bench',
        object: 'chat.completion',
        created: 1_700_000_000,
        model: 'bench-model',
        choices: [{index: 0, message: {role: 'assistant', content}, finish_reason: 'stop', logprobs: null}],
        usage: JSON.parse(usageOf(spec)),
      }),
    );
    return;
  }
  const begin = (): void => {
    response.write(firstEvent);
    send(spec, serving, options?.include_usage === true);
  };
  response.writeHead(200, {'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache'});
  response.flushHeaders();
  if (spec.think > 0) later(response, spec.think, begin);
  else begin();
}

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.url?.endsWith('/models')) {
    if (request.url.startsWith('/list-hangs/')) return;
    if (request.url.startsWith('/list-errs/')) {
      response.writeHead(500).end();
      return;
    }
    if (request.url.startsWith('/list-lies/')) {
      response.writeHead(200, {'content-type': 'application/json'}).end('{"status":"ok"}');
      return;
    }
    response.writeHead(200, {'content-type': 'application/json'});
    response.end(
      '{"object":"list","data":[{"id":"bench-model","object":"model","created":1700000000,"owned_by":"bench"}]}',
    );
    return;
  }
  answer(await readBody(request), response);
}

const answers = {
  /** The outcome of the answer with this seed; undefined if nobody asked for it. */
  served(seed: number): Served | undefined {
    const serving = served.get(seed);
    if (!serving) return undefined;
    const {arrivedAt, attempts, tokens, written, response, closedAt} = serving;
    return {
      arrivedAt,
      attempts,
      tokens,
      bytes: written - response.writableLength,
      finished: response.writableFinished,
      ...(closedAt === undefined ? {} : {closedAt}),
    };
  },
  /** Answers with an open connection. */
  open: (): number => open,
  /** Forgets answers that were closed so many milliseconds ago. */
  forget(age: number): void {
    const before = now() - age;
    for (const [seed, {closedAt}] of served) if (closedAt !== undefined && closedAt <= before) served.delete(seed);
  },
};

export type UpstreamAnswers = typeof answers;

answerQuestions(answers);
listen(
  createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  }),
);
