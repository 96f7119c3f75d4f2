/** The interface between the engine and those that serve models. */
import type {EventBatches, Json, JsonObject, Message, Model} from '@chatlet/protocol';

/** A message as a model reads it. Tool calls and their results are parts of the answer that made the calls. */
export interface PromptMessage extends Pick<Message, 'role' | 'parts'> {
  /** The speaker's name if there are several, for upstreams that take it. */
  readonly name?: string;
}

/** A tool that the model may call. */
export interface ToolDefinition {
  readonly name: string;
  /** Tells the model what the tool does and when to use it. */
  readonly description?: string;
  /** JSON Schema of the input. */
  readonly inputSchema: Json;
  /** The model must follow the schema. Passed on to upstreams that can guarantee it. */
  readonly strict?: boolean;
  /** Anthropic's `cache_control`: the upstream shall keep the tools up to this one in its cache. */
  readonly cacheControl?: JsonObject;
}

/** Options for an answer. An absent option means the upstream's own default. */
export interface AnswerOptions {
  /** 0 to 2. */
  readonly temperature?: number;
  /** 0 to 1. */
  readonly topP?: number;
  /** Tokens of the answer. */
  readonly maxTokens?: number;
  /** Texts at which the answer ends, without them. */
  readonly stop?: readonly string[];
  /** A whole number: some models answer the same again for the same seed. */
  readonly seed?: number;
  /** The tools that the model may call; none by default. */
  readonly tools?: readonly ToolDefinition[];
  /** Whether the model may, must or must not call a tool, or which one it must call. */
  readonly toolChoice?: 'auto' | 'none' | 'required' | {readonly name: string};
  /** Whether the model may call several tools at once; by default it may. */
  readonly parallelToolCalls?: boolean;
  /** OpenAI's `response_format`, passed on unchanged. */
  readonly responseFormat?: Json;
  /** Whether and how long a model reasons before it answers. */
  readonly reasoning?: ReasoningOptions;
  /**
   * Further options under OpenAI's names, such as `service_tier`. Upstreams that speak OpenAI's language get them
   * unchanged, others get those that they have.
   */
  readonly further?: JsonObject;
}

/** How a model thinks before it answers. Each kind of upstream gets it in its own form. */
export interface ReasoningOptions {
  /** OpenAI's word, such as `low`, `medium`, `high`; `none` for no thoughts. */
  readonly effort?: string;
  /** In Anthropic's terms: the most tokens of thoughts, as many as the model finds right, or none. */
  readonly thinking?: number | 'adaptive' | 'off';
  /** OpenAI's `reasoning.summary`, which only its Responses API has. */
  readonly summary?: string;
  /** The caller's name for this option, so that a refusal can name it; by default `reasoning_effort`. */
  readonly field?: string;
}

/** A question to a model, with the conversation before it. */
export interface ProviderRequest extends AnswerOptions {
  /** The model's id at the upstream. */
  readonly model: string;
  readonly messages: readonly PromptMessage[];
}

/** APIs beside chatting, by their paths in OpenAI's API. */
export type FurtherApi = 'embeddings' | 'completions' | 'moderations';

export type TakePiece = (piece: JsonObject) => Promise<void> | void;

export interface PassedOptions {
  readonly signal: AbortSignal;
  /** Called for each piece of an answer that the upstream streams. Until its promise resolves, the upstream waits. */
  readonly onPiece?: TakePiece | undefined;
}

/** A request that is passed on as it is. */
export interface PassedRequest {
  readonly api: FurtherApi;
  /** Its `model` is the id at the upstream. */
  readonly body: JsonObject;
  /** The texts in the body, so that errors that quote them are redacted. */
  readonly messages: readonly PromptMessage[];
}

/** A place where models are asked. Implement it to bring models of your own. */
export interface Provider {
  /** Short and stable, such as `openai`; shown as a model's `provider`. */
  readonly id: string;
  /** @throws ChatError `provider-unavailable`, `provider-error`, `provider-timeout` */
  models(options: {signal: AbortSignal}): Promise<readonly Model[]>;
  /**
   * The answer while it is written. Ends after a `message-end` or an `error` event, or throws a ChatError. If it ends
   * without any of these, the stream broke off. Aborting the signal closes the upstream's socket at once.
   */
  answer(request: ProviderRequest, options: {signal: AbortSignal}): EventBatches;
  /** Whether the last question is one that it answers from no document, perhaps by a tool. Then none are searched. */
  answersAlone?(messages: readonly PromptMessage[], tools?: readonly ToolDefinition[]): boolean;
  /**
   * The provider guarantees that an answer ends as soon as the signal aborts, whether the upstream reacts or not. If it
   * does not guarantee this, the engine ends the answer itself.
   */
  readonly endsOnAbort?: boolean;
  /**
   * Passes a request on to an API beside chatting, and returns its whole answer; of a streamed one, what its last pieces say
   * about it. Absent if the provider has none of them.
   * @throws ChatError `not-found` if the upstream has not this one
   */
  passOn?(request: PassedRequest, options: PassedOptions): Promise<JsonObject>;
  /** Closes connections when the server closes. */
  close?(): Promise<void>;
}
