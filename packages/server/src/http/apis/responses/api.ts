/** `/v1/responses`: OpenAI's Responses API. */
import type {Api} from '../../operation.ts';
import {openaiErrorBody} from '../../response/openai-errors.ts';
import {createResponseOperation} from './create-response.ts';
import {storedResponseOperations} from './stored-response.ts';

export const responsesApi: Api = {
  operations: [createResponseOperation, ...storedResponseOperations],
  errorBody: openaiErrorBody,
};
