/**
 * Bundles the chat for the script tag: a module with everything that a page needs at once, and beside it, in `chatlet/`, the
 * chunks that are fetched when they are first needed, such as a language or the colours of code.
 */
import {fileURLToPath} from 'node:url';
import {defineConfig} from 'vite';
import type {Plugin} from 'vite';

/** Takes comments and indentation out of style sheets: they are strings, so the minifier leaves them alone. */
const plainStyles: Plugin = {
  name: 'plain-styles',
  enforce: 'pre',
  transform(code, id) {
    if (!/src\/(?:styles\/\w+|elements\/.*\.styles)\.ts$/.test(id)) return null;
    const plain = code.replaceAll(/css`([^`]*)`/g, (_, styles: string) => {
      const words = styles.replaceAll(/\/\*.*?\*\//gs, '').replaceAll(/\s+/g, ' ');
      return `css\`${words.replaceAll(/ ?([{};,]) ?/g, '$1').trim()}\``;
    });
    return {code: plain, map: null};
  },
};

export default defineConfig({
  plugins: [plainStyles],
  build: {
    // The styles decide, because they need newer browsers than the scripts: relative colours, nested popovers, `:dir()`.
    target: ['chrome123', 'edge123', 'firefox128', 'safari17.5'],
    outDir: 'dist/browser',
    emptyOutDir: true,
    sourcemap: true,
    reportCompressedSize: false,
    license: {fileName: 'chatlet/licenses.md'},
    lib: {
      entry: fileURLToPath(new URL('src/browser.ts', import.meta.url)),
      formats: ['es'],
      fileName: () => 'chatlet.js',
    },
    rolldownOptions: {
      output: {
        chunkFileNames: 'chatlet/[name]-[hash].js',
        // The modules that chunks share are one chunk, so that the script tag waits for one request more and not for
        // several. Chunks cannot import them from chatlet.js: on a page with `chatlet.js?v=2` that is a second chat.
        codeSplitting: {groups: [{name: 'shared', test: /packages[\\/](?:protocol|widget)[\\/]src/, minShareCount: 2}]},
        minify: true,
        comments: {legal: true},
      },
    },
  },
  resolve: {conditions: ['@chatlet/source', 'module', 'browser', 'production']},
});
