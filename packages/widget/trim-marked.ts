/**
 * Makes `src/markdown/marked.ts`: the part of marked that reads a run of inline text or a single block. The Markdown engine
 * needs no more of it: it walks over lists, quotes, fences and whole texts itself, and has no HTML writer, no plug-ins and
 * no other dialects.
 *
 *     node trim-marked.ts
 *
 * The input is marked's own source, taken from its source map. The script fails if that source is not as expected. A test
 * checks that the file belongs to the installed marked, and that both read texts alike.
 */
import {readFile, writeFile} from 'node:fs/promises';
import {stripTypeScriptTypes} from 'node:module';
import {basename} from 'node:path';
import {fileURLToPath} from 'node:url';
import {Lexer, type MarkedOptions} from 'marked';
import {cjk} from './src/markdown/cjk.ts';

export const trimmedFile = fileURLToPath(new URL('src/markdown/marked.ts', import.meta.url));

const words = (list: string): readonly string[] => list.trim().split(/\s+/);

/** The functions that stay. Methods of two classes become functions too, because bundlers shorten the names of those. */
const functions = {
  helpers: words('splitCells rtrim normalizeLabel findClosingBracket scanLastPossibleEmStrongDelClosers'),
  Tokenizer: words('unescapeLinkLabel outputLink isLabelEndInsideToken'),
};
const methods = {
  Tokenizer: words(`heading def table lheading
    escape tag link reflink emStrong codespan br del autolink url inlineText`),
  Lexer: words('linkInText inlineTokens #inlineTokensInner #tokenizeInlines #maskBlocks #maskSrc'),
};
/** The exports, besides `readInline`. */
const exported = words(`normalizeLabel splitCells readHeading readDef readTable readLheading
  blockHeading blockHr blockLheading blockList blockParagraph blockTable
  inlineAnyPunctuation inlineAutolink inlineTag otherHtmlBegin otherNestedBlockMarker otherNestedContainerMarkers`);

/**
 * The characters of Chinese, Japanese and Korean, for a class in a pattern. Between them a mark of emphasis stands as it
 * does between words, by the CJK-friendly amendment to CommonMark: https://github.com/tats-u/markdown-cjk-friendly
 */
const cjkRange = cjk.source.slice(1, -1);
/** Arabic and full-width punctuation, and quotation marks. A bare address ends before them. */
const wide =
  '\\u060c\\u061b\\u061f\\u06d4\\u2018-\\u201f\\u2026\\u3001-\\u3004\\u3008-\\u3020\\u3030\\uff01-\\uff0f\\uff1a-\\uff20\\uff3b-\\uff40\\uff5b-\\uff65';

