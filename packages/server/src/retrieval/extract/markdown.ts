/** Reads a Markdown file: its front matter, and its text without what means nothing away from its page. */
import {type Extracted, UnreadableDocument, isoDate, primaryLanguage, titleOfFile} from './extracted.ts';

/**
 * @param path its path, whose name is the title if nothing else is
 * @param hasAddress whether it is published as a page, whose headings then have ids
 * @throws UnreadableDocument if it calls itself a draft
 */
export function extractMarkdown(
  text: string,
  {path, hasAddress}: {readonly path: string; readonly hasAddress: boolean},
): Extracted {
  const {fields, body} = splitFrontMatter(text.replace(/^\ufeff/, '').replaceAll(/\r\n?/g, '\n'));
  if (fields['draft'] === 'true') throw new UnreadableDocument('it is a draft');
  const readable = outsideFences(body, (piece) =>
    outsideCode(withoutLinks(piece), withoutTags).replaceAll(/[ \t]+$/gm, ''),
  )
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim();
  const heading = /^# +(.+?)(?: +#+)? *$|^(.+)\n=+ *$/m.exec(outsideFences(readable, (piece) => piece, ''));
  const title =
    fields['title'] ??
    (heading?.[1] ?? heading?.[2])
      ?.replace(/\s*\{#\S+\}$/, '')
      .replaceAll(/[`*]/g, '')
      .trim();
  const language = primaryLanguage(fields['lang'] ?? fields['language']);
  const updatedAt = isoDate(
    fields['updated'] ?? fields['last_modified_at'] ?? fields['lastmod'] ?? fields['last_update'] ?? fields['date'],
  );
  return {
    title: title === undefined || title === '' ? titleOfFile(path) : title,
    ...(language !== undefined && {language}),
    ...(updatedAt !== undefined && {updatedAt}),
    parts: [{markdown: hasAddress ? outsideFences(readable, addHeadingIds()) : readable}],
  };
}

/** The fields of the first level, as texts. */
function splitFrontMatter(text: string): {readonly fields: Readonly<Record<string, string>>; readonly body: string} {
  const [whole = '', matter = ''] = /^---\n([\s\S]*?)\n?---(?:\n|$)/.exec(text) ?? [];
  const fields: Record<string, string> = {};
  for (const [, name = '', , value = ''] of matter.matchAll(/^(\w+): *(["']?)(.+?)\2 *$/gm))
    fields[name.toLowerCase()] = value;
  return {fields, body: text.slice(whole.length)};
}

const fence = /^( {0,3}(?:`{3,}|~{3,})[^\n]*\n[\s\S]*?^ {0,3}(?:`{3,}|~{3,})[ \t]*$)/m;

/** Changes the text outside of code blocks, which stay as they are or are replaced. */
function outsideFences(markdown: string, change: (piece: string) => string, code?: string): string {
  return markdown
    .split(fence)
    .map((piece, i) => (i % 2 === 1 ? (code ?? piece) : change(piece)))
    .join('');
}

function outsideCode(text: string, change: (piece: string) => string): string {
  return text
    .split(/(`+[^`]*`+)/)
    .map((piece, i) => (i % 2 === 1 ? piece : change(piece)))
    .join('');
}

/** Code, which stays as it is; comments, scripts and badges, which go; links and images, whose text stays. */
const codeOrLink =
  /(`{1,9})[^`]+\1(?!`)|<!--[\s\S]*?-->|<(?:script|style)\b[\s\S]*?<\/(?:script|style)\s*>|\[!\[[^\]]*\](?:\([^)]*\)|\[[^\]]*\])\](?:\([^)]*\)|\[[^\]]*\])|!?\[((?:[^[\]`]|`[^`]*`)*)\](?:\((?:[^()]|\([^()]*\))*\)|\[[^\]]*\])/gi;

function withoutLinks(text: string): string {
  return text.replaceAll(codeOrLink, (whole: string, code?: string, label?: string) =>
    code === undefined ? (label ?? '') : whole,
  );
}

/** Removes tags, definitions of links, and the marks of containers and of imports that generators of sites know. */
function withoutTags(text: string): string {
  return text
    .replaceAll(/^ {0,3}\[[^\]]+\]:\s.*$/gm, '')
    .replaceAll(/<((?:https?:\/\/|mailto:)[^<>\s]+)>/g, '$1')
    .replaceAll(/<\/?[a-z][^<>]*>/gi, '')
    .replaceAll(/^:{3,} *(?:[\w-]+)? *(.*)$/gm, '$1')
    .replaceAll(/^(?:import|export) .+ from ['"].+['"];?$/gm, '');
}

/** Adds the ids that GitHub and most generators make of headings, to the pieces of one page in their order. */
function addHeadingIds(): (text: string) => string {
  const times = new Map<string, number>();
  return (text) =>
    text.replaceAll(/^(#{1,6} +)(.+?)(?: +#+)? *$/gm, (line: string, marks: string, words: string) => {
      if (/\{#\S+\}$/.test(words)) return line;
      const id = words
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(/\s/g, '-');
      if (id === '') return line;
      const before = times.get(id) ?? 0;
      times.set(id, before + 1);
      return `${marks}${words} {#${before === 0 ? id : `${id}-${before}`}}`;
    });
}
