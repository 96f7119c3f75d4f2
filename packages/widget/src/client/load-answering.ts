/** Fetches the code that asks and reads answers: when a chat is opened, which does not wait for it to be shown. */
import type * as answering from './answering.ts';
import {loadPart} from './load-part.ts';

export type Answering = typeof answering;

export const loadAnswering = (): Promise<Answering> => loadPart(() => import('./answering.ts'));
