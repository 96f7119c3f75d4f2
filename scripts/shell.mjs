/** Starts programs, and ends them with all that they have started, on every system. Knows none of them. */
import {spawnSync} from 'node:child_process';

/** For `spawn`: whether a program begins a group of processes, which `endTree` ends. Windows has trees in place of groups. */
export const ownGroup = process.platform !== 'win32';

/**
 * Ends a program that was spawned with `detached: ownGroup`, and all that it has started.
 * @param {number} pid
 * @param {NodeJS.Signals} signal Windows has none, and ends all at once
 */
export function endTree(pid, signal) {
  if (process.platform === 'win32') {
    spawnSync('taskkill', ['/pid', `${pid}`, '/t', '/f']);
    return;
  }
  try {
    process.kill(-pid, signal);
  } catch {
    // No process of the group is left.
  }
}

/**
 * What `spawn` takes to start a program by its name. On Windows npm, pnpm and npx are scripts, which only a shell can start,
 * and Node hands a shell its words as they are: a word with a space would become two.
 * @param {readonly string[]} command the program's name, and its arguments
 * @param {NodeJS.Platform} [platform]
 * @returns {[file: string, args: string[], options: {shell: boolean}]}
 */
export function toSpawn([file = '', ...args], platform = process.platform) {
  if (platform !== 'win32') return [file, args, {shell: false}];
  return [[file, ...args].map(quote).join(' '), [], {shell: true}];
}

/** @param {string} word */
function quote(word) {
  return /^[\w@:=./\\*{},!-]+$/.test(word) ? word : `"${word.replaceAll('"', String.raw`\"`)}"`;
}
