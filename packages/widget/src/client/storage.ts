/**
 * Remembers drafts, the chosen model, the open chat and the visitor's identity. Nothing is written on the device before
 * the visitor's first question, nor before their consent if the page requires it; until then, and if the browser denies
 * storage, it is remembered until the page closes.
 */
export interface ChatStorage {
  /** Outlives the tab (`localStorage`). */
  readonly device: StorageNamespace;
  /** Survives a reload, ends with the tab (`sessionStorage`). */
  readonly tab: StorageNamespace;
  /** The visitor asks a question: from now on it is kept. */
  keep?(): void;
  /** The visitor agrees to storage on the device. */
  consent?(): void;
}

/** Short texts in the browser's storage, apart from those of the page and of other chats. Never throws. */
export interface StorageNamespace {
  /** Undefined if there is no such text, or if the browser refuses. */
  get(key: string): string | undefined;
  /** Undefined removes the text. */
  set(key: string, value: string | undefined): void;
  /** Removes everything in this namespace, and nothing outside of it. */
  clear(): void;
  /** Does that if the browser's storage, or this tab's copy of it, has this value. */
  clearIf?(key: string, value: string): void;
}

/**
 * - `local`: outlives the tab (default)
 * - `session`: ends with the tab
 * - `none`: ends with the page
 */
export type StorageMode = 'local' | 'session' | 'none';

/** What is kept on the device, and for how long. */
export interface StorageOptions {
  /** `local` keeps it on the device and is the default, `session` in the tab, `none` in memory. */
  readonly mode?: StorageMode;
  /** Whether storage on the device waits for `consent()`. */
  readonly needsConsent?: boolean;
}

const areas = {
  local: () => globalThis.localStorage,
  session: () => globalThis.sessionStorage,
  none: () => undefined,
};

/** The storage of one chat: its name keeps it apart from other chats on the page's origin. */
export function createStorage(name: string, {mode = 'local', needsConsent = false}: StorageOptions = {}): ChatStorage {
  const prefix = `chatlet:${name}:`;
  let hasConsent = !needsConsent;
  let hasAsked = false;
  const rules = {mayRead: () => hasConsent, mayWrite: () => hasConsent && hasAsked};
  const device = openNamespace({prefix, open: areas[mode], ...rules});
  const tab = openNamespace({prefix, open: areas[mode === 'none' ? 'none' : 'session'], ...rules});
  // A visitor who has asked before has things on the device already.
  if (hasConsent) hasAsked = device.isUsed();

  const flush = () => {
    device.flush();
    tab.flush();
  };
  return {
    device,
    tab,
    keep() {
      hasAsked = true;
      if (hasConsent) flush();
    },
    consent() {
      // The device may hold an earlier identity of this visitor, which has their chats. Then this page, which has another
      // one by now, leaves the device as it is.
      const isOther = device.get('visitor') !== undefined && device.isUsed();
      if (hasConsent || isOther) return;
      hasConsent = true;
      hasAsked ||= device.isUsed();
      if (hasAsked) flush();
    },
  };
}

/**
 * The storage of every chat that has asked this endpoint on this device, or in this tab: of the element without an id, named
 * by the endpoint, and of those with one, named `endpoint#id`.
 */
export function findStorages(endpoint: string): readonly ChatStorage[] {
  const prefix = `chatlet:${endpoint}`;
  return (['local', 'session'] as const).flatMap((mode) => {
    try {
      const names = listKeys(areas[mode]()).flatMap((key) => {
        // An element's id may have colons: React's `useId` makes `:r1:`. Behind it stands one of our keys.
        const [name, id = ''] = /^(#.*?)?:(draft:|queue:|[a-z]+$)/.exec(restOf(key, prefix) ?? '') ?? [];
        return name === undefined ? [] : [endpoint + id];
      });
      return [...new Set(names)].map((name) => createStorage(name, {mode}));
    } catch {
      // The browser denies storage, so nothing is kept.
      return [];
    }
  });
}

interface NamespaceOptions {
  readonly prefix: string;
  readonly open: () => Storage | undefined;
  readonly mayRead: () => boolean;
  readonly mayWrite: () => boolean;
}

interface FlushableNamespace extends StorageNamespace {
  /** Writes everything that is remembered. */
  flush(): void;
  /** Whether the browser's storage has something of this namespace. */
  isUsed(): boolean;
}

function openNamespace({prefix, open, mayRead, mayWrite}: NamespaceOptions): FlushableNamespace {
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
  const ownKeys = (area: Storage): readonly string[] =>
    listKeys(area).filter((key) => restOf(key, prefix) !== undefined);
  const clear = () => {
    memory.clear();
    attempt((area) => {
      for (const key of ownKeys(area)) area.removeItem(key);
    });
  };
  return {
    get: (key) =>
      memory.get(key) ?? (mayRead() ? attempt((area) => area.getItem(prefix + key)) : undefined) ?? undefined,
    set(key, value) {
      if (value === undefined) {
        memory.delete(key);
        attempt((area) => area.removeItem(prefix + key));
        return;
      }
      memory.set(key, value);
      if (mayWrite()) attempt((area) => area.setItem(prefix + key, value));
    },
    clear,
    clearIf(key, value) {
      if (attempt((area) => area.getItem(prefix + key)) === value) clear();
    },
    flush() {
      for (const [key, value] of memory) attempt((area) => area.setItem(prefix + key, value));
    },
    isUsed: () => (attempt((area) => ownKeys(area).length) ?? 0) > 0,
  };
}

/** A loop, because old libraries (MooTools, Prototype.js) have replaced `Array.from`. */
function listKeys(area: Storage): readonly string[] {
  const keys: string[] = [];
  for (let index = 0; index < area.length; index++) keys.push(area.key(index) ?? '');
  return keys;
}

/** The part of a key behind a prefix. Undefined if the key belongs to the same address with a port, or to something else. */
function restOf(key: string, prefix: string): string | undefined {
  const rest = key.slice(prefix.length);
  return key.startsWith(prefix) && !/^:?\d+[:/#]/.test(rest) ? rest : undefined;
}
