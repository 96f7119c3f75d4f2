/**
 * Tells our paths from those of the app around us, and finds the rules of each before its body is read. Knows no
 * Express.
 */
import type {Api, Callers, Root} from './operation.ts';
import {type ErrorPrinter, printError} from './response/errors.ts';

export interface PathRules {
  readonly callers: Callers;
  readonly printError: ErrorPrinter;
  readonly tellsForeignPages: boolean;
}

export interface Paths {
  /** Whether an operation has this path, or one above it. */
  areOurs(path: string): boolean;
  /** Whether a root has this path, or one above it. An app around ours may share roots. */
  areBelowRoot(path: string): boolean;
  rulesOf(path: string): PathRules;
}

type PathOwner = Pick<Api, 'operations' | 'roots' | 'exactPaths'>;

export function createPaths(apis: readonly PathOwner[]): Paths {
  const roots = apis
    .flatMap(({roots: own = []}) => own.map((root) => ({root, pattern: below(root.path)})))
    // The deepest root wins.
    .toSorted((a, b) => b.root.path.length - a.root.path.length);
  const exact = apis.flatMap(({operations}) =>
    // An operation that selects its requests does not set the rules of its path.
    operations.flatMap((each) => (each.selects ? [] : each.paths.map((path) => ({...rulesFrom(each), path})))),
  );
  const rules = exact.map(({path, ...each}) => ({...each, pattern: only(path)}));
  const ours = apis.flatMap(({operations, roots: own = [], exactPaths = false}) => [
    ...operations.flatMap(({paths}) => paths.map((path) => (exactPaths ? only(path) : below(beforeParameters(path))))),
    ...own.flatMap(({path, shared}) => (shared ? [] : [below(path)])),
  ]);
  const areOurs = anyOf(ours);
  const usual = rulesFrom({});

  const rootOf = (path: string): Root | undefined => roots.find(({pattern}) => pattern.test(path))?.root;
  return {
    areOurs: (path) => areOurs.test(path),
    areBelowRoot: (path) => rootOf(path) !== undefined,
    rulesOf(path) {
      const found = rules.find(({pattern}) => pattern.test(path));
      if (found) return found;
      const root = rootOf(path);
      return root ? rulesFrom(root) : usual;
    },
  };
}

function rulesFrom(from: Partial<PathRules>): PathRules {
  const {callers = 'visitors', printError: print = printError, tellsForeignPages = false} = from;
  return {callers, printError: print, tellsForeignPages};
}

/** Matches a path as Express does: in upper or lower case, with or without a slash at the end. */
function only(path: string): RegExp {
  const pattern = escape(path)
    .replace(/:\w+/g, '[^/]+')
    .replace(/\\\*\w+/g, '.+');
  return new RegExp(`^${pattern}/?$`, 'i');
}

/** Matches a path and all paths below it. */
function below(path: string): RegExp {
  return new RegExp(`^${escape(path)}(?:/|$)`, 'i');
}

function escape(path: string): string {
  return path.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}

function beforeParameters(path: string): string {
  return path.replace(/\/[:*].*$/, '');
}

function anyOf(patterns: readonly RegExp[]): RegExp {
  return new RegExp([...new Set(patterns.map(({source}) => source))].join('|'), 'i');
}
