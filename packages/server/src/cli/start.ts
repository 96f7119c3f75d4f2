/** `chatlet-server start`: runs a server until a signal ends it, and shuts it down in good order. */
import {missingDefault} from '../check-upstreams.ts';
import {sqlitePathOf} from '../database-url.ts';
import {type Configuration, readConfiguration} from '../configuration.ts';
import {isDemoServer} from '../configured-providers.ts';
import type {Log} from '../engine/log.ts';
import {defaultVisitorCeiling} from '../engine/spending.ts';
import type {ChatServer, ListeningServer} from '../index.ts';
import {isLocalHost, isLocalOnly} from '../local-settings.ts';
import {jsonLog} from '../logs/json.ts';
import {sqliteKeyStore} from '../stores/sqlite/keys.ts';
import {type Command, CommandError, failed} from './command.ts';
import {databaseFileOf} from './database-file.ts';

export const start: Command = {
  name: 'start',
  options: {
    port: {value: 'PORT', short: 'p', overrides: 'PORT'},
    host: {value: 'HOST', overrides: 'HOST'},
    config: {value: 'FILE', short: 'c', overrides: 'CHATLET_CONFIG'},
  },
  async run({env}) {
    const {server: config, listen, logLevel, secrets, warnings, makeTools} = await readConfiguration(env);
    for (const warning of warnings) console.error(`Note: ${warning}`);
    // Loaded here, so that other commands need not wait for the whole server.
    const {createChatServer} = await import('../index.ts');
    const log = config.log ?? jsonLog({level: logLevel, secrets});
    const made = await makeTools({note: (sentence) => console.error(`Note: ${sentence}`)});
    const prompts = [...(config.prompts ?? []), ...(made?.prompts ?? [])];
    const tools = made && {tools: made.own, toolsets: [...(config.toolsets ?? []), ...made.toolsets]};
    const server = createChatServer({...config, ...tools, prompts, log});
    const keyed = await hasKeys(config);
    if (!keyed) console.error('Note: there are no API keys, so /v1 answers programs on this machine and nobody else.');
    if (!keyed && isLocalOnly(config) && isLocalHost(listen.host ?? '127.0.0.1') && !isDemoServer(config)) {
      console.error(
        'Note: programs and pages on this machine have the plan "default". That ends with a key, CHATLET_ORIGINS, ' +
          'CHATLET_TRUST_PROXY, another HOST, or a request through a proxy; then they have the plan of visitors.',
      );
    }
    const {tokensPerDay} = config.spending?.visitors ?? (isDemoServer(config) ? {} : defaultVisitorCeiling);
    if (tokensPerDay !== undefined) {
      console.error(
        `Note: visitors together have ${tokensPerDay} tokens a day (\`spending\` in the configuration file).`,
      );
    }
    shutDownOnSignals(server, log);
    const {url} = await listenOn(server, listen);
    void noteUpstreams(server, config);
    return {out: [`Chatlet is at ${url} and answers with ${upstreamsOf(config)}. Stop it with Ctrl+C.`]};
  },
};

/** Says what is wrong with upstreams, as soon as they have answered. No question waits for it. */
async function noteUpstreams(server: ChatServer, config: Configuration['server']): Promise<void> {
  const checked = await server.checkUpstreams();
  for (const {trouble} of checked) if (trouble !== undefined) console.error(`Note: ${trouble}`);
  const missing = missingDefault(checked, config);
  if (missing !== undefined) console.error(`Note: ${missing}`);
}

/** Whether any program has a key. If none has, programs on this machine need none. */
async function hasKeys(config: Configuration['server']): Promise<boolean> {
  if (config.apiKeys && config.apiKeys.length > 0) return true;
  if (config.keyStore) return config.keyStore.hasAny();
  if (config.store || sqlitePathOf(config.databaseUrl) === ':memory:') return false;
  const store = sqliteKeyStore({path: databaseFileOf(config)});
  try {
    return await store.hasAny();
  } finally {
    await store.close();
  }
}

function upstreamsOf({providers, openai, anthropic, upstreams = []}: Configuration['server']): string {
  if (providers) return 'your providers';
  const names = [openai?.baseUrl, anthropic && 'Anthropic', ...upstreams.map(({id}) => id)];
  return names.filter((name) => name !== undefined).join(' and ') || 'the offline demo model';
}

async function listenOn(server: ChatServer, listen: Configuration['listen']): Promise<ListeningServer> {
  try {
    return await server.listen(listen);
  } catch (cause) {
    await server.close();
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    const options = {cause, exitCode: failed};
    if (code === 'EADDRINUSE') {
      const next = `PORT=${listen.port + 1} chatlet-server start`;
      throw new CommandError(`Port ${listen.port} is taken. Choose another: ${next}`, options);
    }
    if (code === 'EACCES') {
      throw new CommandError(`Port ${listen.port} needs more rights. Choose one above 1023.`, options);
    }
    throw cause;
  }
}

/** The first signal waits until answers are saved; a second signal ends the process at once. */
function shutDownOnSignals(server: ChatServer, log: Log): void {
  let ending = false;
  const end = (signal: NodeJS.Signals) => {
    if (ending) process.exit(failed);
    ending = true;
    if (signal === 'SIGINT') process.stderr.write('\n');
    console.error('Ending. Answers that are being written are saved.');
    server.close().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(failed);
      },
    );
  };
  process.on('SIGINT', end).on('SIGTERM', end);
  // A stream that fails in an unforeseen way must not end all others.
  process.on('unhandledRejection', (reason) => log.report(reason, {unhandled: 'rejection'}));
  process.on('uncaughtException', (error) => log.report(error, {unhandled: 'exception'}));
}
