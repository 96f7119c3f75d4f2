/** Prints errors in Anthropic's form. */
import {anthropicErrorType} from '@chatlet/protocol';
import {z} from 'zod';
import {textField} from '../../response/answer-schemas.ts';
import type {ErrorPrinter} from '../../response/errors.ts';

/** `{type: 'error', error: {type, message}, request_id}`. Anthropic's clients read the request's id from a header, too. */
export const printAnthropicError: ErrorPrinter = ({code, status, message}, {requestId}) => ({
  status,
  headers: {'request-id': requestId},
  body: {type: 'error', error: {type: anthropicErrorType(code), message}, request_id: requestId},
});

/** Describes the body for `/openapi.json`. */
export const anthropicErrorBody = z.looseObject({
  type: z.literal('error'),
  error: z.looseObject({type: textField, message: textField}),
  request_id: textField,
});
