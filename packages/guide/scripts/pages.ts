/**
 * Reads the pages, with the sections of other files that they include. A text has one source: what a README says, a page
 * includes. Knows nothing of HTML.
 *
 * `<!-- include packages/server/README.md#tools -->` becomes the section with that anchor, without its heading; without an
 * anchor, the file without its title. With ` own` at the end it is the text before the first heading inside. Headings
 * continue those of the page. A file that is no Markdown becomes a block of code. `<!-- generate api -->` becomes what `/openapi.json` says, and `<!-- generate components -->` what the
 * custom-elements manifest says.
 */
import {existsSync, readFileSync} from 'node:fs';
import {dirname, extname, join, relative} from 'node:path/posix';
import {fileURLToPath} from 'node:url';
import {sidebar} from '../sidebar.ts';
import {printApi} from './api-page.ts';
import {printComponents} from './components-page.ts';
import {type Heading, headingsOf, mapLinks} from './markdown.ts';

export const root = fileURLToPath(new URL('../../..', import.meta.url));

export interface Page {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** Markdown without front matter. Links lead to other pages as `NAME.md#anchor`, or to the server as `../PATH`. */
  readonly text: string;
}

interface Piece {
  /** From the root of the repository. */
  readonly file: string;
  readonly lines: readonly string[];
  /** Anchors of the file that lead to this piece as a whole. */
  readonly anchors: readonly string[];
}

interface Draft {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly pieces: readonly Piece[];
}

/** Paths of the server that pages may link to. */
const serverPaths: ReadonlySet<string> = new Set(['/', '/docs', '/openapi.json', '/playground', '/gallery']);

const generators: Readonly<Record<string, () => string>> = {api: printApi, components: printComponents};

/** Files beside the pages that list them: see write-pages.ts. */
const lists: ReadonlySet<string> = new Set(['llms.txt', 'llms-full.txt']);

/** All pages, in the order of the sidebar. @throws if a page, an included section or a link's target is not there */
export function readPages(): readonly Page[] {
  const drafts = sidebar.flatMap(({pages}) => pages).map(readDraft);
  const targets = listTargets(drafts);
  return drafts.map(({pieces, ...page}) => ({
    ...page,
    text: `${pieces
      .map(({file, lines}) => mapLinks(lines.join('\n').trim(), (target) => findTarget(target, {file, targets})))
      .filter((text) => text !== '')
      .join('\n\n')}\n`,
  }));
}

export const pagesFolder = 'packages/guide/pages';

const fileOfPage = (name: string) => `${pagesFolder}/${name}.md`;

