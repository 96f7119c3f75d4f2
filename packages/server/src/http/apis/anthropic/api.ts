/** `/v1/messages`: Anthropic's messages for its clients. Nothing is stored: an answer lives as long as its request. */
import type {Api} from '../../operation.ts';
import {countTokensOperation} from './count-tokens.ts';
import {anthropicErrorBody, printAnthropicError} from './errors.ts';
import {messagesOperation} from './messages.ts';
import {anthropicModelOperation, anthropicModelsOperation} from './models.ts';

export const anthropicApi: Api = {
  operations: [messagesOperation, countTokensOperation, anthropicModelsOperation, anthropicModelOperation],
  roots: [{path: '/v1/messages', callers: 'programs', printError: printAnthropicError}],
  errorBody: anthropicErrorBody,
};
