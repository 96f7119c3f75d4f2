/**
 * Builds the pages into `packages/server/guide`: Markdown first (write-pages.ts), then HTML by Astro (astro.config.mjs), which
 * portable-html.ts makes independent of its address.
 */
import {spawnSync} from 'node:child_process';
import {cpSync, mkdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {makePortable} from './portable-html.ts';
import {guideFolder, writePages} from './write-pages.ts';

const own = fileURLToPath(new URL('../', import.meta.url));
const built = join(own, 'dist');
const content = join(own, 'src/content/docs');

for (const folder of [content, guideFolder]) rmSync(folder, {recursive: true, force: true});
mkdirSync(content, {recursive: true});
for (const {name, title, description, text} of writePages()) {
  const matter = `title: ${JSON.stringify(title)}\ndescription: ${JSON.stringify(description)}`;
  writeFileSync(
    join(content, `${name}.md`),
    `---\n${matter}\n---\n\n${text.replaceAll(/\]\(([\w-]+)\.md(#\S*)?\)/g, ']($1.html$2)')}`,
  );
}

const astro = spawnSync(process.execPath, [join(own, 'node_modules/astro/bin/astro.mjs'), 'build', '--silent'], {
  cwd: own,
  stdio: 'inherit',
  env: {...process.env, ASTRO_TELEMETRY_DISABLED: '1'},
});
if (astro.status !== 0) process.exit(1);

makePortable(built);
cpSync(built, guideFolder, {recursive: true});
