/** Where errors go that somebody who runs the server should see. */
import {ChatError} from '@chatlet/protocol';

/** Facts that help to find the place; never what people wrote. */
export type ReportContext = Readonly<Record<string, string | number | undefined>>;

/** Takes an error with everything it carries, causes included. Must not throw. */
export type Report = (error: unknown, context?: ReportContext) => void;

/** One line to stderr, causes after it. Errors that are the caller's own doing are left out. */
export const reportToConsole: Report = (error, context = {}) => {
  if (error instanceof ChatError && error.status < 500 && error.cause === undefined) return;
  const facts = Object.entries(context).map(([name, value]) => ` ${name}=${value ?? ''}`);
  console.error(`chatlet: ${chain(error)}${facts.join('')}`);
};

function chain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const name = error instanceof ChatError ? error.code : error.name;
  const own =
    error instanceof ChatError || error.cause !== undefined ? `${name}: ${error.message}` : (error.stack ?? name);
  return error.cause === undefined ? own : `${own} ← ${chain(error.cause)}`;
}
