/** The cost and the durability of storing: CPU with and without, the store against bare SQLite, and ten kills. */
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import type {Message} from '@chatlet/protocol';
import {median} from '../../widget/statistics.ts';
import {sqliteStore} from '../../../server/src/stores/sqlite/index.ts';
import {checkText} from '../answer-text.ts';
import {type Bench, type JobWish, interleaved, measure, plainAnswer, warmUp, withContestants} from '../bench.ts';
import {type Findings, digits, medians} from '../findings.ts';
import {ourHeaders, startOurs} from '../ours.ts';
import type {Scenario} from './scenario.ts';

const long = (answers: number): JobWish => ({streams: 10, answers, ramp: 0, answer: {tokens: 2000, rate: 0}});
const short = (answers: number): JobWish => ({streams: 8, answers, ramp: 0, answer: {tokens: 1, rate: 0}});

async function cpu(bench: Bench): Promise<Findings> {
  return withContestants(bench, ['ours', 'ours-no-store'], async (contestants) => {
    for (const contestant of contestants) {
      await warmUp(bench, contestant, long);
      await warmUp(bench, contestant, short);
    }
    const perToken = medians(
      await interleaved(bench, contestants, (contestant) => measure(bench, contestant, long(100))),
      ({cpuPerToken}) => cpuPerToken,
    );
    const perAnswer = medians(
      await interleaved(bench, contestants, (contestant) => measure(bench, contestant, short(1500))),
      ({cpuPerAnswer}) => cpuPerAnswer,
    );
    return {
      values: {'storing.cpuPerToken': perToken, 'storing.cpuPerAnswer': perAnswer},
      tables: [
        {
          title: 'Storage on and off',
          note: 'The same server with SQLite and with a store that keeps nothing.',
          columns: ['', 'CPU µs/token, flat out', 'CPU µs/request, one token'],
          rows: [
            ['on', digits(perToken.ours), digits(perAnswer.ours)],
            ['off', digits(perToken['ours-no-store']), digits(perAnswer['ours-no-store'])],
          ],
        },
      ],
    };
  });
}

/** Durable turns a second, and lists of 50 chats a second, of our store and of bare SQLite. */
async function store(bench: Bench): Promise<Findings> {
  const turns = 2000;
  const lists = 2000;
  const ours: {writes: number; lists: number}[] = [];
  const bare: {writes: number; lists: number}[] = [];
  for (let round = 0; round < bench.rounds; round += 1) {
    const folder = await mkdtemp(join(tmpdir(), 'chatlet-bench-'));
    try {
      ours.push(await ourStore(join(folder, 'ours.db'), turns, lists));
      bare.push(bareStore(join(folder, 'bare.db'), turns, lists));
    } finally {
      await rm(folder, {recursive: true, force: true});
    }
    bench.say(`  store: ${JSON.stringify(ours.at(-1))}, bare: ${JSON.stringify(bare.at(-1))}`);
  }
  const of = (all: readonly {writes: number; lists: number}[]) => ({
    writes: median(all.map((round) => round.writes)),
    lists: median(all.map((round) => round.lists)),
  });
  const [our, floor] = [of(ours), of(bare)];
  return {
    values: {
      'storing.writes': {ours: our.writes, 'raw-http': floor.writes},
      'storing.lists': {ours: our.lists, 'raw-http': floor.lists},
    },
    tables: [
      {
        title: 'The store against bare SQLite',
        note: 'A turn: chat, question and answer in one durable commit (WAL, synchronous=FULL), eight writers at a time; a list: the newest 50 of 2 000 chats. Bare: node:sqlite with prepared statements, three rows a commit, and no other work.',
        columns: ['', 'turns/s', 'lists/s'],
        rows: [
          ['our store', digits(our.writes), digits(our.lists)],
          ['bare node:sqlite', digits(floor.writes), digits(floor.lists)],
        ],
      },
    ],
  };
}

function messageOf(id: string, role: 'user' | 'assistant', text: string): Message {
  return {
    id,
    role,
    parts: [{type: 'text', text}],
    status: role === 'user' ? 'done' : 'answering',
    createdAt: '2026-01-01T00:00:00.000Z',
  };
}

async function ourStore(path: string, turns: number, lists: number) {
  const chats = sqliteStore({path});
  let next = 0;
  const beganAt = performance.now();
  const write = async () => {
    while (next < turns) {
      const id = `chat_${next++}`;
      const at = new Date(1_800_000_000_000 + next).toISOString();
      await chats.startTurn('bench', {
        chat: {id, title: `Chat ${id}`, model: 'bench-model', createdAt: at, updatedAt: at},
        question: messageOf(`${id}_q`, 'user', 'How much does a turn cost that is safely on the disk?'),
        answer: messageOf(`${id}_a`, 'assistant', ''),
      });
    }
  };
  await Promise.all(Array.from({length: 8}, write));
  const wroteAt = performance.now();
  for (let at = 0; at < lists; at += 1) await chats.chats('bench', {limit: 50});
  const listedAt = performance.now();
  await chats.close();
  return {writes: turns / ((wroteAt - beganAt) / 1000), lists: lists / ((listedAt - wroteAt) / 1000)};
}

