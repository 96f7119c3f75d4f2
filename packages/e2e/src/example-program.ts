/** Runs an example's server as its README does, on a free port. */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {programEnvironment} from '../../server/src/testing/program-environment.ts';

const examples = join(import.meta.dirname, '../../../examples');

export interface ExampleProgram {
  readonly url: string;
  [Symbol.asyncDispose](): Promise<void>;
}

/** @param file below `examples` */
export async function startExample(file: string, env: Readonly<Record<string, string>> = {}): Promise<ExampleProgram> {
  const folder = await mkdtemp(join(tmpdir(), 'chatlet-example-'));
  const child = spawn(process.execPath, [join(examples, file)], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {...programEnvironment, PORT: '0', ...env},
  });
  const dispose = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    await rm(folder, {recursive: true, force: true});
  };
  let said = '';
  for await (const chunk of child.stdout) {
    said += String(chunk);
    const [url] = /http:\/\/localhost:\d+/.exec(said) ?? [];
    if (url !== undefined) return {url, [Symbol.asyncDispose]: dispose};
  }
  await dispose();
  throw new Error(`${file} ended without an address: ${said}`);
}
