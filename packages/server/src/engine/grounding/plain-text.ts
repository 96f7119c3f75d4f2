/** Markdown as a reader sees it: without markup, the words unchanged. Pure. */

/** Code, which stays as it is: a fenced block, or a span. */
const code =
  /^[ \t]*(`{3,}|~{3,})[^\n`]*\n([\s\S]*?)(?:^[ \t]*\1[^\n]*(?:\n|$)|(?![\s\S]))|(?<!`)(`+)(?!`)(.+?)(?<!`)\3(?!`)/gmu;

/** Keeps line breaks, so that the lines of a table and of a list stay apart. */
export function toPlainText(markdown: string): string {
  let plain = '';
  let from = 0;
  for (const match of markdown.matchAll(code)) {
    const [whole, , block, , span] = match;
    plain += withoutMarkup(markdown.slice(from, match.index)) + (block ?? span ?? '');
    from = match.index + whole.length;
  }
  return plain + withoutMarkup(markdown.slice(from));
}

function withoutMarkup(text: string): string {
  return (
    text
      .replaceAll(/!?\[([^[\]\n]*)\](?:\((?:[^()\n]|\([^()\n]*\))*\)|\[[^[\]\n]*\])/gu, '$1')
      .replaceAll(/^ {0,3}\|? ?:?-{2,}:? ?(?:\| ?:?-{2,}:? ?)*\|?[ \t]*$/gmu, '')
      .replaceAll(/^[ \t]*\|.*\|[ \t]*$/gmu, (row) => row.replaceAll(/(?<!\\)\|/gu, ' '))
      // Marks at the beginning of a line: of headings, quotations and items.
      .replaceAll(/^(?:[ \t]*(?:#{1,6}|>|[-*+])(?:[ \t]+|$))+/gmu, '')
      .replaceAll(/(?<![\p{L}\p{N}])(\*\*\*|\*\*|\*|~~)(?=\S)([^\n]{1,500}?)(?<=\S)\1/gu, '$2')
      .replaceAll(/(?<![\p{L}\p{N}_])(__|_)(?=\S)([^\n]{1,500}?)(?<=\S)\1(?![\p{L}\p{N}_])/gu, '$2')
      .replaceAll(/\\([!-/:-@[-`{-~])/gu, '$1')
  );
}
