/** Reads a plain text. Its lines stay; what Markdown would take for a heading or a fence does not become one. */
import {type Extracted, escapeBlocks, titleOfFile} from './extracted.ts';

const longestTitle = 100;

export function extractText(text: string, path: string): Extracted {
  const body = text
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/[ \t\f]+$/gm, '')
    .trim();
  const [first = ''] = body.split('\n', 1);
  const title = first.trim().length > 2 && first.length <= longestTitle ? first.trim() : titleOfFile(path);
  return {
    title,
    parts: [{markdown: escapeBlocks(body)}],
  };
}
