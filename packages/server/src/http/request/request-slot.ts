/**
 * One value for each request. It stands on the request itself, because a WeakMap of requests costs more than all checks of
 * a refused one.
 */
import type {IncomingMessage} from 'node:http';

export interface RequestSlot<Value> {
  get(req: IncomingMessage): Value | undefined;
  set(req: IncomingMessage, value: Value): void;
}

export function requestSlot<Value>(name: string): RequestSlot<Value> {
  const key = Symbol(name);
  return {
    get: (req: IncomingMessage & {[key]?: Value}) => req[key],
    set(req: IncomingMessage & {[key]?: Value}, value) {
      req[key] = value;
    },
  };
}
