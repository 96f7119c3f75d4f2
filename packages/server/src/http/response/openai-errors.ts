/** Prints errors in OpenAI's form, for several APIs. */
import {type ChatError, openaiErrorWords} from '@chatlet/protocol';
import {z} from 'zod';
import {textField} from './answer-schemas.ts';
import type {ErrorPrinter} from './errors.ts';

/** The names that an API has for its fields. */
interface FieldNames {
  readonly messages: string;
  readonly maxTokens: string;
}

/** `{error: {message, type, param, code}}`, always with all four fields. */
export function openaiErrorPrinter(names: FieldNames): ErrorPrinter {
  return (error) => {
    const {type, code: usual} = openaiErrorWords(error.code);
    const code = error.details?.['cause'] === 'unknown-url' ? 'unknown_url' : usual;
    return {status: error.status, body: {error: {message: error.message, type, param: paramOf(error, names), code}}};
  };
}

/** The field that causes the error, for example `messages[0].role`; null if no single field does. */
function paramOf({code, details}: ChatError, {messages, maxTokens}: FieldNames): string | null {
  if (code === 'context-too-long') return messages;
  if (code === 'plan-limit') return details?.['limitName'] === 'maxTokens' ? maxTokens : messages;
  const param = details?.['param'];
  return typeof param === 'string' ? param : null;
}

/** Describes the body for `/openapi.json`. */
export const openaiErrorBody = z.looseObject({
  error: z.looseObject({message: textField, type: textField, param: textField.nullable(), code: textField.nullable()}),
});
