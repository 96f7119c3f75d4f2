/**
 * The events of the chat, each a class with its name and fields. A page listens to those above the line. An
 * action goes from an element inside the chat to the chat and never leaves it.
 */
import type {Message, MessageError} from '@chatlet/protocol';
import type {ChatStore} from './client/chat-store.ts';
import type {ExportFormat, ToolReply, WaitingCall} from './client/transport.ts';
import type {Words} from './translations/words.ts';

const outward = {bubbles: true, composed: true} as const;

/** A question is about to be sent. Cancel it and nothing is sent. */
export class ChatSendEvent extends Event {
  static readonly type = 'chatlet-send';
  readonly text: string;
  constructor(text: string) {
    super(ChatSendEvent.type, {...outward, cancelable: true});
    this.text = text;
  }
}

/** An answer is complete. */
export class ChatAnsweredEvent extends Event {
  static readonly type = 'chatlet-answered';
  readonly message: Message;
  constructor(message: Message) {
    super(ChatAnsweredEvent.type, outward);
    this.message = message;
  }
}

/** The visitor stopped an answer; the message holds its text until then. */
export class ChatStoppedEvent extends Event {
  static readonly type = 'chatlet-stopped';
  readonly message: Message;
  constructor(message: Message) {
    super(ChatStoppedEvent.type, outward);
    this.message = message;
  }
}

/** An answer failed or was cut off. The visitor has been told. */
export class ChatErrorEvent extends Event {
  static readonly type = 'chatlet-error';
  readonly error: MessageError;
  constructor(error: MessageError) {
    super(ChatErrorEvent.type, outward);
    this.error = error;
  }
}

/** Another chat is shown. The id is undefined if that chat has not begun. */
export class ChatChangeEvent extends Event {
  static readonly type = 'chatlet-chat-change';
  readonly chatId: string | undefined;
  constructor(chatId: string | undefined) {
    super(ChatChangeEvent.type, outward);
    this.chatId = chatId;
  }
}

/** The visitor chose another model. */
export class ChatModelChangeEvent extends Event {
  static readonly type = 'chatlet-model-change';
  readonly model: string;
  constructor(model: string) {
    super(ChatModelChangeEvent.type, outward);
    this.model = model;
  }
}

/** The visitor wants to sign in. A page that lets them cancels the event; else the chat asks the question again. */
export class ChatSignInEvent extends Event {
  static readonly type = 'chatlet-sign-in';
  constructor() {
    super(ChatSignInEvent.type, {...outward, cancelable: true});
  }
}

/** The launcher's panel has opened. */
export class ChatOpenEvent extends Event {
  static readonly type = 'chatlet-open';
  constructor() {
    super(ChatOpenEvent.type, outward);
  }
}

/** The launcher's panel has closed. */
export class ChatCloseEvent extends Event {
  static readonly type = 'chatlet-close';
  constructor() {
    super(ChatCloseEvent.type, outward);
  }
}

// ---

/** Each action that an element inside the chat may send, with its fields. The chat performs all but `close`. */
export interface ActionFields {
  send: {readonly text: string};
  draft: {readonly text: string};
  /** Gives the newest waiting question back for editing; if none waits, the last one that was asked, unless `onlyQueued`. */
  'edit-last': {readonly onlyQueued: boolean};
  'edit-queued': {readonly id: string};
  'remove-queued': {readonly id: string};
  /** Sends the first of the waiting questions. */
  'send-queued': object;
  stop: object;
  retry: object;
  'sign-in': object;
  regenerate: {readonly messageId: string};
  edit: {readonly messageId: string; readonly text: string};
  /** A call of a tool waits for the visitor. Results in nothing, when the server has taken the answer. */
  'answer-tool': {readonly call: WaitingCall; readonly reply: ToolReply};
  /** Of a part that few chats load, and that brings its code along. Results in what the code returns. */
  run: {run(targets: {readonly store: ChatStore; readonly chat: {focusComposer(): void}}): unknown};
  /** Hands the chat to a person of the site. Results in nothing, when the server has taken it. */
  'ask-person': {readonly text: string};
  /** Compares the messages with those that the server has. */
  'look-again': object;
  'older-messages': object;
  /** Says a text to screen readers. */
  say: {readonly text: string};
  'choose-model': {readonly model: string};
  'new-chat': object;
  'open-chat': {readonly chatId: string};
  'remove-chat': {readonly chatId: string};
  'undo-remove': object;
  /** The undo time stands still while the visitor is at the button. */
  'hold-removal': {readonly held: boolean};
  'rename-chat': {readonly chatId: string; readonly title: string};
  'search-chats': {readonly text: string};
  'reload-chats': object;
  'more-chats': object;
  /** Results in a file, a Blob. */
  'export-chats': {readonly format: ExportFormat};
  /** Results in nothing, when the server has deleted them. */
  'remove-all-chats': object;
  'show-history': object;
  'hide-history': object;
  /** Closes the launcher's panel, so only the launcher performs it. */
  close: object;
  /** A chat that was begun before is there, and whether it ends with an answer. For the launcher too. */
  loaded: {readonly answered: boolean};
  /** The words that the chat shows, and its name. For the launcher too. */
  words: {readonly words: Words; readonly heading: string; readonly aiNotice: string | undefined};
}

/** @example const action: ChatAction = {type: 'rename-chat', chatId, title}; */
export type ChatAction<Type extends keyof ActionFields = keyof ActionFields> = {
  [Each in Type]: {readonly type: Each} & ActionFields[Each];
}[Type];

export class ChatActionEvent extends Event {
  static readonly type = 'chatlet-action';
  readonly action: ChatAction;
  /** Of an action that its sender waits for, as soon as the chat performs it. Rejects if the action failed. */
  result: unknown;
  constructor(action: ChatAction) {
    super(ChatActionEvent.type, outward);
    this.action = action;
  }
}

declare global {
  interface HTMLElementEventMap {
    'chatlet-send': ChatSendEvent;
    'chatlet-answered': ChatAnsweredEvent;
    'chatlet-stopped': ChatStoppedEvent;
    'chatlet-error': ChatErrorEvent;
    'chatlet-chat-change': ChatChangeEvent;
    'chatlet-model-change': ChatModelChangeEvent;
    'chatlet-sign-in': ChatSignInEvent;
    'chatlet-open': ChatOpenEvent;
    'chatlet-close': ChatCloseEvent;
    'chatlet-action': ChatActionEvent;
  }
}
