/**
 * Measures the downloads of our users: a page with a chat, a bundle with our Markdown or with a wrapper for a framework, the
 * tarballs, an installed server.
 */
import {existsSync, globSync, readFileSync, readdirSync, realpathSync, statSync} from 'node:fs';
import {dirname, extname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {brotliCompressSync, gzipSync} from 'node:zlib';
import {weigh} from '../packages/bench/widget/bundles.ts';
import {published} from './release.mjs';

const packages = fileURLToPath(new URL('../packages/', import.meta.url));

/** Each measure by the name that budgets.json has for it. */
export async function measures(): Promise<ReadonlyMap<string, number>> {
  const installed = installedPackages(join(packages, 'server'));
  return new Map([
    ['loader', compressed(loader())],
    ['panel', sumOf(panel())],
    ['first-answer', sumOf(new Set([...panel(), ...loadedAtOnce(chunk('answers'))]))],
    ['markdown-engine', (await weigh('./weights/ours.ts')).gzip],
    ['installed-packages', installed.size],
    ['installed-bytes', [...installed].reduce((sum, folder) => sum + sizeOf(folder), 0)],
    ...(['react', 'vue'] as const).map((name) => [name, wrapperSize(name)] as const),
    ...published.map((name: string) => [`${name}-tarball`, tarballSize(join(packages, name))] as const),
  ]);
}

const byKind = (a: string, b: string) => extname(a).localeCompare(extname(b)) || a.localeCompare(b);

/** A wrapper for a framework is one file, which a bundler takes as it is. */
function wrapperSize(name: 'react' | 'vue'): number {
  return brotliCompressSync(readFileSync(join(packages, name, 'dist/index.js'))).length;
}

/** The bytes that npm downloads, within some percent: a tar of the listed files, with those of a kind beside each other. */
function tarballSize(folder: string): number {
  const block = 512;
  const paths = listedFiles(folder, ['package.json', 'README.md', ...(manifestOf(folder).files ?? [])]);
  const parts = paths.toSorted(byKind).flatMap((path) => {
    const header = Buffer.alloc(block);
    header.write(path);
    const content = readFileSync(join(folder, path));
    return [header, content, Buffer.alloc((block - (content.length % block)) % block)];
  });
  return gzipSync(Buffer.concat(parts), {level: 9}).length;
}

function loader(): string {
  const path = join(packages, 'widget/dist/browser/chatlet.js');
  if (!existsSync(path)) throw new Error('The script tag is not bundled: npm run build.');
  return path;
}

/** The loader, the chunk that it fetches, and what that imports at once. */
function panel(): readonly string[] {
  return [loader(), ...loadedAtOnce(chunk('chat'))];
}

function chunk(name: string): string {
  const folder = join(dirname(loader()), 'chatlet');
  const [file] = globSync(`${name}-*.js`, {cwd: folder});
  if (file === undefined) throw new Error(`The script tag has no chunk with the name ${name}.`);
  return join(folder, file);
}

const sumOf = (paths: Iterable<string>) => [...paths].reduce((sum, path) => sum + compressed(path), 0);

/** The bytes of a script as the server sends it: compressed by Brotli at build time. */
function compressed(path: string): number {
  return statSync(`${path}.br`).size;
}

/** The paths of a bundled module and of all that it imports other than by `import()`. */
export function loadedAtOnce(entry: string): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (path: string) => {
    if (found.has(path)) return;
    found.add(path);
    for (const [, next] of readFileSync(path, 'utf8').matchAll(/\b(?:from|import)\s*["'](\.{1,2}\/[^"']+)["']/g)) {
      if (next) visit(join(dirname(path), next));
    }
  };
  visit(entry);
  return found;
}

interface Manifest {
  readonly files?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const manifestOf = (folder: string) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;

/** The folders of a package and of all that it needs at run time. Optional ones for other machines are not installed. */
export function installedPackages(start: string): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (folder: string) => {
    if (found.has(folder)) return;
    found.add(folder);
    const {dependencies, optionalDependencies} = manifestOf(folder);
    for (const name of Object.keys({...dependencies, ...optionalDependencies})) {
      const next = resolvePackage(folder, name);
      if (next) visit(next);
      else if (!optionalDependencies?.[name]) throw new Error(`${name} is not installed, but ${folder} needs it.`);
    }
  };
  visit(realpathSync(start));
  return found;
}

function resolvePackage(from: string, name: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const path = join(folder, 'node_modules', name);
    if (existsSync(path)) return realpathSync(path);
    if (folder === dirname(folder)) return undefined;
  }
}

/** The bytes of a package as it is published: of our own, the files that its manifest lists. */
function sizeOf(folder: string): number {
  if (!folder.startsWith(packages)) return sizeOfAll(folder);
  return listedFiles(folder, manifestOf(folder).files ?? [])
    .map((path) => statSync(join(folder, path)).size)
    .reduce((sum, size) => sum + size, 0);
}

function listedFiles(folder: string, names: readonly string[]): readonly string[] {
  const filesOf = (name: string) => globSync([name, `${name}/**`], {cwd: folder});
  const excluded = new Set(names.filter((name) => name.startsWith('!')).flatMap((name) => filesOf(name.slice(1))));
  const listed = names
    // `pnpm release:version` writes the CHANGELOG.
    .filter((name) => !name.startsWith('!') && name !== 'CHANGELOG.md')
    .flatMap((name) => {
      const files = filesOf(name);
      if (files.length === 0) throw new Error(`${join(folder, name)} is not built: npm run build.`);
      return files;
    });
  return [...new Set(listed)].filter((path) => !excluded.has(path) && statSync(join(folder, path)).isFile());
}

function sizeOfAll(folder: string): number {
  return readdirSync(folder, {withFileTypes: true}).reduce((sum, entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' ? sum : sum + sizeOfAll(path);
    return entry.isFile() ? sum + statSync(path).size : sum;
  }, 0);
}
