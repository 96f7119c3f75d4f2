/** Our own API, spoken by the widget: stored chats, the models to choose from, usage. */
import type {Api} from '../../operation.ts';
import {askOperations} from './chat.ts';
import {contactOperations} from './contact.ts';
import {historyOperations} from './chats.ts';
import {printCapitalError} from './errors.ts';
import {meOperations} from './me.ts';
import {modelsOperations} from './models.ts';
import {toolAnswerOperations} from './tool-answers.ts';
import {toolAppOperations} from './tool-apps.ts';
import {searchOperations} from './search.ts';
import {usageOperations} from './usage.ts';

export const chatApi: Api = {
  operations: [
    ...askOperations,
    ...toolAnswerOperations,
    ...toolAppOperations,
    ...contactOperations,
    ...historyOperations,
    ...modelsOperations,
    ...searchOperations,
    ...usageOperations,
    ...meOperations,
  ],
  roots: [{path: '/api/chat', printError: printCapitalError}],
};
