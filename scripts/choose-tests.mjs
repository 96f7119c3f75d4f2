/** Finds test files: those that a command line names, with their suites, and those beside what has changed. */
import {execFileSync} from 'node:child_process';
import {existsSync, readdirSync, statSync} from 'node:fs';
import {basename, dirname, join, relative, resolve, sep} from 'node:path';
import {suiteOf} from './suites.mjs';

/**
 * @param {readonly string[]} names paths, as they were typed in the folder `from` or from the root
 * @param {{root: string, from: string}} folders
 * @returns {{chosen: Map<string, string[]>, complaints: string[]}} the files by suite
 */
export function chooseTests(names, {root, from}) {
  const chosen = new Map();
  const complaints = names.length > 0 ? [] : ['Name one test file or more: npm run only -- packages/…/name.test.ts'];
  for (const name of names) {
    const path = [from, root].map((folder) => resolve(folder, name)).find((candidate) => existsSync(candidate));
    const suite = path && suiteOf(fromRoot(root, path));
    if (suite) chosen.set(suite, [...(chosen.get(suite) ?? []), fromRoot(root, path)]);
    else complaints.push(complaintAbout(name, {root, path}));
  }
  return {chosen, complaints};
}

function complaintAbout(name, {root, path}) {
  if (!path) return `There is no file ${name}.${hint(namesakes(root, name))}`;
  const here = fromRoot(root, path);
  if (statSync(path).isDirectory()) return `${here} is a folder. Name its test files one by one.`;
  if (path.endsWith('.test.ts'))
    return `${here} is in no suite. The suites and their folders are listed in scripts/suites.mjs.`;
  return `${here} is not a test file.${hint(namesakes(root, path))}`;
}

const hint = (paths) => (paths.length > 0 ? ` Did you mean ${paths.join(' or ')}?` : '');

/** Test files of the same name in other folders: files get moved, and a source has its test beside it. */
function namesakes(root, name) {
  const wanted = basename(name).replace(/(?:\.test)?\.\w+$/, '.test.ts');
  return testFiles(root).filter((path) => basename(path) === wanted);
}

/**
 * The tests of a suite in the folders of these files.
 * @param {string} suite its name
 * @param {readonly string[]} paths from the root
 * @param {string} root
 * @returns {string[]}
 */
export function testsBeside(suite, paths, root) {
  const folders = new Set(paths.map((path) => dirname(path)));
  return testFiles(root).filter((path) => suiteOf(path) === suite && folders.has(dirname(path)));
}

/**
 * What has changed since the commit before the last: the last commit, and what is not committed yet.
 * @param {string} root
 * @returns {string[]} paths from the root; none outside a repository
 */
export function changedFiles(root) {
  const git = (...words) => {
    try {
      return execFileSync('git', words, {cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore']}).split('\n');
    } catch {
      return [];
    }
  };
  const paths = [...git('diff', '--name-only', 'HEAD~1'), ...git('ls-files', '--others', '--exclude-standard')];
  return paths.filter((path) => path !== '');
}

/**
 * All test files of the repository, from its root.
 * @param {string} root
 * @returns {string[]}
 */
export function testFiles(root) {
  const found = [];
  const read = (folder) => {
    for (const entry of readdirSync(folder, {withFileTypes: true})) {
      if (entry.name === 'node_modules' || entry.name === 'dist' || entry.name.startsWith('.')) continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) read(path);
      else if (entry.name.endsWith('.test.ts')) found.push(fromRoot(root, path));
    }
  };
  read(root);
  return found;
}

const fromRoot = (root, path) => relative(root, path).split(sep).join('/');
