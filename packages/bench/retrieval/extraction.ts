/**
 * `bench:extraction`: how much of an article is read, how much of the site around it, whether code and tables survive.
 * On sixty labelled pages, beside two libraries that find articles. Writes EXTRACTION.md.
 */
import {readFileSync} from 'node:fs';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import {Readability} from '@mozilla/readability';
import {Defuddle} from 'defuddle/node';
import {parseHTML} from 'linkedom';
import {type Token, lexer} from 'marked';
import {extractHtml} from '../../server/src/retrieval/extract/html.ts';
import {downloadManuals} from './faq-523.ts';
import {type Label, labels} from './labels.ts';
import {markdownTable} from './report.ts';

interface Reading {
  readonly text: string;
  readonly codes: readonly string[];
  /** The words of the first row of each table. */
  readonly headers: readonly string[];
}

type Reader = (html: string, address: string) => Promise<Reading> | Reading;

/** Elements of linkedom, as far as they are asked here. */
type Page = ReturnType<typeof parseHTML>['document'];
type PageElement = NonNullable<ReturnType<Page['querySelector']>>;

const readers: Readonly<Record<string, Reader>> = {
  ours: (html, address) =>
    readMarkdown(
      extractHtml(html, address)
        .parts.map(({markdown}) => markdown)
        .join('\n\n'),
    ),
  '@mozilla/readability': (html) => {
    const {document} = parseHTML(html);
    return readHtml(new Readability(document).parse()?.content ?? '');
  },
  defuddle: async (html, address) => readHtml((await Defuddle(parseHTML(html).document, address)).content),
};

