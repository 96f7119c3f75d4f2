/** What the script tag has in place of Lit's decorator `@query`. */
export function defineQueries(prototype: object, queries: Readonly<Record<string, string>>): void {
  for (const [name, selector] of Object.entries(queries)) {
    Object.defineProperty(prototype, name, {
      get(this: {readonly renderRoot?: ParentNode}) {
        return this.renderRoot?.querySelector(selector) ?? null;
      },
    });
  }
}
