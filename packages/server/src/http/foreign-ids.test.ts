/**
 * The matrix of foreign ids: every operation × owners of every kind × callers of every other kind. A caller learns and
 * changes nothing of somebody else, under any name. `testing/foreign-names.ts` lists the names.
 */
import assert from 'node:assert/strict';
import {randomBytes, randomUUID} from 'node:crypto';
import {once} from 'node:events';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {suite, test} from 'node:test';
import {type EventBatches, textOf} from '@chatlet/protocol';
import {SignJWT} from 'jose';
import {z} from 'zod';
import type {ChatServerConfig} from '../index.ts';
import {type LimitVerdict, type LimitWindow, type Limiter, verdictOf} from '../engine/limiter.ts';
import type {Provider} from '../engine/provider.ts';
import {Advice} from '../engine/report.ts';
import {type TestServer, json, ownProtocol, readUntil, startChat} from '../testing/chat-server.ts';
import {
  type Attempt,
  type Things,
  attempts,
  namesNothing,
  parameters,
  nobodys,
  usualRequest,
} from '../testing/foreign-names.ts';
import {fakeRetriever, reportPassage} from '../testing/fake-retriever.ts';
import {defineTool} from '../tools/define-tool.ts';
import {servedApis} from './apis.ts';
import type {Operation, OperationFacts} from './operation.ts';
import {operatorApi} from './operator/docs.ts';
import {mountedRoutes} from '../testing/mounted-routes.ts';

/** Requests of each caller for each owner. The seed says which; with any seed every request is sent by some caller. */
const runs = Number(process.env['CHATLET_RUNS'] ?? 12);
/** Takes all chats that are handed over. */
const people = createServer((_, res) => void res.writeHead(204).end());
await once(people.listen(0, '127.0.0.1').unref(), 'listening');
const webhook = `http://127.0.0.1:${(people.address() as AddressInfo).port}/`;

const seed = Number(process.env['CHATLET_SEED'] ?? Date.now() % 1_000_000);

function sample<Value>(all: readonly Value[], turn: number): readonly Value[] {
  const step = Math.max(1, Math.floor(all.length / runs));
  return all.filter((_, place) => (place + turn + seed) % step === 0);
}

type Described = OperationFacts & Pick<Operation, 'selects'>;

const operations: readonly Described[] = [...servedApis({ollama: true}), operatorApi].flatMap((api) => api.operations);

/** As `foreign-names.ts` names it. */
function nameOf({method, paths, selects, tag}: Described): string {
  return `${method} ${paths[0]}${selects && tag === 'Ollama' ? ' (Ollama)' : ''}`;
}

type Headers = Readonly<Record<string, string>>;

interface Caller {
  readonly kind: string;
  readonly headers: Headers;
  /** Without the kind: another kind of caller may have this name, too. */
  readonly name?: string;
  /** Whether the paths of programs let it in, on a server with keys. */
  readonly isProgram?: boolean;
}

/** Each answer says something that no other says, and all that the model was told. */
function tellingProvider(): Provider {
  return {
    id: 'telling',
    models: async () => [{id: 'telling', name: 'Telling'}],
    async *answer({messages}, {signal}): EventBatches {
      const told = messages.map(textOf).join(' ');
      yield [{type: 'text-delta', delta: `${randomUUID()} was told: ${told}`}];
      if (told.endsWith('act')) {
        yield [{type: 'tool-call', callId: `call_${randomUUID()}`, name: 'act', input: {}}];
        yield [{type: 'message-end', reason: 'tool-calls'}];
        return;
      }
      if (told.includes('for ever')) {
        await new Promise((resolve) => signal.addEventListener('abort', resolve, {once: true}));
        return;
      }
      yield [{type: 'message-end', reason: 'stop'}];
    },
  };
}

/** Does something that a person must allow. */
const act = defineTool({name: 'act', description: 'Acts.', input: z.unknown(), run: async () => 'acted'});

