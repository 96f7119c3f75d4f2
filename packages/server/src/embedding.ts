/** Where the widget's scripts are, and what a page needs to pin the one that it embeds. */
import {createHash} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {version} from './version.ts';

/** The version of the server, the script's path, and the hash of its content for `integrity`. */
export function embedding(widgetFolder = builtWidget()): {version: string; file: string; integrity: string} {
  const file = 'chatlet.js';
  const hash = createHash('sha384').update(readFileSync(join(widgetFolder, file)));
  return {version, file: `/${file}`, integrity: `sha384-${hash.digest('base64')}`};
}

/** `dist/browser` of the widget's package. */
export function builtWidget(): string {
  const manifest = fileURLToPath(import.meta.resolve('@chatlet/widget/package.json'));
  return join(dirname(manifest), 'dist', 'browser');
}
