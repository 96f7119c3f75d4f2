/** Finds files of a tarball that a user of the package does not need. Reads paths alone. */

/** Tests with their helpers and data, what the compiler notes for itself, its settings, and the file that compares the API. */
const ofOurs =
  /\/(?:testing|testdata|fixtures|coverage|node_modules)\/|\.test\.|\.tsbuildinfo$|\/tsconfig[^/]*\.json$|\/api\.txt$|\/\.[^/]+$/;

/** Mostly the code of other people; the bundled scripts name none. */
const mapOfBundle = /^package\/(?:dist\/browser|widget)\/.*\.map$/;

/**
 * @param {readonly string[]} paths as `tar -t` lists them: `package/dist/index.js`
 * @returns {string[]} among them compiled modules whose source is gone
 */
export function needlessFiles(paths) {
  const all = new Set(paths);
  const isLeftOver = (path) => {
    const [, module] = /^package\/dist\/(?!browser\/)(.+?)\.(?:d\.ts|js)(?:\.map)?$/.exec(path) ?? [];
    return module !== undefined && !all.has(`package/src/${module}.ts`);
  };
  return paths.filter((path) => ofOurs.test(path) || isLeftOver(path) || mapOfBundle.test(path));
}
