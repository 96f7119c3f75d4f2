/** @chatlet/protocol: the events, messages, errors and dialects that page and server share. No DOM, no Node, no framework. */
export type {
  ApprovalOption,
  CallApp,
  CallProgress,
  ChatEvent,
  EndReason,
  ErrorEvent,
  EventBatches,
  InputReply,
  LogprobsEvent,
  MessageEndEvent,
  MessageStartEvent,
  NearestPage,
  ProviderMetadata,
  ReasoningDeltaEvent,
  ReasoningMetadataEvent,
  SourceEvent,
  CitationEvent,
  ToolApproval,
  ToolApprovalEvent,
  ToolProgressEvent,
  ToolReplyEvent,
  ToolWait,
  ToolWaitEvent,
  TextDeltaEvent,
  TextResetEvent,
  ToolCallEvent,
  ToolResultEvent,
  UsageEvent,
} from './event.ts';
export {isEnd} from './event.ts';
export type {
  Chat,
  FilePart,
  Message,
  MessageError,
  MessageStatus,
  Model,
  Page,
  Part,
  ReasoningPart,
  Role,
  SourcePart,
  TextPart,
  Citation,
  ToolPart,
  Usage,
} from './message.ts';
export {emptyAnswer, endOfError, textOf} from './message.ts';
export {applyEvent, isCall, isWaiting, joinDeltas} from './apply-event.ts';
export {thinkTags} from './dialects/think-tags.ts';
export type {ThinkTags} from './dialects/think-tags.ts';
export type {ErrorCode} from './error-codes.ts';
export {isErrorCode, messageOf, statusOf} from './error-codes.ts';
export type {ChatErrorOptions} from './error.ts';
export {ChatError} from './error.ts';
export type {Decoder, Dialect, EncodeContext, Encoder} from './dialect.ts';
export type {Json, JsonObject, UncheckedObject} from './json.ts';
export {asJson, asNumber, asString, isObject, parseJson} from './json.ts';
export {checkEvent} from './check-event.ts';
export type {Closing} from './closing.ts';
export {closingFields, readClosing} from './closing.ts';
export type {DialectName} from './dialects.ts';
export {dialects} from './dialects.ts';
export {agUi} from './dialects/ag-ui.ts';
export type {AgUiRun} from './dialects/ag-ui-encoder.ts';
export {agUiEncoder} from './dialects/ag-ui-encoder.ts';
export {aiSdkDataStreamV4} from './dialects/ai-sdk-data-stream-v4.ts';
export {anthropic} from './dialects/anthropic.ts';
export {
  anthropicCitation,
  anthropicErrorType,
  anthropicSignature,
  anthropicStopReasons,
  anthropicUsage,
  readAnthropicSignature,
} from './dialects/anthropic-encoder.ts';
export {assistantTransport} from './dialects/assistant-transport.ts';
export {chatkit} from './dialects/chatkit.ts';
export {chatlet} from './dialects/chatlet.ts';
export {cohere} from './dialects/cohere.ts';
export {contentDelta} from './dialects/content-delta.ts';
export {deepChat} from './dialects/deep-chat.ts';
export {dify} from './dialects/dify.ts';
export {flowise} from './dialects/flowise.ts';
export {gemini} from './dialects/gemini.ts';
export {hfTgi} from './dialects/hf-tgi.ts';
export {langgraph} from './dialects/langgraph.ts';
export {n8n} from './dialects/n8n.ts';
export {ollama, ollamaGenerate} from './dialects/ollama.ts';
export {openaiFinishReasons, urlCitation} from './dialects/openai-chat/encoder.ts';
export {placedCitations, startOfCited} from './dialects/placed-citations.ts';
export type {PlacedEvent} from './dialects/placed-citations.ts';
export {openaiErrorWords} from './dialects/openai-chat/errors.ts';
export {openaiUsage} from './dialects/openai-chat/usage.ts';
export {fromReasoningFields, toReasoningDetails} from './dialects/openai-chat/reasoning-details.ts';
export {furtherCallFields} from './dialects/openai-chat/tool-call-pieces.ts';
export {openaiChat} from './dialects/openai-chat/openai-chat.ts';
export {openaiResponses} from './dialects/openai-responses.ts';
export {readProviderMetadata} from './dialects/provider-metadata.ts';
export {textStream} from './dialects/text-stream.ts';
export {typedErrorCode, typedEvents} from './dialects/typed-events.ts';
export type {ToolInput} from './dialects/tool-input.ts';
export {inputTextOf, toolInput} from './dialects/tool-input.ts';
export type {ToolRound} from './tool-rounds.ts';
export {resultTextOf, toolRoundsOf} from './tool-rounds.ts';
export {uiMessageStream, uiMessageStream5} from './dialects/ui-message-stream.ts';
export type {Detected} from './detect.ts';
export {detectDialect} from './detect.ts';
export type {HeadersLike} from './headers.ts';
export {isOwnStream} from './headers.ts';
export type {RefusalWithTime} from './retry-after.ts';
export {retryAfterOf} from './retry-after.ts';
export type {EventStream, ReadOptions} from './read-events.ts';
export {readEvents} from './read-events.ts';
export type {Reader, ReaderOptions} from './open-reader.ts';
export {createReader} from './create-reader.ts';
export type {LazyReader} from './lazy-reader.ts';
export {createLazyReader} from './lazy-reader.ts';
export {createOwnReader} from './own-reader.ts';
export type {FailedResponse} from './response-error.ts';
export {errorFromResponse} from './response-error.ts';
export {checkReply, checkWait, isApproval, isForPage} from './check-wait.ts';
export type {PageToolDefinition} from './page-tool.ts';
export {pageToolLimits, pageToolName} from './page-tool.ts';
