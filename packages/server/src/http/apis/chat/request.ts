/**
 * Parses the bodies of `POST /api/chat`, one kind for each protocol, into asks of the engine. Knows no dialect and no
 * HTTP.
 */
import {ChatError, type Part} from '@chatlet/protocol';
import {z} from 'zod';
import {check} from '../../../check.ts';
import type {PromptMessage} from '../../../engine/provider.ts';
import type {CorrectedQuestion, NewQuestion, Question, TurnAsk} from '../../../engine/turns/ask.ts';
import {optionFields, optionsOf} from '../../request/answer-options.ts';
import {
  chatNameField,
  listOf,
  mediaTypeOf,
  nameField,
  retrievalFields,
  retrievalOf,
  urlField,
} from '../../request/body-fields.ts';
import {chatletTriggers} from '../../request/chat-protocol.ts';
import {pageToolsField} from '../../request/page-tools-field.ts';

/** A part of a message. Kinds of parts that a question cannot have are ignored. */
const partSchema = z.union([
  z.object({type: z.literal('text'), text: z.string()}).transform(({text}): readonly Part[] => [{type: 'text', text}]),
  z
    .object({
      type: z.literal('file'),
      url: urlField,
      mediaType: nameField.default('application/octet-stream'),
      filename: nameField.nullish(),
      name: nameField.nullish(),
    })
    .transform(({url, mediaType, filename, name = filename}): readonly Part[] => [
      {type: 'file', url, mediaType, ...(name && {name})},
    ]),
  z
    .object({type: z.literal('image_url'), image_url: z.object({url: urlField})})
    .transform(({image_url: {url}}): readonly Part[] => [
      {type: 'file', url, mediaType: mediaTypeOf(url) ?? 'image/*'},
    ]),
  z
    .object({type: z.string().refine((type) => !['text', 'file', 'image_url'].includes(type), 'is not complete')})
    .transform((): readonly Part[] => []),
]);

const partsSchema = z.array(partSchema).max(1000);

/** A file of AI SDK 4. Attachments are a list of their own, beside the message's parts. */
const attachmentSchema = z
  .object({url: urlField, contentType: nameField.default('application/octet-stream'), name: nameField.nullish()})
  .transform(({url, contentType: mediaType, name}): Part => ({type: 'file', url, mediaType, ...(name && {name})}));

const roleSchema = z.enum(['system', 'developer', 'user', 'assistant', 'tool', 'function']);

const messageFields = z.object({
  id: nameField.nullish(),
  role: roleSchema,
  content: z.union([z.string(), partsSchema]).nullish(),
  parts: partsSchema.nullish(),
  text: z.string().nullish(),
  experimental_attachments: z.array(attachmentSchema).max(100).nullish(),
});

const toMessage = ({
  id,
  role,
  content,
  parts,
  text,
  experimental_attachments: files,
}: z.infer<typeof messageFields>) => ({
  ...(id && {id}),
  role,
  parts: [
    ...textAsParts(parts?.flat() ?? (typeof content === 'string' ? content : content?.flat()) ?? text ?? ''),
    ...(files ?? []),
  ],
});

/** A message of a conversation names its speaker. */
const chatMessageSchema = messageFields.transform(toMessage);

/** A message on its own is the user's question. */
const questionSchema = messageFields.extend({role: roleSchema.default('user')}).transform(toMessage);

type ChatMessage = z.infer<typeof chatMessageSchema>;

const messagesSchema = listOf(chatMessageSchema);

export const typedEventsBody = z.object({
  messages: messagesSchema,
  model: nameField.nullish(),
  chatId: chatNameField.nullish(),
  ...retrievalFields,
  ...optionFields,
});

export const uiBody = z.object({
  id: chatNameField.nullish(),
  chatId: chatNameField.nullish(),
  messages: messagesSchema.nullish(),
  message: questionSchema.nullish(),
  trigger: z.enum(['submit-message', 'regenerate-message']).nullish(),
  messageId: nameField.nullish(),
  model: nameField.nullish(),
  ...retrievalFields,
  ...optionFields,
});

export const chatletBody = z.object({
  chatId: chatNameField.nullish(),
  message: questionSchema.nullish(),
  messages: messagesSchema.nullish(),
  trigger: z.enum(chatletTriggers).nullish(),
  messageId: nameField.nullish(),
  replaceFrom: nameField.nullish(),
  model: nameField.nullish(),
  pageTools: pageToolsField,
  temporary: z.boolean().nullish().describe('A new chat is deleted a day after its last turn at the latest'),
  ...retrievalFields,
  ...optionFields,
});

/** @throws ChatError `invalid-request` */
export function parseTypedEvents(body: unknown): TurnAsk {
  const {messages, chatId, model, ...rest} = check(typedEventsBody, body);
  // These clients use our ids for chats, and have no ids for messages.
  const {question, ...said} = split(messages.map(({role, parts}) => ({role, parts})));
  return {
    kind: 'new-question',
    ...said,
    options: {temperature: 0.7, ...optionsOf(rest)},
    retrieval: retrievalOf(rest),
    ...(chatId && {chatId}),
    ...(model && {model}),
    defaultModel: 'gpt-4o',
    question: needed(question),
  };
}

