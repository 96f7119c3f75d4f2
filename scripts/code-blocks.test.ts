/**
 * The configurations and shell commands in all documents for users: what they name is there. Other languages are compiled,
 * or run in a browser, by packages/frameworks/src/snippets.test.ts, and the commands of newcomers are run by ten-minutes.ts.
 */
import assert from 'node:assert/strict';
import {existsSync, globSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import type {ToolWait} from '../packages/protocol/src/event.ts';
import {uiMessageStream} from '../packages/protocol/src/dialects/ui-message-stream.ts';
import {isObject, parseJson} from '../packages/protocol/src/json.ts';
import {type CodeBlock, readBlocks, root} from '../packages/frameworks/src/readmes.ts';
import {blocksOf, scaffolds} from '../packages/frameworks/src/ten-minutes/scaffolds.ts';
import {findCommand, parseCommandLine} from '../packages/server/src/cli/run.ts';
import {configurationFile} from '../packages/server/src/configuration-file.ts';
import type {HandedChat} from '../packages/server/src/engine/handovers.ts';
import {chatletBody} from '../packages/server/src/http/apis/chat/request.ts';
import {responseBody} from '../packages/server/src/http/apis/responses/request.ts';
import {servedApis} from '../packages/server/src/http/apis.ts';
import {operatorApi} from '../packages/server/src/http/operator/docs.ts';

const blocks = readBlocks();
const placeOf = ({document, line}: CodeBlock) => `${document}:${line}`;

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly scripts?: Readonly<Record<string, string>>;
}

const manifests = ['package.json', ...globSync('{packages,examples}/*/package.json', {cwd: root})].map((path) => ({
  folder: path.replaceAll('\\', '/').replace(/\/?package\.json$/, ''),
  manifest: JSON.parse(readFileSync(join(root, path), 'utf8')) as Manifest,
}));
const scriptsOfRoot = manifests[0]?.manifest.scripts ?? {};

/** The compiler compares it with the interface. */
const handedChat: HandedChat = {
  type: 'chat.handed-over',
  id: 'msg_1',
  chatId: 'chat_1',
  replyPath: '/api/turns/msg_1/reply',
  expiresAt: '2026-12-01T09:30:00.000Z',
  messages: [{role: 'visitor', text: 'Where is my parcel?', createdAt: '2026-11-30T09:30:00.000Z'}],
};

test('every block of JSON is a configuration or a response’s request that the server takes, or an event that it sends', () => {
  const json = blocks.filter(({language}) => language === 'json');
  assert.ok(json.length >= 12, `${json.length} blocks`);
  for (const block of json) {
    const value = parseJson(block.code);
    assert.ok(isObject(value), placeOf(block));
    if (value['type'] === handedChat.type) assert.deepEqual(shapeOf(value), shapeOf(handedChat), placeOf(block));
    else if (value['type'] === 'data-tool-wait') assert.deepEqual(value, writeWait(value), placeOf(block));
    else if ('input' in value) assert.equal(responseBody.strict().safeParse(value).error, undefined, placeOf(block));
    else assert.equal(configurationFile.safeParse(value).error, undefined, placeOf(block));
  }
});

test('every block of JSON with comments is a request that the server takes, with no field that it ignores', () => {
  const bodies = blocks.filter(({language}) => language === 'jsonc');
  assert.ok(bodies.length > 0);
  for (const block of bodies) {
    const plain = block.code
      .replaceAll(/^\s*\/\/.*$| \/\/ .*$/gm, '')
      .replaceAll(/,(?=\s*[}\]])/g, '')
      .replaceAll('…', '1');
    assert.equal(chatletBody.strict().safeParse(parseJson(plain)).error, undefined, placeOf(block));
  }
});

/** The part that the AI SDK's stream has for a call that waits as this part says. */
function writeWait({data}: Readonly<Record<string, unknown>>): unknown {
  const {toolCallId, ...question} = data as {readonly toolCallId: string};
  const wait = {...question, definition: 'd'} as unknown as ToolWait;
  const written = uiMessageStream
    .encoder?.({id: 'm', model: 'm', created: 1})
    .encode([{type: 'tool-wait', callId: toolCallId, wait}]);
  return parseJson(/^data: (\{"type":"data-tool-wait".*\})$/m.exec(written ?? '')?.[1] ?? '');
}

