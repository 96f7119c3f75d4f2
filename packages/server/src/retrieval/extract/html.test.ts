import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {UnreadableDocument} from './extracted.ts';
import {extractHtml} from './html.ts';

function markdownOf(html: string): string {
  return extractHtml(html, 'https://site.example/guide/')
    .parts.map(({markdown}) => markdown)
    .join('\n\n');
}

const menu = '<ul><li><a href=/>Home</a><li><a href=/a>Shop</a><li><a href=/b>Prices</a><li><a href=/c>Team</a></ul>';
const article = '<h1>Lamps</h1><p>A lamp burns for nine hours.</p>';

suite('the article of a page', () => {
  for (const [name, html] of Object.entries({
    'a page with landmarks': `<header>${menu}</header><nav>${menu}</nav><main>${article}</main><footer>© Lamp Ltd</footer>`,
    'a page whose sidebar is longer than its article': `<div class=sidebar>${menu.repeat(20)}</div><div role=main>${article}</div>`,
    'a page with one article': `<div>Sale! ${menu}</div><article>${article}</article><div>Imprint</div>`,
    'a page with menus that only classes name': `<div class="main-menu">${menu}</div>${article}<div class="site_footer">© Lamp Ltd</div>`,
    'a page whose menu has no name at all': `<table><tr><td>${menu}</td></tr></table>${article}`,
    'a page with the name of the site around its menu': `<div class=top><img alt=Lamps src=x><div class=menu>${menu}</div></div>${article}`,
    'a page with breadcrumbs, a cookie notice and hidden parts': `<div class=breadcrumbs>Home › Lamps</div>${article}<div class="cookie-banner">We use cookies.</div><p hidden>No</p><p style="display: none">No</p><p aria-hidden=true>No</p>`,
    'a page with a table of contents': `<main><h1>Lamps</h1><ul><li><a href=#a>One</a><li><a href=#b>Two</a><li><a href=#c>Three</a></ul><p>A lamp burns for nine hours.</p></main>`,
    'a page with scripts, styles, comments and forms': `<script>x</script><style>y</style><!-- c -->${article}<form><input value=v><button>Send</button><select><option>o</select></form>`,
  })) {
    test(`${name} loses all but its article`, () => {
      assert.equal(markdownOf(`<title>Lamps</title><body>${html}`), '# Lamps\n\nA lamp burns for nine hours.');
    });
  }

  test('a heading with an id like the name of a menu stays', () => {
    const html = '<main><section id=navigation><h2 id=menu>Menu</h2><p id=footer-of-a-ship>Text</p></section></main>';
    assert.equal(markdownOf(html), '## Menu {#menu}\n\nText');
  });

  test('a heading stays whose link names the table of contents', () => {
    const html = '<main><h2 class=toc-heading><a class="toc-backref" href=#id1>How?</a></h2><p>So.</p></main>';
    assert.equal(markdownOf(html), '## How?\n\nSo.');
  });

  test('a page of links stays, because they are its article', () => {
    const html = `<main><h1>All pages</h1>${menu}</main>`;
    assert.equal(markdownOf(html), '# All pages\n\n- Home\n- Shop\n- Prices\n- Team');
  });

  test('a panel of tabs stays also if it is hidden', () => {
    assert.equal(markdownOf('<main><div role=tabpanel hidden>pnpm add lamp</div></main>'), 'pnpm add lamp');
  });
});

