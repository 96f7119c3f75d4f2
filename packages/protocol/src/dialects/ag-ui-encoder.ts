/** Writes events as AG-UI's: each text, thought and tool call is begun and ended. */
import {closingFields} from '../closing.ts';
import type {EncodeContext, Encoder} from '../dialect.ts';
import type {ChatEvent, MessageEndEvent, ProviderMetadata, ToolWait, UsageEvent} from '../event.ts';
import type {JsonObject} from '../json.ts';
import {encodeEach} from './encode-each.ts';
import {inputTextOf} from './tool-input.ts';

/** A client's names for its conversation and for this answer. */
export interface AgUiRun {
  readonly threadId: string;
  readonly runId: string;
  /** Names the interrupt of a call that waits; by default as the call. */
  readonly interruptId?: (callId: string) => string;
}

/** Writes the events of AG-UI; `threadId` and `runId` are those of the request. */
export function agUiEncoder(
  {id, model, knownCalls = []}: EncodeContext,
  {threadId, runId, interruptId = (callId) => callId}: AgUiRun = {threadId: id, runId: id},
): Encoder {
  let open: 'text' | 'reasoning' | undefined;
  /** The message that the next text or call belongs to, and its content so far. */
  let messageId = id;
  let has: 'nothing' | 'text' | 'calls' | 'results' = 'nothing';
  let messages = 1;
  let thoughts = 0;
  let results = 0;
  let usage: UsageEvent | undefined;
  /** The names of the calls, and what those that wait wait for. */
  const names = new Map<string, string>();
  const waits = new Map<string, ToolWait>();

  const write = (fields: JsonObject): string => `data: ${JSON.stringify(fields)}\n\n`;
  const beginMessage = (): void => {
    if (has === 'nothing') return;
    messages += 1;
    messageId = `${id}_${messages}`;
  };
  const thoughtId = (): string => `${id}_thought_${thoughts}`;
  const close = (): string => {
    const ended = open;
    open = undefined;
    if (ended === undefined) return '';
    if (ended === 'text') return write({type: 'TEXT_MESSAGE_END', messageId});
    const thought = {messageId: thoughtId()};
    return write({type: 'REASONING_MESSAGE_END', ...thought}) + write({type: 'REASONING_END', ...thought});
  };
  const openText = (): string => {
    if (open === 'text') return '';
    const before = close();
    open = 'text';
    beginMessage();
    has = 'text';
    return before + write({type: 'TEXT_MESSAGE_START', messageId, role: 'assistant'});
  };
  const openReasoning = (): string => {
    if (open === 'reasoning') return '';
    const before = close();
    open = 'reasoning';
    thoughts += 1;
    const thought = {messageId: thoughtId()};
    const start = write({type: 'REASONING_START', ...thought});
    return before + start + write({type: 'REASONING_MESSAGE_START', ...thought, role: 'reasoning'});
  };
  const usageFields = (): JsonObject => {
    if (usage === undefined) return {};
    const {promptTokens: inputTokens, completionTokens: outputTokens, cachedTokens, cacheWriteTokens} = usage;
    const {reasoningTokens} = usage;
    return {
      usage: [
        {
          model,
          inputTokens,
          outputTokens,
          ...(cachedTokens === undefined ? {} : {cachedInputTokens: cachedTokens}),
          ...(cacheWriteTokens === undefined ? {} : {cacheWriteInputTokens: cacheWriteTokens}),
          ...(reasoningTokens === undefined ? {} : {reasoningTokens}),
        },
      ],
    };
  };
  /** Metadata that an upstream wants back; clients send it back with the message or the call. */
  const encodeMetadata = (subtype: 'message' | 'tool-call', entityId: string, metadata: ProviderMetadata): string =>
    write({type: 'REASONING_ENCRYPTED_VALUE', subtype, entityId, encryptedValue: JSON.stringify(metadata)});

  const outcomeOf = ({reason}: MessageEndEvent): JsonObject => {
    // A stopped answer waits for nobody.
    if (waits.size === 0 || reason === 'stopped') return {};
    const interrupts = [...waits].map(([toolCallId, wait]) => ({
      id: interruptId(toolCallId),
      toolCallId,
      ...interruptOf(wait, names.get(toolCallId) ?? ''),
      expiresAt: wait.expiresAt,
    }));
    return {outcome: {type: 'interrupt', interrupts}};
  };

  const encodeEvent = (event: ChatEvent): string => {
    switch (event.type) {
      case 'text-delta':
        return openText() + write({type: 'TEXT_MESSAGE_CONTENT', messageId, delta: event.delta});
      case 'reasoning-delta':
        return openReasoning() + write({type: 'REASONING_MESSAGE_CONTENT', messageId: thoughtId(), delta: event.delta});
      case 'reasoning-metadata': {
        const before = openReasoning() + close();
        return before + encodeMetadata('message', thoughtId(), event.providerMetadata);
      }
      case 'text-reset':
        // No reader can take text back, so the new text begins a paragraph.
        return openText() + write({type: 'TEXT_MESSAGE_CONTENT', messageId, delta: '\n\n'});
      case 'tool-call': {
        const {callId: toolCallId, name: toolCallName} = event;
        names.set(toolCallId, toolCallName);
        // The run that made the call has told it.
        if (knownCalls.includes(toolCallId)) return '';
        const before = close();
        if (has === 'results') beginMessage();
        has = 'calls';
        return (
          before +
          write({type: 'TOOL_CALL_START', toolCallId, toolCallName, parentMessageId: messageId}) +
          write({type: 'TOOL_CALL_ARGS', toolCallId, delta: inputTextOf(event)}) +
          write({type: 'TOOL_CALL_END', toolCallId}) +
          (event.providerMetadata ? encodeMetadata('tool-call', toolCallId, event.providerMetadata) : '')
        );
      }
      case 'tool-result': {
        const {callId: toolCallId, output} = event;
        waits.delete(toolCallId);
        const before = close();
        has = 'results';
        results += 1;
        const content = typeof output === 'string' ? output : JSON.stringify(output);
        const role = 'tool';
        return (
          before + write({type: 'TOOL_CALL_RESULT', messageId: `${id}_result_${results}`, toolCallId, content, role})
        );
      }
      case 'source':
      case 'citation': {
        const {type: name, ...value} = event;
        return write({type: 'CUSTOM', name, value});
      }
      case 'usage':
        usage = event;
        return '';
      case 'message-end':
        return (
          close() +
          write({type: 'RUN_FINISHED', threadId, runId, ...outcomeOf(event), ...resultOf(event), ...usageFields()})
        );
      case 'error': {
        const {message, code} = event;
        return close() + write({type: 'RUN_ERROR', message, code, ...usageFields()});
      }
      case 'tool-wait':
        waits.set(event.callId, event.wait);
        return '';
      case 'tool-approval':
      case 'tool-reply':
        waits.delete(event.callId);
        return '';
      case 'tool-progress':
      case 'message-start':
      case 'logprobs':
        return '';
      default:
        event satisfies never;
        return '';
    }
  };
  return encodeEach(encodeEvent, {begin: () => write({type: 'RUN_STARTED', threadId, runId})});
}

