/** The steps from an empty database to the one this version reads, in order. A step that was released never changes. */
import {sql as chats} from './001-chats.ts';
import {sql as apiKeys} from './002-api-keys.ts';
import {sql as numberedChats} from './003-numbered-chats.ts';
import {sql as pieces} from './004-pieces.ts';
import {sql as kept} from './005-kept.ts';
import {sql as usageDetails} from './006-usage-details.ts';
import {sql as responses} from './007-responses.ts';
import {sql as oldResponses} from './008-old-responses.ts';
import {sql as gaps} from './009-gaps.ts';
import {sql as handovers} from './010-handovers.ts';

export interface Migration {
  /** 1, 2, 3, … */
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}

export const migrations: readonly Migration[] = [
  {version: 1, name: 'chats', sql: chats},
  {version: 2, name: 'api-keys', sql: apiKeys},
  {version: 3, name: 'numbered-chats', sql: numberedChats},
  {version: 4, name: 'pieces', sql: pieces},
  {version: 5, name: 'kept', sql: kept},
  {version: 6, name: 'usage-details', sql: usageDetails},
  {version: 7, name: 'responses', sql: responses},
  {version: 8, name: 'old-responses', sql: oldResponses},
  {version: 9, name: 'gaps', sql: gaps},
  {version: 10, name: 'handovers', sql: handovers},
];
