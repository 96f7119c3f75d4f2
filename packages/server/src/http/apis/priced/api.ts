/** `/v1/chat` and `/api/v1/chat`: one answer with what it cost and who gave it. */
import type {Api} from '../../operation.ts';
import {v1ChatOperation} from './v1-chat.ts';

export const pricedApi: Api = {
  operations: [v1ChatOperation],
  roots: [{path: '/api/v1/chat', callers: 'programs'}],
};
