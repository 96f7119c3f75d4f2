/** The code blocks of all documents for users and contributors: READMEs, of examples too, docs, and pages of the guide. */
import {globSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

export const root = fileURLToPath(new URL('../../../', import.meta.url));

export interface CodeBlock {
  /** From the root, with `/`. */
  readonly document: string;
  /** Of its first line of code. */
  readonly line: number;
  /** `tsx`, `sh`; empty for one without a language. */
  readonly language: string;
  readonly code: string;
  /** The file that its first comment names: `// src/App.tsx`. */
  readonly file: string | undefined;
}

/** Written from other documents, published elsewhere, or documents of a test. */
const others = ['**/node_modules', 'packages/server/guide', 'packages/guide/src', '**/testing', '**/dist', '**/public'];

export function readBlocks(
  patterns: readonly string[] = ['*.md', '{docs,packages,examples,.github}/**/*.md'],
): readonly CodeBlock[] {
  return globSync(patterns, {cwd: root, exclude: others}).flatMap((path) => {
    const document = path.replaceAll('\\', '/');
    const text = readFileSync(join(root, path), 'utf8');
    return [...text.matchAll(/^(`{3,})(\w*)\n(.*?)^\1$/gms)].map(({2: language = '', 3: code = '', index}) => ({
      document,
      line: text.slice(0, index).split('\n').length + 1,
      language,
      code,
      file: /^(?:\/\/|<!--) ([\w./-]+\.\w+)(?: -->)?\n/.exec(code)?.[1],
    }));
  });
}
