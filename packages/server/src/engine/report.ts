/** Reports errors that the operator of the server should see. */
import {ChatError} from '@chatlet/protocol';

/** Facts that help to find the cause; never messages of people. */
export type ReportContext = Readonly<Record<string, string | number | undefined>>;

/** Takes an error with its causes. Must not throw. */
export type Report = (error: unknown, context?: ReportContext) => void;

/** Writes one line with all causes to stderr. Leaves out errors that the caller made. */
export const reportToConsole: Report = (error, context = {}) => {
  if (error instanceof ChatError && error.status < 500 && error.cause === undefined) return;
  const facts = Object.entries(context).map(([name, value]) => ` ${name}=${value ?? ''}`);
  console.error(`chatlet: ${printChain(error)}${facts.join('')}`);
};

function printChain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof Advice) return error.message;
  const name = error instanceof ChatError ? error.code : error.name;
  const own =
    error instanceof ChatError || error.cause !== undefined ? `${name}: ${error.message}` : (error.stack ?? name);
  return error.cause === undefined ? own : `${own} ← ${printChain(error.cause)}`;
}

/** Advice for the operator, in a sentence. Logged as a warning and without a stack, because nothing has failed. */
export class Advice extends Error {
  override readonly name = 'Advice';
}
