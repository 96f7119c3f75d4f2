/**
 * Builds what a script tag loads: one module with everything in it, and beside it, in `chatlet/`, the heavy parts that
 * are fetched when an answer first needs them.
 */
import {fileURLToPath} from 'node:url';
import {defineConfig} from 'vite';
import type {Plugin} from 'vite';

/** Style sheets without their comments and indentation: they are strings, which no minifier looks into. */
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
    // Relative colours, nested popovers, `:dir()`: what the styles need is newer than what the scripts need.
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
        // What chunks share is one chunk, so that the script tag waits for one more request and not for several. A chunk
        // cannot take it from chatlet.js: behind `chatlet.js?v=2` that would be a second copy of the whole chat.
        codeSplitting: {groups: [{name: 'shared', test: /packages[\\/](?:protocol|widget)[\\/]src/, minShareCount: 2}]},
        minify: true,
        comments: {legal: true},
      },
    },
  },
  resolve: {conditions: ['@chatlet/source', 'module', 'browser', 'production']},
});
