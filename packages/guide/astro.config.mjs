/** The HTML of the pages: see scripts/build.ts, which hands them over and makes the result independent of its address. */
import starlight from '@astrojs/starlight';
import {defineConfig, passthroughImageService} from 'astro/config';
import {sidebar} from './sidebar.ts';

export default defineConfig({
  base: '/guide',
  outDir: './dist',
  // Links to files work on every server, and in every folder.
  build: {format: 'file', inlineStylesheets: 'never'},
  trailingSlash: 'ignore',
  devToolbar: {enabled: false},
  image: {service: passthroughImageService()},
  // Colours are put on by scripts/build.ts as classes: styles in attributes would need a weaker policy.
  markdown: {syntaxHighlight: false},
  integrations: [
    starlight({
      title: 'Chatlet',
      pagefind: false,
      expressiveCode: false,
      disable404Route: true,
      favicon: '/icon.svg',
      customCss: ['./src/guide.css'],
      // In place of Starlight's search: our own element.
      components: {Search: './src/Search.astro'},
      head: [{tag: 'script', attrs: {src: '/guide/../chatlet.js', defer: true}}],
      sidebar: sidebar.map(({label, pages}) => ({label, items: [...pages]})),
    }),
  ],
});
