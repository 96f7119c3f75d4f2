/** A turn, and the conversation around it as the code sees that follows turns. */
import type {Message} from '@chatlet/protocol';
import type {ConversationState, ShownMessage} from './chat-state.ts';
import type {Environment} from './environment.ts';
import type {GrowingAnswer} from './growing-answer.ts';
import type {FollowCalls, PageTools} from './page-tool.ts';
import type {QueuedQuestion} from './question-queue.ts';
import type {ChatStorage} from './storage.ts';
import type {ChatRequest, ChatTransport} from './transport.ts';

export interface RetrievalOptions {
  readonly section: string | undefined;
  readonly retrieval: boolean | undefined;
}

export interface ConversationOptions {
  readonly transport: ChatTransport;
  readonly storage: ChatStorage;
  readonly environment: Environment;
  readonly onChange: () => void;
  /** Called when a chat has begun and when a turn has ended: the list of chats is out of date. */
  readonly onChatsChanged: () => void;
  /** Called when the server has accepted a question: its answer is being written in this chat. */
  readonly onAccepted: (chatId: string) => void;
  /** Whether a question that has waited may be asked now. If not, it goes on waiting. */
  readonly mayAsk: (text: string) => boolean;
  /** The chat is deleted on the server when the page leaves it. */
  readonly temporary?: boolean;
  /** How the site's pages are searched for the next answer: the place of the visitor, and whether at all. */
  readonly retrieval?: () => RetrievalOptions;
  /** The functions of the page, if it has some. */
  readonly pageTools?: () => PageTools | undefined;
  /** Called with the answer when its turn has ended: complete, stopped or failed. */
  readonly onEnd: (answer: ShownMessage) => void;
}

/** A chat that is being loaded. */
export interface Loading {
  readonly kind: 'loading';
  readonly controller: AbortController;
}

/** A turn that is followed, or was followed last. */
export interface Turn {
  readonly kind: 'turn';
  readonly controller: AbortController;
  /** A retry sends it again. Absent if the page found the answer being written when it opened the chat. */
  readonly request?: ChatRequest;
  answer: GrowingAnswer;
  /** Characters of the text that stays until the events have caught up with it. */
  catchUpTo: number;
  /** `wanted`: as soon as the chat has an id. */
  stop: 'no' | 'wanted' | 'requested';
  /** Stopped before the server had named the chat: shown as stopped already, until the server has ended it. */
  stoppedEarly: boolean;
  /** Whether `onAccepted` was called. */
  isAnnounced: boolean;
}

/** The newest of these supersedes the one before, which may no longer change the state. */
export type Activity = Loading | Turn;

/** The conversation of a turn: its state, which `set` alone changes, and what a turn does to it. */
export interface TurnConversation {
  readonly options: ConversationOptions;
  /** Running or ended. Absent in a new chat. */
  readonly activity: Activity | undefined;
  readonly closing: AbortController;
  /** System messages of the page: never shown, and first in every conversation that is sent. */
  readonly instructions: readonly Message[];
  unconfirmed: QueuedQuestion | undefined;
  lookedAt: number;
  getState(): ConversationState;
  set(change: Partial<ConversationState>, ...cleared: readonly ('chatId' | 'problem' | 'olderCursor')[]): void;
  now(): number;
  withAnswer(answer: ShownMessage): readonly ShownMessage[];
  saveDraft(): void;
  saveQueue(): void;
  setQueue(queue: readonly QueuedQuestion[]): void;
  continueQueue(): void;
  definitions(): Pick<ChatRequest, 'pageTools'>;
  run(
    begin: FollowCalls['begin'],
    shown: {before: readonly ShownMessage[]; answer: ShownMessage},
  ): Promise<ShownMessage | undefined>;
  requestStop(chatId: string, turn: Turn): void;
  end(turn: Turn, answer: ShownMessage, messages?: readonly ShownMessage[]): ShownMessage;
  retry(): Promise<ShownMessage | undefined>;
  lookAgain(chatId?: string): Promise<void>;
}
