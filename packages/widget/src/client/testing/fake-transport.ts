/** A fake transport: the test takes each stream that is opened and writes its events. With the events of most answers. */
import type {Chat, ChatEvent, Page} from '@chatlet/protocol';
import type {Arrival, ChatConfig, ChatRequest, ChatTransport, LoadedMessages, ModelChoice} from '../transport.ts';

/** One stream that the client has opened. */
export interface FakeStream {
  readonly request: ChatRequest | {readonly chatId: string; readonly after: number};
  /** Sends events. Resolves when the client has read them. */
  give(...items: readonly (ChatEvent | Arrival)[]): Promise<void>;
  /** Ends the stream by throwing. */
  fail(error: Error): void;
  /** Ends the stream without another event. */
  end(): void;
  /** Resolves when the client no longer reads the stream. */
  readonly left: Promise<void>;
}

export interface FakeTransportOptions {
  readonly stops?: boolean;
  readonly resumes?: boolean;
  readonly chats?: readonly Chat[];
  /** The messages of each chat under its id, those of its older pages under `id cursor`. */
  readonly stored?: Readonly<Record<string, LoadedMessages>>;
  /** The answer to a call of `list`, under that call as `calls` has it; else all chats with the search in their title. */
  readonly pages?: Readonly<Record<string, Page<Chat>>>;
  /** Whether all chats can be downloaded and deleted at once. */
  readonly allChats?: boolean;
  readonly config?: ChatConfig & Partial<ModelChoice>;
  readonly models?: ModelChoice;
  /** Called before a call other than a stream is answered. It may wait, and the call fails if it throws. */
  readonly onCall?: (call: string) => Promise<void> | void;
  /** Whether a call fails when its signal aborts, as `fetch` does. True by default. */
  readonly obeysSignals?: boolean;
}

export interface FakeTransport extends ChatTransport {
  /** The oldest opened stream that the test has not taken yet; waits for one if there is none. */
  next(): Promise<FakeStream>;
  /** Calls other than streams, in order. */
  readonly calls: string[];
  /** All streams that were opened so far. */
  readonly opened: readonly FakeStream[];
}

export const start = {
  type: 'message-start',
  messageId: 'msg_a',
  chatId: 'chat_1',
  model: 'm',
} as const satisfies ChatEvent;
export const end = {type: 'message-end', reason: 'stop'} as const satisfies ChatEvent;
export const say = (delta: string): ChatEvent => ({type: 'text-delta', delta});

type Step = {readonly item: ChatEvent | Arrival; taken(): void} | {readonly error: Error} | 'end';

export function fakeTransport(options: FakeTransportOptions = {}): FakeTransport {
  const {
    stops = true,
    resumes = true,
    chats,
    stored = {},
    pages = {},
    allChats = false,
    config,
    models,
    onCall,
    obeysSignals = true,
  } = options;
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

  const answerTo = async (call: string, signal?: AbortSignal) => {
    calls.push(call);
    await onCall?.(call);
    if (obeysSignals) signal?.throwIfAborted();
  };

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
    ...(stops && {stop: (chatId) => answerTo(`stop ${chatId}`)}),
    ...(config && {
      async config({signal}) {
        await answerTo('config', signal);
        return config;
      },
    }),
    ...(models && {
      async models({signal}) {
        await answerTo('models', signal);
        return models;
      },
    }),
    ...(chats && {
      history: {
        async list({search = '', cursor = ''}, {signal}) {
          const call = ['list', search, cursor].filter((word) => word !== '').join(' ');
          await answerTo(call, signal);
          return pages[call] ?? {items: chats.filter(({title}) => title.includes(search))};
        },
        async load(chatId, {cursor, signal}) {
          const page = cursor === undefined ? chatId : `${chatId} ${cursor}`;
          await answerTo(`load ${page}`, signal);
          return stored[page] ?? {messages: []};
        },
        rename: (chatId, title) => answerTo(`rename ${chatId} ${title}`),
        remove: (chatId) => answerTo(`remove ${chatId}`),
        ...(allChats && {
          async export(format, {signal}) {
            await answerTo(`export ${format}`, signal);
            return new Blob([`All chats as ${format}`]);
          },
          removeAll: () => answerTo('removeAll'),
        }),
      },
    }),
    forget: () => void calls.push('forget'),
  };
}
