/**
 * Calls between the runner and the processes that it started, over Node's own channel (IPC), so that a call costs no
 * contestant a request. Does not know the functions.
 */
import type {ChildProcess} from 'node:child_process';

/** The functions of a process by name, each with at most one parameter. */
export type Answers = Readonly<Record<string, (parameter: never) => unknown>>;

export interface Asking<A extends Answers> {
  <Name extends keyof A & string>(name: Name, ...parameter: Parameters<A[Name]>): Promise<Awaited<ReturnType<A[Name]>>>;
}

interface Question {
  readonly question: number;
  readonly name: string;
  readonly parameter: never;
}

interface Answer {
  readonly answer: number;
  readonly value?: unknown;
  readonly error?: string | undefined;
}

const isQuestion = (message: unknown): message is Question =>
  typeof message === 'object' && message !== null && 'question' in message;

const isAnswer = (message: unknown): message is Answer =>
  typeof message === 'object' && message !== null && 'answer' in message;

/** Answers the runner's calls from now on, and ends with the runner. */
export function answerQuestions(answers: Answers): void {
  const reply = (answer: Answer) => process.send?.(answer);
  process.on('message', (message) => {
    if (!isQuestion(message)) return;
    const {question, name, parameter} = message;
    const answer = async () => answers[name]?.(parameter);
    answer().then(
      (value) => reply({answer: question, value}),
      (error: unknown) => reply({answer: question, error: error instanceof Error ? error.stack : String(error)}),
    );
  });
  process.on('disconnect', () => process.exit());
}

/** Calls a function of a process; fails if the process ends before it has answered. */
export function askProcess<A extends Answers>(child: ChildProcess): Asking<A> {
  let next = 0;
  const open = new Map<number, {resolve: (value: never) => void; reject: (error: Error) => void}>();
  child.on('message', (message) => {
    if (!isAnswer(message)) return;
    const asked = open.get(message.answer);
    open.delete(message.answer);
    // The reply comes from the other side's function of this name: both are typed by `A`.
    if (message.error === undefined) asked?.resolve(message.value as never);
    else asked?.reject(new Error(message.error));
  });
  child.on('exit', (code, signal) => {
    for (const {reject} of open.values())
      reject(new Error(`The process ended (${code ?? signal}) before it answered.`));
    open.clear();
  });
  return (name, ...[parameter]) =>
    new Promise((resolve, reject) => {
      if (!child.connected) {
        reject(new Error(`The process is gone; it was asked for "${name}".`));
        return;
      }
      const question = next++;
      open.set(question, {resolve, reject});
      child.send({question, name, parameter});
    });
}
