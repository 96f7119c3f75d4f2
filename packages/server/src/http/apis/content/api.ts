/**
 * `/chat/stream` and `/chat/models`, also under `/api` and `/api/bento`: the smallest way to ask. Nothing is stored.
 */
import type {Api} from '../../operation.ts';
import {chatStreamOperation} from './chat-stream.ts';
import {chatModelsOperation} from './chat-models.ts';

export const contentApi: Api = {
  operations: [chatStreamOperation, chatModelsOperation],
  roots: [{path: '/api/bento/chat'}],
};
