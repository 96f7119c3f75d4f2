/** A request to a chat, in the one form that all APIs are translated into. Knows no HTTP and no store. */
import type {Json, PageToolDefinition, Part} from '@chatlet/protocol';
import type {RetrievalAsk} from '../grounding/retrieval.ts';
import type {Payer} from '../payer.ts';
import type {Plan} from '../plans.ts';
import type {AnswerOptions, PromptMessage} from '../provider.ts';
import type {MayWait, PickTool} from '../tool.ts';
import type {ToolReply} from '../tool-waits.ts';

export interface Question {
  /** The client's own id. Two questions with the same id in a chat are one question. */
  readonly id?: string;
  readonly parts: readonly Part[];
  /** See `Message.origin`. */
  readonly origin?: Json;
}

/** An answer to a new question, to a corrected question, or another answer to a question that has one. */
export type TurnAsk = NewQuestion | CorrectedQuestion | AnotherAnswer;

export interface NewQuestion extends AskDetails {
  readonly kind: 'new-question';
  readonly question: Question;
  /** Set if the answer is a stored response and no turn of a chat. */
  readonly response?: ResponseAsk;
  /** If the question already has an answer: return that answer (the default), or write a new one. */
  readonly whenAnswered?: 'replay' | 'answer-again';
}

export interface CorrectedQuestion extends AskDetails {
  readonly kind: 'corrected-question';
  readonly question: Question;
  /** The message that the corrected question replaces, together with all messages after it. */
  readonly replaceFrom: string;
}

export interface AnotherAnswer extends AskDetails {
  readonly kind: 'another-answer';
  /** The answer to replace, or its question; all messages after it go too. `last-answer` is the newest answer. */
  readonly replaceFrom: string;
  /** Asked instead if the chat does not exist yet, so that there is no answer to replace. */
  readonly firstQuestion?: Question;
}

/** A question that brings its whole conversation along. Its turn is stored by itself, under an id of its own. */
export interface ResponseAsk {
  /**
   * The whole conversation, with the question, within the plan as `options` are. The operator's instructions go before it.
   */
  readonly messages: readonly PromptMessage[];
  /** Whether a conversation that is too long loses its oldest turns; by default it is refused. */
  readonly truncates?: boolean;
  /** Whether the turn ends with its reader. If so, it is stored at its end alone, since nobody else reads a half of it. */
  readonly endsWithReader?: boolean;
  /** Whether the turn is stored only if a call waits at its end, and then for a day; by default it is always stored. */
  readonly keptFor?: 'waits';
  /** What a call may wait for, if the store can keep a waiting answer; by default nothing. */
  readonly mayWait?: MayWait;
  /** Set if this answer goes on with calls of an earlier one: they are those of the last message that still run. */
  readonly goesOnFrom?: WaitingAnswer;
  /** Makes the question as it is stored, of the messages or of others in their place with other texts. */
  readonly toQuestion: (messages: readonly PromptMessage[]) => Question;
}

/** A stored answer whose calls wait, and a reply to each of them. They are taken once, when the turn begins. */
export interface WaitingAnswer {
  readonly chatId: string;
  readonly answerId: string;
  readonly replies: readonly ToolReply[];
}

interface AskDetails {
  /**
   * Our id of an existing chat, or the client's own name for a chat. The first turn with a new name creates the chat.
   * Without it the turn begins a new chat.
   */
  readonly chatId?: string;
  readonly model?: string;
  /** A chat that this turn begins is deleted a day after its last turn, if its page has not done so before. */
  readonly temporary?: boolean;
  /** The model if neither the caller nor the chat nor the operator has chosen one. */
  readonly defaultModel?: string;
  /** Instructions for this turn only. They follow the operator's and are not stored. */
  readonly instructions?: readonly PromptMessage[];
  /** Earlier messages as the client tells them. They count for the first question of a chat and are never stored. */
  readonly context?: readonly PromptMessage[];
  readonly options?: AnswerOptions;
  /** Whether and which of the server's tools the model may call, unless `options` brings tools; by default it may not. */
  readonly usesTools?: boolean | PickTool;
  /** Functions of the page that the model may call with `usesTools`, if the answer is kept. */
  readonly pageTools?: readonly PageToolDefinition[];
  /** Whether and where documents are searched. Without it they are searched only if the plan says so. */
  readonly retrieval?: RetrievalAsk;
  /** The caller's limits; none if it is absent. */
  readonly plan?: Plan;
  /** The payer; by default the owner, not as a stranger. */
  readonly payer?: Payer;
  /** Two requests with the same key make one turn. */
  readonly idempotencyKey?: string;
}
