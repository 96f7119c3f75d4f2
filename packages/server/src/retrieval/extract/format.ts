/** The formats that documents are read in, and how they are recognized. Reads no document, so it is light. */

export type Format = 'html' | 'markdown' | 'text' | 'pdf' | 'docx';

export interface RawDocument {
  readonly format: Format;
  readonly bytes: Uint8Array;
  /** Its path in its source, or the path of its address. */
  readonly path: string;
  /** Absent if it is published nowhere. */
  readonly url?: string;
  /** Of its response, for the charset. */
  readonly contentType?: string;
}

const formatsByEnding: Readonly<Record<string, Format>> = {
  html: 'html',
  htm: 'html',
  xhtml: 'html',
  md: 'markdown',
  markdown: 'markdown',
  mdx: 'markdown',
  txt: 'text',
  text: 'text',
  pdf: 'pdf',
  docx: 'docx',
};

const formatsByType: Readonly<Record<string, Format>> = {
  'text/html': 'html',
  'application/xhtml+xml': 'html',
  'text/markdown': 'markdown',
  'text/x-markdown': 'markdown',
  'text/plain': 'text',
  'application/pdf': 'pdf',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
};

/** The format of a file by its name; undefined if we cannot read it. */
export function formatOfPath(path: string): Format | undefined {
  const ending = /\.([^./]+)$/.exec(path)?.[1]?.toLowerCase() ?? '';
  return Object.hasOwn(formatsByEnding, ending) ? formatsByEnding[ending] : undefined;
}

/** The format of a response; undefined if we cannot read it. Markdown is often sent as plain text. */
export function formatOfType(contentType: string, path: string): Format | undefined {
  const type = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const format = Object.hasOwn(formatsByType, type) ? formatsByType[type] : undefined;
  return format === 'text' && formatOfPath(path) === 'markdown' ? 'markdown' : format;
}
