/**
 * Every code block of the documents for users compiles, or runs in a browser. Configurations and shell commands are compared
 * with the server by scripts/code-blocks.test.ts, and those of newcomers are run by ten-minutes.ts.
 */
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {suite, test} from 'node:test';
import {openPage} from '../../e2e/src/browser.ts';
import {setStage} from '../../e2e/src/stage.ts';
import {startStaticSite} from '../../e2e/src/static-site.ts';
import {readBlocks, root} from './readmes.ts';
import type {CodeBlock} from './readmes.ts';

const blocks = readBlocks();
const inLanguages = (...languages: readonly string[]) => blocks.filter(({language}) => languages.includes(language));
const placeOf = ({document, line}: CodeBlock) => `${document}:${line}`;

const inModules = (path: string) => join(root, 'packages/frameworks/node_modules', path);
const typescript7 = join(root, 'node_modules/typescript/bin/tsc');

/** Names that the text around a document's blocks has introduced, and packages that its reader has and this repository has not. */
const introduced: Readonly<Record<string, readonly string[]>> = {
  'examples/from-chatkit/README.md': ['./from-chatkit.js'],
  'examples/headless/README.md': ['draw'],
  'packages/server/README.md': ['app', 'isHuman', 'retriever', 'Bun', 'Deno', 'next'],
  'packages/widget/README.md': ['chat', 'mermaid', '@vitejs/plugin-vue'],
  'packages/widget/src/markdown/README.md': ['./index.ts', 'element'],
};

