/** Finds what a module exports, and where each name is declared, through re-exports. Reads sources and `.d.ts` files. */
import {existsSync, readFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {type Comment, type Directive, type Statement, parseSync} from 'oxc-parser';

export interface Module {
  readonly path: string;
  readonly body: readonly (Statement | Directive)[];
  readonly comments: readonly Comment[];
  readonly text: string;
}

/** The statement that declares a name, with `export` if it is in front. */
export interface Declaration {
  readonly module: Module;
  readonly name: string;
  readonly statement: Statement | Directive;
}

const modules = new Map<string, Module>();

export function readModule(path: string): Module {
  const known = modules.get(path);
  if (known) return known;
  const text = readFileSync(path, 'utf8');
  const {program, comments} = parseSync(path, text);
  const module = {path, body: program.body, comments, text};
  modules.set(path, module);
  return module;
}

/** Without names that come from all of another package: see `packagesOf`. */
export function exportedNames(path: string): readonly string[] {
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

/** Other packages of which everything is exported again. */
export function packagesOf(path: string): readonly string[] {
  return readModule(path).body.flatMap((statement) => {
    if (statement.type !== 'ExportAllDeclaration') return [];
    const from = resolve(path, statement.source.value);
    return from === undefined ? [statement.source.value] : packagesOf(from);
  });
}

/** Follows a name that a module exports, declares or imports. Undefined for names of other packages. */
export function declarationOf(path: string, name: string): Declaration | undefined {
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
    if (namesOf(declaration).includes(name)) return {module, name, statement};
  }
  for (const statement of module.body) {
    if (statement.type !== 'ExportAllDeclaration') continue;
    const from = resolve(path, statement.source.value);
    if (from !== undefined && exportedNames(from).includes(name)) return declarationOf(from, name);
  }
  return undefined;
}

/** All statements with this name in its module: a function can have several forms. */
export const formsOf = ({module, name, statement}: Declaration): readonly Declaration[] => {
  const others = module.body.filter((each) => {
    const declaration = each.type === 'ExportNamedDeclaration' ? each.declaration : each;
    return each !== statement && namesOf(declaration).includes(name);
  });
  return [statement, ...others].map((each) => ({module, name, statement: each}));
};

/** What the modules behind an entry point add to other modules and to all of them: `declare module`, `declare global`. */
export function augmentationsOf(entry: string): readonly Declaration[] {
  const seen = new Set<string>();
  const visit = (path: string): readonly Declaration[] => {
    if (seen.has(path)) return [];
    seen.add(path);
    const module = readModule(path);
    return module.body.flatMap((statement): readonly Declaration[] => {
      if (/^TS(?:Module|Global)Declaration$/.test(statement.type)) return [{module, name: '', statement}];
      const source = 'source' in statement ? statement.source?.value : undefined;
      const from = typeof source === 'string' ? resolve(path, source) : undefined;
      return from === undefined ? [] : visit(from);
    });
  };
  return visit(entry);
}

export function follow(path: string, source: string, name: string): Declaration | undefined {
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

/** Declarations name the source beside which they stand: `./name.ts` is `./name.d.ts`. Undefined for other packages. */
function resolve(path: string, source: string): string | undefined {
  if (!source.startsWith('.')) return undefined;
  const target = join(dirname(path), source);
  return path.endsWith('.d.ts') && !existsSync(target) ? target.replace(/\.[jt]s$/, '.d.ts') : target;
}
