/** Generates two files from the schema that checks configuration files: the schema for editors, and CONFIGURATION.md. */
import {readFileSync, writeFileSync} from 'node:fs';
import {configurationJsonSchema, configurationTable} from '../src/configuration-file.ts';

const schema = new URL('../chatlet.config.schema.json', import.meta.url);
writeFileSync(schema, `${JSON.stringify(configurationJsonSchema(), undefined, 2)}\n`);

const page = new URL('../CONFIGURATION.md', import.meta.url);
const [words = ''] = readFileSync(page, 'utf8').split(/^\| key/m);
writeFileSync(page, `${words}${configurationTable()}\n`);
