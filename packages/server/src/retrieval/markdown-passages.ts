/**
 * Splits a Markdown document into passages at its headings, and removes the parts that mean nothing away from its page:
 * badges, images, raw HTML, links to neighbouring files. Pure; knows no file.
 */
import type {Passage} from '../engine/retriever.ts';
import {plainText} from './chunks.ts';
import {titleOfFile} from './extract/extracted.ts';

export interface Document {
  /** Its path in the folder. */
  readonly id: string;
  /** Markdown. */
  readonly text: string;
  readonly url?: string;
}

/** A section and its subsections stay one passage up to so many characters; else each subsection is its own. */
const wholeSection = 1_500;

interface Section {
  readonly level: number;
  readonly heading: string;
  readonly lines: string[];
}

/** The passages of a document in order. Its title is from its front matter, its first top heading or its file name. */
export function markdownPassages({id, text, url}: Document): readonly Passage[] {
  const {title: named, body} = splitFrontMatter(text);
  const sections = splitSections(body);
  const title = named ?? sections.find(({level}) => level === 1)?.heading ?? titleOfFile(id);
  const document = {id, title, ...(url !== undefined && {url})};
  const passages: Passage[] = [];
  for (const section of joinSmall(sections)) {
    if (section.text !== '') passages.push({id: `${id}#${passages.length}`, document, ...section});
  }
  return passages;
}

function splitFrontMatter(text: string): {readonly title?: string; readonly body: string} {
  const plain = text.replace(/^\ufeff/, '').replaceAll(/\r\n?/g, '\n');
  const matter = /^---\n([\s\S]*?)\n---(?:\n|$)/.exec(plain);
  if (!matter) return {body: plain};
  const title = /^title:\s*["']?(.+?)["']?\s*$/m.exec(matter[1] ?? '')?.[1];
  return {...(title !== undefined && {title}), body: plain.slice(matter[0].length)};
}

function splitSections(body: string): readonly Section[] {
  let current: Section = {level: 0, heading: '', lines: []};
  const sections = [current];
  const begin = (level: number, heading: string) => {
    current = {level, heading: plainText(heading), lines: []};
    sections.push(current);
  };
  let fence: string | undefined;
  for (const line of outsideBlocks(body, withoutComments).split('\n')) {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence !== undefined) {
      if (mark?.startsWith(fence) && line.trim() === mark) fence = undefined;
      current.lines.push(line);
      continue;
    }
    const heading = /^ {0,3}(#{1,6})\s+(.*?)(?:\s+#+)?\s*$/.exec(line);
    const underline = /^(=+|-+)\s*$/.exec(line)?.[1];
    const above = current.lines.at(-1) ?? '';
    if (mark !== undefined) {
      fence = mark;
      current.lines.push(line);
    } else if (heading) {
      const level = heading[1]?.length ?? 1;
      if (level <= 3) begin(level, heading[2] ?? '');
      else current.lines.push(`**${plainText(heading[2] ?? '')}**`);
    } else if (underline !== undefined && /^\p{L}/u.test(above)) {
      current.lines.pop();
      begin(underline.startsWith('=') ? 1 : 2, above);
    } else {
      current.lines.push(line);
    }
  }
  // A code block without an end must not swallow the text that follows this passage.
  if (fence !== undefined) current.lines.push(fence);
  return sections;
}

interface Joined {
  readonly headings: readonly string[];
  readonly text: string;
}

/** Sections with the headings above them. A section includes its subsections if together they are small. */
function joinSmall(sections: readonly Section[]): readonly Joined[] {
  const joined: Joined[] = [];
  let above: readonly string[] = [];
  for (let i = 0; i < sections.length; i++) {
    const section = sections[i];
    if (!section) break;
    if (section.level === 2) above = [section.heading];
    const headings = section.level === 3 ? [...above, section.heading] : section.level === 2 ? above : [];
    if (section.level < 2) above = [];
    let text = bodyOf(section);
    if (section.level === 2) {
      const children = subsections(sections, i);
      const whole = [text, ...children.map((child) => `**${child.heading}**\n\n${bodyOf(child)}`)].join('\n\n').trim();
      if (children.length > 0 && whole.length <= wholeSection) {
        text = whole;
        i += children.length;
      }
    }
    joined.push({headings, text});
  }
  return joined;
}

function subsections(sections: readonly Section[], index: number): readonly Section[] {
  const after = sections.slice(index + 1);
  const end = after.findIndex(({level}) => level < 3);
  return end < 0 ? after : after.slice(0, end);
}

function bodyOf({lines}: Section): string {
  return outsideBlocks(lines.join('\n'), (text) => outsideCode(text, clean))
    .replaceAll(/[ \t]+$/gm, '')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim();
}

const block = /^( {0,3}(?:`{3,}|~{3,})[^\n]*\n[\s\S]*?^ {0,3}(?:`{3,}|~{3,})[ \t]*$)/m;

/** Changes the text outside blocks of code. */
function outsideBlocks(markdown: string, change: (text: string) => string): string {
  return markdown
    .split(block)
    .map((piece, i) => (i % 2 === 1 ? piece : change(piece)))
    .join('');
}

/** Changes the text outside `code`. */
function outsideCode(text: string, change: (text: string) => string): string {
  return withoutNearLinks(text)
    .split(/(`+[^`]*`+)/)
    .map((piece, i) => (i % 2 === 1 ? piece : change(piece)))
    .join('');
}

function withoutComments(text: string): string {
  return text.replaceAll(/<!--[\s\S]*?-->/g, '');
}

/** Links to neighbouring files lead nowhere from a chat: only their text stays, unless it is a whole sentence. */
function withoutNearLinks(text: string): string {
  return text
    .replaceAll(/(?<=^|\n\n|[.!?]\s)\[[^\]]+\]\((?!https?:)[^)]*\)[.:]?(?=\n\n|\s*$)/g, '')
    .replaceAll(/(?<!!)\[([^[\]]+)\]\((?!https?:)[^)]*\)/g, '$1');
}

/** Removes images, tags, and reference links, which need an address from elsewhere in the document. */
function clean(text: string): string {
  return text
    .replaceAll(/\[!\[[^\]]*\](?:\([^)]*\)|\[[^\]]*\])\](?:\([^)]*\)|\[[^\]]*\])/g, '')
    .replaceAll(/!\[[^\]]*\](?:\([^)]*\)|\[[^\]]*\])/g, '')
    .replaceAll(/^ {0,3}\[[^\]]+\]:\s.*$/gm, '')
    .replaceAll(/\[([^[\]]+)\]\[[^\]]*\]/g, '$1')
    .replaceAll(/<\/?[a-z][^<>]*>/gi, '');
}
