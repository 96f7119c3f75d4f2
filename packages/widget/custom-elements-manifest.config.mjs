/** What the manifest tells of the elements: what a page may use, and the files that it imports. */
const forPages = {
  name: 'for-pages',
  packageLinkPhase({customElementsManifest}) {
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

/** Paths of the sources become those of the published modules, wherever they stand. */
function publish(value) {
  for (const [key, inner] of Object.entries(value)) {
    if (typeof inner === 'string' && (key === 'path' || key === 'module')) {
      value[key] = inner.replace(/^\/?src\/(.*)\.ts$/, 'dist/$1.js');
    } else if (inner && typeof inner === 'object') publish(inner);
  }
}

export default {
  globs: ['src/elements/*/*.ts'],
  exclude: ['**/*.test.ts', '**/*.styles.ts', '**/testing/**', '**/group-by-day.ts', '**/markdown-directive.ts'],
  outdir: '.',
  litelement: true,
  plugins: [forPages],
};
