/** Errors in OpenAI's words. */
import {type ChatError, openaiErrorWords} from '@chatlet/protocol';
import {z} from 'zod';
import {textField} from '../../response/answer-schemas.ts';
import type {ErrorPrinter} from '../../response/errors.ts';

/** `{error: {message, type, param, code}}`, all four always. */
export const printOpenaiError: ErrorPrinter = (error: ChatError) => {
  const {type, code} = openaiErrorWords(error.code);
  return {status: error.status, body: {error: {message: error.message, type, param: paramOf(error), code}}};
};

/** The field that is to blame, as `messages[0].role`; null where it is none of them. */
function paramOf({code, details}: ChatError): string | null {
  if (code === 'context-too-long') return 'messages';
  if (code === 'plan-limit') return details?.['limitName'] === 'maxTokens' ? 'max_tokens' : 'messages';
  const param = details?.['param'];
  return typeof param === 'string' ? param : null;
}

/** Its body as `/openapi.json` describes it. */
export const openaiErrorBody = z.looseObject({
  error: z.looseObject({message: textField, type: textField, param: textField.nullable(), code: textField.nullable()}),
});
