/**
 * The load generator, in a process of its own: asks for answers, checks every character, and measures times as a reader
 * would notice them. Of the server it knows only its address and its API.
 */
import {Agent} from 'undici';
import {type AnswerReader, createAnswerReader} from './answer-reader.ts';
import {type AnswerSpec, questionFor} from './answer-text.ts';
import {answerQuestions} from './channel.ts';

/** The address to ask, and the API to use. */
export interface Target {
  readonly origin: string;
  readonly path: string;
  /** `completions`, `responses`: OpenAI's bodies; `chatlet`: a question to our own server, which begins a new chat. */
  readonly body: 'completions' | 'responses' | 'chatlet';
  readonly headers: Readonly<Record<string, string>>;
}

export interface Job {
  readonly target: Target;
  /** Answers at the same time. */
  readonly streams: number;
  /** Answers in all; a stream that has ended is followed by the next. */
  readonly answers: number;
  readonly answer: Omit<AnswerSpec, 'seed'>;
  readonly firstSeed: number;
  /** Milliseconds over which the streams are opened. */
  readonly ramp: number;
  /** Milliseconds after which open answers are cut off; the text until then must be right. */
  readonly cutAfter?: number;
  /** Only tokens that arrive between these milliseconds from the start of the job are counted. */
  readonly window?: readonly [from: number, to: number];
  /** List the chats that were acknowledged. */
  readonly collect?: true;
}

export interface JobResult {
  readonly answers: number;
  readonly tokens: number;
  /** Seconds from the first question to the last byte. */
  readonly seconds: number;
  /** Milliseconds from a question to the first token: the median and the 99th percentile. */
  readonly firstTokenP50: number;
  readonly firstTokenP99: number;
  /** Tokens that arrived within the window. */
  readonly windowTokens: number;
  /** The problems, each with the number of times that it occurred. */
  readonly problems: Readonly<Record<string, number>>;
  /** Chats that the server acknowledged, each with whether it said that the answer is complete. */
  readonly chats?: readonly {readonly seed: number; readonly chatId: string; readonly ended: boolean}[];
}

/** One answer as its reader sees it. */
export interface Outcome {
  /** 0: nobody answered. */
  readonly status: number;
  readonly retryAfter?: string;
  readonly tokens: number;
  readonly isWhole: boolean;
  readonly isWrong: boolean;
  readonly saidEnd: boolean;
  readonly error?: string;
  /** The seconds to wait in the error event. */
  readonly errorRetryAfter?: number;
  /** The connection broke. */
  readonly broken?: string;
  readonly chatId?: string;
}

interface Stream {
  readonly reader: AnswerReader;
  readonly ended: Promise<Outcome>;
  /** Milliseconds until the first token, once it came. */
  firstTokenAfter: number | undefined;
  /** The status and headers, which may come long before the first event. */
  chatId: string | undefined;
  abort(): void;
  pause(): void;
  resume(): void;
}

const now = () => Number(process.hrtime.bigint()) / 1e6;

const agent = new Agent({connections: null, headersTimeout: 0, bodyTimeout: 0, connect: {timeout: 60_000}});

function bodyOf({body}: Target, spec: AnswerSpec): string {
  const question = questionFor(spec);
  if (body === 'responses') return JSON.stringify({model: 'bench-model', stream: true, input: question});
  return body === 'chatlet'
    ? JSON.stringify({model: 'bench-model', message: {id: `msg_${crypto.randomUUID()}`, text: question}})
    : JSON.stringify({model: 'bench-model', stream: true, messages: [{role: 'user', content: question}]});
}

