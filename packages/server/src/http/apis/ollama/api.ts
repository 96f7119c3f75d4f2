/** Ollama's own API for its clients, if the operator wants it: their `/api/chat`, `/api/tags`, `/api/version`. */
import type {Api} from '../../operation.ts';
import {ollamaChatOperation} from './chat.ts';
import {ollamaModelsOperation, ollamaVersionOperation} from './models.ts';

export const ollamaApi: Api = {
  operations: [ollamaChatOperation, ollamaModelsOperation, ollamaVersionOperation],
  // An app around ours may well have tags and versions of its own.
  exactPaths: true,
};
