/** A site whose pages try to keep a crawler, to lead it astray or to fill an index with nothing. */
import {once} from 'node:events';
import {type RequestListener, type ServerResponse, createServer} from 'node:http';
import {gzipSync} from 'node:zlib';

/** What is to become of the address that a trap begins with. */
type Fate = RegExp | 'read' | 'nothing';

export interface Trap {
  /** Linked from the first page. Without it, something else leads there. */
  readonly path?: string;
  /** Why the address is left out; `read` if it is a page that only looks like a trap. */
  readonly fate: Fate;
  /** Another address that is judged, if the trap closes later. */
  readonly judged?: string;
  /** Addresses that may never be asked for. */
  readonly neverAsked?: readonly string[];
}

export interface TrapSite extends AsyncDisposable {
  readonly origin: string;
  readonly traps: Readonly<Record<string, Trap>>;
  /** How often each path was asked for. */
  readonly asked: ReadonlyMap<string, number>;
  /** Connections to a neighbour on this machine, whom nobody has listed. */
  reachedNeighbour(): number;
}

async function listen(listener: RequestListener) {
  const server = createServer({maxHeaderSize: 1_000_000}, listener);
  server.listen({port: 0, host: '127.0.0.1'});
  await once(server, 'listening');
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export function page(title: string, body = `<p>Text of ${title}, which is like no other.</p>`, head = ''): string {
  return `<!doctype html><title>${title}</title>${head}<main><h1>${title}</h1>${body}</main>`;
}

export async function startTrapSite(): Promise<TrapSite> {
  let reached = 0;
  const neighbour = await listen((_, response) => {
    reached++;
    response.end(page('The secret of this machine'));
  });
  const traps: Record<string, Trap> = {
    'a circle of redirects': {path: '/circle-a', fate: /redirects in a circle/, judged: '/circle-b'},
    'a redirect to itself': {path: '/self', fate: /redirects in a circle/},
    'thirty redirects': {path: '/hops/zz', fate: /more than 10 redirects/, judged: '/hops/zzzzzzzzzzzzz'},
    'a redirect to a private address': {path: '/to-neighbour', fate: /outside of the site/},
    'a redirect to the metadata of a cloud': {path: '/to-metadata', fate: /outside of the site/},
    'a redirect to a file': {path: '/to-file', fate: /which is no page/},
    'a redirect to nonsense': {path: '/to-nonsense', fate: /which is no page/},
    'a link to a neighbour': {path: `${neighbour.origin}/x`, fate: /another site/},
    'a link to a neighbour in other numbers': {
      path: `http://2130706433:${neighbour.port}/x`,
      fate: /another site/,
      judged: `http://127.0.0.1:${neighbour.port}/x`,
    },
    'a link to a neighbour in IPv6': {path: `http://[::1]:${neighbour.port}/`, fate: /another site/},
    'a page that refreshes to a neighbour': {path: '/refresh', fate: /outside of the site/},
    'a page that refreshes itself in turns': {path: '/refresh-a', fate: /circle/, judged: '/refresh-b'},
    'a base of another site': {path: '/base', fate: 'read', neverAsked: ['/from-base']},
    'a bomb of gzip': {path: '/bomb', fate: /too large/},
    'a body without end': {path: '/endless', fate: /too large/},
    'a body of nonsense that says it is gzip': {path: '/no-gzip', fate: /cannot be reached/},
    'a body that breaks off': {path: '/breaks-off', fate: /cannot be reached/},
    'headers without end': {path: '/headers', fate: /cannot be reached/},
    'a server that never answers': {path: '/silent', fate: /took too long/},
    'a server that answers a byte at a time': {path: '/drip', fate: /took too long/},
    'a page in Latin-1 that says UTF-8': {path: '/latin', fate: 'read'},
    'a page in UTF-8 that says Latin-1': {path: '/utf', fate: 'read'},
    'a calendar in queries': {
      path: '/calendar?month=0',
      fate: /addresses like \/calendar\?month/,
      judged: '/calendar?month=3',
    },
    'a calendar in paths': {path: '/days/2024-01-01/', fate: /addresses like \/days\/#\//, judged: '/days/2024-01-04/'},
    'ids of sessions in paths': {path: '/s/00000001/', fate: /addresses like \/s\/#\//, judged: '/s/00000004/'},
    'ids of sessions in queries': {path: '/shop?sid=1', fate: 'read', judged: '/shop'},
    'a path that grows': {path: '/grow/', fate: /repeats itself/, judged: '/grow/more/more/more/'},
    'filters that can be combined': {
      path: '/filter?color=0&size=0',
      fate: /addresses like \/filter\?color&size/,
      judged: '/filter?color=3&size=3',
    },
    'a chain of pages without end': {path: '/deep/a', fate: /more than 4 links/, judged: '/deep/aaaaa'},
    'an address of 3 000 characters': {
      path: `/${'long'.repeat(750)}`,
      fate: /more than 2000 characters/,
      neverAsked: [`/${'long'.repeat(750)}`],
    },
    'a redirect to a login': {path: '/members', fate: /sign in/, neverAsked: ['/login?next=/members']},
    'a form of a login': {path: '/account', fate: /sign in/},
    'a page for users': {path: '/users-only', fate: /sign in/},
    'a link that signs out': {path: '/logout', fate: /signs out/, neverAsked: ['/logout']},
    'a page that is forbidden': {path: '/forbidden', fate: /answers 403/},
    'a page that is gone': {path: '/gone', fate: /answers 410/},
    'a page that fails': {path: '/fails', fate: /answers 500/},
    'a page that is busy for ever': {path: '/busy', fate: /answers 503/},
    'a page that is not there, sent as if it was': {path: '/nowhere', fate: /no such page/},
    'a page that says that it is not there': {path: '/sorry', fate: /no such page/},
    'a page that robots.txt forbids': {path: '/secret/plans', fate: /robots\.txt/, neverAsked: ['/secret/plans']},
    'a page that says noindex': {path: '/noindex', fate: /noindex/},
    'headers that say noindex': {path: '/noindex-header', fate: /noindex/},
    'a link that is not to be followed': {fate: 'nothing', neverAsked: ['/not-followed']},
    'a page whose links are not to be followed': {path: '/nofollow', fate: 'read', neverAsked: ['/from-nofollow']},
    'headers that forbid to follow links': {
      path: '/nofollow-header',
      fate: 'read',
      neverAsked: ['/from-nofollow-header'],
    },
    'a copy that names its original': {path: '/copy', fate: /canonical address is .*\/original/},
    'two pages that call each other the original': {path: '/twin-a', fate: /canonical address/},
    'the same page at another address': {path: '/mirror', fate: /has the text of .*\/original/},
    'an address with the mark of a campaign': {path: '/original?utm_source=x', fate: 'read', judged: '/original'},
    'a page that only JavaScript fills': {path: '/app', fate: /JavaScript/},
    'a page without text': {path: '/empty', fate: /no text/},
    'a picture': {path: '/picture.png', fate: /no text/, neverAsked: ['/picture.png']},
    'a file that nobody can read': {path: '/download', fate: /application\/zip/},
    'bytes that say they are a page': {path: '/bytes', fate: /no text/},
    'elements in each other without end': {path: '/nested', fate: /nested too deeply/},
    'a PDF that is broken': {path: '/broken.pdf', fate: /broken PDF/},
    'a protocol of its own': {path: 'mailto:a@b.example', fate: 'nothing'},
    'a script in a link': {path: 'javascript:alert(1)', fate: 'nothing'},
  };

  const asked = new Map<string, number>();
  const html = (response: ServerResponse, text: string | Buffer, headers: Readonly<Record<string, string>> = {}) => {
    response.writeHead(200, {'content-type': 'text/html', ...headers}).end(text);
  };
  const redirect = (response: ServerResponse, location: string) => response.writeHead(302, {location}).end();
  const answers: Readonly<Record<string, (response: ServerResponse) => void>> = {
    '/robots.txt': (response) => response.end('User-agent: *\nDisallow: /secret/\n'),
    '/sitemap.xml': (response) => response.writeHead(404).end(),
    '/': (response) => {
      const links = Object.values(traps).flatMap(({path}) =>
        path === undefined ? [] : [`<li><a href="${path.replaceAll('&', '&amp;')}">x</a>`],
      );
      html(
        response,
        page(
          'Start',
          `<p>Welcome to all of this.</p><a rel=nofollow href=/not-followed>x</a><ul>${links.join('')}</ul>`,
        ),
      );
    },
    '/circle-a': (response) => redirect(response, '/circle-b'),
    '/circle-b': (response) => redirect(response, '/circle-a'),
    '/self': (response) => redirect(response, '/self'),
    '/to-neighbour': (response) => redirect(response, `${neighbour.origin}/`),
    '/to-metadata': (response) => redirect(response, 'http://169.254.169.254/latest/meta-data/'),
    '/to-file': (response) => redirect(response, 'file:///etc/passwd'),
    '/to-nonsense': (response) => redirect(response, 'http://['),
    '/refresh': (response) =>
      html(response, page('R', '', `<meta http-equiv=refresh content="0;url=${neighbour.origin}/">`)),
    '/refresh-a': (response) => html(response, page('A', '', '<meta http-equiv=refresh content="0;url=/refresh-b">')),
    '/refresh-b': (response) => html(response, page('B', '', '<meta http-equiv=refresh content="0;url=/refresh-a">')),
    '/base': (response) =>
      html(response, page('Base', '<p>A base.</p><a href=from-base>x</a>', `<base href="${neighbour.origin}/">`)),
    '/bomb': (response) => html(response, gzipSync(Buffer.alloc(20_000_000, 'x')), {'content-encoding': 'gzip'}),
    '/endless': (response) => {
      response.writeHead(200, {'content-type': 'text/html'});
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(100_000)));
      };
      response.on('drain', more);
      more();
    },
    '/no-gzip': (response) => html(response, 'no gzip', {'content-encoding': 'gzip'}),
    '/breaks-off': (response) => {
      response.writeHead(200, {'content-type': 'text/html', 'content-length': '1000'});
      response.write('x');
      setTimeout(() => response.destroy(), 50);
    },
    '/headers': (response) => html(response, page('Headers'), {'x-long': 'x'.repeat(200_000)}),
    '/silent': () => {},
    '/drip': (response) => {
      response.writeHead(200, {'content-type': 'text/html'});
      const drip = setInterval(() => response.write('x'), 50);
      response.on('close', () => clearInterval(drip));
    },
    '/latin': (response) =>
      html(response, Buffer.from(page('Café in Latin-1'), 'latin1'), {'content-type': 'text/html; charset=utf-8'}),
    '/utf': (response) => html(response, page('Café in UTF-8'), {'content-type': 'text/html; charset=iso-8859-1'}),
    '/members': (response) => redirect(response, '/login?next=/members'),
    '/account': (response) => html(response, page('Your account', '<form><input name=n><input type=password></form>')),
    '/users-only': (response) => response.writeHead(401).end(),
    '/forbidden': (response) => response.writeHead(403).end(),
    '/gone': (response) => response.writeHead(410).end(),
    '/fails': (response) => response.writeHead(500).end(),
    '/busy': (response) => response.writeHead(503, {'retry-after': '0'}).end(),
    '/sorry': (response) => html(response, page('Page not found', '<p>Sorry for that.</p>')),
    '/noindex': (response) => html(response, page('No index', undefined, '<meta name=robots content=noindex>')),
    '/noindex-header': (response) => html(response, page('No index 2'), {'x-robots-tag': 'noindex'}),
    '/nofollow': (response) =>
      html(
        response,
        page('No follow', '<p>Text.</p><a href=/from-nofollow>x</a>', '<meta name=robots content=nofollow>'),
      ),
    '/nofollow-header': (response) =>
      html(response, page('No follow 2', '<p>Text.</p><a href=/from-nofollow-header>x</a>'), {
        'x-robots-tag': 'nofollow',
      }),
    '/copy': (response) => html(response, page('Copy', undefined, '<link rel=canonical href=/original>')),
    '/original': (response) => html(response, page('Original')),
    '/mirror': (response) => setTimeout(() => html(response, page('Original')), 500),
    '/twin-a': (response) => html(response, page('Twin A', undefined, '<link rel=canonical href=/twin-b>')),
    '/twin-b': (response) => html(response, page('Twin B', undefined, '<link rel=canonical href=/twin-a>')),
    '/shop': (response) => html(response, page('Shop', '<p>Things.</p><a href="/shop?sid=2">x</a>')),
    '/app': (response) => html(response, '<title>App</title><div id=app></div><script src=/app.js></script>'),
    '/empty': (response) => html(response, '<main></main>'),
    '/download': (response) => response.writeHead(200, {'content-type': 'application/zip'}).end('PK'),
    '/bytes': (response) => html(response, Buffer.from([60, 0, 1, 2, 0, 200])),
    '/nested': (response) => html(response, `<title>Nested</title>${'<div>'.repeat(200_000)}x`),
    '/broken.pdf': (response) => response.writeHead(200, {'content-type': 'application/pdf'}).end('%PDF-1.7 x'),
  };

  /** Pages that lead to a next one, without end. */
  const endless: readonly (readonly [begin: string, next: (url: URL) => string])[] = [
    ['/calendar', ({searchParams}) => `/calendar?month=${Number(searchParams.get('month')) + 1}`],
    [
      '/days/',
      ({pathname}) => `/days/${new Date(Date.parse(pathname.slice(6, 16)) + 86_400_000).toISOString().slice(0, 10)}/`,
    ],
    ['/s/', ({pathname}) => `/s/${String(Number(pathname.slice(3, 11)) + 1).padStart(8, '0')}/`],
    ['/grow/', () => 'more/'],
    [
      '/filter',
      ({searchParams}) =>
        `/filter?color=${Number(searchParams.get('color')) + 1}&amp;size=${Number(searchParams.get('size')) + 1}`,
    ],
    ['/deep/', ({pathname}) => `${pathname}a`],
  ];

  const site = await listen((request, response) => {
    const path = request.url ?? '/';
    asked.set(path, (asked.get(path) ?? 0) + 1);
    const url = new URL(path, 'http://site');
    const answer = answers[url.pathname];
    const series = endless.find(([begin]) => url.pathname.startsWith(begin));
    if (answer) answer(response);
    else if (url.pathname.startsWith('/hops/') && url.pathname.length < 36) redirect(response, `${url.pathname}z`);
    else if (series) html(response, page(path, `<p>One of many.</p><a href="${series[1](url)}">next</a>`));
    else html(response, page('Our shop', '<p>Have a look around.</p>'));
  });

  return {
    origin: site.origin,
    traps,
    asked,
    reachedNeighbour: () => reached,
    async [Symbol.asyncDispose]() {
      await site.close();
      await neighbour.close();
    },
  };
}