/** The form of an answer to an approval: AG-UI's clients show an editor if it has `editedArgs`. */
const approvalSchema: JsonObject = {
  type: 'object',
  properties: {
    approved: {type: 'boolean'},
    editedArgs: {type: 'object', description: 'Input in place of the whole input of the call.'},
    reason: {type: 'string', description: 'Words for the model, with a refusal.'},
  },
  required: ['approved'],
};

/** What a call waits for, in AG-UI's words. Its core has no word for an address or for people of the site. */
function interruptOf(wait: ToolWait, name: string): JsonObject {
  const metadata = wait.destructive ? {metadata: {destructive: true}} : {};
  switch (wait.ask) {
    case 'approval':
      return {
        reason: 'tool_call',
        message: `May the tool "${name}" run with this input?`,
        responseSchema: approvalSchema,
        ...metadata,
      };
    case 'form':
      return {reason: 'input_required', message: wait.message, responseSchema: wait.schema, ...metadata};
    case 'url':
      return {reason: 'chatlet:url', message: `${wait.message}\n${wait.url}`, metadata: {url: wait.url}};
    case 'page':
    case 'person':
      return {reason: `chatlet:${wait.ask}`, message: `The tool "${name}" waits for an answer.`};
    default:
      wait satisfies never;
      return {};
  }
}

/** What the end says besides its reason, as the result of the run. */
function resultOf(end: MessageEndEvent): JsonObject {
  const result = {...closingFields(end)};
  return Object.keys(result).length === 0 ? {} : {result};
}
