/**
 * The events of the chat, each a class with its name and fields. Those before the line are the page's to listen to; an
 * ask travels between the elements alone and never leaves the chat.
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

/** What an element inside the chat may ask for. Only chatlet-chat answers. */
export type Ask =
  | {readonly to: 'send'; readonly text: string}
  | {readonly to: 'draft'; readonly text: string}
  | {readonly to: 'close'}
  | {readonly to: 'stop' | 'retry' | 'new-chat'}
  | {readonly to: 'regenerate'; readonly messageId: string}
  | {readonly to: 'edit'; readonly messageId: string; readonly text: string}
  | {readonly to: 'say'; readonly text: string}
  | {readonly to: 'choose-model'; readonly model: string}
  | {readonly to: 'open-chat' | 'remove-chat'; readonly chatId: string}
  | {readonly to: 'rename-chat'; readonly chatId: string; readonly title: string}
  | {readonly to: 'search-chats'; readonly text: string}
  | {readonly to: 'undo-remove' | 'more-chats' | 'reload-chats' | 'show-history' | 'hide-history' | 'older-messages'};

export class ChatAskEvent extends Event {
  static readonly type = 'chatlet-ask';
  readonly ask: Ask;
  constructor(ask: Ask) {
    super(ChatAskEvent.type, outward);
    this.ask = ask;
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
    'chatlet-ask': ChatAskEvent;
  }
}
