/**
 * Lists the small mistakes that can be made in a source: a condition negated, a statement dropped, a constant off by
 * one. Reads text and gives edits of it; knows no files, no tests and no sample.
 */
import {type Node, parseSync, visitorKeys} from 'oxc-parser';

export interface Mutant {
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
  /** The line on which the edit begins, from 1. */
  readonly line: number;
  /** The names of the functions and constants around it, the outermost first. */
  readonly within: string;
  /** The edit in short, without its place, so that a list of known mutants survives edits elsewhere. */
  readonly change: string;
}

/** An edit as a rule proposes it. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly to: string;
  /** Describes the edit if its text alone would not. */
  readonly does?: string;
}

interface Site {
  readonly node: Node;
  /** From the root on. */
  readonly parents: readonly Node[];
  readonly source: string;
}

type Rule = (site: Site) => readonly Edit[];

/** All mutants of a source, in the order of the text. Some cannot be parsed any more: see `canBeParsed`. */
export function mutantsOf(source: string): readonly Mutant[] {
  const {program, errors} = parseSync('source.ts', source);
  if (errors.length > 0) throw new Error(`Cannot be parsed: ${errors[0]?.message}`);
  const found: Mutant[] = [];
  const visit = (node: Node, parents: readonly Node[]) => {
    if (isSkipped({node, parents, source})) return;
    for (const rule of rules) {
      for (const edit of rule({node, parents, source})) found.push(describe(edit, {node, parents, source}));
    }
    for (const child of childrenOf(node)) visit(child, [...parents, node]);
  };
  visit(program, []);
  return found.toSorted((a, b) => a.start - b.start || a.end - b.end);
}

export const canBeParsed = (source: string) => parseSync('source.ts', source).errors.length === 0;

export function apply(source: string, {start, end, replacement}: Mutant): string {
  return source.slice(0, start) + replacement + source.slice(end);
}

function describe({start, end, to, does}: Edit, {node, parents, source}: Site): Mutant {
  const was = shorten(source.slice(start, end));
  return {
    start,
    end,
    replacement: to,
    line: source.slice(0, start).split('\n').length,
    within: [...parents, node].flatMap((around) => nameOf(around) ?? []).join(' › '),
    change: does ?? `${was} → ${shorten(to) || 'nothing'}`,
  };
}

const shorten = (text: string) => {
  const flat = text.replaceAll(/\s+/g, ' ').trim();
  return flat.length > 80 ? `${flat.slice(0, 79)}…` : flat;
};

function nameOf(node: Node): string | undefined {
  switch (node.type) {
    case 'FunctionDeclaration':
    case 'ClassDeclaration':
      return node.id?.name;
    case 'VariableDeclarator':
      return node.id.type === 'Identifier' ? node.id.name : undefined;
    case 'MethodDefinition':
    case 'PropertyDefinition':
    case 'Property':
      if (node.key.type === 'PrivateIdentifier') return `#${node.key.name}`;
      return node.key.type === 'Identifier' ? node.key.name : undefined;
    default:
      return undefined;
  }
}

