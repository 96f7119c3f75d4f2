/**
 * Performs the actions that the elements inside the chat send: one row for each, which calls the store, the announcer or
 * the chat. Knows no DOM, and no element by its class.
 */
import {isAnswering} from '../../client/chat-state.ts';
import type {ChatStore} from '../../client/chat-store.ts';
import type {AnnouncerController} from '../../controllers/announcer.ts';
import {ChatModelChangeEvent, ChatSendEvent, ChatSignInEvent} from '../../events.ts';
import type {ActionFields, ChatAction} from '../../events.ts';

/** These are the launcher's actions, not the chat's. */
type ForLauncher = 'close' | 'loaded' | 'words';
type Performed = Exclude<keyof ActionFields, ForLauncher>;
export type PerformedAction = Exclude<ChatAction, {type: ForLauncher}>;

export function isForLauncher(action: ChatAction): action is ChatAction<ForLauncher> {
  return action.type === 'close' || action.type === 'loaded' || action.type === 'words';
}

/** The things that an action may use. */
export interface ActionTargets {
  readonly store: ChatStore;
  readonly announcer: AnnouncerController;
  readonly chat: {
    model: string | undefined;
    send(text: string): Promise<unknown>;
    enqueue(text: string): boolean;
    editLastQuestion(): void;
    focusComposer(): void;
    newChat(): void;
    openChat(chatId: string): Promise<void>;
    /** Puts the focus in the composer if it is in the chat. */
    bringFocusHome(): void;
    removeAllChats(): Promise<void>;
    /** Tells the page; false if the page forbids it. */
    dispatchEvent(event: Event): boolean;
  };
  readonly drawer: {
    open(): void;
    close(): void;
    /** Closes the drawer after a choice in it. */
    leave(): void;
  };
}

const actions: {readonly [Type in Performed]: (action: ChatAction<Type>, targets: ActionTargets) => unknown} = {
  send({text}, {store, chat}) {
    if (isAnswering(store.getState().status)) chat.enqueue(text);
    else void chat.send(text);
  },
  draft({text}, {store, announcer}) {
    announcer.holdForTyping();
    store.setDraft(text);
  },
  'edit-last'({onlyQueued}, {store, chat}) {
    const queued = store.getState().queue.at(-1);
    if (queued) store.editQueued(queued.id);
    else if (!onlyQueued) chat.editLastQuestion();
  },
  'edit-queued'({id}, {store, chat}) {
    store.editQueued(id);
    chat.focusComposer();
  },
  'remove-queued': ({id}, {store}) => store.removeQueued(id),
  'send-queued': (_, {store}) => store.sendQueued(),
  stop: (_, {store}) => store.stop(),
  retry: (_, {store}) => void store.retry(),
  'sign-in'(_, {store, chat}) {
    if (chat.dispatchEvent(new ChatSignInEvent())) void store.retry();
  },
  regenerate: ({messageId}, {store}) => void store.regenerate(messageId),
  edit({messageId, text}, {store, chat}) {
    if (chat.dispatchEvent(new ChatSendEvent(text))) void store.edit(messageId, text);
  },
  async 'answer-tool'({call, reply}, {store, chat}) {
    await store.answerTool(call, reply);
    // The card goes away, and the focus with it.
    chat.bringFocusHome();
  },
  run: ({run}, targets) => run(targets),
  'ask-person': ({text}, {store}) => store.askPerson(text),
  'look-again': (_, {store}) => store.lookForReply(),
  'older-messages': (_, {store}) => void store.loadOlder(),
  say: ({text}, {announcer}) => announcer.say(text),
  'choose-model'({model}, {store, chat}) {
    store.setModel(model);
    chat.model = model;
    chat.dispatchEvent(new ChatModelChangeEvent(model));
  },
  'new-chat'(_, {chat, drawer}) {
    chat.newChat();
    drawer.leave();
  },
  'open-chat'({chatId}, {chat, drawer}) {
    void chat.openChat(chatId);
    drawer.leave();
  },
  'remove-chat': ({chatId}, {store}) => store.remove(chatId),
  'undo-remove': (_, {store}) => store.undoRemove(),
  'hold-removal': ({held}, {store}) => store.holdRemoval(held),
  'rename-chat': ({chatId, title}, {store}) => void store.rename(chatId, title),
  'search-chats': ({text}, {store}) => void store.loadHistory(text),
  'reload-chats': (_, {store}) => void store.loadHistory(),
  'more-chats': (_, {store}) => void store.loadMoreHistory(),
  'export-chats': ({format}, {store}) => store.exportChats(format),
  'remove-all-chats': (_, {chat}) => chat.removeAllChats(),
  'show-history': (_, {drawer}) => drawer.open(),
  'hide-history': (_, {drawer}) => drawer.close(),
};

/**
 * The actions after which the focus is in the composer: their buttons go away. After any other action the focus stays, or the
 * element that sent the action moves it to what came in place of the button.
 */
const endInComposer: ReadonlySet<Performed> = new Set([
  'send',
  'remove-queued',
  'send-queued',
  'stop',
  'retry',
  'regenerate',
  'edit',
  'new-chat',
]);

/** The result of an action that its sender waits for is a promise. */
export function perform<Type extends Performed>(action: ChatAction<Type>, targets: ActionTargets): unknown {
  const result = actions[action.type](action, targets);
  if (endInComposer.has(action.type)) targets.chat.bringFocusHome();
  return result;
}
