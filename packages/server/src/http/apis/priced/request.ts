/** What clients of `/v1/chat` send: checked, and put into the engine's words. */
import {z} from 'zod';
import {check} from '../../../check.ts';
import {instructionsOf} from '../../../engine/context.ts';
import {optionFields, optionsOf} from '../../request/answer-options.ts';
import {chatName, name} from '../../request/body-fields.ts';
import {foldMessages, messages} from '../../request/openai-messages.ts';
import type {UnsavedQuestion} from '../../response/unsaved-answer.ts';

export const v1ChatBody = z.object({
  messages,
  model: name.nullish(),
  conversation_id: chatName.nullish(),
  system_prompt: z.string().nullish(),
  stream: z.boolean().nullish(),
  ...optionFields,
});

/** @throws ChatError `invalid-request` */
export function parseV1Chat(
  body: unknown,
): UnsavedQuestion & {readonly chatId: string | undefined; readonly streams: boolean} {
  const {messages, model, conversation_id: chatId, system_prompt: prompt, stream, ...sent} = check(v1ChatBody, body);
  return {
    model: model ?? undefined,
    defaultModel: 'gpt-4',
    messages: [...instructionsOf(prompt), ...foldMessages(messages)],
    messageCount: messages.length,
    options: {temperature: 0.7, ...optionsOf(sent)},
    chatId: chatId ?? undefined,
    streams: stream ?? false,
  };
}
