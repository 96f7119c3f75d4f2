/** Validates events from outside. Leaves out fields that we do not know. */
import {checkReply, checkWait, isApproval} from './check-wait.ts';
import {readClosing} from './closing.ts';
import {isErrorCode} from './error-codes.ts';
import {ChatError} from './error.ts';
import type {ChatEvent, EndReason, SourceEvent, UsageEvent} from './event.ts';
import {citationEvent} from './dialects/own-fields.ts';
import {asJson, asNumber, asString, isObject} from './json.ts';
import type {UncheckedObject} from './json.ts';

type Mutable<Data> = {-readonly [Key in keyof Data]: Data[Key]};

/** Returns the event, or undefined if its type is unknown or its fields are wrong: a newer server may have written it. */
export function checkEvent(value: UncheckedObject): ChatEvent | undefined {
  switch (value['type']) {
    case 'text-delta':
    case 'reasoning-delta': {
      const {type, delta} = value;
      return typeof delta === 'string' && delta !== '' ? {type, delta} : undefined;
    }
    case 'message-start': {
      const messageId = asString(value['messageId']);
      if (messageId === undefined) return undefined;
      const chatId = asString(value['chatId']);
      const questionId = asString(value['questionId']);
      return {
        type: 'message-start',
        messageId,
        ...(chatId === undefined ? {} : {chatId}),
        ...(questionId === undefined ? {} : {questionId}),
        model: asString(value['model']) ?? '',
      };
    }
    case 'tool-call': {
      const callId = asString(value['callId']);
      const name = asString(value['name']);
      if (callId === undefined || name === undefined) return undefined;
      const inputText = asString(value['inputText']);
      return {
        type: 'tool-call',
        callId,
        name,
        input: asJson(value['input']),
        ...(inputText === undefined ? {} : {inputText}),
      };
    }
    case 'text-reset':
      return value['asReasoning'] === true ? {type: 'text-reset', asReasoning: true} : {type: 'text-reset'};
    case 'tool-result': {
      const callId = asString(value['callId']);
      if (callId === undefined) return undefined;
      const {output, failed} = value;
      const app = asJson(value['app']);
      return {
        type: 'tool-result',
        callId,
        output: asJson(output),
        ...(failed === true ? {failed} : {}),
        ...(isObject(app) ? {app} : {}),
      };
    }
    case 'tool-wait': {
      const callId = asString(value['callId']);
      const wait = checkWait(value['wait']);
      return callId === undefined || !wait ? undefined : {type: 'tool-wait', callId, wait};
    }
    case 'tool-approval': {
      const callId = asString(value['callId']);
      const {approval} = value;
      return callId === undefined || !isApproval(approval) ? undefined : {type: 'tool-approval', callId, approval};
    }
    case 'tool-reply': {
      const callId = asString(value['callId']);
      const reply = checkReply(value['reply']);
      return callId === undefined || !reply ? undefined : {type: 'tool-reply', callId, reply};
    }
    case 'tool-progress': {
      const callId = asString(value['callId']);
      const done = asNumber(value['done']);
      const total = asNumber(value['total']);
      const message = asString(value['message']);
      if (callId === undefined || done === undefined) return undefined;
      return {
        type: 'tool-progress',
        callId,
        done,
        ...(total === undefined ? {} : {total}),
        ...(message === undefined ? {} : {message}),
      };
    }
    case 'source': {
      const id = asString(value['id']);
      const title = asString(value['title']);
      if (id === undefined || title === undefined) return undefined;
      const source: Mutable<SourceEvent> = {type: 'source', id, title};
      for (const name of ['url', 'quote', 'section', 'updatedAt'] as const) {
        const field = asString(value[name]);
        if (field !== undefined) source[name] = field;
      }
      return source;
    }
    case 'citation':
      return citationEvent(value);
    case 'usage': {
      const promptTokens = asNumber(value['promptTokens']);
      const completionTokens = asNumber(value['completionTokens']);
      if (promptTokens === undefined || completionTokens === undefined) return undefined;
      const {estimated} = value;
      return {
        type: 'usage',
        promptTokens,
        completionTokens,
        ...readDetails(value),
        ...(estimated === true ? {estimated} : {}),
      };
    }
    case 'error': {
      // An unknown code still ends the answer.
      const code = isErrorCode(value['code']) ? value['code'] : 'internal';
      const {message, retryable, retryAfter} = value;
      return new ChatError(code, asString(message), {
        ...(typeof retryable === 'boolean' ? {retryable} : {}),
        ...(typeof retryAfter === 'number' ? {retryAfter} : {}),
      }).toEvent();
    }
    case 'message-end': {
      const {reason} = value;
      return {type: 'message-end', reason: isEndReason(reason) ? reason : 'stop', ...readClosing(value)};
    }
    default:
      return undefined;
  }
}

type UsageDetails = Pick<UsageEvent, 'cachedTokens' | 'cacheWriteTokens' | 'reasoningTokens'>;

function readDetails(value: UncheckedObject): UsageDetails {
  const details: Mutable<UsageDetails> = {};
  for (const name of ['cachedTokens', 'cacheWriteTokens', 'reasoningTokens'] as const) {
    const count = asNumber(value[name]);
    if (count !== undefined && count > 0) details[name] = count;
  }
  return details;
}

const endReasons: ReadonlySet<unknown> = new Set<EndReason>([
  'stop',
  'length',
  'tool-calls',
  'content-filter',
  'stopped',
]);

function isEndReason(value: unknown): value is EndReason {
  return endReasons.has(value);
}
