/** Keeps in the manifest only the elements and the members that a page may use, with the paths of the published modules. */
const forPages = {
  name: 'for-pages',
  packageLinkPhase({customElementsManifest}) {
    // The file system gives the modules in any order.
    customElementsManifest.modules.sort((one, other) => one.path.localeCompare(other.path));
    const declarations = customElementsManifest.modules.flatMap((module) => module.declarations ?? []);
    const elements = declarations.filter(({customElement}) => customElement);
    const kept = new Set(elements.flatMap(({name, superclass}) => [name, superclass?.name]));
    customElementsManifest.modules = customElementsManifest.modules.filter((module) =>
      module.declarations?.some(({name}) => kept.has(name)),
    );
    for (const module of customElementsManifest.modules) {
      for (const declaration of module.declarations ?? []) {
        declaration.members = declaration.members?.filter(
          ({name, privacy}) => privacy !== 'private' && !name.startsWith('#'),
        );
        declaration.events = declaration.events?.filter(({name}) => name?.startsWith('chatlet-'));
      }
    }
    publish(customElementsManifest);
  },
};

/** Replaces all paths of sources by those of the published modules. */
function publish(value) {
  for (const [key, inner] of Object.entries(value)) {
    if (typeof inner === 'string' && (key === 'path' || key === 'module')) {
      value[key] = inner.replace(/^\/?src\/(.*)\.ts$/, 'dist/$1.js');
    } else if (inner && typeof inner === 'object') publish(inner);
  }
}

export default {
  globs: ['src/elements/*/*.ts'],
  exclude: ['**/*.test.ts', '**/testing/**'],
  outdir: '.',
  litelement: true,
  plugins: [forPages],
};
