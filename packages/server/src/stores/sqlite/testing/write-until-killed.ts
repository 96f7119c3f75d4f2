/**
 * The child process of the test that kills a writer: opens the given database, starts turns and saves answers, several
 * at a time, and prints each acknowledged write. Ends only by being killed, or after a minute.
 */
import {emptyAnswer} from '@chatlet/protocol';
import {sqliteStore} from '../index.ts';

const store = sqliteStore({path: process.argv[2] ?? ':memory:'});
const end = Date.now() + 60_000;
const createdAt = new Date().toISOString();
/** A save waits a quarter of a second for others, so saves one after the other would be slow. */
const atOnce = 25;

async function write(i: number): Promise<void> {
  const chat = {id: `chat_${i}`, title: `Chat ${i}`, model: 'small', createdAt, updatedAt: createdAt};
  const answer = emptyAnswer({id: `msg_${i}`, createdAt, model: 'small'});
  await store.startTurn('ada', {chat, answer});
  process.stdout.write(`started ${i}\n`);
  const text = `Answer ${i} ${'word '.repeat(500)}`;
  await store.saveMessage('ada', chat.id, {...answer, parts: [{type: 'text', text}]});
  process.stdout.write(`saved ${i}\n`);
  if (i % 2 === 0) {
    await store.saveMessage('ada', chat.id, {...answer, parts: [{type: 'text', text}], status: 'done'});
    process.stdout.write(`done ${i}\n`);
  }
}

let next = 0;
await Promise.all(
  Array.from({length: atOnce}, async () => {
    while (Date.now() < end) await write(next++);
  }),
);
