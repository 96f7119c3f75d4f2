/** The names of tools, as models' APIs allow them. Pure. */

/** Characters of a name. */
export const longestToolName = 64;

/** The name, or with a number behind it if it is taken: `list`, `list_2`. Cut to the longest name. */
export function findFreeName(name: string, isTaken: (name: string) => boolean): string {
  let free = name.slice(0, longestToolName);
  for (let copy = 2; isTaken(free); copy++) free = `${name.slice(0, longestToolName - 4)}_${copy}`;
  return free;
}
