/** Starts threads whose code is in a file of its own. */
import {Worker, type WorkerOptions} from 'node:worker_threads';
import {quietThread} from '../stores/sqlite/runtime.ts';

/**
 * @param name of the file beside the caller, without its ending, which is `.ts` in the sources and `.js` in the package
 * @param module the caller's `import.meta.url`
 */
export function startWorker(
  name: string,
  module: string,
  options: Pick<WorkerOptions, 'workerData' | 'resourceLimits'> = {},
): Worker {
  return new Worker(new URL(`./${name}${module.slice(-3)}`, module), {
    ...options,
    execArgv: [...process.execArgv.filter((option) => option.startsWith('--conditions=')), ...quietThread],
  });
}
