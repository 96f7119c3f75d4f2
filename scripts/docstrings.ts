/** Finds the public names of the packages that have no docstring: what their entry points export, wherever it is declared. */
import {readFileSync} from 'node:fs';
import {dirname, join, relative} from 'node:path';
import {fileURLToPath} from 'node:url';
import {type Comment, type Directive, type Statement, parseSync} from 'oxc-parser';

const root = fileURLToPath(new URL('../', import.meta.url));

interface Module {
  readonly body: readonly (Statement | Directive)[];
  readonly comments: readonly Comment[];
  readonly text: string;
}

const modules = new Map<string, Module>();

/** `FILE: NAME` for each export of this entry point whose declaration has no docstring right before it. */
export function undocumentedExports(entry: string): readonly string[] {
  const found = new Map<string, string>();
  for (const name of exportedNames(entry)) {
    const place = declarationOf(entry, name);
    if (place && !place.isDocumented) found.set(name, relative(root, place.path));
  }
  return [...found].map(([name, path]) => `${path}: ${name}`);
}

function exportedNames(path: string): readonly string[] {
  return readModule(path).body.flatMap((statement) => {
    if (statement.type === 'ExportAllDeclaration') {
      const from = resolve(path, statement.source.value);
      return from === undefined || statement.exported ? [] : exportedNames(from);
    }
    if (statement.type !== 'ExportNamedDeclaration') return [];
    const listed = statement.specifiers.map(({exported}) => nameOf(exported));
    return [...listed, ...namesOf(statement.declaration)];
  });
}

/** Follows a name through re-exports and imports to the statement that declares it. Undefined for names of other packages. */
function declarationOf(
  path: string,
  name: string,
): {readonly path: string; readonly isDocumented: boolean} | undefined {
  const module = readModule(path);
  for (const statement of module.body) {
    if (statement.type === 'ExportNamedDeclaration') {
      const specifier = statement.specifiers.find(({exported}) => nameOf(exported) === name);
      if (specifier && statement.source) return follow(path, statement.source.value, nameOf(specifier.local));
      if (specifier && nameOf(specifier.local) !== name) return declarationOf(path, nameOf(specifier.local));
    }
    if (statement.type === 'ImportDeclaration') {
      const specifier = statement.specifiers.find(({local}) => local.name === name);
      if (specifier?.type === 'ImportSpecifier')
        return follow(path, statement.source.value, nameOf(specifier.imported));
      if (specifier) return undefined;
    }
    const declaration = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
    if (namesOf(declaration).includes(name)) return {path, isDocumented: isDocumented(statement.start, module)};
  }
  for (const statement of module.body) {
    if (statement.type !== 'ExportAllDeclaration') continue;
    const from = resolve(path, statement.source.value);
    if (from !== undefined && exportedNames(from).includes(name)) return declarationOf(from, name);
  }
  return undefined;
}

function follow(path: string, source: string, name: string) {
  const from = resolve(path, source);
  return from === undefined ? undefined : declarationOf(from, name);
}

function namesOf(declaration: Statement | Directive | null): readonly string[] {
  switch (declaration?.type) {
    case 'VariableDeclaration':
      return declaration.declarations.flatMap(({id}) => (id.type === 'Identifier' ? [id.name] : []));
    case 'FunctionDeclaration':
    case 'TSDeclareFunction':
    case 'ClassDeclaration':
    case 'TSInterfaceDeclaration':
    case 'TSTypeAliasDeclaration':
      return declaration.id ? [declaration.id.name] : [];
    default:
      return [];
  }
}

const nameOf = (name: {readonly type: string; readonly name?: string; readonly value?: string}) =>
  name.name ?? name.value ?? '';

function resolve(path: string, source: string): string | undefined {
  return source.startsWith('.') ? join(dirname(path), source) : undefined;
}

/** Whether a `/** … *\/` ends right before this place. */
function isDocumented(start: number, {comments, text}: Module): boolean {
  return comments.some(
    ({type, value, end}) =>
      type === 'Block' && value.startsWith('*') && end <= start && text.slice(end, start).trim() === '',
  );
}

function readModule(path: string): Module {
  const known = modules.get(path);
  if (known) return known;
  const text = readFileSync(path, 'utf8');
  const {program, comments} = parseSync(path, text);
  const module = {body: program.body, comments, text};
  modules.set(path, module);
  return module;
}
