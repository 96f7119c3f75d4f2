/**
 * Counts sentences that are built backwards: *where* for a condition, *what* or *who* as a subject, *whose* and
 * *of which* far from their noun. Reads the comments of sources and the prose of Markdown files; changes nothing, and no
 * gate depends on it.
 *
 *     node scripts/plain-english.mjs                          # a table by folder
 *     node scripts/plain-english.mjs --list packages/protocol # every sentence found, with its file and line
 *     node scripts/plain-english.mjs --tests                  # the names of tests instead of comments
 */
import {execFileSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const backwards = /\b(?:of which|where|whoever|whose|whom|who|whatever|what)\b/gi;

const {values, positionals} = parseArgs({
  allowPositionals: true,
  options: {list: {type: 'boolean'}, tests: {type: 'boolean'}},
});

/** Each stretch of prose in a file, with the line on which it begins. */
function proseOf(path, text) {
  if (path.endsWith('.md')) return markdownProse(text);
  return values.tests ? testNames(text) : comments(text);
}

/** Code blocks and code spans are blanked out, so that line numbers stay right. */
function markdownProse(text) {
  const prose = text
    .replace(/^(```+|~~~+)[^]*?^\1/gm, (block) => block.replace(/[^\n]/g, ' '))
    .replace(/`[^`\n]*`/g, ' ');
  return prose.split('\n').map((line, index) => ({line: index + 1, text: line}));
}

/** The character before a `//` tells whether it begins a comment, or stands inside a string or a regular expression. */
function comments(text) {
  const found = [];
  const pattern = /\/\*\*?([^]*?)\*\/|(?:^|[\s;{}),])\/\/(.*)$/gm;
  for (const match of text.matchAll(pattern)) {
    const first = text.slice(0, match.index).split('\n').length;
    const body = match[1] ?? match[2];
    const leading = match[0].startsWith('\n') ? 1 : 0;
    body.split('\n').forEach((line, index) => {
      found.push({line: first + leading + index, text: line.replace(/^\s*\*/, '').replace(/`[^`]*`/g, ' ')});
    });
  }
  return found;
}

function testNames(text) {
  const pattern = /\b(?:test|it|suite|describe)\(\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1/g;
  return [...text.matchAll(pattern)].map((match) => ({
    line: text.slice(0, match.index).split('\n').length,
    text: match[2],
  }));
}

const patterns = values.tests ? ['*.test.ts'] : ['*.ts', '*.mjs', '*.vue', '*.tsx', '*.md'];
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '--', ...patterns], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => path && !path.startsWith('.changeset/') && !path.startsWith('packages/testdata/data/'))
  .filter((path) => positionals.length === 0 || positionals.some((folder) => path.startsWith(folder)));

const folders = new Map();
for (const path of files) {
  let text;
  try {
    text = readFileSync(new URL(path, `file://${root}`), 'utf8');
  } catch {
    // Deleted, and the deletion is not committed yet.
    continue;
  }
  const folder = path.split('/').slice(0, path.startsWith('packages/') ? 4 : 1);
  const name = folder.length > 1 ? folder.filter((part) => !part.includes('.')).join('/') : folder[0];
  const sum = folders.get(name) ?? {words: 0, found: 0};
  folders.set(name, sum);
  for (const stretch of proseOf(path, text)) {
    sum.words += stretch.text.match(/[\p{L}\p{N}'’-]+/gu)?.length ?? 0;
    const hits = stretch.text.match(backwards) ?? [];
    sum.found += hits.length;
    if (values.list && hits.length > 0) console.log(`${path}:${stretch.line}: ${stretch.text.trim()}`);
  }
}

const rate = ({found, words}) => (words === 0 ? 0 : (found * 1000) / words).toFixed(1).padStart(6);
const total = {words: 0, found: 0};
for (const [name, sum] of [...folders].toSorted(([a], [b]) => a.localeCompare(b))) {
  total.words += sum.words;
  total.found += sum.found;
  console.log(
    `${name.padEnd(40)} ${String(sum.words).padStart(7)} words ${String(sum.found).padStart(5)} ${rate(sum)} a thousand`,
  );
}
console.log(
  `${'all'.padEnd(40)} ${String(total.words).padStart(7)} words ${String(total.found).padStart(5)} ${rate(total)} a thousand`,
);