/** Edits of the source. The script fails if a text is not found exactly so many `times`. */
const changes: readonly (readonly [times: number, from: string | RegExp, to: string])[] = [
  // Two classes become functions. Their state and their rules become constants of the module.
  [1, / *this\.tokenizer\.lexer = this;\n/, ''],
  [1, / *const \{ blockSkip, tag, autolink \} = this\.tokenizer\.rules\.inline;\n/, ''],
  [4, /(?<![.\w])blockSkip(?=\.)/g, 'rules.inline.blockSkip'],
  [1, 'tag.exec(rest) || autolink.exec(rest)', 'rules.inline.tag.exec(rest) || rules.inline.autolink.exec(rest)'],
  [8, /, (?:this\.)?rules(?:: Rules)?(?=\))/g, ''],
  [3, /, (?:lexer: _Lexer|this\.lexer)(?=\))/g, ''],
  [26, /(?:this\.lexer|this\.tokenizer|lexer|this)\.state\./g, ''],
  [56, /(?:this\.tokenizer|this)\.rules\b/g, 'rules'],
  [4, 'this.tokens.links', 'links'],
  // The engine decodes numbered characters, as it does named ones.
  [1, /if \(!inRawBlock && [^]*?\n {4}\}\n\n/, ''],
  [1, /\n *inLink: .*\n *inRawBlock: .*\n *block: false,/, ''],
  [1, /const escaped = .*\n */, ''],
  [1, /\n *\/\/ raw HTML keeps .*\n.*\n.*decodeNumericCharacterReferences.*\n *escaped,/, '\n      text: cap[0],'],
  [1, /const outerInRawBlock = .*\n */, ''],
  [1, /\n *\/\/ these tokens are discarded.*\n.*\n *inRawBlock = outerInRawBlock;/, ''],
  [2, ' && !lastToken.escaped', ''],
  [2, ', escaped: false', ''],
  // The last positions at which emphasis can end are kept in a stack, one entry for each run that is being read.
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
  // `rtrim` is never called with `invert`.
  [1, ', invert?: boolean', ''],
  [1, ' && !invert', ''],
  [1, / else if \(currChar !== c && invert\) \{\n.*\n *\}/, ''],
  // The other dialects.
  [8, /this\.options\.pedantic/g, 'false'],
  [1, /\n *\|\| this\.options\.hooks\?\.emStrongMask\n.*\n.*prototype\.del/, ''],
  [1, /\n *\/\/ Mask out blocks from extensions\n.*\n/, ''],
  // Text in blocks is read when it is shown.
  [4, / *tokens: this\.lexer\.inline\(\w+(?:\[i\])?\),\n/g, ''],
  // Shorter code that does the same.
  [
    1,
    /let text = cap\[2\]\.trim\(\);\n\n *\/\/ remove trailing #s\n[^]*?\n {4}\}\n/,
    "const text = cap[2].trim().replace(/(^|[ \\t])#+$/, '').trim();\n",
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
  // In place of plug-ins, one additional inline construct: a pattern for its start, and the function that reads it.
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
  // `~` is handled as `*` and `_` are.
  [
    1,
    "if (firstChar === '*' || firstChar === '_') {",
    "if (firstChar === '*' || firstChar === '_' || firstChar === '~') {",
  ],
  [1, / else if \(firstChar === '~'\) \{[^]*?\n {4}\}(?=\n\n)/, ''],
  // Tokens that are handled alike are read by one chain of `||`.
  [
    7,
    /\) \{\n *src = src\.substring\(token\.raw\.length\);\n *tokens\.push\(token\);\n *continue;\n *\}\n\n *\/\/ (?:escape|tag|link|code|br|del .*|autolink)\n *if \(token = (?=.*\) \{)/g,
    ' || ',
  ],
  [1, /\n *if \(src\) \{\n *this\.infiniteLoopError\(src\.charCodeAt\(0\)\);\n *break;\n *\}/, ''],
  [1, /this\.infiniteLoopError\(src\.charCodeAt\(0\)\);\n *break;/, 'throw Error(src);'],
  [
    1,
    / {2}const l = str\.length;\n[^]*?return str\.slice\(0, l - suffLen\);\n/,
    '  let end = str.length;\n  while (str[end - 1] === c) end--;\n  return str.slice(0, end);\n',
  ],
  [1, /\n *\/\/ an opening bracket on its own .*\n *if \(str\.indexOf\(b\[0\]\) === -1 .*\n *return -1;\n *\}\n/, ''],
  [1, 'if (level > 0) {\n    return -2;\n  }\n\n  return -1;', 'return level > 0 ? -2 : -1;'],
  // A cell ends at a `|` with an even number of backslashes before it.
  [
    1,
    /(?<=function splitCells\(.*\n)[^]*?(?= {2}\/\/ First\/last cell in a row)/,
    '  const cells = tableRow.split(/\\|(?<=(?<!\\\\)(?:\\\\\\\\)*\\|)/);\n',
  ],
  [
    1,
    / *for \(; i < cells\.length; i\+\+\) \{\n.*\n *cells\[i\] = .*;\n *\}\n *return cells;/,
    "  return cells.map((cell) => cell.trim().replace(other.slashPipe, '|'));",
  ],
  [
    1,
    /(?<=function unescapeLinkLabel\(.*\n)[^]*?(?=\n\})/,
    "  if (!label.includes('\\\\')) return label;\n" +
      '  return label.replace(/(`+)(?:[^`]|[^`][^]*?[^`])\\1(?!`)|\\\\([[\\]])/g, (all, _, bracket) => bracket ?? all);',
  ],
  [
    1,
    / *const headers = splitCells\(cap\[1\]\);\n *const aligns = .*;\n[^]*? *return item;\n/,
    `  const align = cap[2].replace(other.tableAlignChars, '').split('|').map((mark) => {
    const [left, right] = [/^ *:/.test(mark), /: *$/.test(mark)];
    return right ? (left ? 'center' : 'right') : left ? 'left' : null;
  });
  const header = splitCells(cap[1]).map((text, i) => ({ text, header: true, align: align[i] }));
  // header and align columns must be equal, rows can be different.
  if (header.length !== align.length) return;
  return { type: 'table', raw: rtrim(cap[0], '\\n'), header, align };
`,
  ],
  [
    1,
    / \|\| this\.tokenizer\.link\(src\)\) \{\n.*\n.*\n *continue;\n *\}\n\n *\/\/ reflink, nolink\n *if \(token = (?=this\.tokenizer\.reflink\()/,
    ' || this.tokenizer.link(src) || ',
  ],
  [
    1,
    /(?<=this\.tokenizer\.autolink\(src\))\) \{\n.*\n.*\n *continue;\n *\}\n\n *\/\/ url \(gfm\)\n *if \(!inLink && \(token = this\.tokenizer\.url\(src\)\)/,
    ' || (!inLink && this.tokenizer.url(src))',
  ],
  [
    3,
    /const lastToken = tokens\.at\(-1\);\n *if \(.*lastToken\?\.type === 'text'\) \{\n.*\n.*\n *\} else \{\n *tokens\.push\(/g,
    'addToken(tokens, ',
  ],
  [3, /(?<=addToken\(.*\);)\n *\}/g, ''],
  [
    2,
    /return \{\n *type: 'link',\n *raw: cap\[0\],\n *text,\n *href,\n *autolink: true,\n[^]*?\n {2,6}\};/g,
    'return autolink(cap[0], text, href);',
  ],
  [
    1,
    /const rtrimSlash = .*\n *if \(\(trimmedUrl\.length - rtrimSlash\.length\) % 2 === 0\)/,
    'if (endsEscaped(trimmedUrl))',
  ],
  [1, /const unescaped = .*\n *if \(\(cap\[0\]\.length - unescaped\.length\) % 2 === 0\)/, 'if (endsEscaped(cap[0]))'],
  [
    1,
    /let href = cap\[2\];\n *let title = '';\n[^]*?title = (?=cap\[3\])/,
    'let href = cap[2].trim();\n    const title = ',
  ],
  [1, /(?<=const title = .*\n) *\}\n\n *href = href\.trim\(\);\n/, ''],
  [1, /href \? (?=href\.replace)/, ''],
  [1, /title \? (?=title\.replace)/, ''],
  // One function closes `*`, `_` and `~`. The rules about the lengths of two runs do not apply to `~`.
  [1, /let rDelim, rLength, delimTotal = lLength, midDelimTotal = 0;\n/, ''],
  [1, /if \(delimChar !== '\*' && delimChar !== '_'\) return;\n *const endReg = (?=delimChar)/, 'const endReg = '],
  [
    1,
    /(?<=rules\.inline\.emStrongRDelimUnd;\n) *const lastPossible.*\n.*\n.*\n/,
    `    return closeSpan(src, maskedSrc, lLength, endReg, runLength, openerCanClose, midRun);
  }
}

function closeSpan(src, maskedSrc, lLength, endReg, runLength, openerCanClose, midRun) {
  const lastPossibleEmStrongCloserIndex = lastCloserOf(src[0]);
  const emStrongCloserWindowStart = maskedSrc.length - src.length + lLength;
  if (lastPossibleEmStrongCloserIndex >= emStrongCloserWindowStart) {
    let match, rDelim, rLength, delimTotal = lLength, midDelimTotal = 0;
`,
  ],
  [
    1,
    /if \(match\[3\] \|\| match\[4\]\) \{ \/\/ found another Left Delim\n.*\n.*\n *\} else if/,
    `if (src[0] === '~' && rLength !== lLength) continue;
      if (match[3] || match[4]) {
        delimTotal += rLength;
        continue;
      } else if`,
  ],
  [
    1,
    /\n *\/\/ Create `em` if smallest [^]*?type: 'strong',\n[^]*?\};/,
    `
      const size = src[0] === '~' ? lLength : 2 - (Math.min(lLength, rLength) % 2);
      return {
        type: src[0] === '~' ? 'del' : size === 1 ? 'em' : 'strong',
        raw,
        text: raw.slice(size, -size),
        tokens: readInlineTokens(raw.slice(size, -size)),
      };`,
  ],
  [
    1,
    /(?<= {4}const lLength = .*\n) *let rDelim, rLength, delimTotal = lLength;\n\n *const endReg = rules\.inline\.delRDelim[^]*?type: 'del',\n[^]*?\};\n *\}/,
    '    return closeSpan(src, maskedSrc, lLength, rules.inline.delRDelim);',
  ],
  // Behind a CJK character, emphasis may begin with punctuation.
  [
    1,
    'if (!nextChar || !prevChar || prevPunct) {',
    "if (!nextChar || !prevChar || prevPunct || (delimChar === '*' && cjk.test(prevChar))) {",
  ],
  [1, '!prevChar || rules.inline.punctuation', '!prevChar || cjk.test(prevChar) || rules.inline.punctuation'],
  [2, /(?<=(?:href|title)\.replace\(.*\)) : (?:href|title)(?=,)/g, ''],
];

