/** Headings and sections of Markdown files. Knows no page and no file. */

export interface Heading {
  /** Index of its line. */
  readonly line: number;
  readonly level: number;
  readonly text: string;
  /** Its anchor, as GitHub and the built pages make it. */
  readonly slug: string;
}

/** For each line, whether it is inside of a code block or one of its fences. */
export function codeLines(lines: readonly string[]): readonly boolean[] {
  let fence: string | undefined;
  return lines.map((line) => {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence === undefined) {
      fence = mark;
      return mark !== undefined;
    }
    if (mark?.startsWith(fence) && line.trim() === mark) fence = undefined;
    return true;
  });
}

export function headingsOf(lines: readonly string[]): readonly Heading[] {
  const isCode = codeLines(lines);
  const used = new Map<string, number>();
  return lines.flatMap((each, line) => {
    const [, signs, words] = (!isCode[line] && /^(#{1,6}) (.+)$/.exec(each)) || [];
    if (signs === undefined || words === undefined) return [];
    const base = slugOf(words);
    const times = used.get(base) ?? 0;
    used.set(base, times + 1);
    return [{line, level: signs.length, text: words, slug: times === 0 ? base : `${base}-${times}`}];
  });
}

export function slugOf(heading: string): string {
  return heading
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll('`', '')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M}\s_-]/gu, '')
    .replaceAll(/\s/g, '-');
}

/** Changes each link of a text outside of code. `change` gets what is between `](` and `)`, and gives undefined to leave only the words. */
export function mapLinks(text: string, change: (target: string) => string | undefined): string {
  const lines = text.split('\n');
  const isCode = codeLines(lines);
  const blocks: {code: boolean; text: string}[] = [];
  for (const [index, line] of lines.entries()) {
    const code = isCode[index] ?? false;
    const last = blocks.at(-1);
    if (last && last.code === code) last.text += `\n${line}`;
    else blocks.push({code, text: line});
  }
  const link = /(`+)[^`][\s\S]*?\1(?!`)|(!?)\[((?:`[^`]*`|[^[\]`])*)\]\(([^()\s]+)\)/g;
  return blocks
    .map((block) => {
      if (block.code) return block.text;
      return block.text.replaceAll(
        link,
        (all: string, tick?: string, image?: string, words?: string, target?: string) => {
          if (tick !== undefined || image === '!' || target === undefined || words === undefined) return all;
          const changed = change(target);
          return changed === undefined ? words : `[${words}](${changed})`;
        },
      );
    })
    .join('\n');
}
