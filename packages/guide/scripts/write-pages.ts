/**
 * Writes the pages as Markdown into the server's package, with llms.txt, which lists them for programs, and llms-full.txt,
 * which has them all. The demo model answers from them. Takes well under a second.
 */
import {mkdirSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {sidebar} from '../sidebar.ts';
import {type Page, readPages, root} from './pages.ts';

const about =
  'A chat element for any website, and the small backend behind it. Both are MIT-licensed and hosted by you.';

export const guideFolder = join(root, 'packages/server/guide');

export function writePages(): readonly Page[] {
  const pages = readPages();
  mkdirSync(guideFolder, {recursive: true});
  // The HTML stays: `npm start` writes the text alone.
  for (const name of readdirSync(guideFolder)) if (/\.(?:md|txt)$/.test(name)) rmSync(join(guideFolder, name));
  const write = (name: string, text: string) => writeFileSync(join(guideFolder, name), text);
  for (const page of pages) write(`${page.name}.md`, `# ${page.title}\n\n${page.text}`);
  write('llms.txt', listPages(pages));
  write('llms-full.txt', pages.map(({title, text}) => `# ${title}\n\n${text}`).join('\n'));
  return pages;
}

/** As https://llmstxt.org describes it. */
function listPages(pages: readonly Page[]): string {
  const byName = new Map(pages.map((page) => [page.name, page]));
  const groups = sidebar.map(({label, pages: names}) => {
    const rows = names.map((name) => `- [${byName.get(name)?.title}](${name}.md): ${byName.get(name)?.description}`);
    return `## ${label}\n\n${rows.join('\n')}\n`;
  });
  return `# Chatlet\n\n> ${about}\n\nAll pages in one file: [llms-full.txt](llms-full.txt).\n\n${groups.join('\n')}`;
}

if (import.meta.main) writePages();
