/**
 * Two tabs answer a call that waits, with two requests at once, while the server is stopped, killed or left alone. The tool
 * writes down each run. It may run once at most, and what the chat says afterwards must be what has happened.
 */
import assert from 'node:assert/strict';
import {mkdir, mkdtemp, readFile, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite, test} from 'node:test';
import {setTimeout as wait} from 'node:timers/promises';
import {type Message, type ToolPart, readEvents} from '@chatlet/protocol';
import {callsTool, says, type Script, startUpstream} from '../../server/src/testing/upstream.ts';
import {type ChatServer, startChatServer} from './chat-server.ts';
import {sampling} from './sampling.ts';

type Approval = 'once' | 'chat' | 'refused';
type Restart = 'none' | 'before the replies' | 'between the replies';

/** Says what a chat can say about a call, and how often the tool may have run then. */
const outcomes = {
  done: [1],
  refused: [0],
  waits: [0],
  /** The server went away while it ran, and nobody can know. */
  unknown: [0, 1],
} as const;

suite('a call that two tabs answer at once', () => {
  const {runs, random, tellResult} = sampling('races of approvals', 10);

  test('runs exactly once or not at all, and the chat says which, also if the server restarts in between', async () => {
    const upstream = await startUpstream();
    upstream.script(answersForever(upstream));
    const folder = await mkdtemp(join(tmpdir(), 'chatlet-e2e-'));
    const effects = await writeTool(folder);
    let server = await startChatServer({
      folder,
      config: {plans: [{name: 'default'}]},
      env: {OPENAI_BASE_URL: upstream.baseUrl, OPENAI_API_KEY: 'sk-test', CHATLET_TOOLS: join(folder, 'tools')},
    });
    const counts: Record<keyof typeof outcomes, number> = {done: 0, refused: 0, waits: 0, unknown: 0};
    let restarts = 0;
    try {
      for (let race = 0; race < runs; race++) {
        const restart = pick<Restart>(random, ['none', 'none', 'none', 'before the replies', 'between the replies']);
        const end = random() < 0.5 ? 'stop' : 'kill';
        const about = `race ${race}, ${restart}, ${end}`;
        const again = async () => {
          await server[end]();
          server = await server.restart();
          restarts++;
        };
        const waiting = await ask(server, race);
        if (restart === 'before the replies') await again();
        const tabs = [pick(random, approvals), pick(random, approvals)] as const;
        const replies = tabs.map(async (approval) => {
          await wait(random() * 10);
          return {approval, status: await reply(server, waiting, approval)};
        });
        if (restart === 'between the replies') {
          await wait(random() * 60);
          await again();
          replies.push(reply(server, waiting, tabs[1]).then((status) => ({approval: tabs[1], status})));
        }
        const taken = (await Promise.all(replies)).filter(({status}) => status === 200);
        assert.ok(taken.length <= 1, `${about}: ${taken.length} replies were taken`);
        const part = await endedCall(server, waiting);
        const outcome = outcomeOf(part);
        const ran = (await readFile(effects, 'utf8')).split('\n').filter((line) => line === String(race)).length;
        const allowed: readonly number[] = outcomes[outcome];
        assert.ok(allowed.includes(ran), `${about}: the chat says ${outcome}, and it ran ${ran} times`);
        if (taken[0]?.approval === 'refused') assert.equal(outcome, 'refused', about);
        if (restart !== 'between the replies') assert.ok(outcome === 'done' || outcome === 'refused', about);
        counts[outcome]++;
      }
    } finally {
      await server[Symbol.asyncDispose]();
      await upstream.close();
    }
    tellResult(
      `${runs} races, ${restarts} restarts: ${counts.done} ran once, ${counts.refused} were refused, ${counts.waits} still ` +
        `wait, ${counts.unknown} had no result when the server went away; none ran twice or unseen`,
    );
  });
});

const approvals: readonly Approval[] = ['once', 'once', 'chat', 'refused'];

