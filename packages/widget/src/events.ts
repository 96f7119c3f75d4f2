/**
 * The events of the chat, each a class with its name and fields. A page listens to those above the line. An
 * action goes from an element inside the chat to the chat and never leaves it.
 */
import type {Message, MessageError} from '@chatlet/protocol';

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

/** An answer was stopped by the visitor; the message holds what was said until then. */
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

/** Another chat is shown; without an id one that has not begun. */
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

/** What an element inside the chat wants done. Only chatlet-chat does it; only `close` is the launcher's. */
export type ChatAction =
  | {readonly type: 'send'; readonly text: string}
  | {readonly type: 'draft'; readonly text: string}
  | {readonly type: 'close'}
  | {readonly type: 'stop' | 'retry' | 'new-chat'}
  | {readonly type: 'regenerate'; readonly messageId: string}
  | {readonly type: 'edit'; readonly messageId: string; readonly text: string}
  | {readonly type: 'say'; readonly text: string}
  | {readonly type: 'choose-model'; readonly model: string}
  | {readonly type: 'open-chat' | 'remove-chat'; readonly chatId: string}
  | {readonly type: 'rename-chat'; readonly chatId: string; readonly title: string}
  | {readonly type: 'search-chats'; readonly text: string}
  | {readonly type: 'undo-remove' | 'more-chats' | 'reload-chats' | 'show-history' | 'hide-history' | 'older-messages'};

export class ChatActionEvent extends Event {
  static readonly type = 'chatlet-action';
  readonly action: ChatAction;
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
    'chatlet-open': ChatOpenEvent;
    'chatlet-close': ChatCloseEvent;
    'chatlet-action': ChatActionEvent;
  }
}
