/**
 * Tells our paths from those of the app around us, and finds the rules of each before its body is read. Mounts nothing.
 */
import type {Request} from 'express';
import type {Api, Callers, Operation, Root} from './operation.ts';
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
  /** Undefined if no operation has this method and path. */
  operationOf(method: string, path: string): OperationRules | undefined;
}

/** The rules of all operations that share a method and a path. */
export interface OperationRules {
  readonly callers: Callers;
  readonly asksModel: boolean;
  /** The form of errors that the request asks for, if it asks for one before its body is read. */
  readonly choosePrinter: (req: Request) => ErrorPrinter | undefined;
}

type PathOwner = Pick<Api<never>, 'operations' | 'roots' | 'exactPaths'>;

export function createPaths(apis: readonly PathOwner[]): Paths {
  const roots = apis
    .flatMap(({roots: own = []}) => own.map((root) => ({root, pattern: below(root.path)})))
    // The deepest root wins.
    .toSorted((a, b) => b.root.path.length - a.root.path.length);
  const exact = apis.flatMap(({operations}) =>
    // An operation that selects its requests does not set the rules of its path.
    operations.flatMap((each) => (each.selects ? [] : each.paths.map((path) => ({...rulesFrom(each), path})))),
  );
  const rules = exact.map(({path, ...each}) => ({...each, pattern: onlyPath(path)}));
  const operationRules = operationRulesOf(apis.flatMap((api) => api.operations));
  const ours = apis.flatMap(({operations, roots: own = [], exactPaths = false}) => [
    ...operations.flatMap(({paths}) =>
      paths.map((path) => (exactPaths ? onlyPath(path) : below(beforeParameters(path)))),
    ),
    ...own.flatMap(({path, shared}) => (shared ? [] : [below(path)])),
  ]);
  const areOurs = anyOf(ours);
  const usual = rulesFrom({});

  const rootOf = (path: string): Root | undefined => roots.find(({pattern}) => pattern.test(path))?.root;
  function rulesOf(path: string): PathRules {
    const found = rules.find(({pattern}) => pattern.test(path));
    if (found) return found;
    const root = rootOf(path);
    return root ? rulesFrom(root) : usual;
  }
  const all = apis.flatMap(({operations}) => operations.flatMap((each) => each.paths));
  const operationsOf = remember(all, (path) => operationRules.filter(({pattern}) => pattern.test(path)));
  return {
    areOurs: remember(all, (path) => areOurs.test(path)),
    areBelowRoot: (path) => rootOf(path) !== undefined,
    rulesOf: remember(all, rulesOf),
    operationOf(method, path) {
      const asked = method === 'HEAD' ? 'GET' : method;
      return operationsOf(path).find((each) => each.method === asked);
    },
  };
}

/**
 * Remembers the results for paths without parameters, as they are written here, and for the last other path: a request
 * asks several times for its own.
 */
function remember<Found>(paths: readonly string[], find: (path: string) => Found): (path: string) => Found {
  const known = new Map(paths.filter((path) => !/[:*]/.test(path)).map((path) => [path, {path, found: find(path)}]));
  let last = {path: '', found: find('')};
  return (path) => {
    const entry = known.get(path) ?? (path === last.path ? last : {path, found: find(path)});
    last = entry;
    return entry.found;
  };
}

function operationRulesOf(operations: readonly Operation<never>[]) {
  return operations
    .filter(({selects}) => !selects)
    .flatMap(({method, paths, callers, asksModel = false, choosePrinter}) =>
      paths.map((path) => {
        const choosers = operations
          .filter((each) => each.selects && each.method === method && each.paths.includes(path))
          .map((each) => each.choosePrinter);
        const all = [...choosers, choosePrinter].filter((each) => each !== undefined);
        return {
          method: method.toUpperCase(),
          pattern: onlyPath(path),
          callers,
          asksModel,
          choosePrinter: (req: Request) => {
            for (const choose of all) {
              const printer = choose(req);
              if (printer) return printer;
            }
            return undefined;
          },
        };
      }),
    );
}

function rulesFrom(from: Partial<PathRules>): PathRules {
  const {callers = 'visitors', printError: print = printError, tellsForeignPages = false} = from;
  return {callers, printError: print, tellsForeignPages};
}

/** Matches a path as Express does: in upper or lower case, with or without a slash at the end. */
export function onlyPath(path: string): RegExp {
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
