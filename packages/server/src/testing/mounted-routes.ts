/** The methods and paths that an app answers, read from Express itself, so that none can be missing. */
import {isObject} from '@chatlet/protocol';
import type {ChatServer} from '../index.ts';

export interface MountedRoute {
  /** In capitals. */
  readonly method: string;
  /** As it was mounted: `/api/chats/:chatId`. */
  readonly path: string;
}

export function mountedRoutes(app: ChatServer['app']): readonly MountedRoute[] {
  return routesIn(Reflect.get(Reflect.get(app, 'router'), 'stack'));
}

function routesIn(stack: unknown): readonly MountedRoute[] {
  if (!Array.isArray(stack)) return [];
  return stack.flatMap((layer: {readonly route?: unknown; readonly handle?: {readonly stack?: unknown}}) => {
    const {route, handle} = layer;
    if (!isObject(route)) return routesIn(handle?.stack);
    const paths = [route['path']].flat().map(String);
    const methods = Object.keys(isObject(route['methods']) ? route['methods'] : {});
    return paths.flatMap((path) => methods.map((method) => ({method: method.toUpperCase(), path})));
  });
}
