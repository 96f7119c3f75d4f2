/**
 * Builds what a script tag loads: one module with everything in it, and beside it, in `chatlet/`, the heavy parts that
 * are fetched when an answer first needs them.
 */
import {fileURLToPath} from 'node:url';
import {defineConfig} from 'vite';

export default defineConfig({
  build: {
    // Relative colours, nested popovers, `:dir()`: what the styles need is newer than what the scripts need.
    target: ['chrome123', 'edge123', 'firefox128', 'safari17.5'],
    outDir: 'dist/browser',
    emptyOutDir: true,
    sourcemap: true,
    reportCompressedSize: false,
    lib: {
      entry: fileURLToPath(new URL('src/browser.ts', import.meta.url)),
      formats: ['es'],
      fileName: () => 'chatlet.js',
    },
    rolldownOptions: {
      output: {chunkFileNames: 'chatlet/[name]-[hash].js', minify: true},
    },
  },
  resolve: {conditions: ['@chatlet/source', 'module', 'browser', 'production']},
});
