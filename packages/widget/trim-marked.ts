/**
 * Makes `src/markdown/marked.ts`: the part of marked that reads a run of inline text or a single block, which is all that
 * the Markdown engine asks of it. Lists, quotes, fences and whole texts are walked over by the engine itself; writing
 * HTML, plug-ins and other dialects it does not have.
 *
 *     node trim-marked.ts
 *
 * It works on marked's own sources, as its source map holds them, and stops where they are not what it knows. A test
 * holds that the file is what this makes of the marked that is installed, and that both read alike.
 */
import {readFile, writeFile} from 'node:fs/promises';
import {stripTypeScriptTypes} from 'node:module';
import {basename} from 'node:path';
import {fileURLToPath} from 'node:url';
import {Lexer, type MarkedOptions} from 'marked';

export const trimmedFile = fileURLToPath(new URL('src/markdown/marked.ts', import.meta.url));

const words = (list: string): readonly string[] => list.trim().split(/\s+/);

/** What stays. Two classes that hold each other become functions: bundlers shorten their names. */
const functions = {
  helpers: words('splitCells rtrim normalizeLabel findClosingBracket scanLastPossibleEmStrongDelClosers'),
  Tokenizer: words('unescapeLinkLabel outputLink isLabelEndInsideToken'),
};
const methods = {
  Tokenizer: words(`heading def table lheading
    escape tag link reflink emStrong codespan br del autolink url inlineText`),
  Lexer: words('linkInText inlineTokens #inlineTokensInner #tokenizeInlines #maskBlocks #maskSrc'),
};
/** What the engine asks for by itself, besides `readInline`. */
const exported = words(`normalizeLabel splitCells readHeading readDef readTable readLheading
  blockHeading blockHr blockLheading blockList blockParagraph blockTable
  inlineAnyPunctuation inlineAutolink inlineTag otherHtmlBegin otherNestedBlockMarker otherNestedContainerMarkers`);

