/** `chatlet-server ingest`: reads sites, folders and files into the index, while a server runs or not. */
import {existsSync, watch} from 'node:fs';
import {ChatError} from '@chatlet/protocol';
import {type Configuration, readConfiguration} from '../configuration.ts';
import type {ChatServerConfig} from '../index.ts';
import type {Readers} from '../engine/retriever.ts';
import {sqliteIndex} from '../retrieval/index/sqlite.ts';
import {ingestAll} from '../retrieval/ingest-all.ts';
import {type IngestProgress, type IngestResult, type IngestSource, isMcp, isSite} from '../retrieval/ingest.ts';
import {findMcpServer, indexPathOf, toIngestSource} from '../retrieval/source-settings.ts';
import {type Command, type CommandCall, CommandError, type Printed, failed, misused} from './command.ts';
import {ProgressLine} from './progress-line.ts';

export const ingestDocuments: Command = {
  name: 'ingest',
  optionalParameter: 'URL|FOLDER|FILE|mcp:ID',
  options: {
    id: {value: 'ID'},
    readers: {value: 'READERS'},
    'base-url': {value: 'URL'},
    include: {value: 'PATTERNS'},
    exclude: {value: 'PATTERNS'},
    'max-pages': {value: 'COUNT'},
    watch: {},
    list: {},
    remove: {value: 'ID'},
  },
  notes:
    'The command ingest reads a site, a folder, a file or the resources of a configured MCP server (mcp:ID) into the index ' +
    'that answers are based on, or all sources of the configuration file. Only what has changed is read again. READERS are everybody (the default), users that have signed in, ' +
    'plan:NAME or owner:OWNER, several with commas between. PATTERNS are as guide/**,*.md. --watch goes on and reads a folder ' +
    'whenever it changes. --list shows the sources, --remove takes one out.',
  async run(call) {
    const {server, mcpServers} = await readConfiguration(call.env);
    const path = indexPathOf(server.retrieval ?? {}, server.databaseUrl);
    if (path === undefined) {
      throw new ChatError(
        'invalid-request',
        'An index in memory is gone when the command has ended. Name a file by CHATLET_INDEX.',
      );
    }
    const {list, remove} = call.options;
    if (list !== undefined) return listSources(path);
    if (remove !== undefined) return removeSource(path, remove);
    const sources = findSources(call, {...server, mcpServers});
    const signal = endBySignal();
    await readSources(sources, path, signal);
    if (call.options['watch'] !== undefined) await watchSources(sources, path, signal);
    return {};
  },
};

/** @throws CommandError if there is nothing to read, or an option is wrong */
function findSources(
  {args: [target], options}: CommandCall,
  {retrieval, mcpServers}: Pick<ChatServerConfig, 'retrieval'> & Pick<Configuration, 'mcpServers'>,
): readonly IngestSource[] {
  if (target === undefined) {
    const sources = (retrieval?.sources ?? []).map(toIngestSource);
    if (sources.length > 0) return sources;
    throw new CommandError('Name a site, a folder or a file, or `retrieval.sources` in the configuration file.', {
      exitCode: misused,
    });
  }
  const mcp = findMcpServer(target, mcpServers);
  if (isMcp(target) && !mcp) {
    const names = mcpServers.map(({id}) => id).join(', ');
    throw new CommandError(
      `There is no MCP server ${target.slice(4)} among the tools of the configuration${names === '' ? '' : `, only ${names}`}.`,
      {exitCode: misused},
    );
  }
  if (!isSite(target) && !mcp && !existsSync(target)) {
    throw new CommandError(`There is no folder or file ${target}. The address of a site begins with https://.`, {
      exitCode: misused,
    });
  }
  const configured = retrieval?.sources?.find(
    (source) => toIngestSource(source).target === toIngestSource({target}).target,
  );
  const {id, readers, include, exclude, watch: watches} = options;
  const [baseUrl, maxPages] = [options['base-url'], options['max-pages']];
  if (baseUrl !== undefined && !isSite(baseUrl))
    throw new CommandError('--base-url takes the URL of a site.', {exitCode: misused});
  if (maxPages !== undefined && !/^[1-9]\d*$/.test(maxPages))
    throw new CommandError('--max-pages takes a number of 1 or more.', {exitCode: misused});
  if (watches !== undefined && (isSite(target) || mcp)) {
    throw new CommandError(
      '--watch is for folders. A server reads other sources again by `every` in `retrieval.sources`.',
      {
        exitCode: misused,
      },
    );
  }
  return [
    toIngestSource({
      ...configured,
      ...(mcp && {mcp}),
      target,
      ...(id !== undefined && {id}),
      ...(readers !== undefined && {readers: parseReaders(readers)}),
      ...(baseUrl !== undefined && {baseUrl}),
      ...(include !== undefined && {include: include.split(',')}),
      ...(exclude !== undefined && {exclude: exclude.split(',')}),
      ...(maxPages !== undefined && {maxPages: Number(maxPages)}),
    }),
  ];
}

