/** Storage in memory. A test can read its content. */
import type {ChatStorage, StorageNamespace} from '../storage.ts';

export interface MemoryStorage extends ChatStorage {
  readonly onDevice: ReadonlyMap<string, string>;
  readonly inTab: ReadonlyMap<string, string>;
}

export function memoryStorage(): MemoryStorage {
  const onDevice = new Map<string, string>();
  const inTab = new Map<string, string>();
  return {onDevice, inTab, device: inMemory(onDevice), tab: inMemory(inTab)};
}

function inMemory(map: Map<string, string>): StorageNamespace {
  return {
    get: (key) => map.get(key),
    set: (key, value) => void (value === undefined ? map.delete(key) : map.set(key, value)),
    clear: () => map.clear(),
  };
}
