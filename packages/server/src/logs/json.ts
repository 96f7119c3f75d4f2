/**
 * The log as lines of JSON. Errors are logged with their causes. Known secrets and strings that look like
 * secrets are redacted. The exact texts of upstreams are logged at the level `debug` only.
 */
import {ChatError} from '@chatlet/protocol';
import type {Log} from '../engine/log.ts';
import {Advice} from '../engine/report.ts';

/** The least severe lines that are logged. */
export type LogLevel = 'silent' | 'error' | 'warn' | 'info' | 'debug';

export const logLevels: readonly LogLevel[] = ['silent', 'error', 'warn', 'info', 'debug'];

/** What is logged, and to where. */
export interface JsonLogOptions {
  /**
   * `error`: bugs and failures. `warn`: refused requests and second tries too. `info` (default): ended answers too.
   * `debug`: every request, and the exact texts of upstreams' errors, which may quote messages of people.
   */
  readonly level?: LogLevel;
  /** Keys and passwords to redact. */
  readonly secrets?: readonly string[];
  /** Takes the lines; stderr by default. */
  readonly write?: (line: string) => void;
}

/** Creates a log that writes lines of JSON. */
export function jsonLog({level = 'info', secrets = [], write}: JsonLogOptions = {}): Log {
  const logger = createLogger(level, write ?? bufferedStderr());
  const printing = {redact: createRedactor(secrets), bodies: logger.isLevelEnabled('debug')};
  const {redact} = printing;
  return {
    report(error, context = {}) {
      if (error instanceof Advice) {
        logger.warn(context, redact(error.message));
        return;
      }
      // A caller's own mistake was told to the caller, and the line of its request has it.
      if (error instanceof ChatError && error.status < 500 && error.cause === undefined) return;
      logger.error({...context, error: printError(error, printing)}, 'error');
    },
    turn({firstWord, duration, usage, marks, ...facts}) {
      const {promptTokens, completionTokens, estimated} = usage ?? {};
      const cited = marks && {citations: marks.shown, droppedMarks: marks.dropped};
      const line = {...facts, promptTokens, completionTokens, estimated, ...cited};
      logger.info({...line, firstWord: firstWord && Math.round(firstWord), duration: Math.round(duration)}, 'answer');
    },
    tool({duration, ...facts}) {
      logger.info({...facts, duration: Math.round(duration)}, 'tool');
    },
    secondTry({how, error, ...facts}) {
      if (!logger.isLevelEnabled('warn')) return;
      const wait = 'wait' in facts && {wait: Math.round(facts.wait)};
      logger.warn({...facts, ...wait, error: printError(error, printing)}, how);
    },
    learned(facts) {
      logger.info(facts, 'learned');
    },
    request({duration, path, ...facts}) {
      const refused = facts.status >= 400;
      if (!logger.isLevelEnabled(refused ? 'warn' : 'debug')) return;
      logger[refused ? 'warn' : 'debug']({...facts, path: redact(path), duration: Math.round(duration)}, 'request');
    },
  };
}

type LineLevel = Exclude<LogLevel, 'silent'>;

interface Logger extends Readonly<Record<LineLevel, (facts: object, message: string) => void>> {
  isLevelEnabled(level: LineLevel): boolean;
}

/** Writes the lines of this level and of those before it. Without host name and process id: a collector knows them. */
function createLogger(level: LogLevel, write: (line: string) => void): Logger {
  const isLevelEnabled = (asked: LineLevel) => logLevels.indexOf(asked) <= logLevels.indexOf(level);
  const at = (label: LineLevel) => (facts: object, msg: string) => {
    if (!isLevelEnabled(label)) return;
    write(`${JSON.stringify({level: label, time: new Date().toISOString(), ...facts, msg})}\n`);
  };
  return {isLevelEnabled, error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug')};
}

/** Milliseconds that a line waits for others: a system call for each line would cost much of a short answer's time. */
const bufferTime = 50;

/**
 * Buffers lines for stderr, and writes them a moment after the first one or when the process exits. If nobody reads
 * stderr any more the lines are lost, and the server goes on.
 */
function bufferedStderr(): (line: string) => void {
  let lines = '';
  let due: NodeJS.Timeout | undefined;
  const write = () => {
    clearTimeout(due);
    due = undefined;
    if (lines !== '') process.stderr.write(lines);
    lines = '';
  };
  process.once('exit', write);
  process.stderr.on('error', () => {});
  return (line) => {
    lines += line;
    due ??= setTimeout(write, bufferTime).unref();
  };
}

/** A longer message is a page or a document and not a reason, so it is truncated. */
const longestMessage = 500;
const longestBody = 4000;
const mostCauses = 5;

interface PrintedError {
  readonly name: string;
  readonly code?: string;
  readonly message: string;
  readonly stack?: string;
  readonly body?: string;
  readonly cause?: PrintedError;
}

interface Printing {
  readonly redact: (text: string) => string;
  /** Whether the exact texts of upstreams are printed. */
  readonly bodies: boolean;
}

function printError(error: unknown, how: Printing, depth = 0): PrintedError {
  const {redact} = how;
  if (!(error instanceof Error)) return {name: typeof error, message: redact(String(error)).slice(0, longestMessage)};
  const {name, message, cause} = error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const body = how.bodies && 'body' in error && typeof error.body === 'string' ? error.body : undefined;
  // The stack of a bug of ours helps; an upstream's error has no useful stack.
  const stack = error instanceof ChatError || 'body' in error || cause !== undefined ? undefined : framesOf(error);
  return {
    name,
    ...(code !== undefined && {code}),
    message: redact(message).slice(0, longestMessage),
    ...(stack !== undefined && {stack: redact(stack)}),
    ...(body !== undefined && {body: redact(body).slice(0, longestBody)}),
    ...(cause !== undefined && depth < mostCauses && {cause: printError(cause, how, depth + 1)}),
  };
}

/** The frames of the stack. The message before them is printed already, and may have lines that look like frames. */
function framesOf({stack = '', message}: Error): string | undefined {
  const from = stack.includes(message) ? stack.indexOf(message) + message.length : 0;
  const frames = stack
    .slice(from)
    .split('\n')
    .filter((line) => /^ +at /.test(line));
  return frames.length > 0 ? frames.join('\n') : undefined;
}

const redacted = '[secret]';

/** Common keys: after `Bearer`, `sk-…`, our own keys, JSON Web Tokens, visitor tokens. */
const looksSecret =
  /\b(?:bearer\s+\S+|sk-[\w-]{8,}|chatlet_[0-9a-f]{16,}|ey[\w-]{8,}\.[\w-]+\.[\w-]+|v1\.[\w-]{20,}\.[\w-]{20,}|v2\.[\w-]{43})/gi;

function createRedactor(secrets: readonly string[]): (text: string) => string {
  // The longest first: a shorter secret inside a longer one would leave parts of the longer one.
  const known = secrets.filter((secret) => secret.length >= 8).toSorted((a, b) => b.length - a.length);
  return (text) => {
    let safe = text;
    for (const secret of known) safe = safe.replaceAll(secret, redacted);
    return safe.replace(looksSecret, redacted);
  };
}
