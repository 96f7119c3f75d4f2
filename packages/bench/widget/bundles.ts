/** Bundles each contestant's page as its users would: minified, split at dynamic imports. Knows no browser. */
import {rm} from 'node:fs/promises';
import {fileURLToPath} from 'node:url';
import {brotliCompressSync, gzipSync} from 'node:zlib';
import {compile} from '@tailwindcss/node';
import {Scanner} from '@tailwindcss/oxide';
import {build, type BuildResult, type Plugin} from 'esbuild';
import {commitBefore} from './contestants.ts';
import {checkOutWidget} from './earlier.ts';

const here = fileURLToPath(new URL('.', import.meta.url));

export interface Asset {
  readonly type: string;
  readonly body: string | Uint8Array;
}

/** Readable names make profiles readable, but bundles larger. */
type Names = 'short' | 'readable';

async function bundle(
  entryPoints: Readonly<Record<string, string>>,
  {names = 'short', plugins = []}: {names?: Names; plugins?: Plugin[]} = {},
) {
  return await build({
    entryPoints,
    absWorkingDir: here,
    outdir: '/bundle',
    bundle: true,
    write: false,
    minify: names === 'short',
    splitting: true,
    metafile: true,
    format: 'esm',
    target: 'es2022',
    conditions: ['@chatlet/source', 'browser', 'production'],
    define: {'process.env.NODE_ENV': '"production"'},
    tsconfigRaw: {compilerOptions: {experimentalDecorators: true, useDefineForClassFields: false}},
    plugins,
    logLevel: 'error',
  });
}

/** Everything that the pages of these contestants load, by path. */
export async function bundlePages(
  contestants: readonly string[],
  {names}: {names: Names},
): Promise<ReadonlyMap<string, Asset>> {
  const assets = new Map<string, Asset>();
  for (const name of contestants) {
    // One build a contestant: shared chunks would let the contestants load each other's code.
    const isEarlier = name === 'element-before';
    const plugins = isEarlier ? [await earlierWidget()] : [];
    const page = isEarlier ? 'ours-element' : name;
    const {outputFiles} = await bundle({[name]: `./pages/${page}.ts`}, {names, plugins});
    for (const file of outputFiles) {
      const path = file.path.replace('/bundle/', `/bundle/${name}/`);
      assets.set(path, {type: file.path.endsWith('.css') ? 'text/css' : 'text/javascript', body: file.contents});
    }
    assets.set(`/pages/${name}`, {type: 'text/html; charset=utf-8', body: pageOf(name)});
  }
  if (contestants.includes('streamdown'))
    assets.set('/streamdown.css', {type: 'text/css', body: await streamdownStyles()});
  return assets;
}

/** Takes our packages from an earlier commit. */
async function earlierWidget(): Promise<Plugin> {
  const folder = await checkOutWidget(commitBefore);
  return {
    name: 'earlier-widget',
    setup({onResolve, onEnd}) {
      onResolve({filter: /\/widget\/src\//}, ({path}) => ({
        path: `${folder}/packages/${path.slice(path.indexOf('widget/src/'))}`,
      }));
      onResolve({filter: /^@chatlet\/protocol$/}, () => ({path: `${folder}/packages/protocol/src/index.ts`}));
      onEnd(() => rm(folder, {recursive: true}));
    },
  };
}

function pageOf(name: string): string {
  const styles = name === 'streamdown' ? '<link rel="stylesheet" href="/streamdown.css">' : '';
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${name}</title>
<link rel="icon" href="data:,">
<style>
  body { margin: 0; font: 16px/1.5 Arial, sans-serif; }
  #stage { width: 480px; height: 640px; display: flex; flex-direction: column; }
  .scroller { flex: 1; min-height: 0; overflow-y: auto; padding: 0 12px; }
  .question { margin: 8px 0; font-weight: bold; }
  .answer { margin: 8px 0; overflow-wrap: anywhere; }
  .end { height: 1px; }
  .wrap { white-space: pre-wrap; }
  pre { overflow-x: auto; }
  textarea { font: inherit; height: 48px; }
</style>
${styles}
<div id="stage"></div>
<script type="module" src="/bundle/${name}/${name}.js"></script>
</html>`;
}

/** The utility classes that Streamdown's elements carry, made with Tailwind as its README says. */
async function streamdownStyles(): Promise<string> {
  const source = `@import "tailwindcss";
    :root { --background: oklch(1 0 0); --foreground: oklch(0.145 0 0); --card: oklch(1 0 0); --card-foreground: oklch(0.145 0 0);
      --muted: oklch(0.97 0 0); --muted-foreground: oklch(0.556 0 0); --border: oklch(0.922 0 0); --input: oklch(0.922 0 0);
      --primary: oklch(0.205 0 0); --primary-foreground: oklch(0.985 0 0); --radius: 0.625rem; }`;
  const compiler = await compile(source, {base: here, onDependency: () => {}});
  const scanner = new Scanner({
    sources: [
      {
        base: fileURLToPath(new URL('../node_modules/streamdown', import.meta.url)),
        pattern: 'dist/*.js',
        negated: false,
      },
    ],
  });
  return compiler.build(scanner.scan());
}

export interface Weight {
  readonly minified: number;
  readonly gzip: number;
  readonly brotli: number;
  /** Gzip size of the chunks that are loaded only on demand. */
  readonly later: readonly number[];
}

/** The size of the code that a page loads to use the contestant, at once and on demand. */
export async function weigh(entry: string): Promise<Weight> {
  const result = await bundle({entry});
  const first = staticChunks(result);
  const sizes = result.outputFiles.map(({path, contents}) => ({
    first: first.has(path),
    minified: contents.byteLength,
    gzip: gzipSync(contents, {level: 9}).byteLength,
    brotli: brotliCompressSync(contents).byteLength,
  }));
  const sum = (of: 'minified' | 'gzip' | 'brotli') =>
    sizes.filter((file) => file.first).reduce((total, file) => total + file[of], 0);
  return {
    minified: sum('minified'),
    gzip: sum('gzip'),
    brotli: sum('brotli'),
    later: sizes.filter((file) => !file.first).map((file) => file.gzip),
  };
}

/** The paths of the entry and of all its static imports. */
function staticChunks({metafile}: BuildResult<{metafile: true}>): ReadonlySet<string> {
  const outputs = new Map(
    Object.entries(metafile.outputs).map(([path, output]) => [fileNameOf(path), output] as const),
  );
  const reached = new Set<string>();
  const visit = (name: string) => {
    if (reached.has(name)) return;
    reached.add(name);
    for (const {path, kind} of outputs.get(name)?.imports ?? []) {
      if (kind === 'import-statement') visit(fileNameOf(path));
    }
  };
  visit('entry.js');
  return new Set([...reached].map((name) => `/bundle/${name}`));
}

function fileNameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
