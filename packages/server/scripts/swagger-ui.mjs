/**
 * Copies the files of Swagger UI into the package before it is packed. They are shipped as files and not as a dependency,
 * because a dependency of Swagger UI reports each installation to a third party.
 */
import {copyFileSync, mkdirSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

const from = dirname(fileURLToPath(import.meta.resolve('swagger-ui-dist/package.json')));
const to = fileURLToPath(new URL('../swagger-ui/', import.meta.url));
mkdirSync(to, {recursive: true});
for (const file of ['swagger-ui.css', 'swagger-ui-bundle.js', 'LICENSE', 'NOTICE']) {
  copyFileSync(join(from, file), join(to, file));
}
