/** The shape of a command of `chatlet-server`, and the results and errors that all commands have in common. */
import type {Environment} from '../configuration.ts';

export interface Command {
  /** Its words on the command line: `keys create`. */
  readonly name: string;
  /** Required arguments after the name, by the words that stand for them in the help. */
  readonly parameters?: readonly string[];
  /** An argument behind them that may be left out. */
  readonly optionalParameter?: string;
  readonly options?: Readonly<Record<string, CommandOption>>;
  /** A paragraph at the end of the help. */
  readonly notes?: string;
  run(call: CommandCall): Promise<Printed>;
}

export interface CommandOption {
  /** The word that stands for its value in the help. Without it the option takes none, and is `yes` if it is given. */
  readonly value?: string;
  readonly short?: string;
  /** The environment variable that it overrides. */
  readonly overrides?: string;
}

export interface CommandCall {
  /** With the variables that options override. */
  readonly env: Environment;
  /** As many as there are `parameters`, and perhaps the optional one. */
  readonly args: readonly string[];
  readonly options: Readonly<Record<string, string | undefined>>;
}

/** Only `out` goes to stdout, because scripts read it; `notes` are for people. */
export interface Printed {
  readonly out?: readonly string[];
  readonly notes?: readonly string[];
}

/** Exit codes: 1 if the command failed, 2 if the command line is wrong. */
export const failed = 1;
export const misused = 2;

/** A problem that its message explains in full, so that it is printed without a stack. */
export class CommandError extends Error {
  readonly exitCode: number;

  constructor(message: string, options: ErrorOptions & {exitCode: number}) {
    super(message, options);
    this.exitCode = options.exitCode;
  }
}
