/** Serves the demo page: `pnpm run demo`. */
import {fileURLToPath} from 'node:url';
import {defineConfig} from 'vite';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  server: {host: '127.0.0.1', port: 5178, strictPort: true},
  resolve: {conditions: ['@chatlet/source', 'module', 'browser', 'development']},
});