const shared = 'a secret that the site and the chat share';
const site = 'https://www.example.com';
const page = {origin: 'http://localhost:5173'};

async function signedIn(sub: string, key = shared): Promise<Headers> {
  const token = new SignJWT({sub}).setProtectedHeader({alg: 'HS256'}).setIssuer(site).setExpirationTime('1h');
  return {...page, authorization: `Bearer ${await token.sign(new TextEncoder().encode(key))}`};
}

const keyOf = (account: string): Headers => ({authorization: `Bearer key-of-${account}`});

function newVisitor(): Headers {
  return {...page, 'x-chatlet-visitor': `v2.${randomBytes(32).toString('base64url')}`};
}

/** Somebody whom the app around the chat has signed in. */
const inSession = (user: string): Headers => ({...page, cookie: `theme=dark; session=${user}`});

/** A server in such an app, with keys and site tokens, too. */
const withSessions: ChatServerConfig = {
  // A page that brings a cookie must be of an origin that is listed.
  origins: [page.origin],
  authenticate({headers: {cookie = ''}}) {
    const [, user] = /\bsession=(\w+)$/.exec(cookie) ?? [];
    return user === undefined ? undefined : {user};
  },
};

/** A visitor with a name from the server. */
async function oldVisitor(chat: TestServer): Promise<Headers> {
  const response = await chat.post('/api/chat', {message: {text: 'Hi'}}, {...ownProtocol, ...page});
  await response.text();
  return {...page, 'x-chatlet-visitor': response.headers.get('x-chatlet-visitor') ?? ''};
}

/** Else callers would be refused for having been refused. */
const noLimits: Limiter = {
  take: async (_key, windows) => allowed(windows),
  peek: async (_key, windows) => allowed(windows),
  close: async () => {},
};

function allowed(windows: readonly LimitWindow[]): LimitVerdict {
  const states = windows.map((each) => ({...each, remaining: each.limit, resetAt: Date.now() + each.ms}));
  return verdictOf(true, states, Date.now());
}

async function start(config: ChatServerConfig = {}): Promise<TestServer> {
  return startChat({
    providers: [tellingProvider()],
    tools: [act],
    limiter: noLimits,
    ollama: true,
    plans: [{name: 'open'}, {name: 'default'}],
    auth: {visitorPlan: 'open', jwt: {trust: {secret: shared}, issuer: site}},
    spending: {visitors: {}},
    answersOfAddress: 1000,
    // Each question is one that no page has answered.
    retriever: fakeRetriever(reportPassage),
    metricsToken: 'of the operator',
    contact: {webhook: {url: webhook, secret: 'a secret of the webhook.'}},
    ...config,
  });
}

const keys: ChatServerConfig = {
  apiKeys: ['acme', 'other', 'ann'].map((account) => ({key: `key-of-${account}`, plan: 'open', account})),
};

interface Request {
  readonly operation: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body?: string;
  readonly mayBeOwn: boolean;
  readonly isNobodys: boolean;
}

function requestOf(operation: Described, path: string, attempt: Attempt): Request {
  const {parameters: named = {}, query} = attempt;
  // Headers choose the reader of a body.
  const {headers: more, body} = attempt.body ? attempt : {...usualRequest(nameOf(operation)), ...attempt};
  const filled = path.replace(/[:*](\w+)/g, (_, name: string) => encodeURIComponent(named[name] ?? 'default'));
  return {
    operation: nameOf(operation),
    method: operation.method.toUpperCase(),
    path: filled + (query ? `?${new URLSearchParams(query).toString()}` : ''),
    headers: {...more, ...(body && {'content-type': 'application/json'})},
    mayBeOwn: attempt.mayBeOwn ?? false,
    isNobodys: attempt.isNobodys ?? nobodys.has(nameOf(operation)),
    ...(body && {body: JSON.stringify(body)}),
  };
}

/** Whether the operation takes names from clients under which it answers once. */
const takesKeys = ({headers}: Described) => headers !== undefined && 'Idempotency-Key' in headers.shape;

