/**
 * Looks for damaged pages in a database, on another thread, so that no stream waits for a large file. Knows no table.
 */
import {Worker} from 'node:worker_threads';
import {quietThread} from './runtime.ts';

/** One line of text, because a worker's own file would have another name in the sources than in the package. */
const script = `
  const {parentPort, workerData} = require('node:worker_threads');
  const {DatabaseSync} = require('node:sqlite');
  const db = new DatabaseSync(workerData.path, {readOnly: true});
  const [row] = db.prepare('pragma quick_check(1)').all();
  db.close();
  parentPort.postMessage(Object.values(row ?? {})[0]);
`;

/** Resolves with SQLite's finding, undefined if the database is sound or could not be checked. */
export function findDamage(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const worker = new Worker(script, {
      eval: true,
      workerData: {path},
      execArgv: [...quietThread],
    });
    worker.unref();
    worker.once('message', (found: unknown) => resolve(found === 'ok' ? undefined : String(found)));
    // A page that cannot be read at all ends the check with an error of SQLite's.
    worker.once('error', (error) =>
      resolve(/malformed|not a database/.test(error.message) ? error.message : undefined),
    );
    worker.once('exit', () => resolve(undefined));
  });
}
