/** The words that a translation has (i18n): one object for each language, such as the one in en.ts. */
import type {ErrorCode} from '@chatlet/protocol';
import type {MarkdownWords} from '../markdown/index.ts';

/** The text of an error for visitors: its title, and advice. */
export interface ErrorWords {
  readonly title: string;
  readonly text: string;
}

/** All words of the chat. A translation has each of them. */
export interface Words {
  /** The locale, a BCP 47 tag such as `de`. Dates and numbers are written in it. */
  readonly language: string;

  readonly heading: string;
  readonly greeting: string;
  readonly introduction: string;
  /** Says before the first question that no human answers, as article 50 (1) of the EU's AI Act asks for; `off` hides it. */
  readonly aiNotice: string;
  /** Says as long as a chat is temporary that it is. */
  readonly temporary: string;
  readonly placeholder: string;
  readonly replyPlaceholder: string;

  readonly send: string;
  readonly stop: string;
  readonly composerLabel: string;
  readonly conversation: string;
  readonly questionBy: string;
  readonly answerBy: string;
  readonly starters: string;
  readonly newChat: string;
  readonly open: string;
  readonly close: string;
  /** Closes what lies over the chat: the list of chats, the list of keys. */
  readonly dismiss: string;
  /** The handle at the corner of the launcher's panel. */
  readonly resize: string;
  /** The button in the header of the launcher's panel that is pressed while the panel is large. */
  readonly large: string;
  readonly unread: string;
  readonly jumpToLatest: string;
  readonly olderMessages: string;
  readonly waiting: string;
  readonly loading: string;
  /** An answer that has brought nothing new for a while. */
  readonly stillWorking: string;

  /** On a question that is asked when the answer before it has ended. */
  readonly next: string;
  readonly nextQuestions: string;
  readonly askNext: string;
  readonly editNext: string;
  readonly removeNext: string;
  readonly removedNext: string;
  readonly sendNow: string;
  /** The next question was not sent, because the answer before it has not ended well. */
  readonly queueKept: string;
  readonly queueFull: string;

  /** Shows the rest of a long question. */
  readonly showAll: string;
  readonly copyAnswer: string;
  readonly copyQuestion: string;
  readonly copied: string;
  readonly regenerate: string;
  readonly edit: string;
  readonly save: string;
  readonly cancel: string;
  readonly editQuestion: string;

  readonly thinking: string;
  readonly thought: string;
  /** `seconds` is a whole number. */
  thoughtFor(seconds: number): string;
  readonly toolRunning: string;
  readonly toolDone: string;
  readonly toolFailed: string;
  readonly toolUnanswered: string;
  /** A call that waited for the visitor while the chat went on. */
  readonly toolExpired: string;
  /** A call that a person must allow. */
  readonly toolWaiting: string;
  /** `tool` is the name of the tool. */
  approveTool(tool: string): string;
  readonly approveDestructive: string;
  readonly approveOnce: string;
  readonly approveInChat: string;
  readonly refuseTool: string;
  readonly refusalReason: string;
  readonly changeInput: string;
  readonly notJson: string;
  readonly answeredElsewhere: string;
  /** Nobody has answered a call in time. */
  readonly toolTooLate: string;
  readonly notSent: string;
  /** A tool asks for a form or for an address to be opened. */
  inputFor(tool: string): string;
  readonly declineInput: string;
  /** A field that may stay empty. */
  readonly optional: string;
  readonly fieldWrong: string;
  readonly neverSecrets: string;
  /** `host` is that of an address that a tool asks for. */
  openHost(host: string): string;
  /** What was to be done at an address is done. */
  readonly addressDone: string;
  /** How long a card waits. `end`: with the day of the week. */
  waitsUntil(end: string): string;
  readonly toolInput: string;
  readonly toolOutput: string;
  readonly sources: string;
  /** Names a mark in the text, and the card of its source. */
  sourceName(number: number, title: string): string;
  readonly openAtSentence: string;
  readonly openPage: string;
  /** `when`: a time before now in words, such as `3 months ago`. */
  changed(when: string): string;
  readonly saysShown: string;
  /** An answer for which the site's pages were searched, and of which no sentence comes from them. */
  readonly notFromPages: string;
  /** Stands before the title of a page that such an answer could have been from; ends with a colon. */
  readonly nearestPage: string;
  readonly contact: string;
  /** What is sent when the visitor asks a person, and what has become of it. */
  readonly handOver: string;
  readonly personAsked: string;
  readonly personAnswers: string;
  readonly personSilent: string;
  readonly followUps: string;
  /** The pages that are found while the visitor types. */
  readonly pages: string;
  /** `count` is 1 or more. */
  saysPages(count: number): string;
  readonly noPages: string;
  readonly choosePage: string;
  readonly askChat: string;
  readonly noWords: string;

  readonly stopped: string;
  readonly cutByLength: string;
  readonly cutByFilter: string;
  readonly reconnecting: string;
  readonly reconnected: string;
  /** Goes on with an answer that was cut off: the label of the button, and the question that it asks. */
  readonly resume: string;
  readonly signIn: string;
  readonly retry: string;
  /** On a button that waits; `seconds` is a whole number. */
  retryIn(seconds: number): string;
  /** After too many questions; `seconds` is a whole number. */
  sendAgainIn(seconds: number): string;
  /** After a refusal; `seconds` is a whole number. */
  askedAgainIn(seconds: number): string;
  readonly errors: Readonly<Record<ErrorCode, ErrorWords>>;

  readonly model: string;
  /** `current` is the name of the chosen model. */
  chooseModel(current: string): string;
  readonly filterModels: string;
  readonly noModels: string;
  /** `price`: of the input and of the output, such as `$2.50 / $10`. */
  perMillion(price: string): string;
  readonly history: string;
  readonly searchChats: string;
  readonly noChats: string;
  readonly noChatsFound: string;
  readonly historyFailed: string;
  readonly moreChats: string;
  readonly untitled: string;
  readonly today: string;
  readonly yesterday: string;
  readonly lastWeek: string;
  readonly rename: string;
  readonly remove: string;
  readonly chatActions: string;
  readonly removed: string;
  readonly undo: string;
  readonly chatTitle: string;
  readonly allChats: string;
  /** `format` is its name: `Markdown`, `JSON`. */
  downloadAllAs(format: string): string;
  readonly downloaded: string;
  readonly downloadFailed: string;
  readonly removeAll: string;
  readonly removeAllQuestion: string;
  readonly removedAll: string;
  readonly removeAllFailed: string;

  /** Words within an answer's text. */
  readonly markdown: MarkdownWords;

  readonly saysStarted: string;
  readonly saysFinished: string;
  readonly saysQueued: string;
  readonly saysNextSent: string;
  readonly saysCode: string;
  /** Ends an answer of which `sentences` were not said, because they came too fast. */
  saysMore(sentences: number): string;

  /** The list of keys. */
  readonly keys: string;
  readonly keyBetween: string;
  readonly keyMessages: string;
  /** What stands on these keys of a keyboard. */
  readonly keyDelete: string;
  readonly keyEscape: string;
  readonly announceText: string;
}

/** Some of the words, in groups as there: `{send: 'Ask', errors: {network: {title: 'You are offline.'}}}`. */
export type OwnWords = Part<Words>;

type Part<Group> = {
  readonly [Name in keyof Group]?:
    | (Group[Name] extends string | ((...values: never) => string) ? Group[Name] : Part<Group[Name]>)
    | undefined;
};