/** Each path and operation with a key of this owner. */
function keyedRequests(word: string): readonly Request[] {
  return operations.filter(takesKeys).flatMap((operation) =>
    operation.paths.map((path, place) => {
      const {headers = {}} = usualRequest(nameOf(operation));
      const key = `${word}-${nameOf(operation).replaceAll(/\W/g, '-')}-${place}`;
      return requestOf(operation, path, {headers: {...headers, 'idempotency-key': key}, mayBeOwn: true});
    }),
  );
}

/** All requests of a caller that name these things. */
function requestsFor(theirs: Things): readonly Request[] {
  const all = operations.flatMap((operation) =>
    operation.paths.flatMap((path) => {
      const [parameter] = [...path.matchAll(/[:*](\w+)/g)].map(([, name = '']) => name);
      const named = parameter === undefined ? undefined : parameters[parameter]?.(theirs);
      const plain: readonly Attempt[] = named?.map(({value, ...rest}) => ({
        parameters: {[parameter ?? '']: value},
        ...rest,
      })) ?? [{mayBeOwn: true}];
      const more = attempts[nameOf(operation)]?.(theirs) ?? [];
      return [...plain, ...more].map((attempt) => requestOf(operation, path, attempt));
    }),
  );
  const heads = all.filter(({method}) => method === 'GET').map((each) => ({...each, method: 'HEAD'}));
  return [...all, ...heads, ...keyedRequests(theirs.word)];
}

function send(chat: TestServer, {path, method, headers, body}: Request, who: Headers): Promise<Response> {
  return fetch(chat.url + path, {method, headers: {...headers, ...who}, ...(body !== undefined && {body})});
}

interface Victim {
  readonly caller: Caller;
  readonly things: Things;
  /** Secrets of the owner: words, ids and answers. */
  readonly secrets: readonly string[];
  /** Ends the requests for answers that are being written. */
  leave(): void;
}

/** All ids and names of single answers in a text. */
function secretsIn(text: string): readonly string[] {
  return text.match(/[\da-f]{8}-[\da-f-]{27}|\b(?:chat|msg|resp|rs|fc|mcpr?|item)_[\w-]{20}/g) ?? [];
}

async function taken(response: Response): Promise<{readonly text: string; readonly chatId: string}> {
  const text = await response.text();
  assert.equal(response.status, 200, text);
  const ids = ['x-chat-id', 'x-message-id'].map((name) => response.headers.get(name) ?? '');
  return {text: `${text} ${ids.join(' ')}`, chatId: ids[0] ?? ''};
}

