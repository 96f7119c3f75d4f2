// @ts-nocheck
/* Made by trim-marked.ts from the sources of marked: do not edit it here. */
/*! marked v18.2.1 (MIT) Copyright (c) 2018-2026, MarkedJS. Copyright (c) 2011-2018, Christopher Jeffrey. */
/*
Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in
all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN
THE SOFTWARE.
*/

const blockDef = /^ {0,3}\[((?!\s*\])(?:\\[\s\S]|[^\[\]\\\n]|\n(?![ \t]*\n))+)\]: *(?:\n[ \t]*)?([^<\s][^\s]*|<(?:\\.|[^\n<>\\])*>)(?:(?: +(?:\n[ \t]*)?| *\n[ \t]*)((?:"(?:\\[\s\S]|[^"\\])*"|'(?:\\[\s\S]|[^'\\\n]|\n(?!\n))*'|\((?:\\[\s\S]|[^()\\])*\))))? *(?:\n+|$)/;
const blockHeading = /^ {0,3}(#{1,6})(?=\s|$)(.*)(?:\n+|$)/;
const blockHr = /^ {0,3}((?:-[\t ]*){3,}|(?:_[ \t]*){3,}|(?:\*[ \t]*){3,})(?:\n+|$)/;
const blockLheading = /^(?! {0,3}(?:[*+-]|\d{1,9}[.)]) |(?: {4}| {0,3}\t)| {0,3}(?:`{3,}|~{3,})| {0,3}>| {0,3}#{1,6}(?:\s|$)| {0,3}(?:<\/?(?:address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|dialog|dir|div|dl|dt|fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]|head|header|hr|html|iframe|legend|li|link|main|menu|menuitem|meta|nav|noframes|ol|optgroup|option|p|param|search|section|summary|table|tbody|td|tfoot|th|thead|title|tr|track|ul)(?:[ \t]+|\n|\/?>)|<(?:(?:script|pre|style|textarea)(?:[\s>]|$)|!--)|<\?|<![A-Za-z]|<!\[CDATA\[)| {0,3}\|?(?:[:\- ]*\|)+[\:\- ]*\n)((?:.|\n(?!\s*?\n| {0,3}(?:[*+-]|\d{1,9}[.)]) | {0,3}(?:`{3,}|~{3,})| {0,3}>| {0,3}#{1,6}(?:\s|$)| {0,3}(?:(?:-[\t ]*){3,}|(?:_[ \t]*){3,}|(?:\*[ \t]*){3,})(?:\n+|$)| {0,3}(?:<\/?(?:address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|dialog|dir|div|dl|dt|fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]|head|header|hr|html|iframe|legend|li|link|main|menu|menuitem|meta|nav|noframes|ol|optgroup|option|p|param|search|section|summary|table|tbody|td|tfoot|th|thead|title|tr|track|ul)(?:[ \t]+|\n|\/?>)|<(?:(?:script|pre|style|textarea)(?:[\s>]|$)|!--)|<\?|<![A-Za-z]|<!\[CDATA\[)| {0,3}\|?(?:[:\- ]*\|)+[\:\- ]*\n))+?)\n {0,3}(=+|-+)[ \t]*(?:\n+|$)/;
const blockList = /^( {0,3}(?:[*+-]|\d{1,9}[.)]))([ \t][^\n]*?)?(?:\n|$)/;
const blockParagraph = /^([^\n]+(?:\n(?! {0,3}((?:-[\t ]*){3,}|(?:_[ \t]*){3,}|(?:\*[ \t]*){3,})(?:\n+|$)| {0,3}#{1,6}(?:\s|$)| {0,3}>| {0,3}(?:`{3,}(?=[^`\n]*(?:\n|$))|~~~)[^\n]*(?:\n|$)| {0,3}(?:[*+-]|1[.)])[ \t]+[^ \t\n]| {0,3}(?:<\/?(?:address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|dialog|dir|div|dl|dt|fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]|head|header|hr|html|iframe|legend|li|link|main|menu|menuitem|meta|nav|noframes|ol|optgroup|option|p|param|search|section|summary|table|tbody|td|tfoot|th|thead|title|tr|track|ul)(?:[ \t]+|\n|\/?>)|<(?:(?:script|pre|style|textarea)(?:[\s>]|$)|!--)|<\?|<![A-Za-z]|<!\[CDATA\[)| *([^\n ].*)\n {0,3}((?:\| *)?:?-+:? *(?:\| *:?-+:? *)*(?:\| *)?)(?:\n((?:(?! *\n| {0,3}((?:-[\t ]*){3,}|(?:_[ \t]*){3,}|(?:\*[ \t]*){3,})(?:\n+|$)| {0,3}#{1,6}(?:\s|$)| {0,3}>|(?: {4}| {0,3}	)[^\n]| {0,3}(?:`{3,}(?=[^`\n]*(?:\n|$))|~~~)[^\n]*(?:\n|$)| {0,3}(?:[*+-]|1[.)])[ \t]| {0,3}(?:<\/?(?:address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|dialog|dir|div|dl|dt|fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]|head|header|hr|html|iframe|legend|li|link|main|menu|menuitem|meta|nav|noframes|ol|optgroup|option|p|param|search|section|summary|table|tbody|td|tfoot|th|thead|title|tr|track|ul)(?:[ \t]+|\n|\/?>)|<(?:(?:script|pre|style|textarea)(?:[\s>]|$)|!--)|<\?|<![A-Za-z]|<!\[CDATA\[)).*(?:\n|$))*)\n*|$)|[ \t]+\n)[^\n]+)*)/;
const blockTable = /^ *([^\n ].*)\n {0,3}((?:\| *)?:?-+:? *(?:\| *:?-+:? *)*(?:\| *)?)(?:\n((?:(?! *\n| {0,3}((?:-[\t ]*){3,}|(?:_[ \t]*){3,}|(?:\*[ \t]*){3,})(?:\n+|$)| {0,3}#{1,6}(?:\s|$)| {0,3}>|(?: {4}| {0,3}	)[^\n]| {0,3}(?:`{3,}(?=[^`\n]*(?:\n|$))|~~~)[^\n]*(?:\n|$)| {0,3}(?:[*+-]|1[.)])[ \t]| {0,3}(?:<\/?(?:address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|dialog|dir|div|dl|dt|fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]|head|header|hr|html|iframe|legend|li|link|main|menu|menuitem|meta|nav|noframes|ol|optgroup|option|p|param|search|section|summary|table|tbody|td|tfoot|th|thead|title|tr|track|ul)(?:[ \t]+|\n|\/?>)|<(?:(?:script|pre|style|textarea)(?:[\s>]|$)|!--)|<\?|<![A-Za-z]|<!\[CDATA\[)).*(?:\n|$))*)\n*|$)/;
const inlineAnyPunctuation = /\\([\p{P}\p{S}])/gu;
const inlineAnyPunctuationOutsideCode = /(`+)(?:[^`]|[^`][\s\S]*?[^`])\1(?!`)|`+|\\([\p{P}\p{S}])/gu;
const inlineAutolink = /^<([a-zA-Z][a-zA-Z0-9+.-]{1,31}:[^\s\x00-\x1f<>]*|[a-zA-Z0-9.!#$%&'*+/=?_`{|}~-]+(@)[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)+(?![-_]))>/;
const inlineBackpedal = /(?:[^?!.,:;*_'"~()&]+|\([^)]*\)|&(?![a-zA-Z0-9]+;$)|[?!.,:;*_'"~)]+(?!$))+/;
const inlineBlockSkip = /\[(?:[^\[\]`]|(?<a>`+)[^`]+\k<a>(?!`))*?\]\((?:\\[\s\S]|[^\\\(\)]|\((?:\\[\s\S]|[^\\\(\)])*\))*\)|(?<!`)()(?<b>`+)[^`]+\k<b>(?!`)|<(?! )[^<>]*?>/g;
const inlineBr = /^( {2,}|\\)\n(?!\s*$)[ \t]*/;
const inlineCode = /^(`+)([^`]|[^`][\s\S]*?[^`])\1(?!`)/;
const inlineDelLDelim = /^~~?(?:((?!~)[\p{P}\p{S}])|[^\s~])/u;
const inlineDelRDelim = /^[^~]+(?=[^~])|(?!~)[\p{P}\p{S}](~~?)(?=[\s]|$)|[^\s\p{P}\p{S}](~~?)(?!~)(?=[\s\p{P}\p{S}]|$)|(?!~)[\s\p{P}\p{S}](~~?)(?=[^\s\p{P}\p{S}])|[\s](~~?)(?!~)(?=[\p{P}\p{S}])|(?!~)[\p{P}\p{S}](~~?)(?!~)(?=[\p{P}\p{S}])|[^\s\p{P}\p{S}](~~?)(?=[^\s\p{P}\p{S}])/gu;
const inlineEmStrongLDelim = /^(?:\*+(?:((?!\*)(?!~)[\p{P}\p{S}])|([^\s*]))?)|^_+(?:((?!_)(?!~)[\p{P}\p{S}])|([^\s_]))?/u;
const inlineEmStrongRDelimAst = /^[^_*]*?__[^_*]*?\*[^_*]*?(?=__)|[^*]+(?=[^*])|(?!\*)(?!~)[\p{P}\p{S}](\*+)(?=[\s]|$)|(?:[^\s\p{P}\p{S}]|~)(\*+)(?!\*)(?=(?!~)[\s\p{P}\p{S}]|$)|(?!\*)(?!~)[\s\p{P}\p{S}](\*+)(?=(?:[^\s\p{P}\p{S}]|~))|[\s](\*+)(?!\*)(?=(?!~)[\p{P}\p{S}])|(?!\*)(?!~)[\p{P}\p{S}](\*+)(?!\*)(?=(?!~)[\p{P}\p{S}])|(?:[^\s\p{P}\p{S}]|~)(\*+)(?=(?:[^\s\p{P}\p{S}]|~))/gu;
const inlineEmStrongRDelimUnd = /^[^_*]*?\*\*[^_*]*?_[^_*]*?(?=\*\*)|[^_]+(?=[^_])|(?!_)[\p{P}\p{S}](_+)(?=[\s]|$)|[^\s\p{P}\p{S}](_+)(?!_)(?=[\s\p{P}\p{S}]|$)|(?!_)[\s\p{P}\p{S}](_+)(?=[^\s\p{P}\p{S}])|[\s](_+)(?!_)(?=[\p{P}\p{S}])|(?!_)[\p{P}\p{S}](_+)(?!_)(?=[\p{P}\p{S}])/gu;
const inlineEscape = /^\\([!"#$%&'()*+,\-./:;<=>?@\[\]\\^_`{|}~])/;
const inlineLink = /^!?\[((?:\[(?:\[(?:\\[\s\S]|[^\[\]\\])*\]|\\[\s\S]|[^\[\]\\])*\]|\\[\s\S]|`+(?!`)[^`]*?`+(?!`)|``+(?=\])|[^\[\]\\`])*?)\]\([ \t\n]*(<(?:\\.|[^\n<>\\])*>|(?!<)[^ \t\n\x00-\x1f]+|(?=\)))(?:(?:[ \t]+(?:\n[ \t]*)?|\n[ \t]*)("(?:\\[\s\S]|[^"\\])*"|'(?:\\[\s\S]|[^'\\])*'|\((?:\\[\s\S]|[^)\\])*\)))?[ \t\n]*\)/;
const inlineNolink = /^!?\[((?!\s*\])(?:\\[\s\S]|[^\[\]\\\n]|\n(?![ \t]*\n))+)\](?:\[\])?/;
const inlinePunctuation = /^((?![*_])[\s\p{P}\p{S}])/u;
const inlineReflink = /^!?\[((?:\[(?:\[(?:\\[\s\S]|[^\[\]\\])*\]|\\[\s\S]|[^\[\]\\])*\]|\\[\s\S]|`+(?!`)[^`]*?`+(?!`)|``+(?=\])|[^\[\]\\`])*?)\]\[((?!\s*\])(?:\\[\s\S]|[^\[\]\\\n]|\n(?![ \t]*\n))+)\]/;
const inlineReflinkSearch = /!?\[((?:[^\[\]\\`]*(?:\[(?:\[(?:\\[\s\S]|[^\[\]\\])*\]|\\[\s\S]|[^\[\]\\])*\]|\\[\s\S]|`+(?!`)[^`]*?`+(?!`)|``+(?=\]))){0,999}?[^\[\]\\`]*?)\]\[((?!\s*\])(?:\\[\s\S]|[^\[\]\\]){1,999})\]|!?\[((?!\s*\])(?:\\[\s\S]|[^\[\]\\]){1,999})\](?:\[\])?(?!\()/g;
const inlineTag = /^<!--(?:-?>|[\s\S]*?-->)|^<\/[a-zA-Z][a-zA-Z0-9-]*\s*>|^<[a-zA-Z][a-zA-Z0-9-]*(?:\s+[a-zA-Z:_][\w.:-]*(?:\s*=\s*"[^"]*"|\s*=\s*'[^']*'|\s*=\s*[^\s"'=<>`]+)?)*?\s*\/?>|^<\?[\s\S]*?\?>|^<![a-zA-Z]+\s[\s\S]*?>|^<!\[CDATA\[[\s\S]*?\]\]>/;
const inlineText = /^(?:[^a-zA-Z0-9](?=(?:mailto|xmpp):)|(`+|~+|[^`~])(?:(?=[`~])|(?= {2,}\n)|(?=[a-zA-Z0-9.!#$%&'*+\/=?_`{\|}~-]+@)|[\s\S]*?(?:(?=[\\<!\[`*~_]|\b_|[hH][tT][tT][pP][sS]?|[fF][tT][pP]:\/\/|(?<![^\s*_~(])www\.|$)|[^ ](?= {2,}\n)|[^a-zA-Z0-9](?=(?:mailto|xmpp):)|[^a-zA-Z0-9.!#$%&'*+\/=?_`{\|}~-](?=[a-zA-Z0-9.!#$%&'*+\/=?_`{\|}~-]+@))))/;
const inlineUrl = /^(?:mailto:[A-Za-z0-9._+-]+@[a-zA-Z0-9-_]+(?:\.[a-zA-Z0-9-_]*[a-zA-Z0-9])+(?![\w-])|xmpp:[A-Za-z0-9._+-]+@[a-zA-Z0-9-_]+(?:\.[a-zA-Z0-9-_]*[a-zA-Z0-9])+(?![\w-])(?:\/[A-Za-z0-9@.]+)?)|^((?:[hH][tT][tT][pP][sS]?|[fF][tT][pP]):\/\/|www\.)(?:[a-zA-Z0-9\-]+\.?)+[^\s<]*|^[A-Za-z0-9._+-]+(@)[a-zA-Z0-9-_]+(?:\.[a-zA-Z0-9-_]*[a-zA-Z0-9])+(?![\w-])/;
const otherEndATag = /^<\/a>/i;
const otherEndAngleBracket = />$/;
const otherEndingHash = /#$/;
const otherEndingSpaceChar = / $/;
const otherEndingSpaceTabChar = /[ \t]$/;
const otherFindPipe = /\|/g;
const otherHrefBrackets = /^<(.*)>$/;
const otherHtmlBegin = /^ {0,3}(?:<\/?(?:address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|dialog|dir|div|dl|dt|fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]|head|header|hr|html|iframe|legend|li|link|main|menu|menuitem|meta|nav|noframes|ol|optgroup|option|p|param|search|section|summary|table|tbody|td|tfoot|th|thead|title|tr|track|ul)(?:[ \t]+|$|\/?>)|<(?:(?:script|pre|style|textarea)(?:[\s>]|$)|!--)|<\?|<![A-Za-z]|<!\[CDATA\[)/i;
const otherMultipleSpaceGlobal = /\s+/g;
const otherNestedBlockMarker = /^ {0,3}(?:(?:[*+-]|\d{1,9}[.)])(?: |$)|> ?)/;
const otherNestedContainerMarkers = /^(?: {0,3}(?:(?:[*+-]|\d{1,9}[.)])[ \t]+|>[ \t]?))+/;
const otherNewLineCharGlobal = /\n/g;
const otherNonSpaceChar = /[^ ]/;
const otherPedanticHrefTitle = /^([^'"]*[^\s])\s+(['"])(.*)\2/;
const otherSlashPipe = /\\\|/g;
const otherSplitPipe = / \|/;
const otherStartATag = /^<a /i;
const otherStartAngleBracket = /^</;
const otherStartingSpaceChar = /^ /;
const otherTableAlignCenter = /^ *:-+: *$/;
const otherTableAlignChars = /^\||\| *$/g;
const otherTableAlignLeft = /^ *:-+ *$/;
const otherTableAlignRight = /^ *-+: *$/;
const otherTableDelimiter = /[:|]/;
const otherTableRowBlankLine = /\n[ \t]*$/;
const otherUnicodeAlphaNumeric = /[\p{L}\p{N}]/u;

/** The definitions, and what else text can hold, for the text that is read. */
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

function splitCells(tableRow, count) {
  // ensure that every cell-delimiting pipe has a space
  // before it to distinguish it from an escaped pipe
  const row = tableRow.replace(otherFindPipe, (match, offset, str) => {
      let escaped = false;
      let curr = offset;
      while (--curr >= 0 && str[curr] === '\\') escaped = !escaped;
      if (escaped) {
        // odd number of slashes means | is escaped
        // so we leave it alone
        return '|';
      } else {
        // add space before unescaped |
        return ' |';
      }
    }),
    cells = row.split(otherSplitPipe);
  let i = 0;

  // First/last cell in a row cannot be empty if it has no leading/trailing pipe
  if (!cells[0].trim()) {
    cells.shift();
  }
  if (cells.length > 0 && !cells.at(-1)?.trim()) {
    cells.pop();
  }

  if (count) {
    if (cells.length > count) {
      cells.splice(count);
    } else {
      while (cells.length < count) cells.push('');
    }
  }

  for (; i < cells.length; i++) {
    // leading or trailing whitespace is ignored per the gfm spec
    cells[i] = cells[i].trim().replace(otherSlashPipe, '|');
  }
  return cells;
}

function rtrim(str, c) {
  const l = str.length;
  if (l === 0) {
    return '';
  }

  // Length of suffix matching the invert condition.
  let suffLen = 0;

  // Step left until we fail to match the invert condition.
  while (suffLen < l) {
    const currChar = str.charAt(l - suffLen - 1);
    if (currChar === c) {
      suffLen++;
    } else {
      break;
    }
  }

  return str.slice(0, l - suffLen);
}

function normalizeLabel(label) {
  // The spec also asks for leading and trailing spaces, tabs and line endings
  // to be stripped, and for internal runs of them to collapse to one space.
  // Doing it here keeps every call site in agreement: the definition and the
  // reference have to normalize to the same key.
  return label.trim().replace(otherMultipleSpaceGlobal, ' ').toLowerCase().toUpperCase().toLowerCase();
}

function findClosingBracket(str, b) {
  // an opening bracket on its own is still unbalanced, so both have to be absent
  if (str.indexOf(b[0]) === -1 && str.indexOf(b[1]) === -1) {
    return -1;
  }

  let level = 0;
  for (let i = 0; i < str.length; i++) {
    if (str[i] === '\\') {
      i++;
    } else if (str[i] === b[0]) {
      level++;
    } else if (str[i] === b[1]) {
      level--;
      if (level < 0) {
        return i;
      }
    }
  }
  if (level > 0) {
    return -2;
  }

  return -1;
}

function scanLastPossibleEmStrongDelClosers(src) {
  const last = { '*': -1, _: -1, '~': -1 };
  const len = src.length;
  for (let i = 0; i < len; i++) {
    const ch = src[i];
    if (ch !== '*' && ch !== '_' && ch !== '~') {
      continue;
    }
    // A leading run has no predecessor, same as one after a line break.
    const prev = i === 0 ? '\n' : src[i - 1];
    let j = i + 1;
    while (j < len && src[j] === ch) {
      j++;
    }
    if (prev !== ' ' && prev !== '\t' && prev !== '\n' && prev !== '\r' && prev !== '\f') {
      last[ch] = i;
    }
    i = j - 1;
  }
  return last;
}

function unescapeLinkLabel(label) {
  let result = '';
  for (let i = 0; i < label.length; i++) {
    if (label[i] === '`') {
      const code = inlineCode.exec(label.slice(i));
      if (code) {
        result += code[0];
        i += code[0].length - 1;
        continue;
      }
    }
    if (label[i] === '\\' && (label[i + 1] === '[' || label[i + 1] === ']')) {
      result += label[i + 1];
      i++;
      continue;
    }
    result += label[i];
  }
  return result;
}

function outputLink(cap, link, raw) {
  const href = link.href;
  const title = link.title || null;
  const text = unescapeLinkLabel(cap[1]);
  const isImage = cap[0].charAt(0) === '!';

  const outerInLink = inLink;
  const outerLinkEmitted = linkEmitted;
  inLink = true;
  linkEmitted = false;
  const tokens = readInlineTokens(text);
  const textHasLink = linkEmitted;
  linkEmitted = outerLinkEmitted;
  inLink = outerInLink;

  if (!isImage) {
    // CommonMark: "Links may not contain other links, at any level of nesting."
    // Bail so the caller falls through to text and the inner link is the one kept.
    // Images are exempt: their text is flattened into an alt attribute.
    if (textHasLink) {
      return;
    }
    linkEmitted = true;
  }

  return {
    type: isImage ? 'image' : 'link',
    raw,
    href,
    title,
    text,
    tokens,
  };
}

function isLabelEndInsideToken(src, label, labelStart) {
  if (!label.includes('<')) {
    return false;
  }

  for (let i = 0; i < label.length; i++) {
    if (label[i] === '\\') {
      i++;
      continue;
    }

    if (label[i] === '`') {
      const code = inlineCode.exec(label.slice(i));
      if (code) {
        i += code[0].length - 1;
        continue;
      }
    }

    if (label[i] !== '<') {
      continue;
    }

    const tokenSrc = src.slice(labelStart + i);
    const token = inlineTag.exec(tokenSrc) || inlineAutolink.exec(tokenSrc);
    if (!token) {
      continue;
    }

    if (token[0].length > label.length - i) {
      return true;
    }
    i += token[0].length - 1;
  }
  return false;
}

function readHeading(src) {
  const cap = blockHeading.exec(src);
  if (cap) {
    let text = cap[2].trim();

    // remove trailing #s
    if (otherEndingHash.test(text)) {
      const trimmed = rtrim(text, '#');
      if (false) {
        text = trimmed.trim();
      } else if (!trimmed || otherEndingSpaceTabChar.test(trimmed)) {
        // CommonMark requires a space or tab before trailing #s
        text = trimmed.trim();
      }
    }

    return {
      type: 'heading',
      raw: rtrim(cap[0], '\n'),
      depth: cap[1].length,
      text,
    };
  }
}

function readDef(src) {
  const cap = blockDef.exec(src);
  if (cap) {
    // outside angle brackets a link destination holds only balanced parentheses
    if (!otherStartAngleBracket.test(cap[2]) && findClosingBracket(cap[2], '()') !== -1) {
      return;
    }

    const tag = normalizeLabel(cap[1]);
    const href = cap[2] ? cap[2].replace(otherHrefBrackets, '$1').replace(inlineAnyPunctuation, '$1') : '';
    const title = cap[3] ? cap[3].substring(1, cap[3].length - 1).replace(inlineAnyPunctuation, '$1') : cap[3];
    return {
      type: 'def',
      tag,
      raw: rtrim(cap[0], '\n'),
      href,
      title,
    };
  }
}

function readTable(src) {
  const cap = blockTable.exec(src);
  if (!cap) {
    return;
  }

  if (!otherTableDelimiter.test(cap[2])) {
    // delimiter row must have a pipe (|) or colon (:) otherwise it is a setext heading
    return;
  }

  const headers = splitCells(cap[1]);
  const aligns = cap[2].replace(otherTableAlignChars, '').split('|');
  const rows = cap[3]?.trim() ? cap[3].replace(otherTableRowBlankLine, '').split('\n') : [];

  const item = {
    type: 'table',
    raw: rtrim(cap[0], '\n'),
    header: [],
    align: [],
    rows: [],
  };

  if (headers.length !== aligns.length) {
    // header and align columns must be equal, rows can be different.
    return;
  }

  for (const align of aligns) {
    if (otherTableAlignRight.test(align)) {
      item.align.push('right');
    } else if (otherTableAlignCenter.test(align)) {
      item.align.push('center');
    } else if (otherTableAlignLeft.test(align)) {
      item.align.push('left');
    } else {
      item.align.push(null);
    }
  }

  for (let i = 0; i < headers.length; i++) {
    item.header.push({
      text: headers[i],
      header: true,
      align: item.align[i],
    });
  }

  for (const row of rows) {
    item.rows.push(splitCells(row, item.header.length).map((cell, i) => {
      return {
        text: cell,
        header: false,
        align: item.align[i],
      };
    }));
  }

  return item;
}

function readLheading(src) {
  const cap = blockLheading.exec(src);
  if (cap) {
    const text = cap[1].trim();
    return {
      type: 'heading',
      raw: rtrim(cap[0], '\n'),
      depth: cap[2].charAt(0) === '=' ? 1 : 2,
      text,
    };
  }
}

function readEscape(src) {
  if (src.charCodeAt(0) !== 92) return; // \\
  const cap = inlineEscape.exec(src);
  if (cap) {
    return {
      type: 'escape',
      raw: cap[0],
      text: cap[1],
    };
  }
}

function readTag(src) {
  if (src.charCodeAt(0) !== 60) return; // <
  const cap = inlineTag.exec(src);
  if (cap) {
    if (!inLink && otherStartATag.test(cap[0])) {
      inLink = true;
    } else if (inLink && otherEndATag.test(cap[0])) {
      inLink = false;
    }
        return {
      type: 'html',
      raw: cap[0],
      text: cap[0],
    };
  }
}

function readLink(src) {
  // The link regex backtracks quadratically over unterminated-link inputs
  // like '[a](b'.repeat(n): at every '[' its greedy unquoted-href run
  // re-partitions the whole remainder while hunting for a ')' that never
  // comes. inlineTokens anchors one paren scan per run in
  // state.linkParenPossible; when it is false the regex cannot match, so
  // bail out before running it.
  if (linkParenPossible === false) {
    return undefined;
  }
  const first = src.charCodeAt(0);
  if (first !== 91 && first !== 33) return; // [ or !
  const cap = inlineLink.exec(src);
  if (cap) {
    const labelStart = cap[0].charAt(0) === '!' ? 2 : 1;
    if (!false && isLabelEndInsideToken(src, cap[1], labelStart)) {
      return;
    }

    const trimmedUrl = cap[2].trim();
    if (!false && otherStartAngleBracket.test(trimmedUrl)) {
      // commonmark requires matching angle brackets
      if (!(otherEndAngleBracket.test(trimmedUrl))) {
        return;
      }

      // ending angle bracket cannot be escaped
      const rtrimSlash = rtrim(trimmedUrl.slice(0, -1), '\\');
      if ((trimmedUrl.length - rtrimSlash.length) % 2 === 0) {
        return;
      }
    } else {
      // find closing parenthesis
      const lastParenIndex = findClosingBracket(cap[2], '()');
      if (lastParenIndex === -2) {
        // more open parens than closed
        return;
      }

      if (lastParenIndex > -1) {
        const start = cap[0].indexOf('!') === 0 ? 5 : 4;
        const linkLen = start + cap[1].length + lastParenIndex;
        cap[2] = cap[2].substring(0, lastParenIndex);
        cap[0] = cap[0].substring(0, linkLen).trim();
        cap[3] = '';
      }
    }
    // The ')' that ends the match is the link closer only when it is not
    // escaped. `[foo](/url\)` has no closer; that paren is destination text.
    const unescaped = rtrim(cap[0].slice(0, -1), '\\');
    if ((cap[0].length - unescaped.length) % 2 === 0) {
      return;
    }
    let href = cap[2];
    let title = '';
    if (false) {
      // split pedantic href and title
      const link = otherPedanticHrefTitle.exec(href);

      if (link) {
        href = link[1];
        title = link[3];
      }
    } else {
      title = cap[3] ? cap[3].slice(1, -1) : '';
    }

    href = href.trim();
    if (otherStartAngleBracket.test(href)) {
      if (false && !(otherEndAngleBracket.test(trimmedUrl))) {
        // pedantic allows starting angle bracket without ending angle bracket
        href = href.slice(1);
      } else {
        href = href.slice(1, -1);
      }
    }
    return outputLink(cap, {
      href: href ? href.replace(inlineAnyPunctuation, '$1') : href,
      title: title ? title.replace(inlineAnyPunctuation, '$1') : title,
    }, cap[0]);
  }
}

function readReflink(src, links) {
  const first = src.charCodeAt(0);
  if (first !== 91 && first !== 33) return; // [ or !
  let cap;
  if ((cap = inlineReflink.exec(src))
    || (cap = inlineNolink.exec(src))) {
    const labelStart = cap[0].charAt(0) === '!' ? 2 : 1;
    if (!false && isLabelEndInsideToken(src, cap[1], labelStart)) {
      return;
    }

    const link = links[normalizeLabel(cap[2] || cap[1])];
    if (!link) {
      const text = cap[0].charAt(0);
      return {
        type: 'text',
        raw: text,
        text,
      };
    }
    return outputLink(cap, link, cap[0]);
  }
}

function readEmStrong(src, maskedSrc, prevChar = '') {
  let match = inlineEmStrongLDelim.exec(src);
  if (!match) return;
  if (!match[1] && !match[2] && !match[3] && !match[4]) return;

  const delimChar = match[0][0];
  // A mid-run opener (for example the second star of an unmatched `**`) must
  // only pair with a delimiter that can only close, otherwise it steals the
  // opener of a later span (`**a*b*c` must be `**a<em>b</em>c`).
  const midRun = prevChar === delimChar;

  // The start of this delimiter run may already be behind src, either taken
  // as text after the whole run failed to match or used to close an earlier
  // span. Flanking and rules 9-10 are about the whole run, so find its start.
  // Pedantic follows markdown.pl, which has no such rules.
  const srcStart = maskedSrc.length - src.length;
  let runStart = srcStart;
  while (!false && runStart > 0 && maskedSrc[runStart - 1] === delimChar) {
    runStart--;
  }
  const runPrevChar = [...maskedSrc.slice(Math.max(0, runStart - 2), runStart)].at(-1) ?? '';
  // The other delimiter character counts as punctuation here (`_**a*`, `*_#_`)
  const runPrevPunct = runPrevChar === '*' || runPrevChar === '_' || !!inlinePunctuation.exec(runPrevChar);
  if (runStart < srcStart) {
    prevChar = runPrevChar;
  }
  const prevPunct = runStart < srcStart
    ? runPrevPunct
    : prevChar === '*' || prevChar === '_' || !!inlinePunctuation.exec(prevChar);

  // _ can't be between two alphanumerics. \p{L}\p{N} includes non-english alphabet/numbers as well
  if (match[4] && prevChar.match(otherUnicodeAlphaNumeric)) return;

  const nextChar = match[1] || match[3] || '';

  if (!nextChar || !prevChar || prevPunct) {
    // unicode Regex counts emoji as 1 char; spread into array for proper count (used multiple times below)
    const lLength = [...match[0]].length - 1;
    let rDelim, rLength, delimTotal = lLength, midDelimTotal = 0;

    // Rules 9-10 count the whole run, and also apply when the opener could
    // close as well (`a*b**`, where `*` is both left- and right-flanking).
    const runLength = srcStart - runStart + lLength;
    const openerCanClose = !false && !!runPrevChar.trim()
      && (!!nextChar || (delimChar === '*' && !runPrevPunct));
    if (delimChar !== '*' && delimChar !== '_') return;
    const endReg = delimChar === '*' ? inlineEmStrongRDelimAst : inlineEmStrongRDelimUnd;
    const lastPossibleEmStrongCloserIndex = lastCloserOf(delimChar);
    const emStrongCloserWindowStart = maskedSrc.length - src.length + lLength;
    if (lastPossibleEmStrongCloserIndex < emStrongCloserWindowStart) return;
    // Clip maskedSrc to same section of string as src (move to lexer?)
    maskedSrc = maskedSrc.slice(-1 * src.length + lLength);
    const lastPossibleEmStrongCloserIndexInWindow = lastPossibleEmStrongCloserIndex - emStrongCloserWindowStart;
    endReg.lastIndex = 0;

    while ((match = endReg.exec(maskedSrc)) !== null) {
      if (match.index > lastPossibleEmStrongCloserIndexInWindow) break;
      rDelim = match[1] || match[2] || match[3] || match[4] || match[5] || match[6];

      if (!rDelim) continue; // skip single * in __abc*abc__

      rLength = [...rDelim].length;

      if (match[3] || match[4]) { // found another Left Delim
        delimTotal += rLength;
        continue;
      } else if (match[5] || match[6] || openerCanClose) { // either Left or Right Delim
        if (runLength % 3 && !((runLength + rLength) % 3)) { // CommonMark Emphasis Rules 9-10
          if (midRun && (match[5] || match[6])) {
            // A delimiter that can also open and cannot close this run
            // opens its own span; a later closer pairs with it, not with a
            // mid-run opener (`**a*a*` must be `**a<em>a</em>`).
            break;
          }
          midDelimTotal += rLength;
          continue;
        }
      }

      delimTotal -= rLength;

      if (delimTotal > 0) continue; // Haven't found enough closing delimiters

      // Remove extra characters. *a*** -> *a*
      rLength = Math.min(rLength, rLength + delimTotal + midDelimTotal);
      // char length can be >1 for unicode characters;
      const lastCharLength = [...match[0]][0].length;
      const raw = src.slice(0, lLength + match.index + lastCharLength + rLength);

      // Create `em` if smallest delimiter has odd char count. *a***
      if (Math.min(lLength, rLength) % 2) {
        const text = raw.slice(1, -1);
        return {
          type: 'em',
          raw,
          text,
          tokens: readInlineTokens(text),
        };
      }

      // Create 'strong' if smallest delimiter has even char count. **a***
      const text = raw.slice(2, -2);
      return {
        type: 'strong',
        raw,
        text,
        tokens: readInlineTokens(text),
      };
    }
  }
}

function readCodespan(src) {
  if (src.charCodeAt(0) !== 96) return; // `
  const cap = inlineCode.exec(src);
  if (cap) {
    let text = cap[2].replace(otherNewLineCharGlobal, ' ');
    const hasNonSpaceChars = otherNonSpaceChar.test(text);
    const hasSpaceCharsOnBothEnds = otherStartingSpaceChar.test(text) && otherEndingSpaceChar.test(text);
    if (hasNonSpaceChars && hasSpaceCharsOnBothEnds) {
      text = text.substring(1, text.length - 1);
    }
    return {
      type: 'codespan',
      raw: cap[0],
      text,
    };
  }
}

function readBr(src) {
  const first = src.charCodeAt(0);
  if (first !== 32 && first !== 92 && first !== 10) return; // space, \\ or newline (breaks)
  const cap = inlineBr.exec(src);
  if (cap) {
    return {
      type: 'br',
      raw: cap[0],
    };
  }
}

function readDel(src, maskedSrc, prevChar = '') {
  if (src.charCodeAt(0) !== 126) return; // ~
  let match = inlineDelLDelim.exec(src);
  if (!match) return;

  const nextChar = match[1] || '';

  if (!nextChar || !prevChar || inlinePunctuation.exec(prevChar)) {
    // unicode Regex counts emoji as 1 char; spread into array for proper count
    const lLength = [...match[0]].length - 1;
    let rDelim, rLength, delimTotal = lLength;

    const endReg = inlineDelRDelim;
    const lastPossibleDelCloserIndex = lastCloserOf('~');
    const delCloserWindowStart = maskedSrc.length - src.length + lLength;
    if (lastPossibleDelCloserIndex < delCloserWindowStart) return;
    // Clip maskedSrc to same section of string as src
    maskedSrc = maskedSrc.slice(-1 * src.length + lLength);
    const lastPossibleDelCloserIndexInWindow = lastPossibleDelCloserIndex - delCloserWindowStart;
    endReg.lastIndex = 0;

    while ((match = endReg.exec(maskedSrc)) !== null) {
      if (match.index > lastPossibleDelCloserIndexInWindow) break;
      rDelim = match[1] || match[2] || match[3] || match[4] || match[5] || match[6];

      if (!rDelim) continue;

      rLength = [...rDelim].length;

      if (rLength !== lLength) continue;

      if (match[3] || match[4]) { // found another Left Delim
        delimTotal += rLength;
        continue;
      }

      delimTotal -= rLength;

      if (delimTotal > 0) continue; // Haven't found enough closing delimiters

      // Remove extra characters
      rLength = Math.min(rLength, rLength + delimTotal);
      // char length can be >1 for unicode characters
      const lastCharLength = [...match[0]][0].length;
      const raw = src.slice(0, lLength + match.index + lastCharLength + rLength);

      // Create del token - only single ~ or double ~~ supported
      const text = raw.slice(lLength, -lLength);
      return {
        type: 'del',
        raw,
        text,
        tokens: readInlineTokens(text),
      };
    }
  }
}

function readAutolink(src) {
  if (src.charCodeAt(0) !== 60) return; // <
  const cap = inlineAutolink.exec(src);
  if (cap) {
    let text, href;
    if (cap[2] === '@') {
      text = cap[1];
      href = 'mailto:' + text;
    } else {
      text = cap[1];
      href = text;
    }

    return {
      type: 'link',
      raw: cap[0],
      text,
      href,
      autolink: true,
      tokens: [
        {
          type: 'text',
          raw: text,
          text,
        },
      ],
    };
  }
}

function readUrl(src) {
  let cap;
  if (cap = inlineUrl.exec(src)) {
    let text, href;
    if (cap[2] === '@') {
      text = cap[0];
      href = 'mailto:' + text;
    } else {
      // do extended autolink path validation
      let prevCapZero;
      do {
        prevCapZero = cap[0];
        cap[0] = inlineBackpedal.exec(cap[0])?.[0] ?? '';
      } while (prevCapZero !== cap[0]);
      text = cap[0];
      if (cap[1] === 'www.') {
        href = 'http://' + cap[0];
      } else {
        href = cap[0];
      }
    }
    return {
      type: 'link',
      raw: cap[0],
      text,
      href,
      autolink: true,
      tokens: [
        {
          type: 'text',
          raw: text,
          text,
        },
      ],
    };
  }
}

function readInlineText(src) {
  const cap = inlineText.exec(src);
  if (cap) {
    return {
      type: 'text',
      raw: cap[0],
      text: cap[0],
    };
  }
}

function readLinkInText(text) {
  if (!text.includes('[')) {
    return false;
  }

  const linkRule = inlineLink;
  for (const match of text.matchAll(inlineBlockSkip)) {
    // blockSkip also matches code spans and html, and the `!` of an image is
    // left out of the match, so read the character before it.
    if (linkRule.test(match[0]) && text.charAt(match.index - 1) !== '!') {
      return true;
    }
  }

  for (const match of text.matchAll(inlineReflinkSearch)) {
    const match0 = match[0];
    const refStart = match0.lastIndexOf('[');
    if (match0.charAt(0) === '!' || !Object.hasOwn(links, normalizeLabel(match0.slice(refStart + 1, -1)))) {
      continue;
    }
    // a candidate holding a link is not a link either, so it does not count
    if (refStart > 1 && readLinkInText(match0.slice(1, refStart - 1))) {
      continue;
    }
    return true;
  }

  return false;
}

function readInlineTokens(src, tokens = []) {
  // One paren scan per inline run, shared with Tokenizer.link: without a
  // ')' ahead the link regex cannot match, and skipping it avoids its
  // quadratic backtracking over unterminated-link inputs like
  // `'[a](b'.repeat(n)`. Extension tokenizers can pass generated text to
  // nested runs, so each run must check its own source.
  const prevLinkParenPossible = linkParenPossible;
  linkParenPossible = src.includes(')');
  try {
    return readInlineTokensInner(src, tokens);
  } finally {
    // Restore the outer run's flag for the rest of its loop.
    linkParenPossible = prevLinkParenPossible;
  }
}

function readInlineTokensInner(src, tokens) {
  // The masked source is only read by emStrong and del, which need a *, _ or
  // ~ to start. Skip building it for a run without one, unless a custom
  // tokenizer or an emStrongMask hook may read it.
  const hasDelimiter = src.includes('*') || src.includes('_') || src.includes('~');
  const maskedSrc = hasDelimiter
    ? readMaskSrc(src)
    : src;

  // Without a delimiter no opener can match, so nothing reads the closer scan.
  if (!hasDelimiter) {
    return readTokenizeInlines(src, maskedSrc, tokens);
  }

  // One scan of this maskedSrc for the last emphasis, strong, and
  // strikethrough closers, shared by every opener in the pass. Popped
  // when the pass ends so the source is not retained (#4099).
  closers.push(scanLastPossibleEmStrongDelClosers(maskedSrc));
  try {
    return readTokenizeInlines(src, maskedSrc, tokens);
  } finally {
    closers.pop();
  }
}

function readTokenizeInlines(src, maskedSrc, tokens) {
  let keepPrevChar = false;
  let prevChar = '';
  let srcLength = Infinity;
  while (src) {
    if (src.length < srcLength) {
      srcLength = src.length;
    } else {
      throw Error(src);
    }

    if (!keepPrevChar) {
      prevChar = '';
    }
    keepPrevChar = false;

    let token;

    // extensions
    if (token = more?.read(src) || readEscape(src) || readTag(src) || readLink(src)) {
      src = src.substring(token.raw.length);
      tokens.push(token);
      continue;
    }

    // reflink, nolink
    if (token = readReflink(src, links)) {
      src = src.substring(token.raw.length);
      const lastToken = tokens.at(-1);
      if (token.type === 'text' && lastToken?.type === 'text') {
        lastToken.raw += token.raw;
        lastToken.text += token.text;
      } else {
        tokens.push(token);
      }
      continue;
    }

    // #4099 follow-up: for a run of `*` or `_` with no possible closer
    // anywhere ahead in maskedSrc, every opener position fails identically
    // and the outer loop walks the run char-by-char, giving O(n^2) time.
    // Consume the whole run as literal text in one step.
    const firstChar = src[0];
    if (firstChar === '*' || firstChar === '_' || firstChar === '~') {
      const pos = maskedSrc.length - src.length;
      const lastCloser = lastCloserOf(firstChar);
      if (lastCloser <= pos) {
        let runEnd = 1;
        while (runEnd < src.length && src.charCodeAt(runEnd) === firstChar.charCodeAt(0)) runEnd++;
        const raw = src.substring(0, runEnd);
        const lastToken = tokens.at(-1);
        if (lastToken?.type === 'text') {
          lastToken.raw += raw;
          lastToken.text += raw;
        } else {
          tokens.push({ type: 'text', raw, text: raw });
        }
        src = src.substring(runEnd);
        prevChar = firstChar;
        keepPrevChar = true;
        continue;
      }
    }

    // em & strong
    if (token = readEmStrong(src, maskedSrc, prevChar) || readCodespan(src) || readBr(src) || readDel(src, maskedSrc, prevChar) || readAutolink(src)) {
      src = src.substring(token.raw.length);
      tokens.push(token);
      continue;
    }

    // url (gfm)
    if (!inLink && (token = readUrl(src))) {
      src = src.substring(token.raw.length);
      tokens.push(token);
      continue;
    }

    // text
    // prevent inlineText consuming extensions by clipping 'src' to extension start
    const next = more ? src.slice(1).search(more.start) : -1;
    const cutSrc = next < 0 ? src : src.substring(0, next + 1);
    if (token = readInlineText(cutSrc)) {
      src = src.substring(token.raw.length);
      if (token.raw.slice(-1) !== '_') { // Track prevChar before string of ____ started
        prevChar = token.raw.slice(-1);
      }
      keepPrevChar = true;
      const lastToken = tokens.at(-1);
      if (lastToken?.type === 'text') {
        lastToken.raw += token.raw;
        lastToken.text += token.text;
      } else {
        tokens.push(token);
      }
      continue;
    }

  }

  return tokens;
}

function readMaskBlocks(src) {
  let masked = '';
  let last = 0;
  let match;
  inlineBlockSkip.lastIndex = 0;
  while ((match = inlineBlockSkip.exec(src))) {
    const start = match.index + (match[2] ? match[2].length : 0);
    let end = match.index + match[0].length;
    if (src.charAt(start) === '<') {
      const rest = src.slice(start);
      const html = inlineTag.exec(rest) || inlineAutolink.exec(rest);
      if (!html) {
        inlineBlockSkip.lastIndex = start + 1;
        continue;
      }
      end = start + html[0].length;
      inlineBlockSkip.lastIndex = end;
    }
    masked += src.slice(last, start) + '[' + 'a'.repeat(end - start - 2) + ']';
    last = end;
  }
  return masked + src.slice(last);
}

function readMaskSrc(src) {
  // String with links masked to avoid interference with em and strong
  let maskedSrc = src;

  // Mask out reflinks
  if (links && src.includes('[')) {
    const reflinkSearch = inlineReflinkSearch;
    const maskReflink = (match0) => {
      const refStart = match0.lastIndexOf('[');
      if (!Object.hasOwn(links, normalizeLabel(match0.slice(refStart + 1, -1)))) {
        return match0;
      }
      // CommonMark: "Links may not contain other links, at any level of
      // nesting." A candidate whose text already holds one never becomes a
      // link, so flattening the whole span would hide the emphasis that
      // does still apply inside it. Mask the links it holds instead.
      // Images are exempt: their text is flattened into an alt attribute.
      if (refStart > 1 && match0.charAt(0) !== '!') {
        const text = match0.slice(1, refStart - 1);
        if (readLinkInText(text)) {
          return '[' + text.replace(reflinkSearch, maskReflink)
            + '][' + 'a'.repeat(match0.length - refStart - 2) + ']';
        }
      }
      return '[' + 'a'.repeat(match0.length - 2) + ']';
    };
    maskedSrc = maskedSrc.replace(reflinkSearch, maskReflink);
  }

  // Mask out escaped characters.
  // Every mask must keep the length it replaces: emStrong and del line
  // maskedSrc up with src by slicing from the end. `anyPunctuation` matches
  // unicode punctuation, so an escaped astral character is 3 code units.
  // A backslash inside a code span is literal, not an escape. Mask the
  // backticks inside the span instead, so blockSkip still skips all of it.
  maskedSrc = maskedSrc.replace(inlineAnyPunctuationOutsideCode, (match0, code, punct) => {
    if (punct) {
      return '+'.repeat(match0.length);
    }
    if (code) {
      return code + match0.slice(code.length, -code.length).replace(/`/g, '+') + code;
    }
    return match0;
  });

  // Mask out other blocks
  maskedSrc = readMaskBlocks(maskedSrc);

  return maskedSrc;
}

export { normalizeLabel, splitCells, readHeading, readDef, readTable, readLheading, blockHeading, blockHr, blockLheading, blockList, blockParagraph, blockTable, inlineAnyPunctuation, inlineAutolink, inlineTag, otherHtmlBegin, otherNestedBlockMarker, otherNestedContainerMarkers };
