/** Starts programs on every system. Knows none of them. */

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