/** Gives somebody one thing of each kind. */
async function settle(chat: TestServer, caller: Caller, {withKeys}: {withKeys: boolean}): Promise<Victim> {
  const word = `WORD${randomBytes(6).toString('hex')}`;
  const who = caller.headers;
  const leaving = new AbortController();
  const seen: string[] = [];
  const ask = async (body: object, headers: Headers = ownProtocol) => {
    const {text, chatId} = await taken(await chat.post('/api/chat', body, {...headers, ...who}));
    seen.push(text);
    return chatId;
  };
  const chatId = await ask({message: {text: `${word} first`}});
  await ask({chatId, message: {text: `${word} second`}});
  const [chatName, questionName] = [`${word}-chat`, `${word}-question`];
  const parts = [{type: 'text', text: `${word} named`}];
  await ask({id: chatName, messages: [{id: questionName, role: 'user', parts}]}, {});
  const temporary = await ask({message: {text: `${word} temporary`}, temporary: true});
  const running = await fetch(`${chat.url}/api/chat`, {
    method: 'POST',
    headers: {'content-type': 'application/json', ...ownProtocol, ...who},
    body: JSON.stringify({message: {text: `${word} for ever`}}),
    signal: leaving.signal,
  });
  await readUntil(running, (text) => text.includes('for ever'));
  const runningId = running.headers.get('x-chat-id') ?? '';

  const waiting = await ask({message: {text: `${word} act`}});
  const [callId = ''] = /call_[\da-f-]{36}/.exec(seen.at(-1) ?? '') ?? [];

  const acts = {threadId: word, messages: [{id: 'q', role: 'user', content: `${word} act`}]};
  const interrupted = await taken(await chat.post('/agui', acts, who));
  const [, interrupt = ''] = /"id":"(resp_[\w-]{20}\/[^"]+)"/.exec(interrupted.text) ?? [];
  assert.notEqual(interrupt, '');
  seen.push(interrupted.text);

  const responses: string[] = [];
  const items: string[] = [];
  const requests: string[] = [];
  if (caller.isProgram) {
    const request = {model: 'default', input: `${word} asked`, instructions: `${word} told`, metadata: {at: word}};
    const {text} = await taken(await chat.post('/v1/responses', request, who));
    const {id, output} = z
      .object({id: z.string(), output: z.array(z.object({id: z.string()}))})
      .parse(JSON.parse(text.trim()));
    const input = await json<{data: {id: string}[]}>(await chat.get(`/v1/responses/${id}/input_items`, who));
    items.push(...[...output, ...input.data].map((item) => item.id));
    const begun = await taken(
      await chat.post('/v1/responses', {...request, input: `${word} for ever`, background: true}, who),
    );
    const runningResponse = z.object({id: z.string()}).parse(JSON.parse(begun.text.trim())).id;
    const acting = {...request, input: `${word} act`, tools: [{type: 'mcp', server_label: 'site'}]};
    const waits = await taken(await chat.post('/v1/responses', acting, who));
    const waitingResponse = z
      .object({id: z.string(), output: z.array(z.object({id: z.string(), type: z.string()}))})
      .parse(JSON.parse(waits.text.trim()));
    requests.push(...waitingResponse.output.filter(({type}) => type === 'mcp_approval_request').map((item) => item.id));
    assert.equal(requests.length, 1);
    seen.push(waits.text);
    responses.push(id, runningResponse, waitingResponse.id);
    const conversation = {conversation_id: chatName, messages: [{role: 'user', content: `${word} priced`}]};
    seen.push(text, (await taken(await chat.post('/v1/chat', conversation, who))).text);
  }
  if (withKeys) {
    for (const request of keyedRequests(word)) {
      const response = await send(chat, request, who);
      seen.push(await response.text(), JSON.stringify([...response.headers]));
    }
  }
  const cursorOf = async (path: string) => (await chat.get(`${path}?limit=1`, who)).headers.get('x-next-cursor') ?? '';
  const messages = await json<{id: string}[]>(await chat.get(`/api/chats/${chatId}/messages`, who));
  const [question, answer] = messages;
  assert.ok(question && answer);
  const things: Things = {
    word,
    chats: [chatId, runningId, temporary, waiting],
    callId,
    questionId: question.id,
    answerId: answer.id,
    runningAnswerId: running.headers.get('x-message-id') ?? '',
    chatName,
    questionName,
    responses,
    items,
    requests,
    interrupts: [interrupt],
    cursors: {
      chats: await cursorOf('/api/chats'),
      messages: await cursorOf(`/api/chats/${chatId}/messages`),
      usage: await cursorOf('/api/usage'),
    },
  };
  const secrets = new Set([
    word,
    ...secretsIn(`${JSON.stringify(things)} ${await exported(chat, who)} ${seen.join(' ')}`),
  ]);
  return {caller, things, secrets: [...secrets], leave: () => leaving.abort()};
}

/** Everything of a caller, without the time of asking. */
async function exported(chat: TestServer, who: Headers): Promise<string> {
  const text = await (await chat.get('/api/me/export', who)).text();
  return text.replace(/"exportedAt":"[^"]+"/, '');
}

