/** Finds public names without a docstring, and their members: what entry points export, wherever it is declared. */
import {relative} from 'node:path';
import {fileURLToPath} from 'node:url';
import type {ClassElement, Directive, Statement, TSSignature} from 'oxc-parser';
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

/**
 * `FILE: NAME.member` for each member of an exported interface, type or class that has no docstring, although its type does
 * not say all: a number has a unit, an absent member has a meaning or a default, and a function can fail.
 */
export function undocumentedMembers(entry: string): readonly string[] {
  const found = new Set<string>();
  for (const name of exportedNames(entry)) {
    const place = declarationOf(entry, name);
    if (!place) continue;
    for (const member of membersOf(place.statement)) {
      if (needsWords(member) && !isDocumented(startOf(member), place.module))
        found.add(`${relative(root, place.module.path)}: ${name}.${memberName(member)}`);
    }
  }
  return [...found];
}

type Member = TSSignature | ClassElement;

/** Of a class, what others can use and have not inherited. */
function membersOf(statement: Statement | Directive): readonly Member[] {
  const declaration = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
  if (declaration?.type === 'TSInterfaceDeclaration') return declaration.body.body;
  if (declaration?.type === 'TSTypeAliasDeclaration')
    return declaration.typeAnnotation.type === 'TSTypeLiteral' ? declaration.typeAnnotation.members : [];
  return declaration?.type === 'ClassDeclaration' ? declaration.body.body.filter(isPublic) : [];
}

function isPublic(member: ClassElement): boolean {
  if (member.type !== 'MethodDefinition' && member.type !== 'PropertyDefinition') return false;
  const isOwn = member.key.type !== 'PrivateIdentifier' && !member.override;
  // A setter is explained by its getter.
  if (member.type === 'MethodDefinition' && /constructor|set/.test(member.kind)) return false;
  return isOwn && (member.accessibility ?? 'public') === 'public';
}

function needsWords(member: Member): boolean {
  if (/Method|CallSignature|ConstructSignature/.test(member.type)) return true;
  if (member.type !== 'TSPropertySignature' && member.type !== 'PropertyDefinition') return false;
  const type = member.typeAnnotation?.typeAnnotation.type;
  return member.optional === true || type === 'TSNumberKeyword' || type === 'TSFunctionType';
}

/** Decorators stand behind the docstring. */
const startOf = (member: Member) =>
  Math.min(member.start, ...('decorators' in member ? (member.decorators ?? []).map(({start}) => start) : []));

const memberName = (member: Member) =>
  'key' in member && member.key.type === 'Identifier' ? member.key.name : '(call)';
