/** A transport whose answers the test writes by hand, one turn after the other. */
import type {Chat, ChatEvent} from '@chatlet/protocol';
import type {Arrival, ChatConfig, ChatRequest, ChatTransport, LoadedMessages, ModelChoice} from '../transport.ts';

/** One stream that was asked for: what is given to it arrives. */
export interface FakeStream {
  readonly request: ChatRequest | {readonly chatId: string; readonly after: number};
  /** Resolves once everything given so far has been taken. */
  give(...items: readonly (ChatEvent | Arrival)[]): Promise<void>;
  /** Breaks off by throwing. */
  fail(error: Error): void;
  /** Ends without a word. */
  end(): void;
  /** Resolves when the listener goes away. */
  readonly left: Promise<void>;
}

export interface FakeTransportOptions {
  readonly stops?: boolean;
  readonly resumes?: boolean;
  readonly chats?: readonly Chat[];
  /** The messages of each chat under its id, those of its older pages under `id cursor`. */
  readonly stored?: Readonly<Record<string, LoadedMessages>>;
  readonly config?: ChatConfig & Partial<ModelChoice>;
}

export interface FakeTransport extends ChatTransport {
  /** The next stream that is asked for, or that was asked for and not yet taken by the test. */
  next(): Promise<FakeStream>;
  /** Calls other than streams, in order. */
  readonly calls: string[];
  /** Streams asked for so far. */
  readonly opened: readonly FakeStream[];
}

type Step = {readonly item: ChatEvent | Arrival; taken(): void} | {readonly error: Error} | 'end';

export function fakeTransport(options: FakeTransportOptions = {}): FakeTransport {
  const {stops = true, resumes = true, chats, stored = {}, config} = options;
  const calls: string[] = [];
  const opened: FakeStream[] = [];
  const waiting: ((stream: FakeStream) => void)[] = [];
  let offered = 0;

  async function* stream(request: FakeStream['request'], signal: AbortSignal): AsyncGenerator<ChatEvent | Arrival> {
    const steps: Step[] = [];
    let wake = () => {};
    const left = Promise.withResolvers<void>();
    const push = (step: Step) => {
      steps.push(step);
      wake();
    };
    const hand: FakeStream = {
      request,
      left: left.promise,
      fail: (error) => push({error}),
      end: () => push('end'),
      give: async (...items) => {
        const taken = items.map((item) => {
          const {promise, resolve} = Promise.withResolvers<void>();
          push({item, taken: resolve});
          return promise;
        });
        await Promise.race([Promise.all(taken), left.promise]);
      },
    };
    opened.push(hand);
    const taker = waiting.shift();
    if (taker) {
      offered++;
      taker(hand);
    }
    const onAbort = () => wake();
    signal.addEventListener('abort', onAbort);
    try {
      for (;;) {
        signal.throwIfAborted();
        const step = steps.shift();
        if (step === undefined) await new Promise<void>((resolve) => (wake = resolve));
        else if (step === 'end') return;
        else if ('error' in step) throw step.error;
        else {
          yield step.item;
          step.taken();
        }
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
      left.resolve();
    }
  }

  return {
    calls,
    opened,
    next() {
      const ready = opened[offered];
      if (ready) {
        offered++;
        return Promise.resolve(ready);
      }
      return new Promise((resolve) => waiting.push(resolve));
    },
    send: (request, {signal}) => stream(request, signal),
    ...(resumes && {resume: (chatId, after, {signal}) => stream({chatId, after}, signal)}),
    ...(stops && {
      async stop(chatId) {
        calls.push(`stop ${chatId}`);
      },
    }),
    ...(config && {config: async () => config}),
    ...(chats && {
      history: {
        async list({search = '', cursor}) {
          calls.push(`list ${search}${cursor ?? ''}`.trim());
          return {items: chats.filter(({title}) => title.includes(search))};
        },
        async load(chatId, {cursor}) {
          const page = cursor === undefined ? chatId : `${chatId} ${cursor}`;
          calls.push(`load ${page}`);
          return stored[page] ?? {messages: []};
        },
        async rename(chatId, title) {
          calls.push(`rename ${chatId} ${title}`);
        },
        async remove(chatId) {
          calls.push(`remove ${chatId}`);
        },
      },
    }),
  };
}
