/**
 * Converts an HTML page to Markdown: headings, paragraphs, lists, code. Enough for documents that are kept as pages.
 * All other tags are removed, so that no HTML is left.
 */

const gone =
  /<(script|style|head|title|nav|footer|template|svg|noscript|form|iframe)\b[\s\S]*?<\/\1\s*>|<!--[\s\S]*?-->|<![^>]*>/gi;

const named: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  ndash: '–',
  mdash: '—',
  hellip: '…',
  copy: '©',
  auml: 'ä',
  ouml: 'ö',
  uuml: 'ü',
  Auml: 'Ä',
  Ouml: 'Ö',
  Uuml: 'Ü',
  szlig: 'ß',
  eacute: 'é',
  egrave: 'è',
  rsquo: '’',
  lsquo: '‘',
  rdquo: '”',
  ldquo: '“',
};

export function htmlToMarkdown(html: string): string {
  const title = /<title[^>]*>([\s\S]*?)<\/title\s*>/i.exec(html)?.[1];
  const body = html
    .replaceAll(gone, '')
    .split(/(<pre\b[^>]*>[\s\S]*?<\/pre\s*>)/i)
    .map((piece, i) => (i % 2 === 1 ? codeBlock(piece) : flowing(piece)))
    .join('')
    .replaceAll(/[ \t]+\n/g, '\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim();
  const hasTitle = /^# /m.test(body) || title === undefined;
  return hasTitle ? body : `# ${decode(title).replaceAll(/\s+/g, ' ').trim()}\n\n${body}`;
}

function codeBlock(pre: string): string {
  const code = decode(pre.replaceAll(/<br\s*\/?>/gi, '\n').replaceAll(/<[^>]*>/g, '')).replaceAll(/^\n+|\s+$/g, '');
  return `\n\n\`\`\`\n${code.replaceAll('```', "'''")}\n\`\`\`\n\n`;
}

function flowing(html: string): string {
  const marked = html
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/<h([1-6])\b[^>]*>([\s\S]*?)<\/h\1\s*>/gi, (_, level: string, inner: string) => {
      return `\n\n${'#'.repeat(Number(level))} ${inner.trim()}\n\n`;
    })
    .replaceAll(/<code\b[^>]*>([\s\S]*?)<\/code\s*>/gi, '`$1`')
    .replaceAll(/<(strong|b)\b[^>]*>([\s\S]*?)<\/\1\s*>/gi, '**$2**')
    .replaceAll(/<(em|i)\b[^>]*>([\s\S]*?)<\/\1\s*>/gi, '_$2_')
    .replaceAll(/<li\b[^>]*>/gi, '\n- ')
    .replaceAll(/<\/t[dh]\s*>\s*<t[dh]\b[^>]*>/gi, ' · ')
    .replaceAll(/<br\s*\/?>|<\/?tr\b[^>]*>|<\/li\s*>/gi, '\n')
    .replaceAll(
      /<\/?(p|div|ul|ol|dl|dt|dd|table|section|article|main|header|blockquote|details|summary|hr)\b[^>]*>/gi,
      '\n\n',
    )
    .replaceAll(/<[^>]*>/g, '');
  return decode(marked)
    .split('\n')
    .map((line) => line.trim())
    .join('\n');
}

/** Called once, at the end, so that escaped text such as `&lt;b&gt;` stays text. */
function decode(text: string): string {
  return text.replaceAll(
    /&(?:#x([\da-f]{1,6})|#(\d{1,7})|([a-z]+));/gi,
    (whole, hex?: string, decimal?: string, name?: string) => {
      if (name !== undefined) return Object.hasOwn(named, name) ? (named[name] ?? whole) : whole;
      const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      return code > 0 && code <= 0x10_ffff && !(code >= 0xd800 && code <= 0xdfff) ? String.fromCodePoint(code) : whole;
    },
  );
}
