/**
 * The questions of `faq-523` with the documents that answer them, made of four Debian packages of documentation: questions
 * that people asked, answers that others wrote. The heading of an answer, which is the question, is taken off it, so
 * that a search has to find the answer by what it says. Downloaded and never committed, because the packages have
 * licences of their own.
 */
import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync, readdirSync, readFileSync} from 'node:fs';
import {basename, join} from 'node:path';

export const products = ['perl', 'python', 'sqlite', 'git'] as const;
export type Product = (typeof products)[number];

export interface BenchChunk {
  readonly product: Product;
  /** The id of its page, unique in all products. */
  readonly page: string;
  readonly title: string;
  readonly headings: readonly string[];
  readonly text: string;
}

export interface BenchQuestion {
  readonly product: Product;
  readonly text: string;
  /** The chunks of its answer. */
  readonly answer: ReadonlySet<BenchChunk>;
  /** Whether nobody may look at it while tuning: all of sqlite and git, and each third of the others. */
  readonly isHeldBack: boolean;
}

export interface BenchSet {
  readonly chunks: readonly BenchChunk[];
  readonly questions: readonly BenchQuestion[];
}

const packages = ['perl-doc', 'git-doc', 'python3.11-doc', 'sqlite3-doc'];
const chunkSize = 1_200;
const shortestChunk = 40;

interface Section {
  readonly page: string;
  readonly title: string;
  readonly headings: readonly string[];
  readonly text: string;
  /** The question that the section answers. */
  readonly question?: string | undefined;
}

/**
 * The folder `usr/share` of the packages, which are downloaded into `folder` if they are not there.
 * @throws if there is no `apt-get` or it does not know the packages, as outside of Debian 12
 */
export function downloadManuals(folder: string): string {
  const root = join(folder, 'files');
  if (!existsSync(root)) download(folder, root);
  return join(root, 'usr/share');
}

/** @throws if the packages cannot be downloaded */
export function loadFaq523(folder: string): BenchSet {
  const share = downloadManuals(folder);
  const chunks: BenchChunk[] = [];
  const questions: BenchQuestion[] = [];
  const sections: Readonly<Record<Product, () => readonly Section[]>> = {
    perl: () => perlSections(join(share, 'perl')),
    python: () => pythonSections(join(share, 'doc/python3.11/html')),
    sqlite: () => sqliteSections(join(share, 'doc/sqlite3')),
    git: () => gitSections(join(share, 'doc/git-doc')),
  };
  for (const product of products) {
    for (const {question, page, text, ...section} of sections[product]()) {
      const own = split(text).map((part): BenchChunk => ({
        ...section,
        product,
        page: `${product}/${page}`,
        text: part,
      }));
      chunks.push(...own);
      if (question === undefined || own.length === 0) continue;
      const isHeldBack = product === 'sqlite' || product === 'git' || questions.length % 3 === 0;
      questions.push({product, text: question, answer: new Set(own), isHeldBack});
    }
  }
  return {chunks, questions};
}

function download(folder: string, root: string): void {
  mkdirSync(folder, {recursive: true});
  execFileSync('apt-get', ['download', ...packages], {cwd: folder, stdio: 'inherit'});
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.deb'))) {
    execFileSync('dpkg', ['-x', join(folder, file), root]);
  }
}

function split(text: string): readonly string[] {
  const parts: string[] = [];
  let current = '';
  for (const sentence of text.split(/(?<=[.!?:;])\s+|\n\n+/)) {
    if (current !== '' && current.length + sentence.length > chunkSize) {
      parts.push(current);
      current = '';
    }
    current = current === '' ? sentence : `${current} ${sentence}`;
  }
  return [...parts, current].filter(({length}) => length >= shortestChunk);
}

function perlSections(folder: string): readonly Section[] {
  return filesBelow(folder, '.pod')
    .filter((file) => !/perltoc\.pod$|\/perlfaq\.pod$|perl5\d+delta|perldelta\.pod$/.test(file))
    .flatMap(podSections);
}

function podSections(file: string): readonly Section[] {
  const source = readFileSync(file, 'latin1');
  const page = basename(file, '.pod');
  const title = /^=head1 NAME\s+(.+)/m.exec(source)?.[1] ?? page;
  const isFaq = /^perlfaq\d$/.test(page);
  const sections: Section[] = [];
  let [top, below] = ['', ''];
  // A command begins a part; what is before the first one is no text.
  for (const part of source.split(/^(?==(?:head\d|item) )/m)) {
    const [, command = '', words = ''] = /^=(\w+)[ \t]+(.*)/.exec(part) ?? [];
    const heading = podText(words);
    if (command === 'head1') [top, below] = [heading, ''];
    else below = heading;
    const body = part
      .split('\n')
      .slice(1)
      .filter((line) => !/^=(over|back|cut|pod|encoding|for|begin|end)/.test(line))
      .join('\n');
    const text = podText(body).trim();
    if (text === '') continue;
    const question = isFaq && command === 'head2' ? heading : undefined;
    const headings = question === undefined ? [top, below].filter((words_) => words_ !== '') : [];
    sections.push({page, title, headings, text, question});
  }
  return sections;
}

