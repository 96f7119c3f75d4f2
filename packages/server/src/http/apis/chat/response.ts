/** How our own API writes what is kept, and how that is described. */
import {type Message, textOf} from '@chatlet/protocol';
import {z} from 'zod';
import type {WindowState} from '../../../engine/limiter.ts';
import type {Owner, UsageRecord, UsageSum} from '../../../engine/store.ts';
import {windowName} from '../../request/limit-headers.ts';
import {type AnswerSchema, count, dateTime, modelList, text} from '../../response/answer-schemas.ts';

/** A message with its words as `content` too, for clients that know no parts. */
export function printMessage(chatId: string, message: Message) {
  const {id, role, createdAt, parts, ...rest} = message;
  return {id, chatId, role, content: textOf(message), createdAt, parts, ...rest};
}

/** `timestamp` is when the answer ended; the rest is as clients of usage lists know it. */
export function printUsage(userId: Owner, {createdAt, promptTokens, completionTokens, ...record}: UsageRecord) {
  const totalTokens = promptTokens + completionTokens;
  return {userId, ...record, promptTokens, completionTokens, totalTokens, timestamp: createdAt};
}

export function printUsageSum({promptTokens, completionTokens, ...sum}: UsageSum) {
  return {...sum, promptTokens, completionTokens, totalTokens: promptTokens + completionTokens};
}

export function printWindow({ms, limit, remaining, resetAt}: WindowState) {
  return {window: windowName(ms), limit, remaining, reset: resetAt};
}

const chat = z.object({id: text, title: text, model: text, createdAt: dateTime, updatedAt: dateTime});

const message = z.looseObject({
  id: text,
  chatId: text,
  role: z.enum(['system', 'user', 'assistant']),
  content: text.describe('The words of all parts'),
  createdAt: dateTime,
  status: text.describe('answering, done, stopped, failed or interrupted'),
  parts: z.array(z.looseObject({type: text})),
});

const usage = z.looseObject({
  promptTokens: count,
  completionTokens: count,
  totalTokens: count,
  cost: z.number().optional(),
  userId: text.optional(),
  model: text.optional(),
  day: text.optional(),
  answers: count.optional(),
  estimated: z.boolean(),
  timestamp: dateTime.optional(),
});

export const chatAnswer: AnswerSchema = {name: 'chat', schema: chat};
export const chatsAnswer: AnswerSchema = {name: 'chats', schema: z.array(chat)};
export const messagesAnswer: AnswerSchema = {name: 'messages', schema: z.array(message)};
export const deletedAnswer: AnswerSchema = {name: 'deleted', schema: z.object({success: z.literal(true)})};
export const stoppedAnswer: AnswerSchema = {name: 'stopped', schema: z.object({stopped: z.boolean()})};
export const usageAnswer: AnswerSchema = {name: 'usage', schema: z.array(usage)};

export const configAnswer: AnswerSchema = {
  name: 'config',
  schema: z.looseObject({...modelList.shape, greeting: text.optional()}),
};

export const remainingAnswer: AnswerSchema = {
  name: 'remaining',
  schema: z.object({
    plan: z.looseObject({name: text}),
    limit: count.nullable(),
    remaining: count.nullable(),
    reset: count.nullable().describe('Milliseconds since 1970'),
    windows: z.array(z.object({window: text, limit: count, remaining: count, reset: count})),
  }),
};
