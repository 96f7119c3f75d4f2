/** Runs work one after the other for each key, such as the chat that it changes. Knows no work. */

/** Begins when all work before it with the same key has ended, however that ended. Settles as the work does. */
export type InOrder = <Result>(key: string, work: () => Promise<Result>) => Promise<Result>;

export function createInOrder(): InOrder {
  /** The last work of each key. */
  const last = new Map<string, Promise<unknown>>();
  return async (key, work) => {
    const before = last.get(key) ?? Promise.resolve();
    const mine = before.catch(() => {}).then(work);
    last.set(key, mine);
    try {
      return await mine;
    } finally {
      if (last.get(key) === mine) last.delete(key);
    }
  };
}