const state = `/** The definitions, and the additional construct, for the text that is being read. */
let links = {};
let more;
let inLink = false;
let linkEmitted = false;
let linkParenPossible = true;
const closers = [];

const lastCloserOf = (mark) => closers.at(-1)[mark];

/** Adds a token. Two texts in a row become one. */
const addToken = (tokens, token) => {
  const last = tokens.at(-1);
  if (token.type === 'text' && last?.type === 'text') {
    last.raw += token.raw;
    last.text += token.text;
  } else tokens.push(token);
};

const autolink = (raw, text, href) => ({
  type: 'link', raw, text, href, autolink: true, tokens: [{ type: 'text', raw: text, text }],
});

/** Whether a backslash escapes the last character. */
const endsEscaped = (text) => (text.length - rtrim(text.slice(0, -1), '\\\\').length) % 2 === 0;

/** Reads a text as emphasis, links, code and the rest. */
export function readInline(text, targets, another) {
  links = targets;
  more = another;
  inLink = false;
  return readInlineTokens(text);
}
`;

/** Returns a function or method with its body. Its end is found by the indentation. */
function take(source: string, name: string, indent: '' | '  '): string {
  const lines = source.split('\n');
  const head = new RegExp(`^${indent}(?:export function |function |private )?${name}\\(.*\\{$`);
  const start = lines.findIndex((line) => head.test(line));
  const end = lines.indexOf(`${indent}}`, start);
  if (start === -1 || end === -1) throw new Error(`marked has no ${name} of its own any more.`);
  const [first = '', ...rest] = lines.slice(start, end + 1).map((line) => line.slice(indent.length));
  return [first.replace(/^(?:export |private )?(?:function )?/, 'function '), ...rest].join('\n');
}

