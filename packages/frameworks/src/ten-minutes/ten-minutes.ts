/**
 * Follows the documents as newcomers do: from empty folders, with the packages as they are published, by nothing but the
 * commands and files that a section prints, to a chat in a browser. Only the ports differ, and where npm finds our packages.
 * Started as a program, it follows all scaffolds or those that are named, and writes their rows in docs/ten-minutes.md. Needs a
 * build.
 *
 *     node --conditions=@chatlet/source packages/frameworks/src/ten-minutes/ten-minutes.ts Next Nuxt
 */
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {once} from 'node:events';
import {cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs';
import {mkdtemp, rm} from 'node:fs/promises';
import {createServer} from 'node:net';
import type {AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import {delimiter, dirname, join} from 'node:path';
import type {Browser, Page} from 'playwright-core';
import {packPackages} from '../../../../scripts/packed-example.mjs';
import {commitOf} from '../../../../scripts/tree.ts';
import {launchBrowser, openPage} from '../../../e2e/src/browser.ts';
import {ask, lastAnswer} from '../../../e2e/src/chat-page.ts';
import {root} from '../readmes.ts';
import {startRegistry} from './registry.ts';
import type {Registry} from './registry.ts';
import {blocksOf, commandsOf, scaffolds} from './scaffolds.ts';
import type {Scaffold} from './scaffolds.ts';
import {CommandError, Terminal} from './terminal.ts';

export interface Tools {
  readonly browser: Browser;
  readonly registry: Registry;
}

/** In seconds. */
export interface Followed {
  readonly install: number;
  readonly build: number;
  /** From the empty folder to the end of the first answer. */
  readonly firstAnswer: number;
  /** As `react 19.3.1`. */
  readonly versions: readonly string[];
}

/** A browser, and a registry with the packages as they are now. */
export async function openTools(): Promise<Tools & AsyncDisposable> {
  const tarballs = await mkdtemp(join(tmpdir(), 'chatlet-packed-'));
  packPackages(tarballs);
  const [browser, registry] = await Promise.all([launchBrowser(), startRegistry(tarballs)]);
  return {
    browser,
    registry,
    async [Symbol.asyncDispose]() {
      await Promise.all([browser.close(), registry.close()]);
      await rm(tarballs, {recursive: true, force: true});
    },
  };
}

/** @throws CommandError, AssertionError and so on if a step fails: the documents, or the packages, are wrong */
export async function follow(scaffold: Scaffold, {browser, registry}: Tools): Promise<Followed> {
  const folder = await mkdtemp(join(tmpdir(), 'chatlet-newcomer-'));
  const translate = await choosePorts();
  const reader = {env: readersEnvironment(folder, registry), served: new Set<string>()};
  const programs = makeFolder(join(folder, 'programs'));
  const terminals = {
    server: new Terminal({folder: makeFolder(join(folder, 'server')), ...reader}),
    app: new Terminal({folder: makeFolder(join(folder, 'app')), ...reader}),
  };
  const spent = {install: 0, build: 0};
  let firstAnswer: number | undefined;

  const type = async (command: string, terminal: Terminal) => {
    const isOurServer = /chatlet(?:-|\/)server start/.test(command);
    const port = isOurServer ? translate('8000') : `${await findFreePort()}`;
    // A request to a running server is typed beside it.
    const typist = command.startsWith('curl ') ? new Terminal({folder, ...reader}) : terminal;
    const ran = await typist.run(translate(command), {env: {PORT: port}});
    const kind = /\binstall\b|\bcreate\b|create-/.test(command)
      ? 'install'
      : /build|tsc|check/.test(command) && 'build';
    if (kind !== false) spent[kind] += ran.seconds;
    if (typist !== terminal) assert.match(ran.output, /^data: /m);
    return ran;
  };

  try {
    if (scaffold.program !== undefined) {
      await new Terminal({folder: programs, ...reader}).run(`npm install ${scaffold.program}`);
      reader.env['PATH'] = [join(programs, 'node_modules', '.bin'), reader.env['PATH']].join(delimiter);
    }
    const started = performance.now();
    if (scaffold.app && 'command' in scaffold.app) {
      await type(scaffold.app.command, terminals.app);
    } else if (scaffold.app) {
      const fixture = new URL(`../../fixtures/${scaffold.app.fixture}`, import.meta.url);
      cpSync(fixture, join(terminals.app.folder, 'my-app'), {recursive: true});
    }
    if (scaffold.app) terminals.app.folder = join(terminals.app.folder, 'my-app');

    for (const step of scaffold.steps) {
      const terminal = terminals[step.terminal];
      for (const block of blocksOf(step)) {
        for (const command of commandsOf(block)) {
          if (scaffold.app && makesApp.test(command)) continue;
          const {address} = await type(command, terminal);
          if (address === undefined || step.terminal === 'server') continue;
          await chat(address, browser, scaffold);
          firstAnswer ??= (performance.now() - started) / 1000;
        }
        if (block.file === undefined) continue;
        const path = join(terminal.folder, block.file);
        mkdirSync(dirname(path), {recursive: true});
        writeFileSync(path, translate(block.code));
      }
    }
    assert.ok(firstAnswer !== undefined, 'The documents have led to no page.');
    if (scaffold.mistake) await refuseMistake(scaffold.mistake, terminals.app);
    const versions = scaffold.packages.map(
      (name) => `${name} ${versionOf(name, name === scaffold.program ? programs : terminals.app.folder)}`,
    );
    return {...spent, firstAnswer, versions};
  } finally {
    await Promise.all(Object.values(terminals).map((terminal) => terminal.interrupt()));
    await rm(folder, {recursive: true, force: true, maxRetries: 5});
  }
}

/** Commands of a reader who has no app yet. */
const makesApp = /\bcreate\b|create-next-app|^cd my-app$/;

/** One visit: a question, and the whole answer of the demo model. Nothing else may be loaded, and no error be told. */
async function chat(address: string, browser: Browser, {arrive}: Scaffold): Promise<void> {
  const context = await browser.newContext();
  try {
    const {page, complaints, foreign} = await openPage(context, address);
    await arrive?.(page);
    await openLauncher(page);
    await ask(page, 'Show a table');
    await lastAnswer(page).getByRole('table').waitFor();
    await page.getByRole('button', {name: 'Copy answer'}).waitFor();
    assert.deepEqual({complaints, foreign}, {complaints: [], foreign: []});
  } finally {
    await context.close();
  }
}

async function openLauncher(page: Page): Promise<void> {
  const tag = page.locator('chatlet-launcher, chatlet-chat').first();
  await tag.waitFor({state: 'attached'});
  if ((await page.locator('chatlet-launcher').count()) === 0) return;
  await page.getByRole('button', {name: 'Open chat'}).click();
}

/** That the packages' types reach the app: its own check refuses a wrong one. */
async function refuseMistake(
  {file, from, to, command}: NonNullable<Scaffold['mistake']>,
  terminal: Terminal,
): Promise<void> {
  await terminal.interrupt();
  const path = join(terminal.folder, file);
  const code = readFileSync(path, 'utf8');
  assert.ok(code.includes(from), `${file} has no ${from}`);
  writeFileSync(path, code.replace(from, to));
  await assert.rejects(terminal.run(command), ({output}: CommandError) => {
    assert.ok(output.includes(file), `\`${command}\` has failed, but not by ${file}:\n${output}`);
    return true;
  });
}

/** Puts free ports in the place of the printed ones, since tests run beside other programs. */
async function choosePorts(): Promise<(text: string) => string> {
  const ports = new Map<string, number>();
  for (const printed of ['8000', '3000', '5173']) ports.set(printed, await findFreePort());
  return (text) => text.replaceAll(/\b(?:8000|3000|5173)\b/g, (printed) => `${ports.get(printed)}`);
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const {port} = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** The environment of a shell that knows nothing of this repository, of a model's key, or of the npm that runs this. */
function readersEnvironment(folder: string, registry: Registry): NodeJS.ProcessEnv {
  const own =
    /^(?:npm_(?!config_(?:registry|cache|userconfig|cafile|https?_proxy)$)|CHATLET_|OPENAI_|ANTHROPIC_|NODE_(?:OPTIONS|PATH|ENV|COMPILE_CACHE)$|INIT_CWD$)/i;
  const npmrc = join(folder, 'npmrc');
  writeFileSync(npmrc, `@chatlet:registry=${registry.url}\n`);
  return {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name))),
    PATH: (process.env['PATH'] ?? '')
      .split(delimiter)
      .filter((path) => !path.startsWith(root))
      .join(delimiter),
    npm_config_globalconfig: npmrc,
    npm_config_cache: makeCache(folder),
    // npx asks whether it may install; readers say yes.
    npm_config_yes: 'true',
    npm_config_prefer_offline: 'true',
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    npm_config_update_notifier: 'false',
    // Nothing leaves this machine but requests to the npm registry.
    NO_UPDATE_CHECK: '1',
    NEXT_TELEMETRY_DISABLED: '1',
    NUXT_TELEMETRY_DISABLED: '1',
    BROWSER: 'none',
  };
}

