/** Each item with its index. Not `entries()`, in whose place old libraries (Prototype.js) have put a method of their own. */
export function withIndex<Item>(items: readonly Item[]): readonly (readonly [index: number, item: Item])[] {
  return items.map((item, index) => [index, item]);
}
