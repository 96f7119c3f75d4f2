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
  /** The file that its first comment names, as `// src/App.tsx`, or the sentence before it: “Save as `src/App.tsx`”. */
  readonly file: string | undefined;
  /** The text of the nearest heading above. */
  readonly section: string;
}

/** Written from other documents, published elsewhere, or documents of a test. */
const others = ['**/node_modules', 'packages/server/guide', 'packages/guide/src', '**/testing', '**/dist', '**/public'];

export function readBlocks(
  patterns: readonly string[] = ['*.md', '{docs,packages,examples,.github}/**/*.md'],
): readonly CodeBlock[] {
  return globSync(patterns, {cwd: root, exclude: others}).flatMap((path) => {
    const document = path.replaceAll('\\', '/');
    const text = readFileSync(join(root, path), 'utf8');
    return [...text.matchAll(/^(`{3,})(\w*)\n(.*?)^\1$/gms)].map(({2: language = '', 3: code = '', index}) => {
      const above = text.slice(0, index);
      return {
        document,
        line: above.split('\n').length + 1,
        language,
        code,
        file: (/^(?:\/\/|<!--) ([\w./+-]+\.\w+)(?: -->)?\n/.exec(code) ?? saved.exec(above))?.[1],
        section: [...above.replaceAll(fenced, '').matchAll(/^#+ (.+)$/gm)].at(-1)?.[1] ?? '',
      };
    });
  });
}

const fenced = /^(`{3,})[^]*?^\1$/gm;
const saved = /\bSave (?:this )?as `([\w./-]+)`[^`]*\n$/;
