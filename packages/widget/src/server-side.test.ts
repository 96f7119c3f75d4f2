/** A page that is rendered on a server (SSR) imports the chat there too: nothing may happen, and nothing may stay running. */
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {test} from 'node:test';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {promisify} from 'node:util';
import {build} from 'vite';

const widget = fileURLToPath(new URL('..', import.meta.url));

test('importing and defining in Node throws nothing and lets the process end', async (t) => {
  const outDir = await mkdtemp(join(tmpdir(), 'chatlet-import-'));
  t.after(() => rm(outDir, {recursive: true, force: true}));
  await build({
    configFile: false,
    root: widget,
    logLevel: 'silent',
    resolve: {conditions: ['@chatlet/source', 'node', 'module', 'production']},
    ssr: {noExternal: true, resolve: {conditions: ['@chatlet/source', 'node', 'module', 'production']}},
    build: {
      ssr: true,
      outDir,
      rolldownOptions: {input: {index: join(widget, 'src/index.ts'), define: join(widget, 'src/define.ts')}},
    },
  });
  const [index, define] = ['index.js', 'define.js'].map((name) =>
    JSON.stringify(pathToFileURL(join(outDir, name)).href),
  );
  const script = `
    const {ChatletChat} = await import(${index});
    await import(${define});
    await import(${define});
    console.log(typeof ChatletChat, typeof document);
  `;
  const {stdout} = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
    timeout: 20_000,
  });
  assert.equal(stdout.trim(), 'function undefined');
});
