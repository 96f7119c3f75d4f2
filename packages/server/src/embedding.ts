/** Where the widget's scripts are, and what a page needs to pin the one that it embeds. */
import {createHash} from 'node:crypto';
import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {version} from './version.ts';

/** This package's folder, as seen from `src` and from `dist`. */
const ownPackage = join(import.meta.dirname, '..');
const isRepository = existsSync(join(ownPackage, '../../pnpm-workspace.yaml'));

/** The version of the server, the script's path, and the hash of its content for `integrity`. */
export function embedding(widgetFolder = builtWidget()): {version: string; file: string; integrity: string} {
  const file = 'chatlet.js';
  const hash = createHash('sha384').update(readFileSync(join(widgetFolder, file)));
  return {version, file: `/${file}`, integrity: `sha384-${hash.digest('base64')}`};
}

/** The widget's scripts: in the repository as they were built last, in an installed package those that came with it. */
export function builtWidget(): string {
  return isRepository ? join(ownPackage, '../widget/dist/browser') : join(ownPackage, 'widget');
}
