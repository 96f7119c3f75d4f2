/** Prints errors in OpenAI's form. */
import {type ChatError, openaiErrorWords} from '@chatlet/protocol';
import {z} from 'zod';
import {textField} from '../../response/answer-schemas.ts';
import type {ErrorPrinter} from '../../response/errors.ts';

/** `{error: {message, type, param, code}}`, always with all four fields. */
export const printOpenaiError: ErrorPrinter = (error: ChatError) => {
  const {type, code} = openaiErrorWords(error.code);
  return {status: error.status, body: {error: {message: error.message, type, param: paramOf(error), code}}};
};

/** The field that causes the error, for example `messages[0].role`; null if no single field does. */
function paramOf({code, details}: ChatError): string | null {
  if (code === 'context-too-long') return 'messages';
  if (code === 'plan-limit') return details?.['limitName'] === 'maxTokens' ? 'max_tokens' : 'messages';
  const param = details?.['param'];
  return typeof param === 'string' ? param : null;
}

/** Describes the body for `/openapi.json`. */
export const openaiErrorBody = z.looseObject({
  error: z.looseObject({message: textField, type: textField, param: textField.nullable(), code: textField.nullable()}),
});
