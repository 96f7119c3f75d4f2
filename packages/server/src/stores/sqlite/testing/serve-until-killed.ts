/** The child process of tests about a second server: opens the store, says so, and waits to be killed. */
import {sqliteStore} from '../index.ts';

sqliteStore({path: process.argv[2] ?? ':memory:'});
process.on('disconnect', () => process.exit());
process.send?.('ready');
