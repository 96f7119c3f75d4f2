/** Parses the bodies of `/chat/stream`. */
import {z} from 'zod';
import {check} from '../../../check.ts';
import {optionFields, optionsOf} from '../../request/answer-options.ts';
import {nameField, retrievalFields, retrievalOf} from '../../request/body-fields.ts';
import {foldMessages, openaiMessages} from '../../request/openai-messages.ts';
import {namesOfUnlisted} from '../../request/unlisted-options.ts';
import type {UnsavedQuestion} from '../../response/unsaved-answer.ts';

export const contentBody = z.object({
  messages: openaiMessages,
  model: nameField.nullish(),
  ragEnabled: z.boolean().nullish().describe('Whether the answer is based on the server’s documents; false by default'),
  section: retrievalFields.section,
  stream: z.boolean().nullish(),
  ...optionFields,
});

/** The documented name of the default model of these paths. */
export const defaultModel = 'default-llm-model';

/** @throws ChatError `invalid-request` */
export function parseContentRequest(body: unknown): UnsavedQuestion & {readonly streams: boolean} {
  const {messages, model, stream, ragEnabled, section, ...sent} = check(contentBody, body);
  return {
    model: model ?? undefined,
    defaultModel,
    messages: foldMessages(messages),
    messageCount: messages.length,
    options: {temperature: 0.7, ...optionsOf(sent)},
    usesTools: true,
    retrieval: retrievalOf({retrieval: ragEnabled ?? false, section}),
    streams: stream ?? true,
    ignored: namesOfUnlisted(body, contentBody.shape),
  };
}
