/** Storage that can be looked into. */
import type {ChatStorage, Shelf} from '../storage.ts';

export interface MemoryStorage extends ChatStorage {
  readonly onDevice: ReadonlyMap<string, string>;
  readonly inTab: ReadonlyMap<string, string>;
}

export function memoryStorage(): MemoryStorage {
  const onDevice = new Map<string, string>();
  const inTab = new Map<string, string>();
  return {onDevice, inTab, device: shelf(onDevice), tab: shelf(inTab)};
}

function shelf(map: Map<string, string>): Shelf {
  return {
    get: (key) => map.get(key),
    set: (key, value) => void (value === undefined ? map.delete(key) : map.set(key, value)),
    clear: () => map.clear(),
  };
}