function bareStore(path: string, turns: number, lists: number) {
  const db = new DatabaseSync(path);
  db.exec(`pragma journal_mode = wal; pragma synchronous = full;
    create table chats (id text primary key, owner text, title text, model text, created text, updated text);
    create index chats_of_owner on chats (owner, updated, id);
    create table messages (sequence integer primary key, chat text, id text, role text, status text, created text, parts text);
    create index messages_of_chat on messages (chat, sequence)`);
  const chat = db.prepare('insert into chats values (?, ?, ?, ?, ?, ?)');
  const message = db.prepare('insert into messages (chat, id, role, status, created, parts) values (?, ?, ?, ?, ?, ?)');
  const beganAt = performance.now();
  for (let at = 0; at < turns; at += 1) {
    const id = `chat_${at}`;
    const time = new Date(1_800_000_000_000 + at).toISOString();
    db.exec('begin immediate');
    chat.run(id, 'bench', `Chat ${id}`, 'bench-model', time, time);
    message.run(id, `${id}_q`, 'user', 'done', time, '[{"type":"text","text":"How much does a turn cost?"}]');
    message.run(id, `${id}_a`, 'assistant', 'answering', time, '[]');
    db.exec('commit');
  }
  const wroteAt = performance.now();
  const list = db.prepare(
    'select id, title, model, created, updated from chats where owner = ? order by updated desc, id desc limit 50',
  );
  for (let at = 0; at < lists; at += 1) list.all('bench');
  const listedAt = performance.now();
  db.close();
  return {writes: turns / ((wroteAt - beganAt) / 1000), lists: lists / ((listedAt - wroteAt) / 1000)};
}

interface Kills {
  readonly acknowledged: number;
  readonly lost: number;
  readonly begun: number;
  readonly lostBegun: number;
  /** Answers that are still marked as being written although no turn runs. */
  readonly unmarked: number;
}

/** Kills the server ten times while it answers, as a power cut would, and checks all that it had acknowledged. */
async function kills(bench: Bench, times: number): Promise<Kills> {
  const folder = await mkdtemp(join(tmpdir(), 'chatlet-bench-'));
  const sum = {acknowledged: 0, lost: 0, begun: 0, lostBegun: 0, unmarked: 0};
  try {
    for (let time = 0; time < times; time += 1) {
      const {server} = await startOurs({upstreamUrl: bench.upstream.url, folder});
      const kill = setTimeout(() => void server.end('SIGKILL'), 700 + 61 * time);
      const result = await bench.load.ask('run', {
        target: {origin: server.url, path: '/api/chat', body: 'chatlet', headers: ourHeaders},
        streams: 8,
        answers: 100_000,
        ramp: 0,
        answer: {...plainAnswer, tokens: 10, rate: 200},
        firstSeed: bench.seeds(100_000),
        cutAfter: 700 + 61 * time + 200,
        collect: true,
      });
      clearTimeout(kill);
      await server.end('SIGKILL');
      const again = await startOurs({upstreamUrl: bench.upstream.url, folder});
      for (const {seed, chatId, ended} of result.chats ?? []) {
        const text = await storedAnswer(again.server.url, chatId);
        sum[ended ? 'acknowledged' : 'begun'] += 1;
        if (text === undefined) sum[ended ? 'lost' : 'lostBegun'] += 1;
        else if (text.status === 'answering') sum.unmarked += 1;
        else if (ended) {
          const check = checkText({...plainAnswer, tokens: 10, rate: 200, seed});
          check.push(text.text);
          if (!check.isWhole()) sum.lost += 1;
        }
      }
      await again.server.end('SIGKILL');
      bench.say(`  kill ${time + 1}: ${JSON.stringify(sum)}`);
    }
  } finally {
    await rm(folder, {recursive: true, force: true});
  }
  return sum;
}

interface StoredMessage {
  readonly role: string;
  readonly status: string;
  readonly parts: readonly {readonly type: string; readonly text?: string}[];
}

async function storedAnswer(origin: string, chatId: string): Promise<{text: string; status: string} | undefined> {
  const response = await fetch(`${origin}/api/chats/${chatId}/messages`, {headers: ourHeaders});
  const body = await response.json();
  if (!response.ok) return undefined;
  // Fails loudly if the reply is no list of messages.
  const messages = (Array.isArray(body) ? body : (body.items ?? body.messages)) as readonly StoredMessage[];
  const answer = messages.findLast(({role}) => role === 'assistant');
  return answer && {status: answer.status, text: answer.parts.map(({text = ''}) => text).join('')};
}

export const storing: Scenario = {
  name: 'storing',
  async run(bench, names) {
    if (!names.includes('ours')) return {values: {}, tables: []};
    const [used, written] = [await cpu(bench), await store(bench)];
    const {acknowledged, lost, begun, lostBegun, unmarked} = await kills(bench, 10);
    return {
      values: {
        ...used.values,
        ...written.values,
        'storing.lost': {ours: lost + lostBegun + unmarked},
        'storing.acknowledged': {ours: acknowledged},
      },
      tables: [
        ...used.tables,
        ...written.tables,
        {
          title: 'Ten kills',
          note: 'SIGKILL while eight answers at a time are written, then a start on the same database.',
          columns: [
            'answers said to be complete',
            'of these lost',
            'questions begun',
            'of these lost',
            'still "answering"',
          ],
          rows: [[acknowledged, lost, begun, lostBegun, unmarked].map(String)],
        },
      ],
    };
  },
};
