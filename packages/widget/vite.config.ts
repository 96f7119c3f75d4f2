/**
 * Bundles the chat for pages without a bundler: `chatlet.js`, a small loader for the script tag; `chatlet.mjs`, which a page
 * may import; and beside them, in `chatlet/`, the chunks that are fetched when they are needed. All of them also compressed.
 */
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {build, defineConfig} from 'vite';
import type {Plugin, UserConfig} from 'vite';
import {compressFolder} from './compress.ts';
import {buildGallery} from './gallery/build.ts';

const source = (name: string) => fileURLToPath(new URL(`src/script-tag/${name}`, import.meta.url));
const outDir = fileURLToPath(new URL('dist/browser', import.meta.url));

/** Takes comments and indentation out of style sheets: they are strings, so the minifier leaves them alone. */
const plainStyles: Plugin = {
  name: 'plain-styles',
  enforce: 'pre',
  transform(code, id) {
    if (!/src\/(?:styles\/\w+|elements\/.*\.styles|markdown\/markdown\.styles)\.ts$/.test(id)) return null;
    const plain = code.replaceAll(/(css|\/\* css \*\/ )`([^`]*)`/g, (_, tag: string, styles: string) => {
      const words = styles.replaceAll(/\/\*.*?\*\//gs, '').replaceAll(/\s+/g, ' ');
      return `${tag}\`${words
        .replaceAll(/ ?([{};,>]) ?|(:) /g, '$1$2')
        .replaceAll(';}', '}')
        .trim()}\``;
    });
    return {code: plain, map: null};
  },
};

/** Takes the files that an opened chat fetches from one. */
const answers: Plugin = {
  name: 'answers',
  resolveDynamicImport: (specifier) =>
    typeof specifier === 'string' && /\/(?:read-arrivals|message\/defined|define-thread)\.ts$/.test(specifier)
      ? source('answers.ts')
      : null,
};

const shared = {
  configFile: false,
  plugins: [plainStyles],
  resolve: {conditions: ['@chatlet/source', 'module', 'browser', 'production']},
} satisfies UserConfig;

const output = {
  // The styles decide, because they need newer browsers than the scripts: relative colours, nested popovers, `:dir()`.
  target: ['chrome123', 'edge123', 'firefox128', 'safari17.5'],
  outDir,
  sourcemap: true,
  reportCompressedSize: false,
};

/** The loader and the chat as one module, with all exports of the package. */
const wholeModule = (fileOf: (name: string) => string) => `import './chatlet.js';
import './${fileOf('answers')}';
import './${fileOf('define-history')}';
import './${fileOf('define-model-picker')}';
export * from './${fileOf('chat')}';
export const ChatletHistory = customElements.get('chatlet-history');
export const ChatletLauncher = customElements.get('chatlet-launcher');
export const ChatletMessage = customElements.get('chatlet-message');
export const ChatletModelPicker = customElements.get('chatlet-model-picker');
export const ChatletThread = customElements.get('chatlet-thread');
`;

/** Builds the loader when the name of the chat's chunk is known. A chunk of its own, because it may import nothing. */
const loader: Plugin = {
  name: 'loader',
  async writeBundle(_, bundle) {
    const fileOf = (name: string) => {
      const chunk = Object.values(bundle).find((each) => each.type === 'chunk' && each.name === name);
      if (!chunk) throw new Error(`The bundle has no chunk with the name ${name}.`);
      return chunk.fileName;
    };
    await build({
      ...shared,
      logLevel: 'warn',
      define: {chatCode: JSON.stringify(`./${fileOf('chat')}`), wholeCode: '"./chatlet.mjs"'},
      build: {
        ...output,
        emptyOutDir: false,
        lib: {entry: source('loader.ts'), name: 'chatlet', formats: ['iife'], fileName: () => 'chatlet.js'},
        rolldownOptions: {external: /^\.\/chatlet/, output: {minify: true, comments: {legal: false}}},
      },
    });
    writeFileSync(join(outDir, 'chatlet.mjs'), wholeModule(fileOf));
    await compressFolder(outDir);
    await buildGallery(shared, outDir);
  },
};

export default defineConfig({
  ...shared,
  plugins: [plainStyles, answers, loader],
  build: {
    ...output,
    emptyOutDir: true,
    license: {fileName: 'chatlet/licenses.md'},
    lib: {entry: {chat: source('chat.ts')}, formats: ['es'], fileName: () => 'chatlet/chat-[hash].js'},
    rolldownOptions: {
      preserveEntrySignatures: 'allow-extension',
      output: {
        chunkFileNames: 'chatlet/[name]-[hash].js',
        minify: true,
        comments: {legal: true},
        codeSplitting: {
          // Each has all that it imports in its own file, so that a page waits for no further one.
          groups: [
            {name: 'chat', test: /script-tag\/chat\.ts$/, priority: 2},
            {name: 'answers', test: /script-tag\/answers\.ts$/, priority: 1},
          ],
        },
      },
    },
  },
});
