/** Errors in OpenAI's form, with the names of the fields of chat completions. */
import {openaiErrorPrinter} from '../../response/openai-errors.ts';

export const printOpenaiError = openaiErrorPrinter({messages: 'messages', maxTokens: 'max_tokens'});