/**
 * npm's cache without what npx has installed before: that may be another state of our packages with the same version. The
 * downloads are those of the machine.
 */
function makeCache(folder: string): string {
  const options = {encoding: 'utf8', shell: process.platform === 'win32'} as const;
  const downloads = join(execFileSync('npm', ['config', 'get', 'cache'], options).trim(), '_cacache');
  mkdirSync(downloads, {recursive: true});
  const cache = makeFolder(join(folder, 'npm'));
  symlinkSync(downloads, join(cache, '_cacache'), 'junction');
  return cache;
}

function makeFolder(path: string): string {
  mkdirSync(path);
  return path;
}

function versionOf(name: string, folder: string): string {
  const manifest = JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8')) as {
    readonly version: string;
  };
  return manifest.version;
}

/** Whether a command has failed because npm could not reach a registry. */
export function isOffline(error: unknown): boolean {
  return (
    error instanceof CommandError &&
    /npm (?:error|ERR!) code (?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED)/.test(
      error.output,
    )
  );
}

/** Follows the scaffolds with these names, or all, and writes their rows of the table. */
async function main(names: readonly string[]): Promise<void> {
  const chosen = scaffolds.filter(({name}) => names.length === 0 || names.includes(name));
  assert.ok(chosen.length > 0, `There are ${scaffolds.map(({name}) => name).join('; ')}.`);
  const table = join(root, 'docs/ten-minutes.md');
  await using tools = await openTools();
  let slowest = 0;
  let passed = 0;
  for (const scaffold of chosen) {
    const {name} = scaffold;
    let cells = ['', '', '', ''];
    let outcome = 'yes';
    try {
      const {install, build, firstAnswer, versions} = await follow(scaffold, tools);
      slowest = Math.max(slowest, firstAnswer);
      passed++;
      cells = [versions.join(', '), ...[install, build, firstAnswer].map((seconds) => seconds.toFixed(0))];
    } catch (error) {
      console.error(error);
      const reason = String(error).split('\n', 1)[0]?.replaceAll('|', '\\|');
      outcome = isOffline(error) ? 'not run: no npm registry' : `**no**: ${reason}`;
    }
    const rows = readRows(table);
    rows.set(name, `| ${[name, ...cells, outcome, commitOf(root)].join(' | ')} |`);
    console.log(rows.get(name));
    writeFileSync(table, page(scaffolds.map((each) => rows.get(each.name) ?? `| ${each.name} | | | | | not run | |`)));
    execFileSync('pnpm', ['exec', 'oxfmt', table], {cwd: root, shell: process.platform === 'win32'});
  }
  const result = `${passed} of ${chosen.length} newcomers chat, at the latest ${slowest.toFixed(0)} s after the empty folder`;
  console.log(`${readFileSync(table, 'utf8')}\nResult: ${result}`);
  process.exitCode = passed < chosen.length ? 1 : 0;
}

