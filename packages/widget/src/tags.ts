/**
 * The two elements as frameworks need to know them. Made from custom-elements.json by `pnpm run analyze`; edit the doc
 * comments of the elements instead.
 */
import type {ChatletChat, MessageInput} from './elements/chat/chat.ts';
import type {ChatletLauncher} from './elements/launcher/launcher.ts';
import type {ChatAnsweredEvent, ChatChangeEvent, ChatCloseEvent, ChatErrorEvent, ChatModelChangeEvent, ChatOpenEvent, ChatSendEvent, ChatSignInEvent, ChatStoppedEvent} from './events.ts';

/** What a wrapper must know of an element to hand on props and to hear events. */
export interface Tag {
  readonly name: 'chatlet-chat' | 'chatlet-launcher';
  /** What is set as a property. */
  readonly properties: readonly string[];
  /** Those that are true or false. */
  readonly booleans: readonly string[];
  /** What is set as an attribute, because the element has no property for it: `offsetX` → `offset-x`. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly events: readonly string[];
}

/** A chat that fills its box. */
export interface ChatProps {
  /** Address of the backend; by default the folder of the script, or else the page's origin. */
  readonly endpoint?: ChatletChat['endpoint'] | undefined;
  /** Kind of the backend: `chatlet`, or one of those that the README lists under “Other backends”. */
  readonly api?: ChatletChat['api'] | undefined;
  /** How many messages are sent with a question if the backend keeps no chats: those of the system, and the newest. By default 10 for `content`, else all. */
  readonly historyLimit?: ChatletChat['historyLimit'] | undefined;
  /** Answers a question that was asked before from memory, if the backend keeps no chats. */
  readonly answerCache?: ChatletChat['answerCache'] | undefined;
  /** Id of the model that answers; the visitor may choose another one. */
  readonly model?: ChatletChat['model'] | undefined;
  /** Id of the chat that is shown; undefined if it has not begun. */
  readonly chatId?: ChatletChat['chatId'] | undefined;
  /** The name in the header. */
  readonly heading?: ChatletChat['heading'] | undefined;
  /** Takes the font of the page. */
  readonly pageFont?: ChatletChat['pageFont'] | undefined;
  /** A small line under the heading. */
  readonly subheading?: ChatletChat['subheading'] | undefined;
  /** The greeting before the first question. */
  readonly greeting?: ChatletChat['greeting'] | undefined;
  /** A sentence or two under the greeting. */
  readonly introduction?: ChatletChat['introduction'] | undefined;
  /** Says before the first question that no human answers; `off` hides it. */
  readonly aiNotice?: ChatletChat['aiNotice'] | undefined;
  /** Shown in the empty composer. */
  readonly placeholder?: ChatletChat['placeholder'] | undefined;
  /** The line under the composer. */
  readonly disclaimer?: ChatletChat['disclaimer'] | undefined;
  /** `light` or `dark`; by default as in the visitor's system. */
  readonly theme?: ChatletChat['theme'] | undefined;
  /** `auto`: beside the conversation if the chat is wide, else a drawer. `drawer`: always a drawer. `off`: none. */
  readonly history?: ChatletChat['history'] | undefined;
  /** Sets formulas, also if the server's page settings do not. The code for it is fetched with the first formula. */
  readonly math?: ChatletChat['math'] | undefined;
  /** Functions that show code of a language, such as `mermaid`, in another way than as code. */
  readonly renderers?: ChatletChat['renderers'] | undefined;
  /** An address or a mail address, to which visitors turn with questions that the site's pages do not answer. */
  readonly contact?: ChatletChat['contact'] | undefined;
  /** Shows pages of the site while the visitor writes a question. */
  readonly search?: ChatletChat['search'] | undefined;
  /** Where the visitor is in the site, a URL or a path such as `/docs/`: answers prefer the pages below it. By default none. */
  readonly section?: ChatletChat['section'] | undefined;
  /** Whether the site's pages are searched for answers; by default as the server has it. */
  readonly retrieval?: ChatletChat['retrieval'] | undefined;
  /** Questions to start with. The attribute is a JSON list. */
  readonly starters?: ChatletChat['starters'] | undefined;
  /** The signed-in visitor's token, or a function that fetches it. */
  readonly token?: ChatletChat['token'] | undefined;
  /** Headers that are sent with every request, or a function that makes them for each one. */
  readonly headers?: ChatletChat['headers'] | undefined;
  /** The page's words (i18n) in place of some of the chat's. */
  readonly strings?: ChatletChat['strings'] | undefined;
  /** Whether requests carry the cookies of the backend's site: `omit` (default), `same-origin` or `include`. */
  readonly credentials?: ChatletChat['credentials'] | undefined;
  /** Where the visitor's identity, the draft and the open chat are kept from the first question on: `local` outlives the tab, `session` ends with it, `none` ends with the page. */
  readonly storage?: ChatletChat['storage'] | undefined;
  /** `required`: nothing is kept or read on the device until the page sets `granted`. */
  readonly consent?: ChatletChat['consent'] | undefined;
  /** Nothing is kept on the device, and the server deletes the chat when the visitor leaves it. */
  readonly temporary?: ChatletChat['temporary'] | undefined;
  /** Functions of the page that the model may call. */
  readonly tools?: ChatletChat['tools'] | undefined;
  /** With the browser's own agents (WebMCP): `take` lets the model call the functions that the page has registered for them, `offer` lets them ask the chat, `both` does both. */
  readonly webmcp?: ChatletChat['webmcp'] | undefined;
  /** Reaches a backend in another way than by HTTP. */
  readonly transport?: ChatletChat['transport'] | undefined;
  /** The conversation. A page that sets it may write `{role, content}` for a message. */
  readonly messages?: readonly MessageInput[] | undefined;
}

/** The events by their names. */
export interface ChatEvents {
  /** A question is about to be sent. Cancel it and nothing is sent. */
  readonly 'chatlet-send': ChatSendEvent;
  /** An answer is complete. */
  readonly 'chatlet-answered': ChatAnsweredEvent;
  /** The visitor stopped an answer; the message holds its text until then. */
  readonly 'chatlet-stopped': ChatStoppedEvent;
  /** An answer failed or was cut off. The visitor has been told. */
  readonly 'chatlet-error': ChatErrorEvent;
  /** Another chat is shown. The id is undefined if that chat has not begun. */
  readonly 'chatlet-chat-change': ChatChangeEvent;
  /** The visitor chose another model. */
  readonly 'chatlet-model-change': ChatModelChangeEvent;
  /** The visitor wants to sign in. A page that lets them cancels the event; else the chat asks the question again. */
  readonly 'chatlet-sign-in': ChatSignInEvent;
}

/** `<chatlet-chat>` for wrappers. */
export const chatTag = {
  "name": "chatlet-chat",
  "properties": [
    "endpoint",
    "api",
    "historyLimit",
    "answerCache",
    "model",
    "chatId",
    "heading",
    "pageFont",
    "subheading",
    "greeting",
    "introduction",
    "aiNotice",
    "placeholder",
    "disclaimer",
    "theme",
    "history",
    "math",
    "renderers",
    "contact",
    "search",
    "section",
    "retrieval",
    "starters",
    "token",
    "headers",
    "strings",
    "credentials",
    "storage",
    "consent",
    "temporary",
    "tools",
    "webmcp",
    "transport",
    "messages"
  ],
  "booleans": [
    "answerCache",
    "pageFont",
    "math",
    "search",
    "retrieval",
    "temporary"
  ],
  "attributes": {},
  "events": [
    "chatlet-send",
    "chatlet-answered",
    "chatlet-stopped",
    "chatlet-error",
    "chatlet-chat-change",
    "chatlet-model-change",
    "chatlet-sign-in"
  ]
} as const satisfies Tag;

/** A floating button that opens a chat. Takes the attributes of `<chatlet-chat>` and hands them on, or holds a `<chatlet-chat>` that the page puts in. */
export interface LauncherProps {
  /** Address of the backend; by default the folder of the script, or else the page's origin. */
  readonly endpoint?: ChatletLauncher['endpoint'] | undefined;
  /** Kind of the backend: `chatlet`, or one of those that the README lists under “Other backends”. */
  readonly api?: ChatletLauncher['api'] | undefined;
  /** How many messages are sent with a question if the backend keeps no chats: those of the system, and the newest. By default 10 for `content`, else all. */
  readonly historyLimit?: ChatletLauncher['historyLimit'] | undefined;
  /** Answers a question that was asked before from memory, if the backend keeps no chats. */
  readonly answerCache?: ChatletLauncher['answerCache'] | undefined;
  /** Id of the model that answers; the visitor may choose another one. */
  readonly model?: ChatletLauncher['model'] | undefined;
  /** The name in the header. */
  readonly heading?: ChatletLauncher['heading'] | undefined;
  /** A small line under the heading. */
  readonly subheading?: ChatletLauncher['subheading'] | undefined;
  /** The greeting before the first question. */
  readonly greeting?: ChatletLauncher['greeting'] | undefined;
  /** A sentence or two under the greeting. */
  readonly introduction?: ChatletLauncher['introduction'] | undefined;
  /** Says before the first question that no human answers; `off` hides it. */
  readonly aiNotice?: ChatletLauncher['aiNotice'] | undefined;
  /** Shown in the empty composer. */
  readonly placeholder?: ChatletLauncher['placeholder'] | undefined;
  /** The line under the composer. */
  readonly disclaimer?: ChatletLauncher['disclaimer'] | undefined;
  /** `light` or `dark`; by default as in the visitor's system. */
  readonly theme?: ChatletLauncher['theme'] | undefined;
  /** Takes the font of the page. */
  readonly pageFont?: ChatletLauncher['pageFont'] | undefined;
  /** `auto`: beside the conversation if the chat is wide, else a drawer. `drawer`: always a drawer. `off`: none. */
  readonly history?: ChatletLauncher['history'] | undefined;
  /** Sets formulas, also if the server's page settings do not. The code for it is fetched with the first formula. */
  readonly math?: ChatletLauncher['math'] | undefined;
  /** An address or a mail address, to which visitors turn with questions that the site's pages do not answer. */
  readonly contact?: ChatletLauncher['contact'] | undefined;
  /** Shows pages of the site while the visitor writes a question. */
  readonly search?: ChatletLauncher['search'] | undefined;
  /** Where the visitor is in the site, a URL or a path such as `/docs/`: answers prefer the pages below it. By default none. */
  readonly section?: ChatletLauncher['section'] | undefined;
  /** Whether the site's pages are searched for answers; by default as the server has it. */
  readonly retrieval?: ChatletLauncher['retrieval'] | undefined;
  /** Questions to start with. The attribute is a JSON list. */
  readonly starters?: ChatletLauncher['starters'] | undefined;
  /** Whether requests carry the cookies of the backend's site: `omit` (default), `same-origin` or `include`. */
  readonly credentials?: ChatletLauncher['credentials'] | undefined;
  /** Where the visitor's identity, the draft and the open chat are kept from the first question on: `local` outlives the tab, `session` ends with it, `none` ends with the page. */
  readonly storage?: ChatletLauncher['storage'] | undefined;
  /** `required`: nothing is kept or read on the device until the page sets `granted`. */
  readonly consent?: ChatletLauncher['consent'] | undefined;
  /** Nothing is kept on the device, and the server deletes the chat when the visitor leaves it. */
  readonly temporary?: ChatletLauncher['temporary'] | undefined;
  /** With the browser's own agents (WebMCP): `take` lets the model call the functions that the page has registered for them, `offer` lets them ask the chat, `both` does both. */
  readonly webmcp?: ChatletLauncher['webmcp'] | undefined;
  /** The signed-in visitor's token, or a function that fetches it. */
  readonly token?: ChatletLauncher['token'] | undefined;
  /** Headers that are sent with every request, or a function that makes them for each one. */
  readonly headers?: ChatletLauncher['headers'] | undefined;
  /** Functions that show code of a language, such as `mermaid`, in another way than as code. */
  readonly renderers?: ChatletLauncher['renderers'] | undefined;
  /** The page's words (i18n) in place of some of the chat's. */
  readonly strings?: ChatletLauncher['strings'] | undefined;
  /** Functions of the page that the model may call. */
  readonly tools?: ChatletLauncher['tools'] | undefined;
  /** Reaches a backend in another way than by HTTP. */
  readonly transport?: ChatletLauncher['transport'] | undefined;
  /** Whether the panel is open. */
  readonly open?: ChatletLauncher['open'] | undefined;
  /** The corner of the window; by default `bottom-end`. */
  readonly position?: 'bottom-end' | 'bottom-start' | 'bottom-left' | 'bottom-right' | 'top-end' | 'top-start' | 'top-left' | 'top-right' | undefined;
  /** The distance from the side, in pixels or as any length. */
  readonly offsetX?: string | undefined;
  /** The distance from the bottom or the top. */
  readonly offsetY?: string | undefined;
}

/** The events by their names. */
export interface LauncherEvents {
  /** A question is about to be sent. Cancel it and nothing is sent. */
  readonly 'chatlet-send': ChatSendEvent;
  /** An answer is complete. */
  readonly 'chatlet-answered': ChatAnsweredEvent;
  /** The visitor stopped an answer; the message holds its text until then. */
  readonly 'chatlet-stopped': ChatStoppedEvent;
  /** An answer failed or was cut off. The visitor has been told. */
  readonly 'chatlet-error': ChatErrorEvent;
  /** Another chat is shown. The id is undefined if that chat has not begun. */
  readonly 'chatlet-chat-change': ChatChangeEvent;
  /** The visitor chose another model. */
  readonly 'chatlet-model-change': ChatModelChangeEvent;
  /** The visitor wants to sign in. A page that lets them cancels the event; else the chat asks the question again. */
  readonly 'chatlet-sign-in': ChatSignInEvent;
  /** The launcher's panel has opened. */
  readonly 'chatlet-open': ChatOpenEvent;
  /** The launcher's panel has closed. */
  readonly 'chatlet-close': ChatCloseEvent;
}

/** `<chatlet-launcher>` for wrappers. */
export const launcherTag = {
  "name": "chatlet-launcher",
  "properties": [
    "endpoint",
    "api",
    "historyLimit",
    "answerCache",
    "model",
    "heading",
    "subheading",
    "greeting",
    "introduction",
    "aiNotice",
    "placeholder",
    "disclaimer",
    "theme",
    "pageFont",
    "history",
    "math",
    "contact",
    "search",
    "section",
    "retrieval",
    "starters",
    "credentials",
    "storage",
    "consent",
    "temporary",
    "webmcp",
    "token",
    "headers",
    "renderers",
    "strings",
    "tools",
    "transport",
    "open"
  ],
  "booleans": [
    "answerCache",
    "pageFont",
    "math",
    "search",
    "retrieval",
    "temporary",
    "open"
  ],
  "attributes": {
    "position": "position",
    "offsetX": "offset-x",
    "offsetY": "offset-y"
  },
  "events": [
    "chatlet-send",
    "chatlet-answered",
    "chatlet-stopped",
    "chatlet-error",
    "chatlet-chat-change",
    "chatlet-model-change",
    "chatlet-sign-in",
    "chatlet-open",
    "chatlet-close"
  ]
} as const satisfies Tag;
