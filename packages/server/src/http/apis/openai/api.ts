/** `/v1`: OpenAI's chat completions and models. Nothing is stored: an answer lives as long as its request. */
import type {Api} from '../../operation.ts';
import {chatCompletionsOperation} from './chat-completions.ts';
import {openaiErrorBody} from '../../response/openai-errors.ts';
import {printOpenaiError} from './errors.ts';
import {furtherOperations} from './further.ts';
import {modelOperation, modelsOperation} from './models.ts';

export const openaiApi: Api = {
  operations: [chatCompletionsOperation, ...furtherOperations, modelsOperation, modelOperation],
  roots: ['/v1', '/openai'].map((path) => ({path, callers: 'programs', printError: printOpenaiError, shared: true})),
  errorBody: openaiErrorBody,
};