/** Whether everything that was being written still is, until its owner stops it. */
async function stopsOwn(chat: TestServer, {caller: {headers, isProgram}}: Victim): Promise<void> {
  const {stopped} = await json<{stopped: number}>(await chat.post('/api/me/stop', {}, headers));
  assert.equal(stopped, isProgram ? 2 : 1);
}

/** Sends every request for a thing of the victim, and returns their number. */
async function attack(chat: TestServer, {things, secrets}: Victim, caller: Caller): Promise<number> {
  const requests = sample(requestsFor(things), turns++);
  const owner = /"owner":"([^"]+)"/.exec(await exported(chat, caller.headers))?.[1] ?? caller.kind;
  for (const request of requests) {
    const response = await send(chat, request, caller.headers);
    const told = `${await response.text()} ${JSON.stringify([...response.headers])}`;
    const {operation, method, path, body, headers, mayBeOwn} = request;
    const about = `${caller.kind}: ${operation}: ${method} ${path} ${body} → ${response.status} ${told.slice(0, 500)}`;
    const isRefused = [401, 403, 404].includes(response.status);
    assert.ok(mayBeOwn ? response.status < 500 : isRefused, about);
    const said = `${kept.get(owner) ?? ''} ${decodeURIComponent(path)} ${body} ${JSON.stringify(headers)}`;
    if (response.ok) kept.set(owner, said);
    const leaked = secrets.filter((secret) => told.includes(secret) && !said.includes(secret));
    assert.deepEqual(leaked, [], about);
  }
  return requests.length;
}

let turns = 0;

/** What each owner has sent in requests that were answered: such names stand in its own things. */
const kept = new Map<string, string>();

/** Lets callers attack each owner in turn, and compares the owner's data before and after. */
async function attackAll(chat: TestServer, owners: readonly Caller[], callers: readonly Caller[]): Promise<number> {
  let count = 0;
  for (const owner of owners) {
    const victim = await settle(chat, owner, {withKeys: true});
    const before = await exported(chat, owner.headers);
    const namesakes = await namesakesOf(owner);
    for (const caller of [...callers, ...namesakes]) count += await attack(chat, victim, caller);
    assert.equal(await exported(chat, owner.headers), before, owner.kind);
    await stopsOwn(chat, victim);
    victim.leave();
  }
  // One of them looks like a proxy.
  assert.deepEqual(
    chat.reported.filter((each) => !(each instanceof Advice)),
    [],
  );
  return count;
}

/** Callers of another kind with the same name, and forgeries of the owner’s own proof. */
async function namesakesOf({kind, name, headers}: Caller): Promise<readonly Caller[]> {
  const visitor = headers['x-chatlet-visitor'];
  const [version, id = '', signature = ''] = visitor?.split('.') ?? [];
  const forged =
    version === 'v1' ? `v1.${id}.${signature.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'))}` : 'v1.x.y';
  const named = name ?? id;
  return [
    {kind: `forged visitor for ${kind}`, headers: {...page, 'x-chatlet-visitor': forged}},
    {kind: `badly signed user for ${kind}`, headers: await signedIn(named, `${shared}, nearly`)},
    ...(kind === 'user' || kind === 'session'
      ? []
      : [{kind: `user with the name of ${kind}`, headers: await signedIn(named)}]),
    {kind: `user with the owner id of ${kind}`, headers: await signedIn(`${kind}:${named}`)},
  ];
}

