#!/usr/bin/env node
/**
 * `chatlet-server`: starts a server from the environment and a configuration file, and ends it in good order; makes
 * and revokes keys.
 */
import {parseArgs} from 'node:util';
import {ChatError} from '@chatlet/protocol';
import {type Configuration, readConfiguration} from './configuration.ts';
import {type Printed, hasKeys, keysCommand, migrateCommand} from './cli-keys.ts';
import type {Log} from './engine/log.ts';
import {type ChatServer, createChatServer} from './index.ts';
import {pinoLog} from './logs/pino.ts';
import {version} from './version.ts';

const help = `chatlet-server: the backend of a chat

  chatlet-server start [--port PORT] [--host HOST] [--config FILE]
  chatlet-server keys create [--account ACCOUNT] [--plan PLAN] [--name NAME]
  chatlet-server keys list [--account ACCOUNT]
  chatlet-server keys revoke ID
  chatlet-server migrate

  PORT, HOST             where it listens                          8000, 127.0.0.1
  OPENAI_BASE_URL        any OpenAI-compatible upstream            the offline demo model
  OPENAI_API_KEY         its key
  ANTHROPIC_API_KEY      Anthropic's models too                    none
  CHATLET_MODEL          the model where none is asked for         the first one listed
  CHATLET_DATABASE_URL   where chats are kept                      sqlite:.chatlet/chatlet.db
  CHATLET_API_KEYS       key:plan,key:plan:account for programs    none, programs on this machine only
  CHATLET_ORIGINS        origins whose pages may use the server    its own, and pages on this machine
  CHATLET_VISITORS       whether people may ask who have not       welcome
                         signed in: welcome, refused
  CHATLET_JWT_SECRET     checks the tokens of your site's users,   none
  CHATLET_JWKS_URL       or where its public keys are
  CHATLET_JWT_ISSUER     who must have issued those tokens         anybody with the key
  CHATLET_JWT_AUDIENCE   whom they must be for                     anybody
  CHATLET_TRUST_PROXY    proxies in front: how many, or where      none
  CHATLET_SECRET         signs visitor tokens                      made once, beside the database
  CHATLET_METRICS_TOKEN  who may read /metrics                     programs on this machine
  CHATLET_LOG_LEVEL      silent, error, warn, info, debug          info
  CHATLET_CONFIG         a .json, .mjs or .ts file for the rest    ./chatlet.config.json

  The command keys create prints a key once and keeps only its hash. Further keys of an account see the same chats.
  Plans are default, trial, core, enterprise and those of the configuration file. A key that is revoked is refused at
  once, also by a server that runs.

  --help, --version
`;

/** How the process ends: 1 where it could not start or stop, 2 where it was asked wrongly. */
const failed = 1;
const misused = 2;

async function main(): Promise<void> {
  const {values, positionals} = readArguments();
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  if (values.version) {
    process.stdout.write(`${version}\n`);
    return;
  }
  const env = {
    ...process.env,
    ...(values.port !== undefined && {PORT: values.port}),
    ...(values.host !== undefined && {HOST: values.host}),
    ...(values.config !== undefined && {CHATLET_CONFIG: values.config}),
  };
  const [command = 'start', ...more] = positionals;
  const {account, plan, name} = values;
  const ofKey = {...(account !== undefined && {account}), ...(plan !== undefined && {plan}), ...(name && {name})};
  switch (`${command} ${more.join(' ')}`.trim()) {
    case 'start':
      return start(env);
    case 'migrate':
      return print(await migrateCommand((await readConfiguration(env)).server));
    case 'keys create':
      return print(await keysCommand({command: 'create', ...ofKey}, (await readConfiguration(env)).server));
    case 'keys list':
      return print(await keysCommand({command: 'list', ...ofKey}, (await readConfiguration(env)).server));
    default: {
      const [verb, id, ...rest] = more;
      if (command === 'keys' && verb === 'revoke' && id !== undefined && rest.length === 0) {
        return print(await keysCommand({command: 'revoke', id}, (await readConfiguration(env)).server));
      }
      throw new Told(`There is no command "${positionals.join(' ')}". Try chatlet-server --help.`, {exitCode: misused});
    }
  }
}

/** Only what a script may want goes to stdout. */
function print({out, notes}: Printed): void {
  for (const note of notes) console.error(note);
  for (const line of out) console.log(line);
}

/** Trouble that its message explains in full. */
class Told extends Error {
  readonly exitCode: number;

  constructor(message: string, options: ErrorOptions & {exitCode: number}) {
    super(message, options);
    this.exitCode = options.exitCode;
  }
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        help: {type: 'boolean', short: 'h'},
        version: {type: 'boolean', short: 'v'},
        port: {type: 'string', short: 'p'},
        host: {type: 'string'},
        config: {type: 'string', short: 'c'},
        account: {type: 'string'},
        plan: {type: 'string'},
        name: {type: 'string'},
      },
    });
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new Told(`${message} Try chatlet-server --help.`, {cause, exitCode: misused});
  }
}

async function start(env: NodeJS.ProcessEnv): Promise<void> {
  const {server: config, listen, logLevel, secrets, warnings} = await readConfiguration(env);
  for (const warning of warnings) console.error(`Note: ${warning}`);
  const log = config.log ?? pinoLog({level: logLevel, secrets});
  const server = createChatServer({...config, log});
  if (!(await hasKeys(config))) {
    console.error('Note: there are no API keys, so /v1 answers programs on this machine and nobody else.');
  }
  endInGoodOrder(server, log);
  const {url} = await listening(server, listen);
  const upstreams = [config.openai?.baseUrl, config.anthropic && 'Anthropic'].filter((name) => name !== undefined);
  const answers = config.providers ? 'your providers' : upstreams.join(' and ') || 'the offline demo model';
  console.log(`Chatlet is at ${url} and answers with ${answers}. Stop it with Ctrl+C.`);
}

async function listening(server: ChatServer, listen: Configuration['listen']) {
  try {
    return await server.listen(listen);
  } catch (cause) {
    await server.close();
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    const told = {cause, exitCode: failed};
    if (code === 'EADDRINUSE') {
      throw new Told(
        `Port ${listen.port} is taken. Choose another: PORT=${listen.port + 1} chatlet-server start`,
        told,
      );
    }
    if (code === 'EACCES') throw new Told(`Port ${listen.port} needs more rights. Choose one above 1023.`, told);
    throw cause;
  }
}

/** The first signal lets answers be saved, a second one does not wait for that. */
function endInGoodOrder(server: ChatServer, log: Log): void {
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
  // A stream that breaks in a way nobody thought of must not take all the others with it.
  process.on('unhandledRejection', (reason) => log.report(reason, {unhandled: 'rejection'}));
  process.on('uncaughtException', (error) => log.report(error, {unhandled: 'exception'}));
}

try {
  await main();
} catch (error) {
  // What explains itself needs no stack; anything else is a fault of ours, which a stack helps to find.
  console.error(error instanceof Told || error instanceof ChatError ? error.message : error);
  process.exit(error instanceof Told ? error.exitCode : failed);
}
