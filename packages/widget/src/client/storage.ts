/**
 * What a chat remembers on this device: drafts, the chosen model, the open chat, who the visitor is. Where the browser
 * denies storage, it is remembered until the page goes.
 */
export interface ChatStorage {
  /** Outlives the tab. */
  readonly device: StorageNamespace;
  /** Ends with the tab, survives a reload. */
  readonly tab: StorageNamespace;
}

/** Short texts under one name in the browser's storage, apart from those of the page and of other chats. Never throws. */
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
  /** Reading the property alone throws where cookies are blocked; writing throws where the quota is used up. */
  const attempt = <Result>(use: (area: Storage) => Result): Result | undefined => {
    try {
      const area = open();
      return area ? use(area) : undefined;
    } catch {
      // The copy in memory is what is left, and it is enough until the page goes.
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
