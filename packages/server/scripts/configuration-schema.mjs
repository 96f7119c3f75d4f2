/** Writes `chatlet.config.schema.json` from the schema that checks configuration files. */
import {writeFileSync} from 'node:fs';
import {configurationJsonSchema} from '../src/configuration-file.ts';

const file = new URL('../chatlet.config.schema.json', import.meta.url);
writeFileSync(file, `${JSON.stringify(configurationJsonSchema(), undefined, 2)}\n`);
