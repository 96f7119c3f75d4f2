/** The version in the package's manifest. */
import {readFileSync} from 'node:fs';
import {isObject} from '@chatlet/protocol';

const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

export const version = isObject(manifest) ? String(manifest['version']) : '?';