/** Takes the formatting of POD off, which may be nested. */
function podText(pod: string): string {
  let text = pod;
  for (let depth = 0; depth < 3; depth++) {
    text = text
      .replaceAll(/[BCFISXZ]<+\s*([^<>]*?)\s*>+/g, '$1')
      .replaceAll(/L<(?:([^<>|]*)\|)?([^<>]*)>/g, (_, shown: string | undefined, target: string) => shown || target)
      .replaceAll('E<lt>', '<')
      .replaceAll('E<gt>', '>');
  }
  return text;
}

function pythonSections(folder: string): readonly Section[] {
  return filesBelow(folder, '.html')
    .filter((file) => !/genindex|search|whatsnew|changelog|_static|contents\.html|py-modindex/.test(file))
    .flatMap((file) => htmlSections(file, {asks: file.includes('/faq/')}));
}

function sqliteSections(folder: string): readonly Section[] {
  const faq = readFileSync(join(folder, 'faq.html'), 'utf8');
  const answers = /<p><b>\(\d+\)([\s\S]*?)<\/b><\/p>\s*<blockquote>([\s\S]*?)<\/blockquote>/g;
  return [
    ...Array.from(faq.matchAll(answers), ([, question = '', answer = '']): Section => {
      return {
        page: 'faq.html',
        title: 'SQLite FAQ',
        headings: [],
        text: htmlText(answer),
        question: htmlText(question),
      };
    }),
    ...filesBelow(folder, '.html')
      .filter(
        (file) =>
          !/\/faq\.html|releaselog|changes\.html|c3ref|requirements|matrix|docid|keyword_index|sitemap/.test(file),
      )
      .flatMap((file) => htmlSections(file, {asks: false})),
  ];
}

function gitSections(folder: string): readonly Section[] {
  const faq = readFileSync(join(folder, 'gitfaq.txt'), 'utf8');
  const answers = /^\[\[[^\]]+\]\]\n(.+)::\n([\s\S]*?)(?=\n\[\[|\n[A-Z].*\n-{5,})/gm;
  return [
    ...filesBelow(folder, '.html')
      .filter((file) => !/RelNotes|gitfaq/.test(file))
      .flatMap((file) => htmlSections(file, {asks: false})),
    ...Array.from(faq.matchAll(answers), ([, question = '', answer = '']): Section => {
      const text = answer.replaceAll(/\s+/g, ' ');
      return {page: 'gitfaq', title: 'gitfaq - FAQ about Git', headings: [], text, question};
    }),
  ];
}

/** @param asks whether headings that ask are questions, answered by the text below them */
function htmlSections(file: string, {asks}: {readonly asks: boolean}): readonly Section[] {
  const source = readFileSync(file, 'utf8');
  const page = basename(file);
  const title = htmlText(/<title>([\s\S]*?)<\/title>/.exec(source)?.[1] ?? '');
  const body = (/<body[\s\S]*<\/body>/i.exec(source)?.[0] ?? source)
    .replaceAll(/<nav[\s\S]*?<\/nav>/g, '')
    .replaceAll(/<div class="sphinxsidebar[\s\S]*?<div class="clearer"/g, '');
  const [before = '', ...parts] = body.split(/<h([1-4])[^>]*>([\s\S]*?)<\/h\1>/);
  const sections: Section[] = [{page, title, headings: [], text: htmlText(before)}];
  let above: readonly string[] = [];
  for (let i = 0; i < parts.length; i += 3) {
    const heading = htmlText(parts[i + 1] ?? '');
    const text = htmlText(parts[i + 2] ?? '');
    above = [...above.slice(0, Number(parts[i]) - 1), heading];
    const isQuestion =
      asks && text.length > 60 && /\?|^(How|Why|What|When|Where|Can|Is|Are|Do|Does|I |My )/.test(heading);
    sections.push({page, title, headings: isQuestion ? [] : above, text, ...(isQuestion && {question: heading})});
  }
  return sections;
}

const entities: Readonly<Record<string, string>> = {lt: '<', gt: '>', quot: '"', nbsp: ' ', amp: '&'};

function htmlText(html: string): string {
  return html
    .replaceAll(/<(script|style)[\s\S]*?<\/\1>/g, ' ')
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll(/&(?:#(\d+)|(\w+));/g, (whole, code?: string, name?: string) =>
      code === undefined ? (entities[name ?? ''] ?? whole) : String.fromCodePoint(Number(code)),
    )
    .replaceAll('¶', '')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

/** In the order of their names, so that each run has the same questions in the same order. */
function filesBelow(folder: string, extension: string): readonly string[] {
  return readdirSync(folder, {recursive: true, withFileTypes: true})
    .filter((entry) => entry.isFile() && entry.name.endsWith(extension))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}