/** What is written in another way, and how often it is there: another number stops the build. */
const changes: readonly (readonly [times: number, from: string | RegExp, to: string])[] = [
  // Two classes become functions, their state and their rules stand in the module.
  [1, / *this\.tokenizer\.lexer = this;\n/, ''],
  [1, / *const \{ blockSkip, tag, autolink \} = this\.tokenizer\.rules\.inline;\n/, ''],
  [4, /(?<![.\w])blockSkip(?=\.)/g, 'rules.inline.blockSkip'],
  [1, 'tag.exec(rest) || autolink.exec(rest)', 'rules.inline.tag.exec(rest) || rules.inline.autolink.exec(rest)'],
  [8, /, (?:this\.)?rules(?:: Rules)?(?=\))/g, ''],
  [3, /, (?:lexer: _Lexer|this\.lexer)(?=\))/g, ''],
  [26, /(?:this\.lexer|this\.tokenizer|lexer|this)\.state\./g, ''],
  [56, /(?:this\.tokenizer|this)\.rules\b/g, 'rules'],
  [4, 'this.tokens.links', 'links'],
  // Numbered characters are read by the engine, as the named ones are: in raw `<code>` and elsewhere.
  [1, /if \(!inRawBlock && [^]*?\n {4}\}\n\n/, ''],
  [1, /\n *inLink: .*\n *inRawBlock: .*\n *block: false,/, ''],
  [1, /const escaped = .*\n */, ''],
  [1, /\n *\/\/ raw HTML keeps .*\n.*\n.*decodeNumericCharacterReferences.*\n *escaped,/, '\n      text: cap[0],'],
  [1, /const outerInRawBlock = .*\n */, ''],
  [1, /\n *\/\/ these tokens are discarded.*\n.*\n *inRawBlock = outerInRawBlock;/, ''],
  [2, ' && !lastToken.escaped', ''],
  [2, ', escaped: false', ''],
  // A run of text tells those within it where emphasis can end: the runs stand on each other in a list.
  [
    1,
    "const lastPossibleEmStrongCloserIndex: LastPossibleEmStrongCloserIndex = { '*': -1, _: -1 };",
    "const last = { '*': -1, _: -1, '~': -1 };",
  ],
  [1, '  let lastPossibleDelCloserIndex = -1;\n', ''],
  [1, /if \(ch === '~'\) \{\n.*\n *\} else \{\n *lastPossibleEmStrongCloserIndex\[ch\] = i;\n *\}/, 'last[ch] = i;'],
  [1, /return \{\n *maskedSrc: src,[^}]*\};/, 'return last;'],
  [
    1,
    'beginEmStrongDelCloserScan(this.tokenizer, maskedSrc);',
    'closers.push(scanLastPossibleEmStrongDelClosers(maskedSrc));',
  ],
  [1, 'endEmStrongDelCloserScan(this.tokenizer);', 'closers.pop();'],
  [2, /cachedLastPossibleEmStrongCloserIndex\((?:this|this\.tokenizer), maskedSrc, (?=\w+\))/g, 'lastCloserOf('],
  [2, /cachedLastPossibleDelCloserIndex\((?:this|this\.tokenizer), maskedSrc\)/g, "lastCloserOf('~')"],
  // Asked for in one way only.
  [1, ', invert?: boolean', ''],
  [1, ' && !invert', ''],
  [1, / else if \(currChar !== c && invert\) \{\n.*\n *\}/, ''],
  // The other dialects.
  [8, /this\.options\.pedantic/g, 'false'],
  [1, /\n *\|\| this\.options\.hooks\?\.emStrongMask\n.*\n.*prototype\.del/, ''],
  [1, /\n *\/\/ Mask out blocks from extensions\n.*\n/, ''],
  // Text in blocks is read when it is shown.
  [4, / *tokens: this\.lexer\.inline\(\w+(?:\[i\])?\),\n/g, ''],
  // The same in fewer words.
  [
    1,
    /let text = cap\[2\]\.trim\(\);\n\n *\/\/ remove trailing #s\n[^]*?\n {4}\}\n/,
    "const text = cap[2].trim().replace(/(^|[ \\t])#+$/, '').trim();\n",
  ],
  [
    1,
    /(?<=for \(const align of aligns\) \{\n)[^]*?(?=\n {2}\}\n)/,
    "    const [left, right] = [/^ *:/.test(align), /: *$/.test(align)];\n    item.align.push(right ? (left ? 'center' : 'right') : left ? 'left' : null);",
  ],
  [2, /try \{\n *return /g, 'const read = '],
  [2, /\n *\} finally \{(?:\n *\/\/.*)*/g, ''],
  [2, /(?<=linkParenPossible = prevLinkParenPossible;|closers\.pop\(\);)\n *\}/g, '\n    return read;'],
  [
    1,
    / *const len = src\.length;\n *for \(let i = 0; i < len; i\+\+\) \{[^]*?\n {2}\}\n(?= {2}return last)/,
    `  for (const { 0: run, index } of src.matchAll(/([*_~])\\1*/g)) {
    // A leading run has no predecessor, same as one after a line break.
    if (/[^ \\t\\n\\r\\f]/.test(src.charAt(index - 1))) last[run[0]] = index;
  }\n`,
  ],
  // Rows are read one by one.
  [1, / *const rows = cap\[3\]\?.*\n/, ''],
  [1, /\n *rows: \[\],/, ''],
  [1, /\n {2}for \(const row of rows\) \{[^]*?\n {2}\}\n/, ''],
  // In the place of plug-ins, one thing more that text can hold: how it starts, and the function that reads it.
  [
    1,
    /if \(this\.options\.extensions\?\.inline\?\.some\([^]*?\n {4}\}\)\) \{\n/,
    'if (token = more?.read(src)) {\n      src = src.substring(token.raw.length);\n      tokens.push(token);\n',
  ],
  [
    1,
    /let cutSrc = src;\n {4}if \(this\.options\.extensions\?\.startInline\) \{[^]*?\n {4}\}\n/,
    'const next = more ? src.slice(1).search(more.start) : -1;\n    const cutSrc = next < 0 ? src : src.substring(0, next + 1);\n',
  ],
  // What is the same for all three marks.
  [
    1,
    "if (firstChar === '*' || firstChar === '_') {",
    "if (firstChar === '*' || firstChar === '_' || firstChar === '~') {",
  ],
  [1, / else if \(firstChar === '~'\) \{[^]*?\n {4}\}(?=\n\n)/, ''],
  // What is tried one after another, and taken in the same way.
  [
    7,
    /\) \{\n *src = src\.substring\(token\.raw\.length\);\n *tokens\.push\(token\);\n *continue;\n *\}\n\n *\/\/ (?:escape|tag|link|code|br|del .*|autolink)\n *if \(token = (?=.*\) \{)/g,
    ' || ',
  ],
  [1, /\n *if \(src\) \{\n *this\.infiniteLoopError\(src\.charCodeAt\(0\)\);\n *break;\n *\}/, ''],
  [1, /this\.infiniteLoopError\(src\.charCodeAt\(0\)\);\n *break;/, 'throw Error(src);'],
];

const state = `/** The definitions, and what else text can hold, for the text that is read. */
let links = {};
let more;
let inLink = false;
let linkEmitted = false;
let linkParenPossible = true;
const closers = [];

const lastCloserOf = (mark) => closers.at(-1)[mark];

/** Reads a text as emphasis, links, code and the rest. */
export function readInline(text, targets, another) {
  links = targets;
  more = another;
  inLink = false;
  return readInlineTokens(text);
}
`;

/** One function or method with what is in it, found by its indentation. */
function take(source: string, name: string, indent: '' | '  '): string {
  const lines = source.split('\n');
  const head = new RegExp(`^${indent}(?:export function |function |private )?${name}\\(.*\\{$`);
  const start = lines.findIndex((line) => head.test(line));
  const end = lines.indexOf(`${indent}}`, start);
  if (start === -1 || end === -1) throw new Error(`marked has no ${name} of its own any more.`);
  const [first = '', ...rest] = lines.slice(start, end + 1).map((line) => line.slice(indent.length));
  return [first.replace(/^(?:export |private )?(?:function )?/, 'function '), ...rest].join('\n');
}

