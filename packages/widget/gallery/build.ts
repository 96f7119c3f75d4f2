/** Builds the pages of the gallery into `dist/browser/gallery`, where the server finds them. */
import {cpSync, globSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {build} from 'vite';
import type {Plugin, UserConfig} from 'vite';
import {languages} from '../src/translations/index.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));

/** The pages take the elements as everybody does, from the server's `chatlet.mjs`. */
const builtElements: Plugin = {
  name: 'built-elements',
  enforce: 'pre',
  resolveId: (source) => (source === '../src/index.ts' ? {id: '../chatlet.mjs', external: 'relative'} : null),
};

/** `shared` is the configuration of the main build; `outDir` its folder. */
export async function buildGallery(shared: UserConfig, outDir: string): Promise<void> {
  const pages = ['gallery', 'stage', 'playground', 'app'];
  await build({
    ...shared,
    plugins: [builtElements],
    define: {languages: JSON.stringify(languages)},
    logLevel: 'warn',
    build: {
      target: 'es2022',
      outDir: join(outDir, 'gallery'),
      emptyOutDir: true,
      modulePreload: false,
      reportCompressedSize: false,
      lib: {
        entry: Object.fromEntries(pages.map((name) => [name, join(folder, `${name}.ts`)])),
        formats: ['es'],
        fileName: (_, name) => `${name}.js`,
      },
      rolldownOptions: {output: {chunkFileNames: '[name].js', minify: true}},
    },
  });
  for (const file of globSync('*.{html,css}', {cwd: folder})) {
    cpSync(join(folder, file), join(outDir, 'gallery', file));
  }
}