/** @throws ChatError `invalid-request` */
export function parseUiMessages(body: unknown): TurnAsk {
  const {id, chatId, messages, message, trigger, messageId, model, ...rest} = check(uiBody, body);
  const sent = messages ?? (message ? [message] : []);
  const chosen = chatId ?? id;
  const again = trigger === 'regenerate-message';
  // A message after the last question can only be the answer to replace. Not all clients send it.
  const {question, ...said} = split(again ? withoutAnswer(sent) : sent);
  const ask = {
    ...said,
    options: optionsOf(rest),
    retrieval: retrievalOf(rest),
    ...(chosen && {chatId: chosen}),
    ...(model && {model}),
  };
  if (again) {
    const replaceFrom = messageId ?? 'last-answer';
    return {kind: 'another-answer', ...ask, replaceFrom, ...(question && {firstQuestion: question})};
  }
  // A message with the id of an older one replaces that.
  return {...ask, ...newOrCorrected(needed(question), messageId)};
}

/**
 * `useChat` of AI SDK 4 sends no trigger: the same question again asks for another answer.
 * @throws ChatError `invalid-request`
 */
export function parseAiSdk4(body: unknown): TurnAsk {
  const {id, chatId, messages, message: _, model, ...rest} = check(uiBody, body);
  const {question, ...said} = split(messages ?? []);
  const chosen = chatId ?? id;
  return {
    kind: 'new-question',
    ...said,
    options: optionsOf(rest),
    retrieval: retrievalOf(rest),
    ...(chosen && {chatId: chosen}),
    ...(model && {model}),
    question: needed(question),
    whenAnswered: 'answer-again',
  };
}

/** @throws ChatError `invalid-request` */
export function parseChatlet(body: unknown): TurnAsk {
  const {chatId, message, messages, trigger, messageId, replaceFrom, model, pageTools, temporary, ...rest} = check(
    chatletBody,
    body,
  );
  const {question, ...said} = split([...(messages ?? []), ...(message ? [message] : [])]);
  const ask = {
    ...said,
    options: optionsOf(rest),
    retrieval: retrievalOf(rest),
    ...(chatId && {chatId}),
    ...(model && {model}),
    ...(pageTools && {pageTools}),
    ...(temporary && {temporary}),
  };
  if (trigger === 'regenerate') {
    return {kind: 'another-answer', ...ask, replaceFrom: messageId ?? replaceFrom ?? 'last-answer'};
  }
  const replaced = replaceFrom ?? (trigger === 'edit' ? messageId : undefined);
  if (trigger === 'edit' && !replaced) {
    throw new ChatError('invalid-request', 'replaceFrom must name the message that is edited.');
  }
  return {...ask, ...newOrCorrected(needed(question), replaced)};
}

interface Said {
  readonly question?: Question;
  readonly instructions: readonly PromptMessage[];
  readonly context: readonly PromptMessage[];
}

/** The last message is the question if its role is user. System messages are instructions at any position. */
function split(messages: readonly ChatMessage[]): Said {
  const instructions = messages
    .filter(({role}) => role === 'system' || role === 'developer')
    .map(({parts}) => ({role: 'system', parts}) as const);
  const turns = messages.filter(({role}) => role === 'user' || role === 'assistant');
  const last = turns.at(-1);
  const asks = last?.role === 'user';
  const context = (asks ? turns.slice(0, -1) : turns).map(({role, parts}) =>
    role === 'user' ? ({role: 'user', parts} as const) : ({role: 'assistant', parts} as const),
  );
  return {instructions, context, ...(asks && {question: {parts: last.parts, ...(last.id && {id: last.id})}})};
}

/** The conversation without the answers after its last question. */
function withoutAnswer(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  const last = messages.findLastIndex(({role}) => role === 'user');
  return messages.filter(({role}, index) => index <= last || role !== 'assistant');
}

/** @param replaced the message that the question replaces, if it is a correction */
function newOrCorrected(question: Question, replaced: string | null | undefined): NewQuestion | CorrectedQuestion {
  return replaced ? {kind: 'corrected-question', question, replaceFrom: replaced} : {kind: 'new-question', question};
}

function needed(question: Question | undefined): Question {
  if (!question) throw new ChatError('invalid-request', 'The last message must be from the user.');
  const says = question.parts.some((part) => part.type !== 'text' || part.text.trim() !== '');
  if (!says) throw new ChatError('invalid-request', 'The last message must say something.');
  return question;
}

function textAsParts(content: string | readonly Part[]): readonly Part[] {
  return typeof content === 'string' ? [{type: 'text', text: content}] : content;
}
