/**
 * Prints the public API of each published package: its entry points with their names, and the declaration of each name, with
 * those that it refers to. `npm run api` writes them as `packages/NAME/api.txt`, so that a change of the API is a line in a
 * commit. Reads the `.d.ts` files that `tsc -b` has written.
 */
import {spawnSync} from 'node:child_process';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {
  type Declaration,
  type Module,
  augmentationsOf,
  declarationOf,
  exportedNames,
  follow,
  formsOf,
  packagesOf,
} from './declarations.ts';
import {published} from './release.mjs';

const root = fileURLToPath(new URL('../', import.meta.url));

export const fileOf = (name: string) => join(root, 'packages', name, 'api.txt');

/** Brings the declarations up to date, which takes a fraction of a second if they are. */
export function compile(): void {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const {status, stdout} = spawnSync(process.execPath, [tsc, '-b'], {cwd: root, encoding: 'utf8'});
  if (status !== 0) throw new Error(`The packages do not compile: ${stdout}`);
}

/** The text of `api.txt`. */
export function printApi(name: string): string {
  const folder = join(root, 'packages', name);
  const {exports} = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    readonly exports: Readonly<Record<string, string | {readonly types: string}>>;
  };
  const entries = Object.entries(exports).flatMap(([entry, target]) =>
    typeof target === 'string' ? [] : [{entry, path: join(folder, target.types)}],
  );
  const lists = entries.map(({entry, path}) => {
    const from = packagesOf(path).map((source) => `  * from ${source}`);
    const names = [...new Set(exportedNames(path))].toSorted().map((each) => `  ${each}`);
    return `@chatlet/${name}${entry.slice(1)} exports\n${[...from, ...names].join('\n')}\n`;
  });
  const starts = entries.flatMap(({path}) => [
    ...exportedNames(path).map((each) => declarationOf(path, each)),
    ...augmentationsOf(path),
  ]);
  const declarations = reachableFrom(starts.filter((each) => each !== undefined));
  const texts = declarations
    .map(({name: each, statement, module}) => ({name: each, text: printStatement(statement, module)}))
    .toSorted((a, b) => compare(a.name, b.name) || compare(a.text, b.text))
    .map(({text}) => text);
  return `${[...lists, ...new Set(texts)].join('\n')}\n`;
}

const compare = (a: string, b: string) => (a < b ? -1 : Number(a > b));

/** These declarations, and all of our own that they refer to. */
function reachableFrom(starts: readonly Declaration[]): readonly Declaration[] {
  const found = new Map<unknown, Declaration>();
  const waiting = [...starts];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    if (found.has(next.statement)) continue;
    found.set(next.statement, next);
    if (next.name !== '') waiting.push(...formsOf(next));
    const {path} = next.module;
    for (const reference of referencesIn(next.statement)) {
      const {source, name} = reference;
      const declaration = source === undefined ? declarationOf(path, name) : follow(path, source, name);
      if (declaration) waiting.push(declaration);
    }
  }
  return [...found.values()];
}

interface Reference {
  readonly name: string;
  /** Of `import('./module.ts').Name`. */
  readonly source?: string;
}

interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

const isNode = (value: unknown): value is SyntaxNode =>
  typeof value === 'object' && value !== null && 'type' in value && 'start' in value;

/** Names of members are none. */
function referencesIn(node: SyntaxNode | Declaration['statement']): readonly Reference[] {
  const {type, ...fields} = node as SyntaxNode;
  if (isPrivate(node as SyntaxNode)) return [];
  if (type === 'Identifier') return [{name: String(fields['name'])}];
  if (type === 'TSImportType') {
    const {source, argument, qualifier} = fields as Record<string, {value?: string; name?: string}>;
    const from = source?.value ?? argument?.value;
    if (from !== undefined && qualifier?.name !== undefined) return [{source: from, name: qualifier.name}];
  }
  return Object.entries(fields).flatMap(([field, value]) =>
    field === 'key' && fields['computed'] !== true ? [] : [value].flat().filter(isNode).flatMap(referencesIn),
  );
}

/** Of a class, what only its own code can use. */
const isPrivate = ({type, accessibility, key}: SyntaxNode) =>
  /^(?:TSAbstract)?(?:PropertyDefinition|MethodDefinition)$/.test(type) &&
  (accessibility === 'private' || (isNode(key) && key.type === 'PrivateIdentifier'));

/** Without comments and private members. */
function printStatement(statement: Declaration['statement'], {comments, text}: Module): string {
  const {start, end} = statement;
  const gone = [...comments, ...privateMembers(statement as unknown as SyntaxNode)]
    .filter((each) => each.start >= start && each.end <= end)
    .toSorted((a, b) => a.start - b.start);
  let at = start;
  let printed = '';
  for (const each of gone) {
    if (each.start < at) continue;
    printed += text.slice(at, each.start);
    at = each.end;
  }
  return `${(printed + text.slice(at, end)).replaceAll(/[ \t]*\n(?:[ \t]*\n)*/g, '\n')}\n`;
}

function privateMembers(node: SyntaxNode): readonly SyntaxNode[] {
  if (isPrivate(node)) return [node];
  return Object.values(node).flatMap((value) => [value].flat().filter(isNode).flatMap(privateMembers));
}

/** Undefined if the texts are equal. */
export function firstDifference(before: string, after: string): string | undefined {
  if (before === after) return undefined;
  const [old, now] = [before.split('\n'), after.split('\n')];
  const index =
    old.length < now.length
      ? now.findIndex((line, at) => line !== old[at])
      : old.findIndex((line, at) => line !== now[at]);
  return `line ${index + 1} was “${old[index]?.trim() ?? ''}” and is “${now[index]?.trim() ?? ''}”`;
}

if (import.meta.main) {
  compile();
  for (const name of published) writeFileSync(fileOf(name), printApi(name));
}
