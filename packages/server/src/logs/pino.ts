/**
 * The log as lines of JSON, through pino. Errors come with their causes; secrets that are known, and what looks like
 * one, are struck out, and what upstreams say word for word is left to the level `debug`.
 */
import {ChatError} from '@chatlet/protocol';
import {type DestinationStream, pino} from 'pino';
import type {Log} from '../engine/log.ts';

export type LogLevel = 'silent' | 'error' | 'warn' | 'info' | 'debug';

export const logLevels: readonly LogLevel[] = ['silent', 'error', 'warn', 'info', 'debug'];

export interface PinoLogOptions {
  /**
   * `error`: what is broken. `warn`: refused requests and second tries too. `info` (default): ended answers too.
   * `debug`: every request, and what upstreams say when they refuse, word for word, which may repeat what people wrote.
   */
  readonly level?: LogLevel;
  /** Keys and passwords that must not be seen. */
  readonly secrets?: readonly string[];
  /** Takes the lines; stderr by default. */
  readonly write?: (line: string) => void;
}

export function pinoLog({level = 'info', secrets = [], write}: PinoLogOptions = {}): Log {
  const logger = pino(
    // Whose machine and process it is, whoever collects the lines knows already.
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: {level: (label) => ({level: label})},
    },
    write ? {write} : gathered(),
  );
  const printing = {hide: hider(secrets), bodies: logger.isLevelEnabled('debug')};
  const {hide} = printing;
  return {
    report(error, context = {}) {
      // What the caller did wrong was told to the caller, and is a line of its request.
      if (error instanceof ChatError && error.status < 500 && error.cause === undefined) return;
      logger.error({...context, error: printError(error, printing)}, 'error');
    },
    turn({firstWord, duration, usage, ...facts}) {
      const {promptTokens, completionTokens, estimated} = usage ?? {};
      const line = {...facts, promptTokens, completionTokens, estimated};
      logger.info({...line, firstWord: firstWord && Math.round(firstWord), duration: Math.round(duration)}, 'answer');
    },
    secondTry({how, error, ...facts}) {
      if (!logger.isLevelEnabled('warn')) return;
      const wait = 'wait' in facts && {wait: Math.round(facts.wait)};
      logger.warn({...facts, ...wait, error: printError(error, printing)}, how);
    },
    request({duration, path, ...facts}) {
      const refused = facts.status >= 400;
      if (!logger.isLevelEnabled(refused ? 'warn' : 'debug')) return;
      logger[refused ? 'warn' : 'debug']({...facts, path: hide(path), duration: Math.round(duration)}, 'request');
    },
  };
}

/** Milliseconds that a line waits for others; a system call for each would be a good part of a short answer's cost. */
const gatheringTime = 50;

/**
 * Standard error, written to a moment after the first of some lines, and at the latest when the process ends. Where
 * nobody takes the lines any more they are lost, and the server goes on.
 */
function gathered(): DestinationStream {
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
  return {
    write(line) {
      lines += line;
      due ??= setTimeout(write, gatheringTime).unref();
    },
  };
}

/** What is longer is somebody's page or document, not a reason. */
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
  readonly hide: (text: string) => string;
  /** Whether what upstreams said is printed word for word. */
  readonly bodies: boolean;
}

function printError(error: unknown, how: Printing, depth = 0): PrintedError {
  const {hide} = how;
  if (!(error instanceof Error)) return {name: typeof error, message: hide(String(error)).slice(0, longestMessage)};
  const {name, message, cause} = error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const body = how.bodies && 'body' in error && typeof error.body === 'string' ? error.body : undefined;
  // Where a fault of ours happened, its place helps; an upstream's troubles have no place in here.
  const place = error instanceof ChatError || 'body' in error || cause !== undefined ? undefined : placeOf(error);
  return {
    name,
    ...(code !== undefined && {code}),
    message: hide(message).slice(0, longestMessage),
    ...(place !== undefined && {stack: hide(place)}),
    ...(body !== undefined && {body: hide(body).slice(0, longestBody)}),
    ...(cause !== undefined && depth < mostCauses && {cause: printError(cause, how, depth + 1)}),
  };
}

/** The lines of the stack. The message before them is printed already, and may have lines that look like them. */
function placeOf({stack = '', message}: Error): string | undefined {
  const from = stack.includes(message) ? stack.indexOf(message) + message.length : 0;
  const frames = stack
    .slice(from)
    .split('\n')
    .filter((line) => /^ +at /.test(line));
  return frames.length > 0 ? frames.join('\n') : undefined;
}

const struckOut = '[secret]';

/** What keys of the usual kinds look like: behind `Bearer`, `sk-…`, our own, tokens of three parts. */
const looksSecret =
  /\b(?:bearer\s+\S+|sk-[\w-]{8,}|chatlet_[0-9a-f]{16,}|ey[\w-]{8,}\.[\w-]+\.[\w-]+|v1\.[\w-]{20,}\.[\w-]{20,})/gi;

function hider(secrets: readonly string[]): (text: string) => string {
  // The longest first, so that none is left in pieces by a shorter one inside it.
  const known = secrets.filter((secret) => secret.length >= 8).toSorted((a, b) => b.length - a.length);
  return (text) => {
    let hidden = text;
    for (const secret of known) hidden = hidden.replaceAll(secret, struckOut);
    return hidden.replace(looksSecret, struckOut);
  };
}
