/** Whose passages are whose: each kind of caller against each kind of source, through the real server and the real index. */
import assert from 'node:assert/strict';
import {randomBytes} from 'node:crypto';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite, test} from 'node:test';
import {SignJWT} from 'jose';
import {type ChatEvent, textOf} from '@chatlet/protocol';
import {isPassages} from '../engine/grounding/passages-prompt.ts';
import type {Readers} from '../engine/retriever.ts';
import {ends, says, scripted} from '../providers/testing/scripted-provider.ts';
import {splitIntoChunks} from '../retrieval/chunks.ts';
import {sqliteIndex} from '../retrieval/index/sqlite.ts';
import {json, startChat} from '../testing/chat-server.ts';

const site = 'https://www.example.com';
const secret = 'a secret of the site that is long enough';

const sources: Readonly<Record<string, Readers>> = {
  public: 'everybody',
  members: 'users',
  gold: {plans: ['gold']},
  core: {plans: ['core']},
  ann: {owners: ['user:ann']},
  acme: {owners: ['key:acme']},
};

async function userHeaders(claims: Readonly<Record<string, string>>) {
  const token = await new SignJWT(claims)
    .setProtectedHeader({alg: 'HS256'})
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(secret));
  return {origin: site, authorization: `Bearer ${token}`};
}

const keyHeaders = (key: string) => ({authorization: `Bearer ${key}`});
const visitorHeaders = () => ({origin: site, 'x-chatlet-visitor': `v2.${randomBytes(32).toString('base64url')}`});

/** Ten callers, and the sources that each may read. */
const askers: readonly (readonly [
  name: string,
  headers: () => Promise<Readonly<Record<string, string>>>,
  reads: readonly string[],
])[] = [
  ['a visitor with a token', async () => visitorHeaders(), ['public']],
  ['a new visitor', async () => ({origin: site}), ['public']],
  ['the user ann', () => userHeaders({sub: 'ann'}), ['public', 'members', 'ann']],
  [
    'the user ann with the plan gold',
    () => userHeaders({sub: 'ann', plan: 'gold'}),
    ['public', 'members', 'gold', 'ann'],
  ],
  ['the user bob', () => userHeaders({sub: 'bob'}), ['public', 'members']],
  ['the user bob with the plan core', () => userHeaders({sub: 'bob', plan: 'core'}), ['public', 'members', 'core']],
  ['a user that is called like an account', () => userHeaders({sub: 'acme'}), ['public', 'members']],
  ['a key of acme with the plan core', async () => keyHeaders('key-of-acme-1234'), ['public', 'core', 'acme']],
  ['a key of another account with the plan gold', async () => keyHeaders('key-of-other-123'), ['public', 'gold']],
  ['a key of an account that is called like a user', async () => keyHeaders('key-of-ann-12345'), ['public']],
];

suite('60 callers and sources', () => {
  for (const [name, headers, reads] of askers) {
    test(`${name} gets passages of ${reads.join(', ')}, and of nothing else`, async (t) => {
      const folder = await mkdtemp(join(tmpdir(), 'chatlet-readers-'));
      t.after(() => rm(folder, {recursive: true}));
      const path = join(folder, 'index.db');
      const index = sqliteIndex({path});
      for (const [id, readers] of Object.entries(sources)) {
        await index.setSource({id, target: `/${id}`, readers});
        const chunks = splitIntoChunks(`The treasure of ${id} is buried under the old oak tree.`);
        await index.put([{document: {id: `${id}/a.md`, source: id, title: `Map of ${id}`, hash: id}, chunks}]);
      }
      await index.close();
      // A model that cites everything that it could think of.
      const greedy = scripted(async function* (): AsyncGenerator<readonly ChatEvent[], void, void> {
        const marks = Object.keys(sources).flatMap((id) =>
          [1, 2, 3, 4, 5, 6].map((n) => `[[${n}: "The treasure of ${id} is buried"]]`),
        );
        yield [says(`Under the oak. ${marks.join(' ')}`), ends];
      });
      await using chat = await startChat({
        providers: [greedy],
        retrieval: {index: path},
        origins: [site],
        auth: {jwt: {trust: {secret}}},
        plans: [{name: 'gold'}, {name: 'core'}, {name: 'visitor', models: ['m']}],
        apiKeys: [
          {key: 'key-of-acme-1234', plan: 'core', account: 'acme'},
          {key: 'key-of-other-123', plan: 'gold', account: 'other'},
          {key: 'key-of-ann-12345', plan: 'default', account: 'ann'},
        ],
      });
      const sent = await headers();
      const body = {messages: [{role: 'user', content: 'Where is the treasure buried?'}], model: 'm'};
      for (const [api, more] of [
        ['/chat/stream', {ragEnabled: true}],
        ['/api/chat', {}],
      ] as const) {
        const response = await chat.post(api, {...body, ...more}, sent);
        const answer = await response.text();
        assert.equal(response.status, 200, answer);
        const prompt = greedy.asked.at(-1)?.request.messages.filter(isPassages).map(textOf).join('') ?? '';
        for (const id of Object.keys(sources)) {
          assert.equal(prompt.includes(`treasure of ${id} `), reads.includes(id), `${api}: ${id} in the prompt`);
          assert.equal(answer.includes(`treasure of ${id} `), reads.includes(id), `${api}: ${id} in the answer`);
        }
      }
      const found = await json<{results: readonly {title: string}[]}>(await chat.get('/api/search?q=treasure', sent));
      assert.deepEqual(found.results.map(({title}) => title).toSorted(), reads.map((id) => `Map of ${id}`).toSorted());
    });
  }
});
