/** Which paths are ours, and what holds at each of them before its method and body are looked at. Knows no Express. */
import type {Api, Callers, Root} from './operation.ts';
import {type ErrorPrinter, printError} from './response/errors.ts';

export interface PathRules {
  readonly callers: Callers;
  readonly printError: ErrorPrinter;
}

export interface Paths {
  /** Whether an operation has this path, or what is below it is ours too. */
  areOurs(path: string): boolean;
  /** Whether the path is below a root, which an app around ours may share. */
  areBelowRoot(path: string): boolean;
  rulesOf(path: string): PathRules;
}

type PathOwner = Pick<Api, 'operations' | 'roots' | 'exactPaths'>;

export function createPaths(apis: readonly PathOwner[]): Paths {
  const roots = apis
    .flatMap(({roots: own = []}) => own.map((root) => ({root, pattern: below(root.path)})))
    // The deepest root counts.
    .toSorted((a, b) => b.root.path.length - a.root.path.length);
  const exact = apis.flatMap(({operations}) =>
    // What answers only some of the requests to a path does not speak for it.
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
  return {callers: from.callers ?? 'visitors', printError: from.printError ?? printError};
}

/** The pattern of a path as Express has it: in any case, with or without a slash at its end. */
function only(path: string): RegExp {
  const pattern = escape(path)
    .replace(/:\w+/g, '[^/]+')
    .replace(/\\\*\w+/g, '.+');
  return new RegExp(`^${pattern}/?$`, 'i');
}

/** The pattern of a path and all below it. */
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