const include = /^<!-- include ([^\s#]+)(#\S+)?( own)? -->$/;

/** What a page includes, as `FILE#anchor` or `FILE`, with ` own` behind it if what is below other headings is left out. */
export function includesOf(name: string): readonly string[] {
  return read(fileOfPage(name))
    .split('\n')
    .flatMap((line) => {
      const [, file, anchor = '', own = ''] = include.exec(line) ?? [];
      return file === undefined ? [] : [file + anchor + own];
    });
}

function readDraft(name: string): Draft {
  const file = fileOfPage(name);
  const [, matter = '', body = ''] = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(read(file)) ?? [];
  const field = (key: string) => {
    const value = new RegExp(`^${key}: (.+)$`, 'm').exec(matter)?.[1];
    if (value === undefined) throw new Error(`${file} has no ${key}.`);
    return value;
  };
  const pieces: Piece[] = [];
  let written: string[] = [];
  let level = 1;
  const endWritten = () => {
    if (written.length > 0) pieces.push({file, lines: written, anchors: []});
    written = [];
  };
  const lines = body.split('\n');
  const headings = new Map(headingsOf(lines).map((heading) => [heading.line, heading]));
  for (const [index, line] of lines.entries()) {
    level = headings.get(index)?.level ?? level;
    const [, from, anchor, own] = include.exec(line) ?? [];
    const generate = generators[/^<!-- generate (\w+) -->$/.exec(line)?.[1] ?? ''];
    if (from === undefined) written.push(...(generate ? generate().split('\n') : [line]));
    else {
      endWritten();
      pieces.push(includeFrom(from, {anchor, below: level, isOwn: own !== undefined}));
    }
  }
  endWritten();
  return {name, title: field('title'), description: field('description'), pieces};
}

function includeFrom(
  file: string,
  {anchor, below, isOwn}: {anchor: string | undefined; below: number; isOwn: boolean},
): Piece {
  if (!file.endsWith('.md')) return printFile(file);
  const lines = read(file).split('\n');
  const headings = headingsOf(lines);
  const at = anchor === undefined ? headings.findIndex(({level}) => level === 1) : findHeading(headings, anchor);
  const heading = headings[at];
  if (anchor !== undefined && !heading) throw new Error(`${file} has no section ${anchor}.`);
  const {level, line, slug} = heading ?? {level: 1, line: -1, slug: ''};
  const next = headings.slice(at + 1).find((each) => isOwn || (anchor !== undefined && each.level <= level));
  const start = line + 1;
  const text = shift(lines.slice(start, next?.line), {headings, level, below, start});
  return {file, lines: text, anchors: anchor === undefined ? ['', slug] : [slug]};
}

function printFile(file: string): Piece {
  return {file, lines: [`\`\`\`${extname(file).slice(1)}`, ...read(file).trimEnd().split('\n'), '```'], anchors: ['']};
}

const findHeading = (headings: readonly Heading[], anchor: string) =>
  headings.findIndex(({slug}) => `#${slug}` === anchor);

/** Gives headings below `level` in their file the same distance from `below`. */
function shift(
  lines: readonly string[],
  {headings, level, below, start}: {headings: readonly Heading[]; level: number; below: number; start: number},
): readonly string[] {
  const levels = new Map(headings.map((heading) => [heading.line - start, heading.level]));
  return lines.map((line, index) => {
    const own = levels.get(index);
    return own === undefined ? line : line.replace(/^#+/, '#'.repeat(Math.min(6, own - level + below)));
  });
}

/** Where on the pages each file and each section of a file is: `FILE#anchor` to `PAGE.md#anchor`. The first page wins. */
function listTargets(drafts: readonly Draft[]): ReadonlyMap<string, string> {
  const targets = new Map<string, string>();
  const add = (from: string, to: string) => {
    if (!targets.has(from)) targets.set(from, to);
  };
  for (const {name, pieces} of drafts) {
    add(`${fileOfPage(name)}#`, `${name}.md`);
    const headings = headingsOf(pieces.flatMap(({lines}) => lines));
    for (const {slug} of headings) add(`${fileOfPage(name)}#${slug}`, `${name}.md#${slug}`);
    let line = 0;
    for (const {file, lines, anchors} of pieces) {
      const above = headings.filter((heading) => heading.line < line).at(-1);
      const place = above && lines !== pieces[0]?.lines ? `${name}.md#${above.slug}` : `${name}.md`;
      for (const anchor of anchors) add(`${file}#${anchor}`, place);
      const inFile = headingsOf(lines);
      const onPage = headings.filter((heading) => heading.line >= line && heading.line < line + lines.length);
      for (const [index, {slug}] of inFile.entries()) add(`${file}#${slug}`, `${name}.md#${onPage[index]?.slug}`);
      line += lines.length;
    }
  }
  return targets;
}

/** A link of a file as a link of the guide; undefined if its target is in the repository, and on no page. */
function findTarget(
  target: string,
  {file, targets}: {file: string; targets: ReadonlyMap<string, string>},
): string | undefined {
  if (/^[a-z]+:/.test(target) || lists.has(target)) return target;
  if (target.startsWith('/')) {
    if (!serverPaths.has(target)) throw new Error(`${file} links to ${target}, which is no page of the server.`);
    return `..${target}`;
  }
  const [path = '', anchor = ''] = target.split('#');
  const to = path === '' ? file : withReadme(join(dirname(file), path));
  const found = targets.get(`${to}#${anchor}`);
  if (found !== undefined) return found;
  if (!existsSync(join(root, to))) throw new Error(`${file} links to ${target}, which does not exist.`);
  if (anchor !== '' && !headingsOf(read(to).split('\n')).some(({slug}) => slug === anchor)) {
    throw new Error(`${file} links to ${target}, and ${to} has no such heading.`);
  }
  return targets.get(`${to}#`);
}

/** A folder stands for its README, as on GitHub. */
function withReadme(path: string): string {
  const readme = join(path, 'README.md');
  return !/\.\w+$/.test(path) && existsSync(join(root, readme)) ? readme : relative('.', path);
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}
