/** The code of the widget's README compiles for users of TypeScript: strict, with the built declarations. */
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const settings = {strict: true, noEmit: true, skipLibCheck: false, jsx: 'react-jsx', target: 'es2022'};
const modules = {
  module: 'esnext',
  moduleResolution: 'bundler',
  lib: ['es2023', 'dom', 'dom.iterable', 'dom.asynciterable'],
};

/** Compiles a file in a project that has the packages of this folder. Returns the compiler's errors; empty if there are none. */
async function compile(folder: string, name: string, source: string): Promise<string> {
  const project = await mkdtemp(join(root, folder, 'node_modules', 'readme-'));
  try {
    await writeFile(join(project, name), source);
    const config = {compilerOptions: {...settings, ...modules, types: []}, files: [name]};
    await writeFile(join(project, 'tsconfig.json'), JSON.stringify(config));
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const run = promisify(execFile)(process.execPath, [tsc, '-p', project]);
    return await run.then(
      () => '',
      (error: {readonly stdout: string}) => error.stdout,
    );
  } finally {
    await rm(project, {recursive: true});
  }
}

test('E4: the README’s React component compiles, and wrong values do not', async () => {
  const readme = await readFile(join(root, 'packages/widget/README.md'), 'utf8');
  const component = /```tsx\n(.*?)```/s.exec(readme)?.[1] ?? '';
  assert.match(component, /onchatlet-answered/);
  assert.equal(await compile('examples/react', 'help.tsx', component), '');
  const wrong = `import '@chatlet/widget/define';
    export const one = <chatlet-chat theme="drak" />;
    export const two = <chatlet-launcher position="corner" />;
    export const three = <chatlet-chat onchatlet-answered={(event) => event.answer} />;`;
  const found = await compile('examples/react', 'wrong.tsx', wrong);
  assert.deepEqual(
    [...found.matchAll(/wrong\.tsx\((\d)/g)].map(([, line]) => line),
    ['2', '3', '4'],
    found,
  );
});

test('E11: the server’s declarations need no types that do not come with it, such as those of Express', async () => {
  const server = join(root, 'packages/server');
  const {dependencies} = JSON.parse(await readFile(join(server, 'package.json'), 'utf8')) as {dependencies: object};
  const foreign = new Set<string>();
  const seen = new Set<string>();
  const visit = async (file: string): Promise<void> => {
    if (seen.has(file)) return;
    seen.add(file);
    const text = await readFile(file, 'utf8');
    for (const [, name = ''] of text.matchAll(/(?:\bfrom|\bimport\(?)\s*['"]([^'"]+)['"]/g)) {
      if (name.startsWith('.')) await visit(join(file, '..', name.replace(/\.[jt]s$/, '.d.ts')));
      else foreign.add(name);
    }
  };
  await visit(join(server, 'dist/index.d.ts'));
  assert.ok(seen.size > 50);
  const typed = Object.keys(dependencies).filter((name) => name !== 'express');
  assert.deepEqual(
    [...foreign].filter((name) => !name.startsWith('node:') && !typed.includes(name)),
    [],
  );
});

test('E4: the README’s functions of a page compile, and one without a function does not', async () => {
  const readme = await readFile(join(root, 'packages/widget/README.md'), 'utf8');
  const shop = /```ts\n(const cart.*?)```/s.exec(readme)?.[1] ?? '';
  assert.match(shop, /registerTool/);
  const defined = `import '@chatlet/widget/define';\n${shop}`;
  assert.equal(await compile('packages/e2e', 'shop.ts', defined), '');
  const wrong = `${defined}\nchat?.registerTool({name: 'x', description: 'y'});`;
  assert.match(await compile('packages/e2e', 'shop.ts', wrong), /'run' is missing/);
});

test('E4: in plain TypeScript the import brings the types of the tags and of their events', async () => {
  const source = `import '@chatlet/widget/define';
    document.querySelector('chatlet-chat')?.addEventListener('chatlet-answered', ({message}) => message.usage);`;
  assert.equal(await compile('packages/e2e', 'page.ts', source), '');
});
