/**
 * A registry on this machine that has our packages as they would be published, and nothing else: npm asks it for the scope
 * `@chatlet` alone, so that the commands of the READMEs install what is packed here, word for word.
 */
import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {once} from 'node:events';
import {readdirSync, readFileSync} from 'node:fs';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';

export interface Registry {
  readonly url: string;
  close(): Promise<void>;
}

/** @param tarballs a folder with one tarball of each package */
export async function startRegistry(tarballs: string): Promise<Registry> {
  const packed = readdirSync(tarballs)
    .filter((file) => file.endsWith('.tgz'))
    .map((file) => {
      const text = execFileSync('tar', ['-xzOf', file, 'package/package.json'], {cwd: tarballs, encoding: 'utf8'});
      const manifest = JSON.parse(text) as {readonly name: string; readonly version: string};
      return {file, manifest, bytes: readFileSync(join(tarballs, file))};
    });

  const server = createServer((req, res) => {
    const path = decodeURIComponent(req.url ?? '').slice(1);
    // A later run may have the same port and other bytes.
    res.setHeader('Cache-Control', 'no-store');
    const tarball = packed.find(({file}) => path === `-/${file}`);
    if (tarball) {
      res.end(tarball.bytes);
      return;
    }
    const named = packed.find(({manifest}) => path === manifest.name);
    if (!named) {
      res.writeHead(404, {'Content-Type': 'application/json'}).end('{"error": "Not found."}');
      return;
    }
    const {file, manifest, bytes} = named;
    const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
    const version = {...manifest, dist: {tarball: `http://${req.headers.host}/-/${file}`, integrity}};
    const {name, version: newest} = manifest;
    res.setHeader('Content-Type', 'application/json');
    res.end(JSON.stringify({name, 'dist-tags': {latest: newest}, versions: {[newest]: version}}));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
