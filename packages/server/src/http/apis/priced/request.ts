/** Parses the bodies of `/v1/chat`. */
import {z} from 'zod';
import {check} from '../../../check.ts';
import {toInstructions} from '../../../engine/context.ts';
import {optionFields, optionsOf} from '../../request/answer-options.ts';
import {chatNameField, nameField} from '../../request/body-fields.ts';
import {foldMessages, openaiMessages} from '../../request/openai-messages.ts';
import type {UnsavedQuestion} from '../../response/unsaved-answer.ts';

export const pricedBody = z.object({
  messages: openaiMessages,
  model: nameField.nullish(),
  conversation_id: chatNameField.nullish(),
  system_prompt: z.string().nullish(),
  stream: z.boolean().nullish(),
  ...optionFields,
});

/** @throws ChatError `invalid-request` */
export function parsePricedRequest(
  body: unknown,
): UnsavedQuestion & {readonly chatId: string | undefined; readonly streams: boolean} {
  const {messages, model, conversation_id: chatId, system_prompt: prompt, stream, ...sent} = check(pricedBody, body);
  return {
    model: model ?? undefined,
    defaultModel: 'gpt-4',
    messages: [...toInstructions(prompt), ...foldMessages(messages)],
    messageCount: messages.length,
    options: {temperature: 0.7, ...optionsOf(sent)},
    chatId: chatId ?? undefined,
    streams: stream ?? false,
  };
}