function change(source: string): string {
  let text = source;
  for (const [times, from, to] of changes) {
    const parts = text.split(from);
    if (parts.length !== times + 1)
      throw new Error(`In marked, ${from} is there ${parts.length - 1} times, not ${times}.`);
    text = parts.join(to);
  }
  return text;
}

const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);
const ruleName = (group: string, name: string): string => group + capital(name.replace('_', ''));
const methodName = (name: string): string => `read${capital(name.replace('#', ''))}`;

/** The rules of GFM by what they are called here: `inline.link` is `inlineLink`. */
function readRules(): ReadonlyMap<string, unknown> {
  const options: MarkedOptions = {gfm: true};
  const rules = new Lexer(options).options.tokenizer?.rules;
  if (!rules) throw new Error('marked keeps its rules in another place.');
  const {other, ...more} = rules;
  // One rule is made for how far a line may be indented.
  const groups = {...more, other: {...other, htmlBegin: other.htmlBeginRegex(4)}};
  return new Map(
    Object.entries(groups).flatMap(([group, all]) =>
      Object.entries(all).map(([name, rule]) => [ruleName(group, name), rule] as const),
    ),
  );
}

export interface Marked {
  readonly notice: string;
  readonly terms: string;
  /** By file name, without its ending. */
  readonly sources: ReadonlyMap<string, string>;
}

/** marked as it is installed. */
export async function readMarked(): Promise<Marked> {
  const main = fileURLToPath(import.meta.resolve('marked'));
  const [code, license, map] = await Promise.all(
    [
      main,
      fileURLToPath(import.meta.resolve('marked/package.json')).replace('package.json', 'LICENSE'),
      `${main}.map`,
    ].map((path) => readFile(path, 'utf8')),
  );
  const [, name, ...owners] = /^\/\*\*\n \* (marked \S+) .*\n \* (.*)\n \* (.*)/.exec(code ?? '') ?? [];
  const terms = /Permission is hereby granted[^]*?DEALINGS IN\nTHE SOFTWARE\./.exec(license ?? '')?.[0];
  if (!name || !terms || !owners.every((owner) => /^Copyright .*\(MIT License\)$/.test(owner)))
    throw new Error('marked has another licence than before.');
  const {sources, sourcesContent}: {sources: string[]; sourcesContent: string[]} = JSON.parse(map ?? '');
  return {
    notice: `${name} (MIT) ${owners.map((owner) => owner.replace(' (MIT License)', '')).join(' ')}`,
    terms,
    sources: new Map(sources.map((path, index) => [basename(path, '.ts'), sourcesContent[index] ?? ''])),
  };
}

export function trimMarked({notice, terms, sources}: Marked): string {
  const taken = (from: Readonly<Record<string, readonly string[]>>, indent: '' | '  '): readonly string[] =>
    Object.entries(from).flatMap(([file, names]) => names.map((name) => take(sources.get(file) ?? '', name, indent)));
  const used = new Set<string>();
  const code = change([...taken(functions, ''), ...taken(methods, '  ')].join('\n\n'))
    .replaceAll(/^function (#?\w+)(?=\()/gm, (head, name: string) =>
      Object.values(methods).some((names) => names.includes(name)) ? `function ${methodName(name)}` : head,
    )
    .replaceAll(/(?:this\.tokenizer|this\.lexer|(?<!\w)lexer|this)\.(#?\w+)(?=\()/g, (_, name: string) =>
      methodName(name),
    )
    .replaceAll(/(?<![.\w])(?:rules\.)?(inline|block|other)\.(\w+)/g, (_, group: string, name: string) => {
      used.add(ruleName(group, name));
      return ruleName(group, name);
    });
  const left = /\b(?:this|_Lexer|_Tokenizer)\./.exec(code);
  if (left) throw new Error(`Something of marked's classes is left: ${code.slice(left.index, left.index + 60)}`);

  const rules = readRules();
  for (const name of exported) if (rules.has(name)) used.add(name);
  const literals = [...used].sort().map((name) => {
    const rule = rules.get(name);
    if (rule instanceof RegExp) return `const ${name} = ${rule};`;
    throw new Error(`marked has no rule ${name}.`);
  });
  const typeless = stripTypeScriptTypes(code)
    // Where the types were.
    .replaceAll(/(?<=\S) {2,}(?=\S)/g, ' ')
    .replaceAll(/ +(?=[,;)]|$)/gm, '');
  return [
    '// @ts-nocheck',
    '/* Made by trim-marked.ts from the sources of marked: do not edit it here. */',
    `/*! ${notice} */`,
    `/*\n${terms}\n*/\n`,
    literals.join('\n'),
    '',
    state,
    typeless,
    '',
    `export { ${exported.join(', ')} };`,
    '',
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await writeFile(trimmedFile, trimMarked(await readMarked()));
}