/** Its fields with their types. */
const shapeOf = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, each: unknown) => (typeof each === 'string' ? 'text' : each)));

/** A line of a shell: what it sets, and the words of its command. */
interface CommandLine {
  readonly block: CodeBlock;
  readonly variables: readonly string[];
  readonly words: readonly string[];
}

function readLines(block: CodeBlock): readonly CommandLine[] {
  return block.code
    .replaceAll('\\\n', ' ')
    .split('\n')
    .map((line) => {
      const words = [...line.matchAll(/#.*$|(?:[^\s'"#]|'[^']*'|"[^"]*")+/g)].flatMap(([word]) =>
        word.startsWith('#') ? [] : [word.replaceAll(/['"]/g, '')],
      );
      const first = words.findIndex((word) => !/^[A-Z_]+=/.test(word));
      const start = first === -1 ? words.length : first;
      const variables = words.slice(0, start).map((word) => word.slice(0, word.indexOf('=')));
      return {block, variables, words: words.slice(start)};
    })
    .filter(({variables, words}) => variables.length + words.length > 0);
}

/** The ten-minute test runs what they print, in apps of readers: their programs and scripts are not this repository's. */
const followed = new Set(scaffolds.flatMap(({steps}) => steps.flatMap(blocksOf)).map(placeOf));

const lines = blocks.filter((block) => block.language === 'sh' && !followed.has(placeOf(block))).flatMap(readLines);

/** Programs of a Linux machine, about which this repository knows nothing. */
const ofTheSystem = ['apt-get', 'cd', 'certbot', 'chmod', 'chown', 'install', 'nginx', 'useradd'];

/** By a program's name: what is wrong with its arguments. Commands of this repository, of the server, and of others. */
const programs: Readonly<Record<string, (args: readonly string[], line: CommandLine) => string | undefined>> = {
  npm([command = '', ...rest]) {
    if (command === 'run') return complainAboutScript(rest);
    if (command === 'install') return rest.map(complainAboutPackage).find((complaint) => complaint !== undefined);
    // `init` and `pkg` are for the reader's own folder.
    return ['init', 'pkg'].includes(command) ? undefined : complainAboutScript([command]);
  },
  pnpm([option, name, script = '']) {
    const found = manifests.find(({manifest}) => manifest.name === name);
    if (option !== '--filter' || !found) return `there is no package ${name}`;
    return found.manifest.scripts?.[script] === undefined ? `${name} has no script "${script}"` : undefined;
  },
  npx([name = '', ...rest]) {
    if (/^(?:chatlet-server|@chatlet\/server)$/.test(name)) return complainAboutCommand(rest);
    // A package of others, in the version that was tried.
    return /^[\w@/-]+@\d+$/.test(name) ? undefined : `npx ${name} names no version`;
  },
  'chatlet-server': complainAboutCommand,
  'node_modules/.bin/chatlet-server': complainAboutCommand,
  sudo(args, line) {
    const start = args.findIndex((word, index) => !word.startsWith('-') && args[index - 1] !== '-u');
    return complainAbout({...line, words: args.slice(start)});
  },
  docker([command, ...rest], line) {
    return command === 'exec' ? complainAbout({...line, words: rest.slice(1)}) : undefined;
  },
  systemctl: complainAboutUnits,
  journalctl: complainAboutUnits,
  ...Object.fromEntries(ofTheSystem.map((name) => [name, () => undefined])),
  node: complainAboutFile,
  python3: complainAboutFile,
  curl(args, {block}) {
    const [address = ''] = args.filter((word) => /^(?:http|\$CHAT)/.test(word));
    // Node, which comes from elsewhere.
    if (address.startsWith('https://deb.nodesource.com/')) return undefined;
    // Other paths are served by an example itself.
    return block.document.startsWith('examples/') || isServed(address.replace(/^(?:\$CHAT|https?:\/\/[^/]+)/, ''))
      ? undefined
      : `the server has no ${address}`;
  },
};

function complainAbout(line: CommandLine): string | undefined {
  const [program = '', ...args] = line.words;
  const look = programs[program];
  return look ? look(args, line) : `nothing knows the program ${program}`;
}

/** Units of systemd that the page has told its reader to write, or that come with a package that it installs. */
function complainAboutUnits(args: readonly string[], {block}: CommandLine): string | undefined {
  const text = readFileSync(join(root, block.document), 'utf8');
  const [unit = ''] = args.filter((word) => /^[a-z][a-z-]*(?:\.\w+)?$/.test(word)).slice(args[0] === '-u' ? 0 : 1);
  const file = unit.includes('.') || unit === '' ? unit : `${unit}.service`;
  const isInstalled = new RegExp(`apt-get install .*\\b${unit}\\b`).test(text);
  return text.includes(`/etc/systemd/system/${file}`) || isInstalled || args[0] === 'daemon-reload'
    ? undefined
    : `the page has no unit ${file}`;
}

function complainAboutScript([name = '', ...rest]: readonly string[]): string | undefined {
  if (scriptsOfRoot[name] === undefined) return `package.json has no script "${name}"`;
  if (name === 'ingest') return complainAboutCommand(['ingest', ...rest.filter((word) => word !== '--')]);
  const example = name === 'example' ? rest.find((word) => !word.startsWith('-')) : undefined;
  const found = manifests.find(({folder}) => folder === `examples/${example}`);
  return name === 'example' && found?.manifest.scripts?.['start'] === undefined
    ? `there is no example "${example}" that starts`
    : undefined;
}

function complainAboutCommand(args: readonly string[]): string | undefined {
  try {
    findCommand(parseCommandLine(args.filter((word) => word !== '…')).words);
    return undefined;
  } catch (error) {
    return String(error);
  }
}

function complainAboutPackage(versioned: string): string | undefined {
  const name = versioned.replace(/(?<=.)@latest$/, '');
  const found = manifests.find(({manifest}) => manifest.name === name);
  const isPublished = found !== undefined && found.manifest.private !== true;
  return name.startsWith('@chatlet/') && !isPublished ? `${name} is not published` : undefined;
}

/** A file of the repository, or one that the page has told its reader to write. */
function complainAboutFile(args: readonly string[], {block}: CommandLine): string | undefined {
  const path = args.find((word) => !word.startsWith('-')) ?? '';
  const text = readFileSync(join(root, block.document), 'utf8');
  const isThere = path.includes('*') ? globSync(path, {cwd: root}).length > 0 : existsSync(join(root, path));
  return isThere || text.includes(`\`${path}\``) ? undefined : `there is no ${path}`;
}

function isServed(path: string): boolean {
  const served = [...servedApis({ollama: true}), operatorApi].flatMap(({operations}) =>
    operations.flatMap(({paths}) => paths),
  );
  return served.some((each) => new RegExp(`^${each.replaceAll(/[:*]\w+/g, '[^/]+')}$`).test(path));
}

test('every command in a document is one that the repository or the server has, with its options', () => {
  assert.ok(lines.length > 80, `${lines.length} lines`);
  const complaints = lines.flatMap((line) => {
    if (line.words.length === 0) return [];
    const complaint = complainAbout(line);
    return complaint === undefined ? [] : [`${placeOf(line.block)}: ${line.words.join(' ')}: ${complaint}`];
  });
  assert.deepEqual(complaints, []);
});

test('every variable that a command or a file of settings sets is one that the server reads', () => {
  const sources = globSync('packages/server/src/**/*.ts', {cwd: root})
    .filter((path) => !path.endsWith('.test.ts'))
    .map((path) => readFileSync(join(root, path), 'utf8'))
    .join('\n');
  const isRead = (name: string) => sources.includes(`env.${name}`) || sources.includes(`set('${name}')`);
  const unread = lines.flatMap(({block, variables}) =>
    variables.filter((name) => !isRead(name)).map((name) => `${placeOf(block)}: ${name}`),
  );
  assert.deepEqual(unread, []);
  const files = blocks.filter(({language}) => ['ini', 'dockerfile'].includes(language));
  const set = files.flatMap((block) =>
    [...block.code.matchAll(/(?<=^|\s)([A-Z][A-Z_]+)=/gm)].map(([, name = '']) => ({block, name})),
  );
  assert.ok(set.length >= 7, `${set.length} variables`);
  assert.deepEqual(
    set.filter(({name}) => !isRead(name)).map(({block, name}) => `${placeOf(block)}: ${name}`),
    [],
  );
});
