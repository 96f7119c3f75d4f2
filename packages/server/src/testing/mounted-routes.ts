/** Which methods and paths an app really answers, read from Express itself, so that no list of them can be forgotten. */
import type {Express} from 'express';

export interface MountedRoute {
  /** In capitals. */
  readonly method: string;
  /** As it was mounted: `/api/chats/:chatId`. */
  readonly path: string;
}

/** What a layer of Express' stack holds that matters here. */
interface Layer {
  readonly route?: {readonly path: string | readonly string[]; readonly methods: Readonly<Record<string, boolean>>};
  readonly handle?: {readonly stack?: readonly Layer[]};
}

export function mountedRoutes({router}: Express): readonly MountedRoute[] {
  return routesIn(router.stack);
}

function routesIn(stack: readonly Layer[]): readonly MountedRoute[] {
  return stack.flatMap(({route, handle}) => {
    if (!route) return routesIn(handle?.stack ?? []);
    const paths = typeof route.path === 'string' ? [route.path] : route.path;
    const methods = Object.keys(route.methods).map((method) => method.toUpperCase());
    return paths.flatMap((path) => methods.map((method) => ({method, path})));
  });
}
