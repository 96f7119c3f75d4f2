/** What the engine asks a model with, whoever serves it. */
import type {EventBatches, Json, Message, Model} from '@chatlet/protocol';

/** A message as a model sees it. Tool calls and their results are parts of the answer that made them. */
export interface PromptMessage extends Pick<Message, 'role' | 'parts'> {
  /** Who of several speaks, for upstreams that are told. */
  readonly name?: string;
}

/** A tool that the model may call. */
export interface ToolDefinition {
  readonly name: string;
  readonly description?: string;
  /** JSON Schema of the input. */
  readonly inputSchema: Json;
  /** The model must keep to the schema; passed on to upstreams that can promise it. */
  readonly strict?: boolean;
}

/** How the model is asked to write. Absent means the upstream's own default. */
export interface AnswerOptions {
  /** 0 to 2. */
  readonly temperature?: number;
  /** 0 to 1. */
  readonly topP?: number;
  /** Tokens of the answer. */
  readonly maxTokens?: number;
  readonly stop?: readonly string[];
  readonly seed?: number;
  readonly tools?: readonly ToolDefinition[];
  readonly toolChoice?: 'auto' | 'none' | 'required' | {readonly name: string};
  /** Whether the model may call several tools at once; where absent it may. */
  readonly parallelToolCalls?: boolean;
  /** OpenAI's `response_format`, passed on as it came. */
  readonly responseFormat?: Json;
}

export interface ProviderRequest extends AnswerOptions {
  /** The model's id at the upstream. */
  readonly model: string;
  readonly messages: readonly PromptMessage[];
}

export interface Provider {
  /** Short and stable, such as `openai`; shown as a model's `provider`. */
  readonly id: string;
  /** @throws ChatError `provider-unavailable`, `provider-error`, `provider-timeout` */
  models(options: {signal: AbortSignal}): Promise<readonly Model[]>;
  /**
   * The answer as it is written. Ends after a `message-end` or an `error` event, or throws a ChatError; an end
   * without either means that the stream was cut. Aborting the signal closes the upstream's socket at once.
   */
  answer(request: ProviderRequest, options: {signal: AbortSignal}): EventBatches;
  /**
   * An answer ends as soon as the signal aborts, whatever the upstream does. Where this is not promised, the engine
   * sees to it itself.
   */
  readonly endsOnAbort?: boolean;
  /** Lets go of connections when the server closes. */
  close?(): Promise<void>;
}