/** The name of a variable or a package that a compiler does not find. */
const notFound = /TS(?:2304|2307|2552|2868|18004)\b[^']*'([^']+)'/;

interface Compiler {
  /** The folder of the package whose dependencies the blocks may import. */
  readonly package: string;
  readonly command: readonly string[];
  readonly options?: object;
}

/** Compiles blocks as files of one project. Returns the errors, with the places of the blocks. */
async function compile(snippets: readonly CodeBlock[], {package: owner, command, options}: Compiler) {
  const project = await mkdtemp(join(root, 'packages', owner, 'node_modules', 'readme-'));
  try {
    const names = snippets.map(({language}, index) => `block${index}.${language}`);
    // A block without an import would share its names with the others.
    const asModule = ({code, language}: CodeBlock) => (/^[jt]s$/.test(language) ? `${code}\nexport {};\n` : code);
    await Promise.all(snippets.map((block, index) => writeFile(join(project, names[index] ?? ''), asModule(block))));
    const config = {
      extends: join(root, 'packages/frameworks/tsconfig.base.json'),
      compilerOptions: {skipLibCheck: true, ...options},
      include: ['.'],
    };
    await writeFile(join(project, 'tsconfig.json'), JSON.stringify(config));
    const out = await new Promise<string>((resolve) => {
      execFile(process.execPath, command, {cwd: project}, (_, stdout, stderr) => resolve(stdout + stderr));
    });
    return out
      .split('\n')
      .filter((line) => /error/i.test(line) && !/ 0 ERRORS/.test(line))
      .flatMap((line) => {
        const block = snippets[Number(/\bblock(\d+)\.\w+/.exec(line)?.[1])];
        const {1: name} = notFound.exec(line) ?? [];
        if (block && name !== undefined && introduced[block.document]?.includes(name)) return [];
        return [block ? line.replace(/.*?\bblock\d+\.\w+/, placeOf(block)) : line];
      });
  } finally {
    await rm(project, {recursive: true});
  }
}

suite('code blocks of the documents', () => {
  const stage = setStage();

  test('there are some in each language, and no language that nothing looks at', () => {
    const known = new Set([
      'tsx',
      'vue',
      'svelte',
      'ts',
      'js',
      'json',
      'jsonc',
      'html',
      'css',
      'sh',
      'ini',
      'nginx',
      'dockerfile',
      '',
    ]);
    assert.deepEqual(blocks.filter(({language}) => !known.has(language)).map(placeOf), []);
    for (const language of ['tsx', 'vue', 'svelte', 'js', 'json', 'html', 'css']) {
      assert.ok(inLanguages(language).length > 0, language);
    }
  });

  test('E4: those of React compile, strictly', async () => {
    const compiler = {package: 'frameworks', command: [typescript7, '-p', '.'], options: {skipLibCheck: false}};
    assert.deepEqual(await compile(inLanguages('tsx'), compiler), []);
  });

  test('E7: those of Vue compile, strictly', async () => {
    const compiler = {package: 'frameworks', command: [inModules('vue-tsc/bin/vue-tsc.js'), '-p', '.']};
    assert.deepEqual(await compile(inLanguages('vue'), compiler), []);
  });

  test('E7: those of Svelte compile, strictly', async () => {
    const command = [inModules('svelte-check/bin/svelte-check'), '--tsconfig', 'tsconfig.json', '--output', 'machine'];
    const options = {verbatimModuleSyntax: true};
    assert.deepEqual(await compile(inLanguages('svelte'), {package: 'frameworks', command, options}), []);
  });

  test('those of TypeScript and JavaScript compile', async () => {
    const options = {
      allowJs: true,
      checkJs: true,
      noImplicitAny: false,
    };
    const command = [typescript7, '-p', '.'];
    const all = inLanguages('ts', 'js');
    const elsewhere = new Set(all.filter(({code}) => /^import .* from '(?:fastify|hono|@ai-sdk\/)/m.test(code)));
    assert.ok(elsewhere.size >= 3, `${elsewhere.size} blocks`);
    const compileAll = (language: string) =>
      compile(
        all.filter((block) => block.language === language && !elsewhere.has(block)),
        {
          package: 'e2e',
          command,
          // JavaScript cannot say that something is there.
          options: {...options, strictNullChecks: language === 'ts', types: ['node', '@chatlet/widget/define']},
        },
      );
    const complaints = await Promise.all([
      compileAll('ts'),
      compileAll('js'),
      compile([...elsewhere], {package: 'compat', command, options: {...options, types: ['node']}}),
    ]);
    assert.deepEqual(complaints.flat(), []);
  });

  test('those of CSS name properties and parts that the elements have', async () => {
    const manifest = await readFile(join(root, 'packages/widget/custom-elements.json'), 'utf8');
    for (const block of inLanguages('css')) {
      for (const [name] of block.code.matchAll(/--chatlet-[\w-]+|(?<=::part\()[\w-]+/g)) {
        assert.ok(manifest.includes(`"${name}"`), `${placeOf(block)}: ${name}`);
      }
    }
  });

  test('those of HTML show what they are about, on a page of another origin', async () => {
    for (const block of inLanguages('html')) {
      // Above it stands another product.
      const ours = block.code.split('<!-- after -->\n').at(-1) ?? '';
      const code = ours.replaceAll(/https:\/\/chat\.example(?:\.com)?|http:\/\/localhost:8000/g, stage.server.url);
      const script = code.includes('chatlet.js') ? '' : `<script defer src="${stage.server.url}/chatlet.js"></script>`;
      const html = code.startsWith('<!doctype')
        ? code
        : `<!doctype html><html lang="en"><title>Page</title><link rel="icon" href="data:," />${script}${code}`;
      const site = await startStaticSite({pages: {'/index.html': html}});
      const context = await stage.browser.newContext();
      try {
        const {page} = await openPage(context, site.url);
        const tags = new Set([...code.matchAll(/<(chatlet-\w+)/g)].map(([, tag = '']) => tag));
        if (code.includes(' data-launcher')) tags.add('chatlet-launcher');
        for (const tag of tags) await page.evaluate((name) => customElements.whenDefined(name).then(() => {}), tag);
        if (tags.has('chatlet-launcher'))
          await page
            .getByRole('button', {name: /open chat/i})
            .first()
            .click();
        if (tags.size > 0) await page.getByRole('textbox').first().waitFor();
      } catch (cause) {
        throw new Error(placeOf(block), {cause});
      } finally {
        await context.close();
        await site.close();
      }
    }
  });
});
