/** A real chat server on a free port with a real upstream, and the few operations that tests need. */
import {
  type ChatEvent,
  type Chat,
  type Message,
  applyEvent,
  createReader,
  emptyAnswer,
  readEvents,
  textOf,
} from '@chatlet/protocol';
import {type ChatServer, type ChatServerConfig, createChatServer} from '../index.ts';
import {type Upstream, startUpstream} from './upstream.ts';

export interface TestServer {
  readonly url: string;
  readonly server: ChatServer;
  readonly app: ChatServer['app'];
  readonly upstream: Upstream;
  /** The errors that the server has reported to its operator. */
  readonly reported: readonly unknown[];
  /** Asks with the page's own protocol unless the headers say otherwise. */
  post(path: string, body: object, headers?: Readonly<Record<string, string>>): Promise<Response>;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Response>;
  /** Asks a question and reads its answer to the end. */
  ask(question: string, more?: object): Promise<Answered>;
  messages(chatId: string): Promise<readonly (Message & {content: string})[]>;
  chats(): Promise<readonly Chat[]>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface Answered {
  readonly chatId: string;
  readonly answer: Message;
  readonly text: string;
  readonly events: readonly ChatEvent[];
}

export const ownProtocol = {'x-chat-protocol': 'chatlet'};

export async function startChat(config: ChatServerConfig = {}): Promise<TestServer> {
  const upstream = await startUpstream();
  const reported: unknown[] = [];
  const server = createChatServer({
    openai: {baseUrl: upstream.baseUrl, apiKey: 'sk-canary-1234567890'},
    databaseUrl: 'sqlite::memory:',
    resilience: {retries: 0},
    report: (error) => reported.push(error),
    ...config,
  });
  const {port} = await server.listen({port: 0});
  const url = `http://127.0.0.1:${port}`;

  const get: TestServer['get'] = (path, headers = {}) => fetch(url + path, {headers});
  const post: TestServer['post'] = (path, body, headers = ownProtocol) =>
    fetch(url + path, {
      method: 'POST',
      headers: {'content-type': 'application/json', ...headers},
      body: JSON.stringify(body),
    });
  const close = async () => {
    await server.close();
    await upstream.close();
  };
  return {
    url,
    server,
    app: server.app,
    upstream,
    reported,
    get,
    post,
    async ask(question, more = {}) {
      return answered(await post('/api/chat', {message: {text: question}, ...more}));
    },
    messages: async (chatId) => json(await get(`/api/chats/${chatId}/messages`)),
    chats: async () => json(await get('/api/chats')),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Parses a body without a check of its type: a wrong assumption of a test fails in the test. */
export async function json<Value>(response: Response): Promise<Value> {
  return (await response.json()) as Value;
}

/** Reads a streamed answer to its end, in the dialect that its headers name. */
export async function answered(response: Response): Promise<Answered> {
  const events: ChatEvent[] = [];
  if (!response.body) throw new Error(`No body: ${response.status}`);
  for await (const batch of readEvents(response.body, {headers: response.headers})) events.push(...batch);
  const answer = events.reduce(applyEvent, emptyAnswer({id: '', createdAt: ''}));
  return {chatId: response.headers.get('x-chat-id') ?? '', answer, text: textOf(answer), events};
}

/** Reads a response until its text is the one that the test waits for, and returns the text. */
export async function readUntil(response: Response, done: (text: string) => boolean): Promise<string> {
  const reader = createReader({headers: response.headers});
  let answer = emptyAnswer({id: '', createdAt: ''});
  const body = response.body?.getReader();
  if (!body) throw new Error('No body.');
  while (!done(textOf(answer))) {
    const {value} = await body.read();
    if (!value) throw new Error(`Ended too early, after: ${textOf(answer)}`);
    answer = reader.push(value).reduce(applyEvent, answer);
  }
  body.releaseLock();
  return textOf(answer);
}
