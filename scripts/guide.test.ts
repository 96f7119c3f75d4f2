/** The pages of the guide, and the links of all Markdown files. */
import assert from 'node:assert/strict';
import {existsSync, readFileSync, readdirSync, statSync} from 'node:fs';
import {basename, dirname, join, relative} from 'node:path';
import {test} from 'node:test';
import {headingsOf, mapLinks} from '../packages/guide/scripts/markdown.ts';
import {includesOf, pagesFolder, readPages, root} from '../packages/guide/scripts/pages.ts';
import {sidebar} from '../packages/guide/sidebar.ts';

const pages = readPages();

test('the sidebar of the guide has every page once', () => {
  const files = readdirSync(join(root, pagesFolder)).map((file) => basename(file, '.md'));
  assert.deepEqual(sidebar.flatMap((group) => group.pages).toSorted(), files.toSorted());
});

test('every page has a title and a description of its own', () => {
  assert.equal(new Set(pages.map(({title}) => title)).size, pages.length);
  for (const {name, description} of pages) assert.match(description, /^[A-Z].{20,}\.$/, name);
});

test('every section of the packages’ READMEs is on a page, by itself or within another one', () => {
  const included = new Set(pages.flatMap(({name}) => includesOf(name)));
  for (const name of ['server', 'widget', 'react', 'vue']) {
    const file = `packages/${name}/README.md`;
    let wholeAbove = Infinity;
    const missing = headingsOf(readFileSync(join(root, file), 'utf8').split('\n')).filter(({level, slug}) => {
      const isWhole = included.has(`${file}#${slug}`);
      if (level <= wholeAbove) wholeAbove = isWhole ? level : Infinity;
      return level > 1 && wholeAbove === Infinity && !included.has(`${file}#${slug} own`);
    });
    assert.deepEqual(
      missing.map(({slug}) => `${file}#${slug}`),
      [],
    );
  }
});

test('every example is on the page of examples', () => {
  const named = new Set(includesOf('examples').concat(includesOf('clients')));
  const examples = readdirSync(join(root, 'examples')).map((name) => `examples/${name}/README.md`);
  assert.deepEqual(
    examples.filter((path) => existsSync(join(root, path)) && !named.has(path)),
    [],
  );
});

test('every example that starts is in the table of the README, and its page prints the one command', () => {
  const read = (path: string) => readFileSync(join(root, path), 'utf8');
  const starts = readdirSync(join(root, 'examples')).filter((name) => {
    const path = `examples/${name}/package.json`;
    return existsSync(join(root, path)) && /"start":/.test(read(path));
  });
  assert.ok(starts.length > 10, `${starts.length} examples`);
  const table = read('README.md')
    .split('\n')
    .filter((line) => line.startsWith('| ['))
    .join('\n');
  for (const name of starts) {
    assert.ok(table.includes(`(examples/${name}/README.md)`), name);
    assert.match(read(`examples/${name}/README.md`), new RegExp(`^npm run example -- ${name}(?: +#.*)?$`, 'm'));
  }
});

test('every link of a Markdown file leads to a file and a heading', () => {
  const files = markdownFiles(root);
  assert.ok(files.length > 60, `${files.length} files`);
  const dead: string[] = [];
  for (const file of files) {
    mapLinks(readFileSync(file, 'utf8'), (target) => {
      if (!isAlive(target, file)) dead.push(`${relative(root, file)}: ${target}`);
      return target;
    });
  }
  assert.deepEqual(dead, []);
});

/** Written by runs that take long, so a clone may be without them. */
const written = new Set(['docs/full-run.md', 'docs/mutation.md'].map((path) => join(root, path)));

/** Addresses of the web are not asked for. Links of pages that begin with `/`, and to lists of pages, are checked when pages are read. */
function isAlive(target: string, file: string): boolean {
  if (/^(?:[a-z]+:|\/|llms)/.test(target)) return true;
  const [path = '', anchor] = target.split('#');
  const to = path === '' ? file : join(dirname(file), decodeURI(path));
  if (written.has(to)) return true;
  if (!existsSync(to)) return false;
  const text = statSync(to).isDirectory() ? join(to, 'README.md') : to;
  if (anchor === undefined || !text.endsWith('.md')) return true;
  if (dirname(to) === join(root, pagesFolder))
    return pages.some(({name, text: all}) => name === basename(to, '.md') && hasHeading(all, anchor));
  return hasHeading(readFileSync(text, 'utf8'), anchor);
}

const hasHeading = (text: string, anchor: string) => headingsOf(text.split('\n')).some(({slug}) => slug === anchor);

function markdownFiles(folder: string): readonly string[] {
  return readdirSync(folder, {withFileTypes: true}).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      const isOurs =
        !/^(?:node_modules|dist|testdata|testing|\.\w+)$/.test(entry.name) &&
        !/guide\/src|server\/guide|\/tmp$/.test(path);
      return isOurs ? markdownFiles(path) : [];
    }
    return entry.name.endsWith('.md') ? [path] : [];
  });
}
