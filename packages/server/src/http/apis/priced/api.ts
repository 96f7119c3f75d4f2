/** `/v1/chat` and `/api/v1/chat`: one answer with its cost and its provider. */
import type {Api} from '../../operation.ts';
import {pricedChatOperation} from './v1-chat.ts';

export const pricedApi: Api = {
  operations: [pricedChatOperation],
  roots: [{path: '/api/v1/chat', callers: 'programs'}],
};
