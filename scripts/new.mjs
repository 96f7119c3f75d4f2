/** Begins an element, a dialect or a provider from a template, with its test: `pnpm new:dialect acme-chat`. */
import {spawnSync} from 'node:child_process';
import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

const templates = fileURLToPath(new URL('templates/', import.meta.url));
const formatter = fileURLToPath(new URL('../node_modules/oxfmt/bin/oxfmt', import.meta.url));

/** For each kind: its files by the ends of their names, and the folder. */
const kinds = {
  element: {ends: ['.ts', '.styles.ts', '.test.ts'], folder: (name) => `packages/widget/src/elements/${name}`},
  dialect: {ends: ['.ts', '.test.ts'], folder: () => 'packages/protocol/src/dialects'},
  provider: {ends: ['.ts', '.test.ts'], folder: () => 'packages/server/src/providers'},
};

/**
 * Writes the files, and returns their paths.
 * @param {string} kind
 * @param {string} name in small letters with dashes
 * @param {string} root of the repository
 * @throws {Error} with a sentence, before anything is written
 */
export function begin(kind, name, root) {
  const {ends, folder} = kinds[kind] ?? {};
  if (!ends) throw new Error(`There is no template for "${kind}", but for ${Object.keys(kinds).join(', ')}.`);
  if (!/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(name)) {
    throw new Error(`Name it in small letters with dashes: pnpm new:${kind} acme-chat`);
  }
  const words = name.split('-');
  const pascal = words.map((word) => word[0].toUpperCase() + word.slice(1)).join('');
  const spaced = words.join(' ');
  const fill = (text) =>
    text
      .replaceAll('SAMPLE_NAME', name.toUpperCase().replaceAll('-', '_'))
      .replaceAll('sample-name', name)
      .replaceAll('SampleName', pascal)
      .replaceAll('sampleName', pascal[0].toLowerCase() + pascal.slice(1))
      .replaceAll('Sample name', spaced[0].toUpperCase() + spaced.slice(1))
      .replaceAll('sample name', spaced);
  const files = ends.map((end) => ({end, path: `${folder(name)}/${name}${end}`}));
  const taken = files.find(({path}) => existsSync(join(root, path)));
  if (taken) throw new Error(`${taken.path} is there already.`);
  for (const {end, path} of files) {
    mkdirSync(dirname(join(root, path)), {recursive: true});
    writeFileSync(join(root, path), fill(readFileSync(join(templates, `${kind}${end}.txt`), 'utf8')));
  }
  const paths = files.map(({path}) => path);
  // A longer name breaks lines in other places.
  spawnSync(process.execPath, [formatter, ...paths], {cwd: root});
  return paths;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [kind = '', name = ''] = process.argv.slice(2);
  try {
    const paths = begin(kind, name, fileURLToPath(new URL('..', import.meta.url)));
    console.log(
      `${paths.join('\n')}\n\nIts test: npm run only -- ${paths.at(-1)}\nWhat is left: CONTRIBUTING.md, "How to add …"`,
    );
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