function childrenOf(node: Node): readonly Node[] {
  const record = new Map<string, unknown>(Object.entries(node));
  return (visitorKeys[node.type] ?? []).flatMap((key) => {
    const value = record.get(key);
    return (Array.isArray(value) ? value : [value]).filter(isNode);
  });
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && 'type' in value;

/** Types, imports, texts for readers of documentation or of a console, and style sheets. */
function isSkipped({node, parents, source}: Site): boolean {
  const parent = parents.at(-1);
  switch (node.type) {
    case 'TSAsExpression':
    case 'TSSatisfiesExpression':
    case 'TSNonNullExpression':
    case 'TSInstantiationExpression':
    case 'TSParameterProperty':
      return false;
    case 'ImportDeclaration':
    case 'ImportExpression':
    case 'ExportAllDeclaration':
      return true;
    case 'ExportNamedDeclaration':
      return node.source !== null;
    case 'TaggedTemplateExpression':
      return source.slice(node.tag.start, node.tag.end) === 'css';
    case 'Property':
      return isDocumented(node);
    case 'CallExpression':
      return source.slice(node.callee.start, node.callee.end).startsWith('console.');
    case 'Literal':
      return isDocumentation(parent, source);
    default:
      return node.type.startsWith('TS');
  }
}

/** A property with prose for readers of the API's description or of the metrics. */
const isDocumented = (node: Node) =>
  node.type === 'Property' &&
  node.key.type === 'Identifier' &&
  ['description', 'summary', 'help'].includes(node.key.name) &&
  ['Literal', 'TemplateLiteral', 'BinaryExpression'].includes(node.value.type);

const isDocumentation = (parent: Node | undefined, source: string) =>
  parent?.type === 'CallExpression' && source.slice(parent.callee.start, parent.callee.end).endsWith('.describe');

const textOf = (node: Node, source: string) => source.slice(node.start, node.end);

const replace = (node: Node, to: string, does?: string): Edit => ({
  start: node.start,
  end: node.end,
  to,
  ...(does !== undefined && {does}),
});

const negatedConditions: Rule = ({node, source}) => {
  switch (node.type) {
    case 'IfStatement':
    case 'ConditionalExpression':
    case 'WhileStatement':
    case 'DoWhileStatement':
      return [replace(node.test, `!(${textOf(node.test, source)})`)];
    case 'ForStatement':
      return node.test ? [replace(node.test, `!(${textOf(node.test, source)})`)] : [];
    default:
      return [];
  }
};

const swappedOperators: Rule = ({node, source}) => {
  if (node.type !== 'BinaryExpression' && node.type !== 'AssignmentExpression') return [];
  const other = opposites[node.operator];
  if (other === undefined || node.left.type === 'PrivateIdentifier') return [];
  const isText = [node.left, node.right].some(
    (side) => side.type === 'TemplateLiteral' || (side.type === 'Literal' && typeof side.value === 'string'),
  );
  if (isText && node.operator.startsWith('+')) return [];
  const start = source.indexOf(node.operator, node.left.end);
  return [{start, end: start + node.operator.length, to: other, does: `${shorten(textOf(node, source))}: ${other}`}];
};

const opposites: Readonly<Record<string, string>> = {
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '===': '!==',
  '!==': '===',
  '==': '!=',
  '!=': '==',
  '+': '-',
  '-': '+',
  '*': '/',
  '/': '*',
  '+=': '-=',
  '-=': '+=',
};

const logic: Rule = ({node, source}) => {
  if (node.type !== 'LogicalExpression') return [];
  const sides = [replace(node, textOf(node.left, source)), replace(node, textOf(node.right, source))];
  if (node.operator === '??') return sides;
  const start = source.indexOf(node.operator, node.left.end);
  const other = node.operator === '&&' ? '||' : '&&';
  // Without brackets, the swapped operator would bind otherwise beside other ones, or be a syntax error beside ??.
  const left = `(${textOf(node.left, source)}`;
  const swapped = `${left}${source.slice(node.left.end, start)}${other}${source.slice(start + 2, node.end)})`;
  return [...sides, replace(node, swapped, `${shorten(textOf(node, source))}: ${other}`)];
};

const droppedWords: Rule = ({node, source}) => {
  if (node.type === 'UnaryExpression' && node.operator === '!') return [replace(node, textOf(node.argument, source))];
  if (node.type === 'AwaitExpression') return [replace(node, textOf(node.argument, source))];
  return [];
};

const droppedStatements: Rule = ({node, parents, source}) => {
  const isDropped =
    (node.type === 'ExpressionStatement' && !node.directive && !textOf(node, source).startsWith('super(')) ||
    node.type === 'ThrowStatement' ||
    node.type === 'ReturnStatement' ||
    node.type === 'BreakStatement' ||
    node.type === 'ContinueStatement';
  if (!isDropped) return [];
  const parent = parents.at(-1)?.type;
  const isBody = parent !== 'BlockStatement' && parent !== 'Program' && parent !== 'SwitchCase';
  return [replace(node, isBody ? '{}' : '', `${shorten(textOf(node, source))} → nothing`)];
};

const constants: Rule = ({node, parents}) => {
  if (node.type !== 'Literal' || isName(node, parents.at(-1))) return [];
  if (typeof node.value === 'number') return [replace(node, `${node.value + 1}`), replace(node, `${node.value - 1}`)];
  if (typeof node.value === 'boolean') return [replace(node, `${!node.value}`)];
  if (typeof node.value === 'string') return [replace(node, node.value === '' ? "'mutated'" : "''")];
  return [];
};

/** A literal that is the key of a property and not a value. */
const isName = (node: Node, parent: Node | undefined) =>
  (parent?.type === 'Property' || parent?.type === 'PropertyDefinition' || parent?.type === 'MethodDefinition') &&
  parent.key === node;

const templates: Rule = ({node, parents}) =>
  node.type === 'TemplateLiteral' && parents.at(-1)?.type !== 'TaggedTemplateExpression' && node.end - node.start > 2
    ? [replace(node, "''")]
    : [];

const earlyReturns: Rule = ({node, parents}) => {
  if (
    node.type !== 'FunctionDeclaration' &&
    node.type !== 'FunctionExpression' &&
    node.type !== 'ArrowFunctionExpression'
  ) {
    return [];
  }
  const parent = parents.at(-1);
  const isConstructor = parent?.type === 'MethodDefinition' && parent.kind === 'constructor';
  if (isConstructor || node.body?.type !== 'BlockStatement' || node.body.body.length === 0) return [];
  const start = node.body.start + 1;
  return [{start, end: start, to: ' return;', does: 'return at once'}];
};

const swappedArguments: Rule = ({node, source}) => {
  if (node.type !== 'CallExpression' && node.type !== 'NewExpression') return [];
  const [first, second] = node.arguments;
  if (!first || !second || first.type === 'SpreadElement' || second.type === 'SpreadElement') return [];
  const between = source.slice(first.end, second.start);
  const to = textOf(second, source) + between + textOf(first, source);
  const start = first.start;
  return [{start, end: second.end, to, does: `${shorten(source.slice(start, second.end))}: arguments swapped`}];
};

const droppedEntries: Rule = ({node, source}) => {
  if (node.type !== 'ArrayExpression' && node.type !== 'ObjectExpression') return [];
  const entries = node.type === 'ArrayExpression' ? node.elements : node.properties;
  return entries.flatMap((entry) => {
    if (entry === null || isDocumented(entry)) return [];
    const comma = /^\s*,/.exec(source.slice(entry.end, node.end))?.[0].length ?? 0;
    return [{start: entry.start, end: entry.end + comma, to: '', does: `${shorten(textOf(entry, source))} → no entry`}];
  });
};

/** Anchors, and quantifiers that ask for one more or one less. */
const patterns: Rule = ({node}) => {
  if (node.type !== 'Literal' || !('regex' in node)) return [];
  const {pattern, flags} = node.regex;
  const edits: Edit[] = [];
  let inClass = false;
  for (let at = 0; at < pattern.length; at++) {
    const sign = pattern.charAt(at);
    const before = pattern.charAt(at - 1);
    if (sign === '\\') at++;
    else if (inClass) inClass = sign !== ']';
    else if (sign === '[') inClass = true;
    else {
      const to = sign === '^' || sign === '$' ? '' : sign === '+' ? '*' : sign === '*' ? '+' : undefined;
      // A sign behind an opening bracket, as in `(?`, is no quantifier.
      if (to === undefined || before === '(') continue;
      const mutated = pattern.slice(0, at) + to + pattern.slice(at + 1);
      edits.push(replace(node, `/${mutated || '(?:)'}/${flags}`));
    }
  }
  return edits;
};

const rules: readonly Rule[] = [
  negatedConditions,
  swappedOperators,
  logic,
  droppedWords,
  droppedStatements,
  constants,
  templates,
  earlyReturns,
  swappedArguments,
  droppedEntries,
  patterns,
];
