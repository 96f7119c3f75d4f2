/** Finds the public names of the packages that have no docstring: what their entry points export, wherever it is declared. */
import {relative} from 'node:path';
import {fileURLToPath} from 'node:url';
import {type Module, declarationOf, exportedNames} from './declarations.ts';

const root = fileURLToPath(new URL('../', import.meta.url));

/** `FILE: NAME` for each export of this entry point whose declaration has no docstring right before it. */
export function undocumentedExports(entry: string): readonly string[] {
  const found = new Map<string, string>();
  for (const name of exportedNames(entry)) {
    const place = declarationOf(entry, name);
    if (place && !isDocumented(place.statement.start, place.module)) found.set(name, relative(root, place.module.path));
  }
  return [...found].map(([name, path]) => `${path}: ${name}`);
}

/** Whether a `/** … *\/` ends right before this place. */
function isDocumented(start: number, {comments, text}: Module): boolean {
  return comments.some(
    ({type, value, end}) =>
      type === 'Block' && value.startsWith('*') && end <= start && text.slice(end, start).trim() === '',
  );
}