function open(target: Target, spec: AnswerSpec, onTokens?: (tokens: number) => void): Stream {
  const reader = createAnswerReader(spec);
  const askedAt = performance.now();
  let status = 0;
  let retryAfter: string | undefined;
  let controller: {abort(reason: Error): void; pause(): void; resume(): void} | undefined;
  let aborted = false;
  let paused = false;
  let resolve: (outcome: Outcome) => void = () => {};
  const finish = (broken?: string): void => {
    reader.end();
    const {tokens, isWhole, isWrong, saidEnd, error, retryAfter: errorRetryAfter, chatId} = reader;
    resolve({
      status,
      tokens,
      isWhole,
      isWrong,
      saidEnd,
      ...(retryAfter === undefined ? {} : {retryAfter}),
      ...(error === undefined ? {} : {error}),
      ...(errorRetryAfter === undefined ? {} : {errorRetryAfter}),
      ...(broken === undefined ? {} : {broken}),
      ...(chatId === undefined ? {} : {chatId}),
    });
  };
  const stream: Stream = {
    reader,
    ended: new Promise((done) => {
      resolve = done;
    }),
    firstTokenAfter: undefined,
    chatId: undefined,
    abort() {
      aborted = true;
      controller?.abort(new Error('cut'));
    },
    pause() {
      paused = true;
      controller?.pause();
    },
    resume() {
      paused = false;
      controller?.resume();
    },
  };
  agent.dispatch(
    {
      origin: target.origin,
      path: target.path,
      method: 'POST',
      headers: {'content-type': 'application/json', accept: 'text/event-stream', ...target.headers},
      body: bodyOf(target, spec),
    },
    {
      onRequestStart(it) {
        controller = it;
        if (aborted) it.abort(new Error('cut'));
      },
      onResponseStart(it, code, headers) {
        status = code;
        if (headers['x-chat-id'] !== undefined) stream.chatId = String(headers['x-chat-id']);
        if (headers['retry-after'] !== undefined) retryAfter = String(headers['retry-after']);
        if (paused) it.pause();
      },
      onResponseData(_, bytes) {
        const tokens = reader.push(bytes);
        if (tokens === 0) return;
        stream.firstTokenAfter ??= performance.now() - askedAt;
        onTokens?.(tokens);
      },
      onResponseEnd: () => finish(),
      onResponseError: (_, error) => finish(error.message),
    },
  );
  return stream;
}

function problemIn(outcome: Outcome): string | undefined {
  if (outcome.status !== 200) return `status ${outcome.status}${outcome.broken ? ` (${outcome.broken})` : ''}`;
  if (outcome.isWrong) return 'wrong text';
  if (outcome.error !== undefined) return `error event: ${outcome.error}`;
  if (outcome.broken !== undefined) return `broken: ${outcome.broken}`;
  if (!outcome.isWhole) return 'incomplete';
  return outcome.saidEnd ? undefined : 'no end mark';
}

const sleep = (milliseconds: number) => new Promise<void>((done) => setTimeout(done, milliseconds));

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

async function run(job: Job): Promise<JobResult> {
  const firstTokens: number[] = [];
  const problems: Record<string, number> = {};
  const running = new Set<Stream>();
  const chats: {seed: number; chatId: string; ended: boolean}[] = [];
  let tokens = 0;
  let windowTokens = 0;
  let begun = 0;
  const cutting = new AbortController();
  const startedAt = performance.now();
  const [from, to] = job.window ?? [0, Infinity];
  const count = (arrived: number): void => {
    tokens += arrived;
    const at = performance.now() - startedAt;
    if (at >= from && at < to) windowTokens += arrived;
  };
  const runStream = async (delay: number): Promise<void> => {
    if (delay > 0) await sleep(delay);
    while (begun < job.answers && !cutting.signal.aborted) {
      const seed = job.firstSeed + begun++;
      const stream = open(job.target, {...job.answer, seed}, count);
      running.add(stream);
      const outcome = await stream.ended;
      running.delete(stream);
      if (stream.firstTokenAfter !== undefined) firstTokens.push(stream.firstTokenAfter);
      if (job.collect && outcome.chatId !== undefined) {
        chats.push({seed, chatId: outcome.chatId, ended: outcome.isWhole && outcome.saidEnd});
      }
      const problem = cutting.signal.aborted ? (outcome.isWrong ? 'wrong text' : undefined) : problemIn(outcome);
      if (problem !== undefined) problems[problem] = (problems[problem] ?? 0) + 1;
    }
  };
  const timer = setTimeout(
    () => {
      cutting.abort();
      for (const stream of running) stream.abort();
    },
    job.cutAfter ?? 2 ** 31 - 1,
  );
  await Promise.all([...Array(job.streams).keys()].map((at) => runStream((job.ramp * at) / job.streams)));
  clearTimeout(timer);
  firstTokens.sort((a, b) => a - b);
  return {
    answers: begun,
    tokens,
    seconds: (performance.now() - startedAt) / 1000,
    firstTokenP50: percentile(firstTokens, 0.5),
    firstTokenP99: percentile(firstTokens, 0.99),
    windowTokens,
    problems,
    ...(job.collect ? {chats} : {}),
  };
}