suite('everything of somebody else', () => {
  let count = 0;

  test('is out of reach on a server with keys: visitors, users, and programs of two accounts', async () => {
    await using chat = await start(keys);
    const owners = async (user: string, account: string): Promise<readonly Caller[]> => [
      {kind: 'visitor', headers: await oldVisitor(chat)},
      {kind: 'visitor', headers: newVisitor(), name: 'new'},
      {kind: 'user', headers: await signedIn(user), name: user, isProgram: true},
      {kind: 'key', headers: keyOf(account), name: account, isProgram: true},
    ];
    const callers = [
      ...(await owners('ben', 'other')),
      // The account has the name of a user.
      {kind: 'key with the name of a user', headers: keyOf('ann')},
      {kind: 'page of nobody', headers: page},
      {kind: 'program without a key', headers: {}},
    ];
    count += await attackAll(chat, await owners('ann', 'acme'), callers);
  });

  test('is out of reach on a server without keys, also for programs on the same machine', async () => {
    await using chat = await start();
    const owners = async (user: string): Promise<readonly Caller[]> => [
      {kind: 'visitor', headers: await oldVisitor(chat), isProgram: true},
      {kind: 'visitor', headers: newVisitor(), name: 'new', isProgram: true},
      {kind: 'user', headers: await signedIn(user), name: user, isProgram: true},
    ];
    const callers = [...(await owners('ben')), {kind: 'local', headers: {}}, {kind: 'page of nobody', headers: page}];
    count += await attackAll(chat, await owners('ann'), callers);
  });

  test('is out of reach on a server with the session of the app around it (authenticate)', async () => {
    await using chat = await start({...keys, ...withSessions});
    const owners = async (user: string, account: string): Promise<readonly Caller[]> => [
      {kind: 'session', headers: inSession(user), name: user, isProgram: true},
      {kind: 'visitor', headers: newVisitor(), name: 'new'},
      {kind: 'key', headers: keyOf(account), name: account, isProgram: true},
    ];
    const callers = [
      ...(await owners('ben', 'other')),
      {kind: 'session with the name of an account', headers: inSession('acme')},
      {kind: 'session with the owner id of a key', headers: inSession('key_acme')},
      {kind: 'key with the name of a session', headers: keyOf('ann')},
      {kind: 'user of the site', headers: await signedIn('ben')},
      // The session decides, and the other proof is no second identity.
      {kind: 'session that brings a key of its own', headers: {...inSession('ben'), ...keyOf('other')}},
      {kind: 'page of nobody', headers: {...page, cookie: 'session='}},
      {kind: 'program without a key', headers: {}},
    ];
    count += await attackAll(chat, await owners('ann', 'acme'), callers);
  });

  test('is out of reach if it belongs to the programs on this machine', async () => {
    await using chat = await start();
    const callers = [
      {kind: 'visitor', headers: await oldVisitor(chat)},
      {kind: 'visitor', headers: newVisitor()},
      {kind: 'user', headers: await signedIn('ben')},
      {kind: 'page of nobody', headers: page},
      {kind: 'program behind a proxy', headers: {'x-forwarded-for': '192.0.2.1'}},
    ];
    count += await attackAll(chat, [{kind: 'local', headers: {}, name: 'local', isProgram: true}], callers);
    console.log(
      `Result: ${count} requests for foreign things, 0 of them learnt or changed anything (CHATLET_SEED=${seed})`,
    );
  });

  test('is in reach of its owner by the same requests, so that the names above are right', async () => {
    await using chat = await start(keys);
    const owner: Caller = {kind: 'key', headers: keyOf('acme'), isProgram: true};
    const first = await settle(chat, owner, {withKeys: false});
    first.leave();
    const places = requestsFor(first.things).flatMap(({mayBeOwn, isNobodys, method}, place) =>
      mayBeOwn || isNobodys || method === 'HEAD' ? [] : [place],
    );
    for (const place of sample(places, 0)) {
      // Many of them change or delete the thing that they name.
      const {things, leave} = await settle(chat, owner, {withKeys: false});
      const request = requestsFor(things)[place];
      assert.ok(request);
      const response = await send(chat, request, owner.headers);
      leave();
      const about = `${request.method} ${request.path} ${request.body} → ${response.status}`;
      assert.ok(![401, 403, 404].includes(response.status) && response.status < 500, about);
      await response.body?.cancel();
    }
  });
});