/** @throws CommandError */
function parseReaders(text: string): Readers {
  if (text === 'everybody' || text === 'users') return text;
  const words = text.split(',').map((word) => /^(plan|owner):(.+)$/.exec(word) ?? []);
  if (words.some(({length}) => length === 0)) {
    throw new CommandError(`--readers takes everybody, users, plan:NAME or owner:OWNER, and not "${text}".`, {
      exitCode: misused,
    });
  }
  const named = (kind: string) =>
    words.flatMap(([, each, name]) => (each === kind && name !== undefined ? [name] : []));
  return {plans: named('plan'), owners: named('owner')};
}

/** @throws CommandError if a source could not be read, or one has not a single document */
async function readSources(sources: readonly IngestSource[], path: string, signal: AbortSignal): Promise<void> {
  const line = new ProgressLine(process.stderr);
  const failures: string[] = [];
  try {
    const onProgress = ({id}: IngestSource, {found, total, last}: IngestProgress) => {
      line.show({name: id, done: found, total}, last);
    };
    for await (const outcome of ingestAll(sources, {path, signal, onProgress})) {
      line.clear();
      const {id} = outcome.source;
      if ('error' in outcome) {
        failures.push(
          `${id} was not read: ${outcome.error instanceof Error ? outcome.error.message : String(outcome.error)}`,
        );
        continue;
      }
      for (const text of summarize(outcome.result)) console.error(text);
      const {added, changed, unchanged} = outcome.result;
      if (added + changed + unchanged === 0) failures.push(`${id} has no document that can be read.`);
    }
  } catch (error) {
    line.clear();
    if (!signal.aborted) throw error;
    throw new CommandError('Ended. What was read by now is in the index.', {cause: error, exitCode: failed});
  }
  if (failures.length > 0) throw new CommandError(failures.join('\n'), {cause: failures, exitCode: failed});
}

const mostExamples = 3;

function summarize({
  source,
  added,
  changed,
  unchanged,
  removed,
  leftOut,
  milliseconds,
}: IngestResult): readonly string[] {
  const documents = added + changed + unchanged;
  const seconds = (milliseconds / 1_000).toFixed(1);
  const counts = `${added} new, ${changed} changed, ${unchanged} as before, ${removed} removed`;
  const byReason = new Map<string, string[]>();
  for (const {id, why} of leftOut) {
    // Addresses in a reason would make each of them a reason of its own.
    const reason = why.replace(/(?<= )(?:https?:\/\/\S+)(?=$|,)/, 'another page');
    byReason.set(reason, [...(byReason.get(reason) ?? []), id]);
  }
  return [
    `${source}: ${countOf(documents)} in ${seconds} s (${counts}).`,
    ...[...byReason].map(([why, ids]) => {
      const more = ids.length > mostExamples ? ` and ${ids.length - mostExamples} more` : '';
      return `  Left out because ${why}: ${ids.slice(0, mostExamples).join(', ')}${more}`;
    }),
  ];
}

async function listSources(path: string): Promise<Printed> {
  if (!existsSync(path)) return {notes: ['There are no sources.']};
  const index = sqliteIndex({path});
  try {
    const out: string[] = [];
    for (const {id, target, readers} of await index.sources()) {
      const who =
        typeof readers === 'string'
          ? readers
          : [
              ...(readers.plans ?? []).map((plan) => `plan:${plan}`),
              ...(readers.owners ?? []).map((owner) => `owner:${owner}`),
            ].join(',');
      out.push(`${id}  ${countOf((await index.documents(id)).length)}  ${who}  ${target}`);
    }
    return out.length === 0 ? {notes: ['There are no sources.']} : {out};
  } finally {
    await index.close();
  }
}

async function removeSource(path: string, id: string): Promise<Printed> {
  const index = existsSync(path) ? sqliteIndex({path}) : undefined;
  try {
    const isThere = (await index?.sources())?.some((source) => source.id === id);
    if (!index || !isThere)
      throw new ChatError('not-found', `There is no source ${id}. chatlet-server ingest --list shows all.`);
    await index.removeSource(id);
    return {notes: [`${id} is out of the index.`]};
  } finally {
    await index?.close();
  }
}

/** Milliseconds that a folder has to be quiet for. */
const quiet = 300;

/** Ends with the first SIGINT or SIGTERM. What fails is printed, and the next change is another try. */
async function watchSources(sources: readonly IngestSource[], path: string, signal: AbortSignal): Promise<void> {
  const {promise, resolve} = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => resolve());
  let running = Promise.resolve();
  const watchers = sources
    .filter(({target}) => !isSite(target) && !isMcp(target))
    .map((source) => {
      let timer: NodeJS.Timeout | undefined;
      return watch(source.target, {recursive: true, signal}, () => {
        clearTimeout(timer);
        timer = setTimeout(() => {
          running = running
            .then(() => readSources([source], path, signal))
            .catch((error: unknown) => console.error(error instanceof Error ? error.message : error));
        }, quiet);
      });
    });
  console.error('Watching. Stop it with Ctrl+C.');
  await promise;
  for (const watcher of watchers) watcher.close();
  await running;
}

/** Aborts at the first signal; a second one ends the process at once. */
function endBySignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(failed);
      controller.abort(new Error(name));
    });
  }
  return controller.signal;
}

function countOf(documents: number): string {
  return documents === 1 ? '1 document' : `${documents} documents`;
}
