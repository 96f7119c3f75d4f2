/**
 * How to ask each kind of backend: paths and bodies, as data. A new kind is one more entry; what few pages need of it is
 * a file in `apis/`, which is loaded with the first question. Knows no dialects of answers: the reader recognises them as
 * they arrive.
 */
import {textOf} from '@chatlet/protocol';
import type {Json, Message} from '@chatlet/protocol';
import {loadPart} from './load-part.ts';
import type {ChatRequest} from './transport.ts';

/**
 * - `chatlet`: our own server
 * - `openai`: chat completions; the endpoint ends with `/v1`, as OpenAI's does
 * - `ai-sdk`: a route for the AI SDK's `useChat`; the endpoint is the route itself
 * - `typed-events`: `POST /api/chat` with `{messages, model, chatId}`
 * - `content`: `POST /chat/stream` with `{messages, model}`
 * - `responses`: OpenAI's Responses API; the endpoint ends with `/v1`
 * - `ollama`: Ollama's own API; the endpoint is the server's address
 * - `ag-ui`: an agent that speaks AG-UI; the endpoint is the agent itself
 */
export type Api = 'chatlet' | 'openai' | 'ai-sdk' | 'typed-events' | 'content' | 'responses' | 'ollama' | 'ag-ui';

export interface Backend {
  /** The path of questions, after the endpoint. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  body(request: ChatRequest): Json | Promise<Json>;
  /** It refuses a question that names no model. If none was chosen, the first one of its list answers. */
  readonly needsModel?: boolean;
  /** It finds a conversation by an id that the page has made. */
  readonly needsChatId?: boolean;
  /** The path to read an answer from that is being written. */
  resume?(chatId: string, after: number): string;
  /** `resume` ignores `after` and sends the answer from its first event. */
  readonly replays?: boolean;
  stop?(chatId: string): string;
  /** Answers a call of a tool that waits. */
  tool?(chatId: string, callId: string): string;
  /** Takes replies to calls that wait with a question of its own, see `ChatTransport`. */
  readonly continues?: boolean;
  /** Hands a chat to a person of the site. */
  contact?(chatId: string): string;
  readonly models?: string;
  readonly config?: string;
  /** The list of chats; `/id` and `/id/messages` follow it. */
  readonly chats?: string;
  /** The path of a search for pages. */
  readonly search?: string;
  /**
   * Everything of the caller: `DELETE` deletes it; below it, `GET /export` downloads it, and `POST /stop` ends the answers
   * that run.
   */
  readonly me?: string;
  /** How many messages of the conversation go with a question unless the page says so; by default all of them. */
  readonly historyLimit?: number;
  /**
   * The server expects the token of an anonymous visitor in a header, which the page has made or the server has `given`;
   * other servers of this kind know of no such header, and get none.
   */
  readonly visitors?: true | 'given';
  /** The server sends heartbeats, so silence means a lost connection. */
  readonly heartbeats?: boolean;
}

const asRoleAndContent = (messages: readonly Message[]): Json =>
  messages.map((message) => ({role: message.role, content: textOf(message)})).filter(({content}) => content !== '');

const asRoleAndParts = (messages: readonly Message[]): Json =>
  messages.map((message) => ({
    id: message.id,
    role: message.role,
    parts: [{type: 'text', text: textOf(message)}],
  }));

/** A body that a file in `apis/` writes. */
const bodyFrom =
  (load: () => Promise<{writeBody(request: ChatRequest): Json}>) =>
  async (request: ChatRequest): Promise<Json> => {
    const {writeBody} = await loadPart(load);
    return writeBody(request);
  };

export const backends = {
  chatlet: {
    path: '/api/chat',
    headers: {'x-chat-protocol': 'chatlet'},
    body: ({trigger, chatId, model, message, messageId, replaceFrom, temporary, section, retrieval, pageTools}) => ({
      chatId,
      model,
      message: message && {id: message.id, text: message.text},
      trigger: trigger === 'send' ? undefined : trigger,
      messageId,
      replaceFrom,
      temporary,
      section,
      retrieval,
      pageTools,
    }),
    resume: (chatId, after) => `/api/chat/${encodeURIComponent(chatId)}/stream?after=${after}`,
    stop: (chatId) => `/api/chat/${encodeURIComponent(chatId)}/stop`,
    contact: (chatId) => `/api/chat/${encodeURIComponent(chatId)}/contact`,
    tool: (chatId, callId) => `/api/chat/${encodeURIComponent(chatId)}/tools/${encodeURIComponent(callId)}`,
    models: '/api/models',
    config: '/api/config',
    chats: '/api/chats',
    search: '/api/search',
    me: '/api/me',
    visitors: true,
    heartbeats: true,
  },
  openai: {
    path: '/chat/completions',
    body: ({model, messages}) => ({model: model ?? 'default', messages: asRoleAndContent(messages), stream: true}),
    models: '/models',
  },
  'ai-sdk': {
    path: '',
    body: ({trigger, chatId, model, messageId, messages}) => ({
      id: chatId,
      messages: asRoleAndParts(messages),
      trigger: trigger === 'regenerate' ? 'regenerate-message' : 'submit-message',
      messageId,
      model,
    }),
    resume: (chatId) => `/${encodeURIComponent(chatId)}/stream`,
    replays: true,
    needsChatId: true,
  },
  'typed-events': {
    path: '/api/chat',
    body: ({chatId, model, messages}) => ({chatId, model, messages: asRoleAndContent(messages)}),
  },
  content: {
    path: '/chat/stream',
    historyLimit: 10,
    body: ({model, messages}) => ({model, messages: asRoleAndContent(messages)}),
    models: '/chat/models',
  },
  responses: {
    path: '/responses',
    body: bodyFrom(() => import('./apis/responses.ts')),
    models: '/models',
    needsModel: true,
  },
  ollama: {
    path: '/api/chat',
    body: bodyFrom(() => import('./apis/ollama.ts')),
    models: '/api/tags',
    needsModel: true,
  },
  'ag-ui': {
    path: '',
    body: bodyFrom(() => import('./apis/ag-ui.ts')),
    needsChatId: true,
    continues: true,
    visitors: 'given',
  },
} as const satisfies Record<Api, Backend>;

/** Whether this is the name of a backend that we know how to ask. */
export function isApi(value: unknown): value is Api {
  return typeof value === 'string' && Object.hasOwn(backends, value);
}
