/** @chatlet/protocol: the words that both sides of a chat say. No DOM, no Node, no framework. */
export type {
  ChatEvent,
  EndReason,
  ErrorEvent,
  EventBatches,
  MessageEndEvent,
  MessageStartEvent,
  ReasoningDeltaEvent,
  SourceEvent,
  TextDeltaEvent,
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
  ToolPart,
  Usage,
} from './message.ts';
export {textOf} from './message.ts';
export {applyEvent, emptyAnswer, joinDeltas} from './apply-event.ts';
export type {ChatErrorOptions, ErrorCode} from './error.ts';
export {ChatError, isErrorCode, statusOf} from './error.ts';
export type {Decoder, Dialect, EncodeContext, Encoder} from './dialect.ts';
export type {Json, UncheckedObject} from './json.ts';
export {asNumber, asString, isObject, parseJson} from './json.ts';
export type {DialectName} from './dialects.ts';
export {openaiChat, openaiErrorWords, openaiFinishReasons} from './dialects/openai-chat.ts';
export {textStream} from './dialects/text-stream.ts';
export type {Detected} from './detect.ts';
export {detectDialect} from './detect.ts';
export type {HeadersLike} from './headers.ts';
export type {EventStream, ReadOptions, Reader, ReaderOptions} from './read-events.ts';
export {createReader, readEvents} from './read-events.ts';
