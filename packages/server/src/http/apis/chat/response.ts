/** Prints stored messages and usage for our own API, and describes all its answers for `/openapi.json`. */
import {type Message, textOf} from '@chatlet/protocol';
import {z} from 'zod';
import type {WindowState} from '../../../engine/limiter.ts';
import {withoutMetadata} from '../../../engine/opaque-metadata.ts';
import type {Owner, UsageRecord, UsageSum} from '../../../engine/store.ts';
import {windowName} from '../../request/limit-headers.ts';
import {type AnswerSchema, countField, dateTimeField, modelList, textField} from '../../response/answer-schemas.ts';

/** `content` repeats the text of all parts, for clients that know no parts. */
export function printStoredMessage(chatId: string, message: Message) {
  const {id, role, createdAt, parts, ...rest} = message;
  return {id, chatId, role, content: textOf(message), createdAt, parts: withoutMetadata(parts), ...rest};
}

/** `timestamp` is the end of the answer. */
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

const chatSchema = z.object({
  id: textField,
  title: textField,
  model: textField,
  createdAt: dateTimeField,
  updatedAt: dateTimeField,
});

const storedMessageSchema = z.looseObject({
  id: textField,
  chatId: textField,
  role: z.enum(['system', 'user', 'assistant']),
  content: textField.describe('The words of all parts'),
  createdAt: dateTimeField,
  status: textField.describe('answering, done, stopped, failed or interrupted'),
  parts: z.array(z.looseObject({type: textField})),
});

const usageSchema = z.looseObject({
  promptTokens: countField,
  completionTokens: countField,
  totalTokens: countField,
  cachedTokens: countField.optional(),
  cacheWriteTokens: countField.optional(),
  reasoningTokens: countField.optional(),
  cost: z.number().optional(),
  userId: textField.optional(),
  model: textField.optional(),
  day: textField.optional(),
  answers: countField.optional(),
  estimated: z.boolean(),
  timestamp: dateTimeField.optional(),
});

const foundPageSchema = z.object({
  id: textField,
  title: textField,
  section: textField.optional().describe('The heading above the words that were found'),
  url: textField.optional(),
  snippet: textField.describe('Plain text'),
  updatedAt: dateTimeField.optional(),
});

export const foundPagesAnswer: AnswerSchema = {
  name: 'foundPages',
  schema: z.object({results: z.array(foundPageSchema)}),
};

export const chatAnswer: AnswerSchema = {name: 'chat', schema: chatSchema};
export const chatsAnswer: AnswerSchema = {name: 'chats', schema: z.array(chatSchema)};
export const messagesAnswer: AnswerSchema = {name: 'messages', schema: z.array(storedMessageSchema)};
export const deletedAnswer: AnswerSchema = {name: 'deleted', schema: z.object({success: z.literal(true)})};
export const stoppedAnswer: AnswerSchema = {name: 'stopped', schema: z.object({stopped: z.boolean()})};
export const stoppedAnswersAnswer: AnswerSchema = {name: 'stoppedAnswers', schema: z.object({stopped: countField})};
export const forgottenAnswer: AnswerSchema = {
  name: 'forgotten',
  schema: z.object({success: z.literal(true), chats: countField.describe('The number of deleted chats')}),
};
export const exportAnswer: AnswerSchema = {
  name: 'export',
  schema: z.object({
    owner: textField,
    exportedAt: dateTimeField,
    chats: z.array(chatSchema.extend({messages: z.array(z.looseObject({id: textField, role: textField}))})),
    usage: z.array(z.looseObject({model: textField, promptTokens: countField, completionTokens: countField})),
    gaps: z.array(z.looseObject({question: textField, createdAt: dateTimeField})),
  }),
};
export const usageAnswer: AnswerSchema = {name: 'usage', schema: z.array(usageSchema)};

export const configAnswer: AnswerSchema = {
  name: 'config',
  schema: z.looseObject({
    ...modelList.shape,
    greeting: textField.optional(),
    starters: z.array(textField).optional().describe('Questions to begin with'),
    prompts: z.record(z.string(), textField).optional().describe('By a starter: the question in its place'),
    asksPerson: z.boolean().optional().describe('Whether a chat can be handed to a person of the site'),
  }),
};

export const remainingAnswer: AnswerSchema = {
  name: 'remaining',
  schema: z.object({
    plan: z.looseObject({name: textField}),
    limit: countField.nullable(),
    remaining: countField.nullable(),
    reset: countField.nullable().describe('Milliseconds since 1970'),
    windows: z.array(z.object({window: textField, limit: countField, remaining: countField, reset: countField})),
  }),
};
