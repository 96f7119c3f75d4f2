/** Compresses the scripts of a folder once, at build time, so that the server only chooses: `.br` and `.gz` beside each. */
import {globSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {brotliCompress, constants, gzip} from 'node:zlib';

const compressors = {
  br: (bytes: Buffer) =>
    promisify(brotliCompress)(bytes, {
      params: {[constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.byteLength},
    }),
  gz: (bytes: Buffer) => promisify(gzip)(bytes, {level: 9}),
};

export async function compressFolder(folder: string): Promise<void> {
  const paths = globSync('**/*.{js,mjs}', {cwd: folder}).map((path) => join(folder, path));
  await Promise.all(
    paths.flatMap((path) =>
      Object.entries(compressors).map(async ([ending, compress]) =>
        writeFileSync(`${path}.${ending}`, await compress(readFileSync(path))),
      ),
    ),
  );
}