suite('HTML as Markdown', () => {
  const cases: Readonly<Record<string, readonly [html: string, markdown: string]>> = {
    'text stays as the page shows it': [
      '<p>One<br>two &#8211; &#x2014; &nope; a_b_c *args <b>bold</b> <i>it</i> &lt;branch&gt; [x](y) 3',
      'One\ntwo – — &nope; a_b_c *args bold it <branch> [x](y) 3',
    ],
    'the id of a heading stands behind it': [
      '<h1 id=top>A</h1><section id=s><h2>B<a class=headerlink href=#s>¶</a></h2><p>t</p></section><a name=n></a><h3>C</h3><h2><a id=i></a>D</h2><p>x<h4>E</h4>',
      '# A {#top}\n\n## B {#s}\n\nt\n\n### C {#n}\n\n## D {#i}\n\nx\n\n#### E',
    ],
    'lists are nested and numbered': [
      '<ul><li>a<ul><li>b<li><p>c</p><p>d</p></ul><li>e</ul><ol start=3><li>f<li>g</ol>',
      '- a\n\n  - b\n  - c\n\n    d\n- e\n\n3. f\n4. g',
    ],
    'terms are headings if they have ids, else bold': [
      '<h2>API</h2><dl><dt id=open>open(x)</dt><dd><p>Opens.</p></dd></dl><dl><dt>-v</dt><dd>Loud.</dd></dl>',
      '## API\n\n### open(x) {#open}\n\nOpens.\n\n**-v**\n\nLoud.',
    ],
    'a bold paragraph stays bold, because it is a heading': [
      '<p><b>How?</b></p><p><b>No</b> way</p>',
      '**How?**\n\nNo way',
    ],
    'inline code has enough backticks': ['<p>Use <code>a`b</code>, <kbd> c </kbd>.', 'Use ``a`b``, `c` .'],
    'code keeps every byte': [
      '<div class=highlight-python3><pre><span>if</span> a &lt; b:\n\n    <b>x</b> = "```"  \n</pre></div>',
      '````python3\nif a < b:\n\n    x = "```"  \n````',
    ],
    'numbers of lines and copy buttons are no code': [
      '<table><tr><td class=linenos><pre>1\n2</pre></td><td class=code><pre><code class=language-js>a\nb</code><button>Copy</button></pre></td></tr></table>',
      '```js\na\nb\n```',
    ],
    'code in a list keeps its lines': ['<ol><li>Do<pre>a\n\n  b</pre></ol>', '1. Do\n\n   ```\n   a\n\n     b\n   ```'],
    'a table has its header': [
      '<table><caption>Sizes</caption><tr><th>Name<th>Size</tr><tr><td>A|B<td><p>1</p><p>2</p></tr><tr><td colspan=2>wide</tr></table>',
      '**Sizes**\n\n| Name | Size |\n| --- | --- |\n| A\\|B | 1 2 |\n| wide |  |',
    ],
    'a wide cell of the header is one': [
      '<table><tr><th>A<th colspan=2>B</tr><tr><td>1<td>2<td>3</tr></table>',
      '| A | B |  |\n| --- | --- | --- |\n| 1 | 2 | 3 |',
    ],
    'a cell that reaches down is in each of its rows': [
      '<table><tr><th>A<th>B</tr><tr><td rowspan=2>x<td>1</tr><tr><td>2</tr></table>',
      '| A | B |\n| --- | --- |\n| x | 1 |\n| x | 2 |',
    ],
    'a table for the look is no table': ['<table><tr><td><p>a</p><td><h2>b</h2></table>', 'a\n\n## b'],
    'quotes, pictures, powers, footnotes, addresses and formulas': [
      '<blockquote><p>q</p><p>r</p></blockquote><p><img alt="a map" src=x> 2<sup>10</sup> x<sup><a href=#f1>1</a></sup> <a href="mailto:a@b.example?subject=x">write</a> <math><mi>x</mi><annotation>x^2</annotation></math>',
      '> q\n> \n> r\n\na map 2^10 x write (a@b.example) $x^2$',
    ],
    'text that looks like Markdown does not become a block': [
      '<p># no heading<p>```<p>Anna<br>--<br>#',
      '\\# no heading\n\n\\```\n\nAnna\n\\--\n\\#',
    ],
  };
  for (const [name, [html, markdown]] of Object.entries(cases)) {
    test(name, () => assert.equal(markdownOf(`<main>${html}</main>`), markdown));
  }

  test('any HTML is read in time, or refused', () => {
    for (const html of [
      '<',
      '<pre>'.repeat(2_500),
      '<h1>'.repeat(2_500),
      '<script>'.repeat(2_500),
      '&'.repeat(50_000),
      '<!--'.repeat(2_500),
      '<b><p>'.repeat(500),
    ]) {
      markdownOf(html);
    }
    assert.throws(() => markdownOf('<div>'.repeat(200_000)), UnreadableDocument);
  });
});

suite('what a page says about itself', () => {
  const read = (html: string) => extractHtml(html, 'https://site.example/guide/a');

  test('its title is the heading that the title of the window has too', () => {
    assert.equal(read('<title>Lamps | Shop</title><h1>Lamps</h1>').title, 'Lamps');
    assert.equal(read('<title>Shop</title><h1>Lamps</h1>').title, 'Shop');
    assert.equal(read('<h1>Lamps <a class=headerlink href=#l>¶</a></h1>').title, 'Lamps');
    assert.equal(extractHtml('<p>x', 'https://site.example/guide/get-started.html').title, 'get started');
  });

  test('its language, its last change, its canonical address and its orders to robots', () => {
    const page = read(
      '<html lang=pt-BR><meta property="article:modified_time" content="2024-02-29T10:00:00+01:00"><link rel=canonical href=/b><meta name=robots content="NoIndex, nofollow"><a href=c>c</a>',
    );
    assert.deepEqual(
      [page.language, page.updatedAt, page.canonical, page.isNoIndex, page.links],
      ['pt', '2024-02-29T09:00:00.000Z', 'https://site.example/b', true, []],
    );
    assert.equal(
      read('<script type="application/ld+json">{"dateModified":"2023-01-02"}</script>').updatedAt,
      '2023-01-02T00:00:00.000Z',
    );
  });

  test('its links, as addresses and once, without those that are not to be followed', () => {
    const html =
      '<base href=/docs/><a href=x#y>x</a><a href=x#y>x</a><a rel=nofollow href=z>z</a><a href=mailto:a@b.example>m</a><a href="javascript:x">j</a>';
    assert.deepEqual(read(html).links, ['https://site.example/docs/x#y']);
    assert.equal(read('<meta http-equiv=refresh content="0; url=/new">').movedTo, 'https://site.example/new');
  });

  for (const [emptiness, html] of [
    ['needs-javascript', '<div id=root></div><noscript>Enable JavaScript.</noscript><script src=a.js></script>'],
    ['needs-javascript', '<shop-app></shop-app><script type=module src=a.js></script>'],
    ['login', '<title>Sign in</title><form>Name <input name=n><input type=password></form>'],
    ['not-found', '<title>Oops</title><h1>Page not found</h1><p>Sorry.'],
    ['not-found', '<title>404</title><p>Sorry.'],
    ['no-text', '<p> </p>'],
    [undefined, '<title>Lamps</title><p>A 404 is what a server answers.'],
    [undefined, '<p>Short.</p><script src=a.js></script>'],
  ] as const) {
    test(`${html.slice(0, 40)} is ${emptiness ?? 'a page'}`, () => assert.equal(read(html).emptiness, emptiness));
  }
});