suite('the list of names', () => {
  const looksLikeName =
    /(?:id|key|owner|user|account|visitor|chat|message|conversation|thread|run|response|replace\w*|cursor|after)s?$/i;

  /** The fields of a schema, and of objects in it: `messages.id`. */
  function fieldsOf(schema: unknown, above = ''): readonly string[] {
    if (typeof schema !== 'object' || schema === null) return [];
    return Object.entries(schema).flatMap(([keyword, value]: [string, unknown]) => {
      if (keyword !== 'properties' || typeof value !== 'object' || value === null) return fieldsOf(value, above);
      return Object.entries(value).flatMap(([name, inner]: [string, unknown]) => [
        above + name,
        ...fieldsOf(inner, `${above}${name}.`),
      ]);
    });
  }

  function fieldsIn(value: unknown, above = ''): readonly string[] {
    if (Array.isArray(value)) return value.flatMap((each) => fieldsIn(each, above));
    if (typeof value !== 'object' || value === null) return [];
    return Object.entries(value).flatMap(([name, inner]) => [above + name, ...fieldsIn(inner, `${above}${name}.`)]);
  }

  const things: Things = {
    word: '1',
    chats: ['2', '3', '4', '12'],
    callId: '13',
    questionId: '5',
    answerId: '6',
    runningAnswerId: '7',
    chatName: '8',
    questionName: '9',
    responses: ['10', '11'],
    items: ['12'],
    requests: ['16'],
    interrupts: ['17/18'],
    cursors: {chats: '13', messages: '14', usage: '15'},
  };

  test('has every route of the server', async () => {
    await using chat = await start();
    const listed = new Set(operations.flatMap(({method, paths}) => paths.map((path) => `${method} ${path}`)));
    // The same for everybody.
    const isFile = (route: string) =>
      /^get \/(?:chatlet\.js|llms\.txt|(?:docs|guide)(?:\/.*)?|gallery|playground)$/.test(route);
    const routes = mountedRoutes(chat.app).map(({method, path}) => `${method.toLowerCase()} ${path}`);
    assert.ok(routes.length > 30, String(routes.length));
    for (const route of routes) {
      const sentence = `The server has the route "${route}", and no operation for it in an API. The requests of this matrix follow from operations, so it would not be asked for things of somebody else.`;
      assert.ok(listed.has(route) || isFile(route), sentence);
    }
  });

  test('asks each operation in each round, whoever has what', () => {
    const asked = new Set(requestsFor(things).map(({operation}) => operation));
    assert.deepEqual(
      operations.map(nameOf).filter((name) => !asked.has(name)),
      [],
    );
  });

  test('has every parameter of a path', () => {
    for (const {method, paths} of operations) {
      for (const path of paths) {
        for (const [, name = ''] of path.matchAll(/[:*](\w+)/g)) {
          const sentence = `${method} ${path} has the parameter "${name}". Say in testing/foreign-names.ts, at "parameters", what it can name of somebody else.`;
          assert.ok(name in parameters, sentence);
        }
      }
    }
  });

  test('has every field of a body, a query or a header that may name something', () => {
    for (const operation of operations) {
      const tried = (attempts[nameOf(operation)]?.(things) ?? []).flatMap(({body, query}) => [
        ...fieldsIn(body),
        ...fieldsIn(query),
      ]);
      for (const part of ['body', 'query', 'headers'] as const) {
        const schema = operation[part];
        if (!schema) continue;
        for (const field of fieldsOf(z.toJSONSchema(schema, {io: 'input', unrepresentable: 'any'}))) {
          const name = field.split('.').at(-1) ?? '';
          if (!looksLikeName.test(name) || field in namesNothing) continue;
          const sentence = `"${nameOf(operation)}" takes "${field}" in its ${part}. Add requests to testing/foreign-names.ts, at "attempts", that name something of somebody else there, or say at "namesNothing" why it names nothing that is kept.`;
          assert.ok(tried.includes(field), sentence);
        }
      }
    }
  });

  test('has no operation that is gone', () => {
    const served = new Set(operations.map(nameOf));
    for (const name of Object.keys(attempts)) assert.ok(served.has(name), name);
  });
});
