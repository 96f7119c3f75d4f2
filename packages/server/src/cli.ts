#!/usr/bin/env node
/** The program `chatlet-server`. Its commands are in the folder `cli`. */
import {runCommandLine} from './cli/run.ts';

await runCommandLine(process.argv.slice(2));
