/** Leaves out the fields without a value: an optional field of ours is absent, never `undefined`. */
export function omitUndefined<Fields extends object>(
  fields: Fields,
): {[Key in keyof Fields]?: Exclude<Fields[Key], undefined>} {
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) kept[name] = value;
  return kept as never;
}
