/** The pages of the manuals as a folder, and as a site on this machine. */
import {execFileSync} from 'node:child_process';
import {once} from 'node:events';
import {cpSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync} from 'node:fs';
import {createServer} from 'node:http';
import {dirname, join, relative} from 'node:path';

/** The pages of faq-523, by product; what is only an index, a list of changes or generated is no page of it. */
const products: readonly (readonly [name: string, folder: string, ending: string, not: RegExp])[] = [
  ['perl', 'perl', '.pod', /perltoc\.pod$|\/perlfaq\.pod$|perl5\d+delta|perldelta\.pod$/],
  ['python', 'doc/python3.11/html', '.html', /genindex|search|whatsnew|changelog|_static|contents\.html|py-modindex/],
  ['sqlite', 'doc/sqlite3', '.html', /releaselog|changes\.html|c3ref|requirements|matrix|docid|keyword_index|sitemap/],
  ['git', 'doc/git-doc', '.html', /RelNotes/],
];

/** Manuals of Perl come as POD, which perl itself writes as HTML. */
const podToHtml = `
  use Pod::Simple::XHTML;
  while (my ($in, $out) = splice @ARGV, 0, 2) {
    my $writer = Pod::Simple::XHTML->new;
    $writer->index(1);
    open my $file, '>:encoding(UTF-8)', $out or die;
    $writer->output_fh($file);
    $writer->parse_file($in);
  }
`;

export function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, {recursive: true, withFileTypes: true})
    .filter((entry) => entry.isFile())
    .map(({parentPath, name}) => join(parentPath, name));
}

/** Copies the pages into a folder, once. Returns their number. */
export function collectPages(share: string, target: string): number {
  if (!existsSync(target)) {
    for (const [product, folder, ending, not] of products) {
      const pods: string[] = [];
      for (const file of filesBelow(join(share, folder))) {
        if (!file.endsWith(ending) || not.test(file)) continue;
        const copy = join(target, product, relative(join(share, folder), file).replace(/\.pod$/, '.html'));
        mkdirSync(dirname(copy), {recursive: true});
        if (ending === '.pod') pods.push(file, copy);
        else cpSync(file, copy);
      }
      if (pods.length > 0) execFileSync('perl', ['-e', podToHtml, ...pods]);
    }
  }
  return filesBelow(target).length;
}

/** The folder as a site with a sitemap and validators. */
export async function servePages(folder: string) {
  let served = 0;
  const server = createServer((request, response) => {
    served++;
    const path = decodeURIComponent(request.url ?? '/');
    const file = join(folder, path);
    if (path === '/sitemap.xml') {
      const urls = filesBelow(folder).map((each) => `<url><loc>${origin}/${relative(folder, each)}</loc></url>`);
      response.end(`<urlset>${urls.join('')}</urlset>`);
      return;
    }
    if (!existsSync(file) || !statSync(file).isFile()) {
      response
        .writeHead(path === '/' ? 200 : 404, {'content-type': 'text/html'})
        .end('<title>Manuals</title><p>All of them.');
      return;
    }
    const etag = `"${statSync(file).size}"`;
    if (request.headers['if-none-match'] === etag) response.writeHead(304).end();
    else response.writeHead(200, {'content-type': 'text/html', etag}).end(readFileSync(file));
  });
  server.listen({port: 0, host: '127.0.0.1'});
  await once(server, 'listening');
  const address = server.address();
  const origin = `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}`;
  return {
    origin,
    /** Requests so far. */
    served: () => served,
    close: () => server.close(),
  };
}
