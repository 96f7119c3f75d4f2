/**
 * Remembers drafts, the chosen model, the open chat and the visitor's token on this device. If the browser denies
 * storage, they are remembered until the page closes.
 */
export interface ChatStorage {
  /** Outlives the tab (`localStorage`). */
  readonly device: StorageNamespace;
  /** Survives a reload, ends with the tab (`sessionStorage`). */
  readonly tab: StorageNamespace;
}

/** Short texts in the browser's storage, apart from those of the page and of other chats. Never throws. */
export interface StorageNamespace {
  get(key: string): string | undefined;
  set(key: string, value: string | undefined): void;
  /** Removes everything in this namespace, and nothing outside of it. */
  clear(): void;
}

/** @deprecated Renamed to `StorageNamespace`. */
export type Shelf = StorageNamespace;

/** The storage of one chat: its name keeps it apart from other chats on the page's origin. */
export function createStorage(name: string): ChatStorage {
  return {
    device: openNamespace(`chatlet:${name}:`, () => globalThis.localStorage),
    tab: openNamespace(`chatlet:${name}:`, () => globalThis.sessionStorage),
  };
}

function openNamespace(prefix: string, open: () => Storage | undefined): StorageNamespace {
  const memory = new Map<string, string>();
  /** Merely reading the property throws if cookies are blocked; writing throws if the quota is used up. */
  const attempt = <Result>(use: (area: Storage) => Result): Result | undefined => {
    try {
      const area = open();
      return area ? use(area) : undefined;
    } catch {
      // The copy in memory is left, which is enough until the page closes.
      return undefined;
    }
  };
  return {
    get: (key) => memory.get(key) ?? attempt((area) => area.getItem(prefix + key)) ?? undefined,
    set(key, value) {
      if (value === undefined) {
        memory.delete(key);
        attempt((area) => area.removeItem(prefix + key));
        return;
      }
      memory.set(key, value);
      attempt((area) => area.setItem(prefix + key, value));
    },
    clear() {
      memory.clear();
      attempt((area) => {
        const keys = Array.from({length: area.length}, (_, index) => area.key(index) ?? '');
        for (const key of keys) if (key.startsWith(prefix)) area.removeItem(key);
      });
    },
  };
}
