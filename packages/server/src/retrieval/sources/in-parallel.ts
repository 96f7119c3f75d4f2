/**
 * Works on items, at most `limit` at the same time, and gives results as they come. `next` is asked again after each result,
 * so that results may bring further items.
 */
export async function* inParallel<Item, Result>(
  limit: number,
  next: () => Item | undefined,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const running = new Map<number, Promise<{readonly key: number; readonly result: Result}>>();
  for (let key = 0; ;) {
    while (running.size < limit) {
      const item = next();
      if (item === undefined) break;
      const own = key++;
      running.set(
        own,
        work(item).then((result) => ({key: own, result})),
      );
    }
    if (running.size === 0) return;
    const {key: done, result} = await Promise.race(running.values());
    running.delete(done);
    yield result;
  }
}
