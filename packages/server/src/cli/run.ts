/** Reads the command line, runs the command that it names, and prints the result. Knows no command by name. */
import {existsSync} from 'node:fs';
import {parseArgs, type ParseArgsOptionsConfig} from 'node:util';
import {ChatError} from '@chatlet/protocol';
import {version} from '../version.ts';
import {type Command, CommandError, type CommandOption, failed, misused} from './command.ts';
import {commands, defaultCommand} from './commands.ts';
import {printHelp} from './help.ts';

/** Every command takes the options of all commands, so that `--config` works with each of them. */
const optionsOfAll: Readonly<Record<string, CommandOption>> = Object.assign(
  {},
  ...commands.map(({options = {}}) => options),
);

export async function runCommandLine(args: readonly string[]): Promise<void> {
  try {
    await runCommand(args);
  } catch (error) {
    // An error that explains itself needs no stack. Any other is a bug, and its stack helps to find it.
    console.error(error instanceof CommandError || error instanceof ChatError ? error.message : error);
    process.exit(error instanceof CommandError ? error.exitCode : failed);
  }
}

async function runCommand(args: readonly string[]): Promise<void> {
  const {flags, options, words} = parseCommandLine(args);
  if (flags.help) {
    process.stdout.write(printHelp(commands));
    return;
  }
  if (flags.version) {
    process.stdout.write(`${version}\n`);
    return;
  }
  const {command, rest} = findCommand(words);
  loadDotEnv();
  const {out = [], notes = []} = await command.run({
    env: {...process.env, ...overridesOf(options)},
    args: rest,
    options,
  });
  for (const note of notes) console.error(note);
  for (const line of out) console.log(line);
}

interface CommandLine {
  readonly flags: {readonly help: boolean; readonly version: boolean};
  readonly options: Readonly<Record<string, string>>;
  /** The command's name and its arguments. */
  readonly words: readonly string[];
}

/** Splits a command line into options and words. @throws {CommandError} if an option is unknown or lacks its value */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const options: ParseArgsOptionsConfig = {
    help: {type: 'boolean', short: 'h'},
    version: {type: 'boolean', short: 'v'},
  };
  for (const [name, {short, value}] of Object.entries(optionsOfAll)) {
    options[name] = {type: value === undefined ? 'boolean' : 'string', ...(short && {short})};
  }
  try {
    const {values, positionals} = parseArgs({args: joinValues(args, options), allowPositionals: true, options});
    const {help, version: showVersion, ...given} = values;
    const texts = Object.entries(given).map(([name, value]) => [name, typeof value === 'string' ? value : 'yes']);
    return {
      flags: {help: help === true, version: showVersion === true},
      options: Object.fromEntries(texts),
      words: positionals,
    };
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new CommandError(`${message} Try chatlet-server --help.`, {cause, exitCode: misused});
  }
}

/**
 * `--visitor -x7…` as `--visitor=-x7…`, because every 64th visitor's id begins with a dash, and `parseArgs` refuses such a
 * value. A word that is itself an option is no value.
 */
function joinValues(args: readonly string[], options: ParseArgsOptionsConfig): string[] {
  const isOption = (word: string) =>
    Object.entries(options).some(([name, {short}]) => word.split('=', 1)[0] === `--${name}` || word === `-${short}`);
  const joined: string[] = [];
  for (const arg of args) {
    const before = joined.at(-1) ?? '';
    const takesValue = before.startsWith('--') && options[before.slice(2)]?.type === 'string';
    if (takesValue && /^-./.test(arg) && !isOption(arg)) joined.splice(-1, 1, `${before}=${arg}`);
    else joined.push(arg);
  }
  return joined;
}

/** @throws {CommandError} if no command has this name and takes this many arguments */
export function findCommand(words: readonly string[]): {readonly command: Command; readonly rest: readonly string[]} {
  if (words.length === 0) return {command: defaultCommand, rest: []};
  for (const command of commands) {
    const name = command.name.split(' ');
    const rest = words.slice(name.length);
    const isNamed = name.every((word, index) => words[index] === word);
    const missing = (command.parameters ?? []).length - rest.length;
    if (isNamed && (missing === 0 || (missing === -1 && command.optionalParameter !== undefined)))
      return {command, rest};
  }
  throw new CommandError(`There is no command "${words.join(' ')}". Try chatlet-server --help.`, {exitCode: misused});
}

/** Adds the variables of the file `.env` in this folder to those of the environment, which take precedence. */
function loadDotEnv(): void {
  if (!existsSync('.env')) return;
  try {
    process.loadEnvFile('.env');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CommandError(`The file .env cannot be read: ${reason}`, {cause, exitCode: failed});
  }
}

function overridesOf(options: CommandLine['options']): Readonly<Record<string, string>> {
  const overrides: Record<string, string> = {};
  for (const [name, value] of Object.entries(options)) {
    const variable = optionsOfAll[name]?.overrides;
    if (variable !== undefined) overrides[variable] = value;
  }
  return overrides;
}