function change(source: string, edits: typeof changes = changes): string {
  let text = source;
  for (const [times, from, to] of edits) {
    const parts = text.split(from);
    if (parts.length !== times + 1)
      throw new Error(`In marked, ${from} is there ${parts.length - 1} times, not ${times}.`);
    text = parts.join(to);
  }
  return text;
}

/** All punctuation of ASCII, as marked's rules write it. */
const punctuation = '[!"#$%&\'()*+,\\-./:;<=>?@\\[\\]\\\\^_`{|}~]';

/**
 * The runs of a mark that can close emphasis, in marked's groups: 1 and 2 can only close, 3 and 4 only open, 5 and 6 both.
 * Other than in marked, a full-width punctuation mark counts as a letter, and a CJK character beside the run counts as a
 * space if there is punctuation on its other side.
 */
function closersOf(mark: string, run: string, letters: string): string {
  const punctuationMark = `(?![${mark}${letters}])[\\p{P}\\p{S}]`;
  const letter = `(?:[^\\s\\p{P}\\p{S}]|[${letters}])`;
  return [
    `${punctuationMark}(${run})(?=\\s|$)`,
    `(?:${letter}(?=${run}(?:\\s|$))|(?![${cjkRange}])${letter})(${run})(?!${mark})(?=\\s|${punctuationMark}|$)`,
    `(?:\\s|${punctuationMark}(?!${run}[${cjkRange}]))(${run})(?=${letter})`,
    `\\s(${run})(?!${mark})(?=${punctuationMark})`,
    `(?:${punctuationMark}|[${cjkRange}])(${run})(?!${mark})(?=${punctuationMark})`,
    `(?:${letter}|${punctuationMark}(?=${run}[${cjkRange}]))(${run})(?=${letter})`,
  ].join('|');
}

