/** All commands of `chatlet-server`. A command is a file in this folder and a row in this list. */
import {backup} from './backup.ts';
import type {Command} from './command.ts';
import {doctor} from './doctor.ts';
import {exportOwner} from './export.ts';
import {forget} from './forget.ts';
import {gaps} from './gaps.ts';
import {ingestDocuments} from './ingest.ts';
import {keysCreate, keysList, keysRevoke} from './keys.ts';
import {migrateDatabase} from './migrate.ts';
import {snippet} from './snippet.ts';
import {stale} from './stale.ts';
import {start} from './start.ts';
import {toolsList, toolsOff, toolsOn, toolsTry} from './tools.ts';

/** In the order of the help. */
export const commands: readonly Command[] = [
  start,
  doctor,
  snippet,
  ingestDocuments,
  gaps,
  stale,
  toolsList,
  toolsTry,
  toolsOff,
  toolsOn,
  keysCreate,
  keysList,
  keysRevoke,
  migrateDatabase,
  backup,
  exportOwner,
  forget,
];

/** Runs if the command line names no command. */
export const defaultCommand: Command = start;
