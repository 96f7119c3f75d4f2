/**
 * Bundles the chat for pages without a bundler: `chatlet.js`, a small loader for the script tag; `chatlet.mjs`, which a page
 * may import; and beside them, in `chatlet/`, the chunks that are fetched when they are needed. All of them also compressed.
 */
import {appendFileSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {build, defineConfig} from 'vite';
import type {Plugin, UserConfig} from 'vite';
import {compressFolder} from './compress.ts';
import {buildGallery} from './gallery/build.ts';
import {minifyTwice} from './minify.ts';
import {plainDecorators} from './plain-decorators.ts';
import {trimLit} from './trim-lit.ts';

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

/** Takes line ends and indentation out of templates. Between two elements a space stays, because it can be seen. */
const plainTemplates: Plugin = {
  name: 'plain-templates',
  enforce: 'post',
  transform(code, id) {
    if (!/src\/elements\/.*\.ts$/.test(id)) return null;
    let plain = '';
    let end = 0;
    for (const {start, end: next} of textsOfTemplates(this.parse(code))) {
      plain += code.slice(end, start) + code.slice(start, next).replaceAll(/\s*\n\s*/g, ' ');
      end = next;
    }
    return {code: plain + code.slice(end), map: null};
  },
};

interface Range {
  readonly start: number;
  readonly end: number;
}

/** The places of all texts in templates that are tagged `html`, in order. */
function textsOfTemplates(tree: unknown): readonly Range[] {
  const found: Range[] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    if ('type' in node && node.type === 'TaggedTemplateExpression' && 'tag' in node && 'quasi' in node) {
      const {tag, quasi} = node as {tag: {name?: string}; quasi: {quasis: readonly Range[]}};
      if (tag.name === 'html') found.push(...quasi.quasis);
    }
    for (const child of Object.values(node)) visit(child);
  };
  visit(tree);
  return found.toSorted((one, other) => one.start - other.start);
}

/** The files that are fetched together, from one file each. */
const parts: Readonly<Record<string, RegExp>> = {
  answers: /\/(?:answering|lazy-parts|message\/defined|define-thread)\.ts$/,
  history: /\/(?:chat-list|list-chats|define-history)\.ts$/,
};

const joinParts: Plugin = {
  name: 'join-parts',
  resolveDynamicImport(specifier) {
    const part = Object.keys(parts).find((name) => typeof specifier === 'string' && parts[name]?.test(specifier));
    return part === undefined ? null : source(`${part}.ts`);
  },
};

/**
 * Writes the exports of a part as a plain object. The bundler writes getters, by a function in a file of its own that would
 * be one more request; but at the end of a file everything has its value.
 */
const plainNamespaces: Plugin = {
  name: 'plain-namespaces',
  renderChunk(code) {
    const helper = /^import \{ \w+ as __exportAll \} from "[^"]+";\n/;
    const namespace = /__exportAll\(\{([^{}]*)\}\)(?=;\s+export \{[^{}]*\};?\s*$)/;
    if (!helper.test(code) || !namespace.test(code)) return null;
    const plain = code
      .replace(helper, '\n')
      .replace(namespace, (_, fields: string) => `{${fields.replaceAll('() => ', '')}}`);
    return {code: plain, map: null};
  },
};

const shared = {
  configFile: false,
  plugins: [trimLit, plainStyles, plainTemplates, plainDecorators, plainNamespaces, minifyTwice],
  resolve: {conditions: ['@chatlet/source', 'module', 'browser', 'production']},
} satisfies UserConfig;

const output = {
  // The styles decide, because they need newer browsers than the scripts: relative colours, nested popovers, `:dir()`.
  target: ['chrome123', 'edge123', 'firefox128', 'safari17.5'],
  outDir,
  // For those who look into the build: the packages are without them, so no script may name one.
  sourcemap: 'hidden',
  reportCompressedSize: false,
};

/** The loader and the chat as one module, with all exports of the package. */
const wholeModule = (fileOf: (name: string) => string) => `import './chatlet.js';
import './${fileOf('answers')}';
import './${fileOf('history')}';
import './${fileOf('define-model-picker')}';
export * from './${fileOf('exports')}';
export const ChatletHistory = customElements.get('chatlet-history');
export const ChatletLauncher = customElements.get('chatlet-launcher');
export const ChatletMessage = customElements.get('chatlet-message');
export const ChatletModelPicker = customElements.get('chatlet-model-picker');
export const ChatletThread = customElements.get('chatlet-thread');
`;

/** Trimmed marked is a source of ours, so the bundler takes it for no library. Its notice begins the file. */
function licenceOfMarked(): string {
  const [, name = '', notice = '', permission = ''] =
    /\/\*! (marked v[\d.]+ \(MIT\)) (.*?) \*\/\n\/\*\n(.*?)\n\*\//s.exec(
      readFileSync(source('../markdown/marked.ts'), 'utf8'),
    ) ?? [];
  if (permission === '') throw new Error('The licence of marked is missing from markdown/marked.ts.');
  return `\n## ${name.replace(' v', ' - ')}\n\n${notice}\n\n${permission}\n`;
}

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
        rolldownOptions: {external: /^\.\/chatlet/, output: {minify: false}},
      },
    });
    writeFileSync(join(outDir, 'chatlet.mjs'), wholeModule(fileOf));
    appendFileSync(join(outDir, 'chatlet/licenses.md'), licenceOfMarked());
    await compressFolder(outDir);
    await buildGallery(shared, outDir);
  },
};

export default defineConfig({
  ...shared,
  plugins: [...shared.plugins, joinParts, loader],
  build: {
    ...output,
    emptyOutDir: true,
    license: {fileName: 'chatlet/licenses.md'},
    lib: {
      entry: {chat: source('chat.ts'), exports: source('exports.ts')},
      formats: ['es'],
      fileName: (_, name) => `chatlet/${name}-[hash].js`,
    },
    rolldownOptions: {
      preserveEntrySignatures: 'allow-extension',
      output: {
        chunkFileNames: 'chatlet/[name]-[hash].js',
        minify: false,
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