function readMarkdown(markdown: string): Reading {
  const codes: string[] = [];
  const headers: string[] = [];
  const visit = (tokens: readonly Token[]) => {
    for (const token of tokens) {
      if (token.type === 'code') codes.push(String(token['text']));
      if (token.type === 'table')
        headers.push(wordsOf(token['header'].map(({text}: {text: string}) => text).join(' ')).join(' '));
      if (token.type === 'list') for (const item of token['items']) visit(item.tokens);
      else if ('tokens' in token && token.tokens) visit(token.tokens);
    }
  };
  visit(lexer(markdown));
  // Ids of headings and languages of code are no words of the page.
  return {text: markdown.replaceAll(/ \{#\S+\}$/gm, '').replaceAll(/^ *`{3,}\S*$/gm, ''), codes, headers};
}

function readHtml(html: string): Reading {
  const {document} = parseHTML(`<html><body>${html}</body></html>`);
  return {
    text: textOf(document.body),
    codes: [...document.querySelectorAll('pre')].map(codeOf),
    headers: [...document.querySelectorAll('table')].map(headerOf),
  };
}

const spaced = new Set(
  'ADDRESS ARTICLE ASIDE BLOCKQUOTE BR CAPTION DD DIV DL DT FIGURE FOOTER H1 H2 H3 H4 H5 H6 HEADER HR LI MAIN NAV OL P PRE SECTION TABLE TBODY TD TFOOT TH THEAD TR UL'.split(
    ' ',
  ),
);

/** Its text, with a space where a browser begins a new line or cell. */
function textOf(element: PageElement): string {
  let text = '';
  for (const child of element.childNodes) {
    if (child.nodeType === 3) text += child.textContent;
    if (!isElement(child)) continue;
    const space = spaced.has(child.nodeName.toUpperCase()) ? ' ' : '';
    text += space + textOf(child) + space;
  }
  return text;
}

function isElement(node: ChildNode): node is PageElement {
  return node.nodeType === 1;
}

function codeOf(element: PageElement): string {
  return (element.textContent ?? '').replace(/^\n/, '').replace(/\n+$/, '');
}

function headerOf(table: PageElement): string {
  const row = table.querySelector('tr');
  return row ? wordsOf(textOf(row)).join(' ') : '';
}

function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

function countOf(words: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

/** Words in both, each as often as in the one that has it less often. Takes them out of `from`. */
function takeCommon(words: readonly string[], from: Map<string, number>): number {
  let common = 0;
  for (const word of words) {
    const left = from.get(word) ?? 0;
    if (left > 0) {
      common++;
      from.set(word, left - 1);
    }
  }
  return common;
}

interface Truth {
  readonly article: readonly string[];
  readonly navigation: readonly string[];
  readonly codes: readonly string[];
  readonly headers: readonly string[];
}

function truthOf(html: string, {article, navigation, ignored}: Label): Truth {
  const {document} = parseHTML(html);
  for (const selector of ignored) for (const each of document.querySelectorAll(selector)) each.remove();
  const root = document.querySelector(article);
  if (!root) throw new Error(`No ${article}`);
  const around: string[] = [];
  for (const selector of navigation) {
    for (const each of root.ownerDocument.querySelectorAll(selector)) {
      around.push(textOf(each));
      each.remove();
    }
  }
  const own = wordsOf(textOf(root));
  const all = countOf(wordsOf(textOf(document.body)));
  takeCommon(own, all);
  const outside = [...all].flatMap(([word, count]) => Array.from({length: count}, () => word));
  return {
    article: own,
    navigation: [...outside, ...wordsOf(around.join(' '))],
    codes: [...root.querySelectorAll('pre')].map(codeOf).filter((code) => code.trim() !== ''),
    headers: [...root.querySelectorAll('table')]
      .filter(
        (table) =>
          [...(table.querySelector('tr')?.children ?? [])].length > 1 &&
          table.querySelector('tr > th') &&
          !table.querySelector('table'),
      )
      .map(headerOf)
      .filter((header) => header !== ''),
  };
}

interface Sums {
  pages: number;
  article: number;
  articleRead: number;
  navigation: number;
  navigationRead: number;
  codes: number;
  codesRead: number;
  headers: number;
  headersRead: number;
  milliseconds: number;
  worst: {path: string; share: number};
}

const {values} = parseArgs({
  options: {
    only: {type: 'string'},
    out: {type: 'string', default: join(import.meta.dirname, 'EXTRACTION.md')},
    verbose: {type: 'boolean', default: false},
  },
});
const folder = join(downloadManuals(join(import.meta.dirname, '../../../tmp/faq-523')), 'doc');
const results: (readonly [name: string, sums: Sums])[] = [];
for (const name of values.only?.split(',') ?? Object.keys(readers)) {
  const read = readers[name];
  if (!read) throw new Error(`There is no reader “${name}”, only ${Object.keys(readers).join(', ')}.`);
  const sums: Sums = {
    pages: 0,
    article: 0,
    articleRead: 0,
    navigation: 0,
    navigationRead: 0,
    codes: 0,
    codesRead: 0,
    headers: 0,
    headersRead: 0,
    milliseconds: 0,
    worst: {path: '', share: 1},
  };
  for (const label of labels) {
    // As every HTML parser begins, but linkedom.
    const html = readFileSync(join(folder, label.path), 'utf8').replaceAll(/\r\n?/g, '\n');
    const truth = truthOf(html, label);
    const began = performance.now();
    const reading = await read(html, `https://docs.example/${label.path}`);
    sums.milliseconds += performance.now() - began;
    const left = countOf(wordsOf(reading.text));
    const articleRead = takeCommon(truth.article, left);
    const navigationRead = takeCommon(truth.navigation, left);
    const codes = new Set(reading.codes);
    const headers = new Set(reading.headers);
    const codesRead = truth.codes.filter((code) => codes.has(code)).length;
    const headersRead = truth.headers.filter((header) => headers.has(header)).length;
    const share = articleRead / truth.article.length;
    if (share < sums.worst.share) sums.worst = {path: label.path, share};
    sums.pages++;
    sums.article += truth.article.length;
    sums.articleRead += articleRead;
    sums.navigation += truth.navigation.length;
    sums.navigationRead += navigationRead;
    sums.codes += truth.codes.length;
    sums.codesRead += codesRead;
    sums.headers += truth.headers.length;
    sums.headersRead += headersRead;
    if (values.verbose) {
      console.log(
        `${name} ${label.path}: article ${percent(articleRead, truth.article.length)}, navigation ${navigationRead}/${truth.navigation.length}, code ${codesRead}/${truth.codes.length}, tables ${headersRead}/${truth.headers.length}`,
      );
    }
  }
  results.push([name, sums]);
  console.log(name, sums);
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / Math.max(1, whole)).toFixed(1)} %`;
}

const rows = results.map(([name, sums]) => [
  name,
  percent(sums.articleRead, sums.article),
  `${percent(sums.articleRead === 0 ? 0 : sums.worst.share, 1)} (${sums.worst.path})`,
  percent(sums.navigationRead, sums.navigation),
  `${sums.codesRead} of ${sums.codes}`,
  `${sums.headersRead} of ${sums.headers}`,
  `${(sums.milliseconds / 1_000).toFixed(1)} s`,
]);
const ours = results.find(([name]) => name === 'ours')?.[1];
const targets = ours && [
  ['words of the article', percent(ours.articleRead, ours.article), '≥ 98 %', ours.articleRead >= 0.98 * ours.article],
  [
    'words of the site around it',
    percent(ours.navigationRead, ours.navigation),
    '≤ 2 %',
    ours.navigationRead <= 0.02 * ours.navigation,
  ],
  ['code blocks byte for byte', `${ours.codesRead} of ${ours.codes}`, 'all', ours.codesRead === ours.codes],
  ['tables with their header', `${ours.headersRead} of ${ours.headers}`, 'all', ours.headersRead === ours.headers],
];
await writeFile(
  values.out,
  `${[
    '# What is read of a page',
    '```sh\nnpm run bench:extraction\n```',
    `${labels.length} pages of the manuals of Python, SQLite and Git, with labels by hand (\`labels.ts\`). An article is all words that a reader came for; ` +
      'the site around it is menus, tables of contents, sidebars and footers. A code block counts if each of its bytes is there, a table if its first row is.',
    '## Targets',
    markdownTable(
      ['', 'measured', 'target', ''],
      (targets ?? []).map((row) => row.map((cell) => (cell === true ? '✓' : cell === false ? 'missed' : cell))),
    ),
    '## Beside libraries',
    markdownTable(['', 'article', 'worst page', 'around it', 'code', 'tables', 'time'], rows),
    'The libraries read a tree of `linkedom`, whose time is in theirs.',
  ].join('\n\n')}\n`,
);
