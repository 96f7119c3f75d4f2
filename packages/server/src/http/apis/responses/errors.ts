/** Errors in OpenAI's form, with the names of this API's fields. */
import {openaiErrorPrinter} from '../../response/openai-errors.ts';

export const printResponsesError = openaiErrorPrinter({
  messages: 'input',
  maxTokens: 'max_output_tokens',
});