/** The rows of the table as it is, by the names of their scaffolds. */
function readRows(table: string): Map<string, string> {
  const text = existsSync(table) ? readFileSync(table, 'utf8') : '';
  return new Map([...text.matchAll(/^\| (.*?) +\|.*$/gm)].map(([row, name = '']) => [name, row]));
}

const page = (rows: readonly string[]) => `# The first ten minutes

Written by \`packages/frameworks/src/ten-minutes/ten-minutes.ts\`, a part of \`npm run test:full\`; \`npm test\` follows one way as a sample.

Each row begins in empty folders, with the packages as they are published, and follows what a section of a document prints: the
commands and the files, word for word but for the ports. Packages come from the npm registry, through npm's cache. The chat is asked
in Chromium, of the development server and of what was built; it must answer, with no error in the console and no request to
another host. At last a wrong type is written into the printed file, and the printed check must refuse it.

The apps are those of \`create-vite\`, \`create-next-app\` and \`sv\`, as printed. One row begins with another app: Nuxt with the minimal
files of its documentation, because \`create-nuxt\` downloads its template from GitHub. Bun and Deno are those of the npm registry.

| from | with | install, s | build, s | first answer after, s | chats | commit |
| --- | --- | --: | --: | --: | --- | --- |
${rows.join('\n')}
`;

if (import.meta.main) {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  await main(process.argv.slice(2));
}
