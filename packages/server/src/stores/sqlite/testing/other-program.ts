/**
 * The child process of tests about other programs beside the server: opens the database as the SQLite shell would,
 * follows orders, and answers each when it is done. Ends with its parent.
 */
import {DatabaseSync} from 'node:sqlite';

const [path = ':memory:'] = process.argv.slice(2);
let db: DatabaseSync | undefined;

process.on('message', (order: string) => {
  if (order === 'close') {
    db?.close();
    db = undefined;
  } else {
    db ??= new DatabaseSync(path);
    db.exec(order);
  }
  process.send?.('done');
});
process.on('disconnect', () => process.exit());
process.send?.('ready');
