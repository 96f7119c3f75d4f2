/** Reads a plain text. Its lines stay; what Markdown would take for a heading or a fence does not become one. */
import {type Extracted, titleOfFile} from './extracted.ts';

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
    parts: [{markdown: body.replaceAll(/^(?= {0,3}(?:#{1,6}(?:\s|$)|`{3}|~{3}|={3,}\s*$|-{3,}\s*$))/gm, '\\')}],
  };
}