function pick<Value>(random: () => number, values: readonly Value[]): Value {
  const value = values[Math.floor(random() * values.length)];
  assert.ok(value !== undefined);
  return value;
}

/** A model that calls the tool with the number of the question, and says something about the result. */
function answersForever(upstream: {script(...scripts: readonly Script[]): void}): Script {
  return (exchange) => {
    upstream.script(answersForever(upstream));
    const messages = exchange.body?.['messages'] as readonly {role: string; content: string}[];
    const last = messages.at(-1);
    return (last?.role === 'user' ? callsTool('note', {race: last.content}) : says('Well.'))(exchange);
  };
}

/** A tool that appends a line to a file, some time after it was called. */
async function writeTool(folder: string): Promise<string> {
  const effects = join(folder, 'effects.txt');
  await mkdir(join(folder, 'tools'));
  await writeFile(effects, '');
  const library = new URL('../../server/dist/index.js', import.meta.url);
  await writeFile(
    join(folder, 'tools', 'note.mjs'),
    `import {appendFileSync} from 'node:fs';
    import {setTimeout as wait} from 'node:timers/promises';
    import {defineTool} from '${library}';
    export default defineTool({
      name: 'note',
      description: 'Writes a number down.',
      input: {type: 'object', properties: {race: {type: 'string'}}, required: ['race']},
      run: async ({race}) => {
        await wait(10);
        appendFileSync(${JSON.stringify(effects)}, race + '\\n');
        await wait(10);
        return 'written down';
      },
    });`,
  );
  return effects;
}

interface Waiting {
  readonly chatId: string;
  readonly callId: string;
}

const headers = {'content-type': 'application/json', 'x-chat-protocol': 'chatlet'};

async function ask({url}: ChatServer, race: number): Promise<Waiting> {
  const body = JSON.stringify({message: {text: String(race)}});
  const response = await fetch(`${url}/api/chat`, {method: 'POST', headers, body});
  const chatId = response.headers.get('x-chat-id');
  assert.ok(chatId !== null && response.body, `${response.status}`);
  let callId: string | undefined;
  for await (const events of readEvents(response.body, {headers: response.headers})) {
    for (const event of events) if (event.type === 'tool-wait') ({callId} = event);
  }
  assert.ok(callId !== undefined, 'The call does not wait.');
  return {chatId, callId};
}

/** The status of a reply; undefined if the server has gone. */
async function reply({url}: ChatServer, {chatId, callId}: Waiting, approval: Approval): Promise<number | undefined> {
  const body = JSON.stringify({approval});
  try {
    const response = await fetch(`${url}/api/chat/${chatId}/tools/${callId}`, {method: 'POST', headers, body});
    await response.text();
    return response.status;
  } catch {
    return undefined;
  }
}

/** The call when no turn writes about it any more. */
async function endedCall({url}: ChatServer, {chatId, callId}: Waiting): Promise<ToolPart & {isOver: boolean}> {
  await (await fetch(`${url}/api/chat/${chatId}/stream?after=0`, {headers})).text();
  const messages = (await (await fetch(`${url}/api/chats/${chatId}/messages`)).json()) as readonly Message[];
  const answer = messages.at(-1);
  const part = answer?.parts.find((each) => each.type === 'tool' && each.callId === callId);
  assert.ok(part?.type === 'tool');
  return {...part, isOver: answer?.status !== 'answering'};
}

function outcomeOf({state, approval, output, isOver}: ToolPart & {isOver: boolean}): keyof typeof outcomes {
  if (state === 'done') return 'done';
  if (state === 'waiting') return 'waits';
  if (state === 'failed' && approval === 'refused') return 'refused';
  const told = typeof output === 'string' ? output : '';
  // Nobody knows whether it was done, and the call says that.
  assert.ok(isOver && state === 'failed' && told.endsWith('Whether it was done is not known.'), `${state} ${told}`);
  return 'unknown';
}
