/** Fetches the code for the messages that the server has saved: when a chat is opened again, and when the page comes back. */
import {loadPart} from './load-part.ts';
import type * as saved from './saved-messages.ts';

export const loadSavedMessages = (): Promise<typeof saved> => loadPart(() => import('./saved-messages.ts'));
