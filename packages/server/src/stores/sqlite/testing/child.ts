/** Starts a script of this folder as a process of its own, which ends with the test. */
import {type ChildProcess, fork} from 'node:child_process';
import {once} from 'node:events';
import {join} from 'node:path';
import type {TestContext} from 'node:test';

export interface Child {
  readonly pid: number;
  /** Sends an order and waits until it is carried out. */
  order(text: string): Promise<void>;
  kill(): Promise<void>;
}

export async function startChild(
  t: TestContext,
  script: 'other-program' | 'serve-until-killed',
  path: string,
): Promise<Child> {
  const child: ChildProcess = fork(join(import.meta.dirname, `${script}.ts`), [path], {
    execArgv: ['--conditions=@chatlet/source'],
  });
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  };
  t.after(kill);
  await once(child, 'message');
  return {
    pid: child.pid ?? -1,
    async order(text) {
      const done = once(child, 'message');
      child.send(text);
      await done;
    },
    kill,
  };
}