/** Streams that are kept open for the runner, by seed. */
const held = new Map<number, Stream>();

interface HoldRequest {
  readonly target: Target;
  readonly streams: number;
  readonly answer: Omit<AnswerSpec, 'seed'>;
  readonly firstSeed: number;
  /** A stream without a token after so many milliseconds counts as not opened. */
  readonly patience: number;
}

/** Opens streams and keeps them open; returns how many had a token in time. They are kept by their seeds. */
async function hold({target, streams, answer, firstSeed, patience}: HoldRequest): Promise<number> {
  const deadline = performance.now() + patience;
  const isWaiting = (stream: Stream) => stream.firstTokenAfter === undefined;
  const waiting = () => [...held.values()].filter(isWaiting).length;
  // A few hundred at a time, because a listen queue takes no more.
  const untilAtMost = async (count: number): Promise<void> => {
    while (waiting() > count && performance.now() < deadline) await sleep(10);
  };
  for (let at = 0; at < streams && performance.now() < deadline; at += 1) {
    held.set(firstSeed + at, open(target, {...answer, seed: firstSeed + at}));
    if (at % 100 === 99) await untilAtMost(200);
  }
  await untilAtMost(0);
  return [...held.values()].filter((stream) => !isWaiting(stream)).length;
}

const answers = {
  run,
  hold,
  /** Cuts all held streams. */
  async release(): Promise<void> {
    for (const stream of held.values()) stream.abort();
    await Promise.all([...held.values()].map(({ended}) => ended));
    held.clear();
  },
  /** Asks for one answer and reads it to its end. */
  one: ({target, spec}: {target: Target; spec: AnswerSpec}): Promise<Outcome> => open(target, spec).ended,
  /** Begins an answer and keeps it under its seed; with `stall` its reader stops reading at the first byte. */
  begin({target, spec, stall}: {target: Target; spec: AnswerSpec; stall: boolean}): void {
    let stalls = stall;
    const stream = open(target, spec, () => {
      if (stalls) stream.pause();
      stalls = false;
    });
    held.set(spec.seed, stream);
  },
  /** The state of an answer that was begun. */
  seen(seed: number): {tokens: number; chatId?: string} {
    const {reader, chatId = reader?.chatId} = held.get(seed) ?? {};
    return {tokens: reader?.tokens ?? 0, ...(chatId !== undefined && {chatId})};
  },
  resume(seed: number): void {
    held.get(seed)?.resume();
  },
  /** The end of an answer that was begun. */
  async ended(seed: number): Promise<Outcome | undefined> {
    const outcome = await held.get(seed)?.ended;
    held.delete(seed);
    return outcome;
  },
  /** Makes the reader of an answer leave. Returns the time in milliseconds of the system's monotonic clock. */
  leave(seed: number): number {
    const at = now();
    held.get(seed)?.abort();
    held.delete(seed);
    return at;
  },
};

export type LoadAnswers = typeof answers;

answerQuestions(answers);