/** Edits of the rules. As with `changes`, the script fails if a text is not found so many `times`. */
const ruleChanges: Readonly<Record<string, typeof changes>> = {
  // One tilde strikes nothing: people write it for "about", as in `3~5 days`.
  inlineDelLDelim: [[1, '~~?(?:((?!~)', `~~(?:((?![~${cjkRange}])`]],
  inlineDelRDelim: [[1, /(?<=^.*?\(\?=\[\^~\]\)\|).*(?=\/gu$)/, closersOf('~', '~~', cjkRange)]],
  inlineEmStrongLDelim: [[1, '(?!\\*)(?!~)', `(?![*~${cjkRange}])`]],
  inlineEmStrongRDelimAst: [[1, /(?<=\(\?=\[\^\*\]\)\|).*(?=\/gu$)/, closersOf('\\*', '\\*+', `~${cjkRange}`)]],
  inlinePunctuation: [[1, '(?![*_])', `(?![*_${cjkRange}])`]],
  inlineUrl: [[1, '[^\\s<]*', `(?:[^\\s<${wide}${cjkRange}][^\\s<${wide}]*)?`]],
};

const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);
const ruleName = (group: string, name: string): string => group + capital(name.replace('_', ''));
const methodName = (name: string): string => `read${capital(name.replace('#', ''))}`;

/** The rules of GFM by their new names: `inline.link` becomes `inlineLink`. */
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
  const literals: string[] = [];
  let short = code;
  for (const name of [...used].sort()) {
    const rule = rules.get(name);
    if (!(rule instanceof RegExp)) throw new Error(`marked has no rule ${name}.`);
    const changed = change(String(rule), ruleChanges[name] ?? []);
    const written = changed.replaceAll('[\\s\\S]', '[^]').replace(punctuation, '[!-/:-@[-`{-~]');
    const uses = code.match(new RegExp(`\\b${name}\\b`, 'g'))?.length ?? 0;
    // A small rule that is used once needs no name.
    if (uses === 1 && name.startsWith('other') && !exported.includes(name)) short = short.replace(name, () => written);
    else if (uses > 0 || exported.includes(name)) literals.push(`const ${name} = ${written};`);
  }
  const typeless = stripTypeScriptTypes(short)
    // Removes the gaps that types leave.
    .replaceAll(/(?<=\S) {2,}(?=\S)/g, ' ')
    .replaceAll(/ +(?=[,;)]|$)/gm, '');
  return [
    '// @ts-nocheck',
    '/* Made by trim-marked.ts from the sources of marked: do not edit it here. */',
    `/*! ${notice} */`,
    `/*\n${terms}\n*/\n`,
    `import { cjk } from './cjk.ts';\n\n${literals.join('\n')}`,
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
