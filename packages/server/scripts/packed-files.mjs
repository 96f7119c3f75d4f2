/**
 * Puts into the package, before it is packed, files of packages that would bring far more as dependencies:
 *
 * scripts/bundled.mjs names these packages in the bill of materials.
 *
 * - the widget's scripts, without the libraries that are in them already, and without source maps
 * - the one vocabulary of the tokenizer that is used: 2 MB in place of 28
 * - the stemmers of the languages that the index knows
 * - Swagger UI, a dependency of which reports each installation to a third party
 */
import {copyFileSync, cpSync, existsSync, mkdirSync, rmSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {build} from 'esbuild';
import {stemmerModules} from '../dist/retrieval/stemmers.js';

const own = fileURLToPath(new URL('../', import.meta.url));
const folderOf = (name) => dirname(fileURLToPath(import.meta.resolve(`${name}/package.json`)));

/** An empty folder in the package. */
function makeFolder(name) {
  const folder = join(own, name);
  rmSync(folder, {recursive: true, force: true});
  mkdirSync(folder);
  return folder;
}

const widget = join(own, '../widget/dist/browser');
if (!existsSync(join(widget, 'chatlet.js'))) throw new Error('The widget is not bundled: npm run build.');
cpSync(widget, makeFolder('widget'), {recursive: true, filter: (path) => !path.endsWith('.map')});

if (!existsSync(join(own, 'guide/index.html'))) throw new Error('The guide is not built: npm run build.');

const tokenizer = makeFolder('tokenizer');
await build({
  stdin: {
    contents: "export {countTokens, setMergeCacheSize} from 'gpt-tokenizer/encoding/o200k_base';",
    resolveDir: own,
  },
  bundle: true,
  minify: true,
  format: 'esm',
  platform: 'node',
  outfile: join(tokenizer, 'o200k_base.js'),
});
copyFileSync(join(folderOf('gpt-tokenizer'), 'LICENSE'), join(tokenizer, 'LICENSE'));

const stemmers = makeFolder('stemmers');
for (const name of new Set(stemmerModules.values())) {
  const file = fileURLToPath(import.meta.resolve(`@orama/stemmers/${name}`));
  copyFileSync(file, join(stemmers, `${name}.js`));
  copyFileSync(join(dirname(file), '../LICENSE.md'), join(stemmers, 'LICENSE.md'));
}

const swagger = makeFolder('swagger-ui');
for (const file of ['swagger-ui.css', 'swagger-ui-bundle.js', 'LICENSE', 'NOTICE']) {
  copyFileSync(join(folderOf('swagger-ui-dist'), file), join(swagger, file));
}
