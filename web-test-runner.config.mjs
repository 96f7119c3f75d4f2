/** Browser tests of the widget: elements, controllers and the Markdown engine, in a real Chromium. */
import {fileURLToPath} from 'node:url';
import {esbuildPlugin} from '@web/dev-server-esbuild';
import {chromeLauncher} from '@web/test-runner-chrome';
import {findBrowser, browserArguments} from './scripts/browser.mjs';
import {suites} from './scripts/suites.mjs';

/** The DevTools sessions by their pages. */
const emulating = new WeakMap();

export default {
  files: [...suites['browser tests'].files],
  nodeResolve: {exportConditions: ['@chatlet/source', 'development', 'browser', 'default']},
  rootDir: fileURLToPath(new URL('.', import.meta.url)),
  browsers: [chromeLauncher({launchOptions: {executablePath: findBrowser(), args: browserArguments}})],
  // One file at a time: of several tabs only the one in front draws frames and takes keys.
  concurrency: 1,
  testFramework: {config: {timeout: 60_000, ui: 'bdd'}},
  plugins: [
    {
      // The runner's own command knows fewer features.
      name: 'emulate-features',
      async executeCommand({command, payload, session}) {
        if (command !== 'emulate-features') return undefined;
        const features = Object.entries(payload).map(([name, value]) => ({name, value}));
        const page = session.browser.getPage(session.id);
        // What one session emulates, no other takes back.
        const devtools = emulating.get(page) ?? (await page.createCDPSession());
        emulating.set(page, devtools);
        await devtools.send('Emulation.setEmulatedMedia', {features});
        return true;
      },
    },
    {
      // Its core is CommonJS, which bundlers read and browsers do not.
      name: 'highlight.js',
      transform: ({path, body}) =>
        path.endsWith('/highlight.js/lib/core.js')
          ? `const module = {exports: {}};\n${body}\nexport default module.exports;`
          : undefined,
    },
    esbuildPlugin({
      ts: true,
      json: true,
      target: 'es2022',
      tsconfig: fileURLToPath(new URL('packages/widget/tsconfig.json', import.meta.url)),
    }),
  ],
};
