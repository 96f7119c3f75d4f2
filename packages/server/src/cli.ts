#!/usr/bin/env node
/** The program `chatlet-server`. Its commands are in the folder `cli`. */
import {findOldNode} from './old-node.ts';

const tooOld = findOldNode(process.versions);
if (tooOld === undefined) {
  // An old Node fails while it loads this.
  const {runCommandLine} = await import('./cli/run.ts');
  await runCommandLine(process.argv.slice(2));
} else {
  console.error(tooOld);
  process.exitCode = 1;
}
