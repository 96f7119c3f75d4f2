/** The interfaces of the page's functions that the model may call. Their code is fetched with the first one. */
import type {ChatEvent, Message, PageToolDefinition} from '@chatlet/protocol';
import type {FollowOptions, followTurn} from './follow-turn.ts';
import type {StorageNamespace} from './storage.ts';

/**
 * A function of the page that the model may call, in WebMCP's form.
 *
 * @example
 * chat.registerTool({
 *   name: 'add-to-cart',
 *   description: 'Puts an article into the cart.',
 *   inputSchema: {type: 'object', properties: {article: {type: 'string'}}, required: ['article']},
 *   run: ({article}) => cart.add(article),
 * });
 */
export interface PageTool<Input = unknown> {
  /** Letters, digits, `_` and `-`, at most 64. A name that the server has for a tool of its own is not offered. */
  readonly name: string;
  /** Tells the model what the function does and when to call it; at most 1000 characters. */
  readonly description: string;
  /** JSON Schema of the input. By default any object. */
  readonly inputSchema?: object;
  /** JSON Schema of the result, if it is to be checked. */
  readonly outputSchema?: object;
  /** Without `readOnlyHint` the visitor is asked before each call; with `destructiveHint` the question warns. */
  readonly annotations?: PageToolDefinition['annotations'];
  /**
   * The model reads the result, or the message of an error. The signal aborts when the visitor stops the answer, when the
   * function takes too long, and when `signal` does.
   */
  run(input: Input, context: {readonly signal: AbortSignal}): unknown;
  /** Takes the function away when it aborts. */
  readonly signal?: AbortSignal;
}

export interface PageTools {
  /** The server gets them with each question, and with each reply to a call that waits. */
  definitions(): readonly PageToolDefinition[];
  /** Follows a turn as `followTurn` does, and runs the functions that its answer waits for, until it waits for none. */
  follow(options: FollowCalls, signalling: {readonly signal: AbortSignal}): AsyncGenerator<readonly ChatEvent[]>;
}

export interface FollowCalls extends Omit<FollowOptions, 'begin'> {
  readonly followTurn: typeof followTurn;
  /** `waiting`: the answer of the chat, which waits already. */
  readonly begin: FollowOptions['begin'] | {readonly chatId: string; readonly waiting: Message};
  /** Of the tab. */
  readonly storage: StorageNamespace;
  /** Tells the other tabs that the answer of this chat goes on. */
  onGoesOn(chatId: string): void;
  /** The calls of this chat waited for another tab, which has ended its part or is gone. */
  onFree(chatId: string): void;
}
