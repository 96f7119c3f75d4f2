/** Ollama's own API for its clients, if the operator wants it: questions, embeddings and models. */
import type {Api} from '../../operation.ts';
import {ollamaChatOperation} from './chat.ts';
import {embedOperation, embeddingsOperation} from './embed.ts';
import {generateOperation} from './generate.ts';
import {ollamaModelsOperation, ollamaRunningOperation, ollamaShowOperation, ollamaVersionOperation} from './models.ts';

export const ollamaApi: Api = {
  operations: [
    ollamaChatOperation,
    generateOperation,
    embedOperation,
    embeddingsOperation,
    ollamaModelsOperation,
    ollamaShowOperation,
    ollamaRunningOperation,
    ollamaVersionOperation,
  ],
  // An app around ours may well have tags and versions of its own.
  exactPaths: true,
};
