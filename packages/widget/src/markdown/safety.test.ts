import {expect} from '@open-wc/testing';
import {MarkdownView} from './index.ts';
import {few, load, patience, pieces, whole} from './testing/data.ts';

interface Hostile {
  readonly id: string;
  readonly markdown: string;
}
interface Payload {
  readonly title: string;
  readonly payload: string;
}

const hostile = (await load<{messages: Hostile[]}>('hostile-messages')).messages;
const payloads = await load<Payload[]>('dompurify-expect');
const messages = [
  ...hostile.map(({id, markdown}) => ({name: id, markdown})),
  ...payloads.map(({title, payload}, index) => ({name: title || `payload ${index}`, markdown: payload})),
  ...payloads.map(({title, payload}, index) => ({name: `inline ${title || index}`, markdown: `Text ${payload} text`})),
];

const allowedTags = new Set(
  (
    'a abbr b bdi blockquote br button caption cite code dd del details dfn div dl dt em h3 h4 h5 h6 hr i img input ins kbd li mark ol p ' +
    'pre q rp rt ruby s samp small span strong sub summary sup table tbody td tfoot th thead tr u ul var wbr'
  ).split(' '),
);
const allowedAttributes = new Set(
  'align alt checked cite class data-alt data-host data-misleads data-src datetime dir disabled href lang open rel src start tabindex target title type aria-label'.split(
    ' ',
  ),
);
const ownClasses =
  /^(?:alert \w+|alert-name|code|code folded|code folded growing|code-bar|copy|footnote|footnote-number|image|unfold|lines|lines offscreen|loose|table|table-bar|table-scroll|part|part offscreen|task|language-.*)$/;

/** Lists the faults of an element of a message. */
function faults(element: Element): readonly string[] {
  const wrong: string[] = [];
  if (!allowedTags.has(element.localName) || element.namespaceURI !== 'http://www.w3.org/1999/xhtml') wrong.push('tag');
  for (const {name, value} of element.attributes) {
    if (!allowedAttributes.has(name)) wrong.push(`attribute ${name}`);
    if (name === 'class' && !ownClasses.test(value)) wrong.push(`class ${value}`);
  }
  const href = element.getAttribute('href');
  if (href !== null) {
    const url = new URL(href, document.baseURI);
    if (!['http:', 'https:', 'mailto:', 'tel:'].includes(url.protocol)) wrong.push(`href ${href}`);
    if (element.getAttribute('rel') !== 'noopener noreferrer nofollow') wrong.push('rel');
    if (
      url.origin !== location.origin &&
      url.protocol.startsWith('http') &&
      element.getAttribute('target') !== '_blank'
    )
      wrong.push('target');
  }
  if (element instanceof HTMLImageElement) {
    const url = new URL(element.src, document.baseURI);
    if (url.origin !== location.origin && url.protocol !== 'data:') wrong.push(`src ${element.src}`);
  }
  return wrong;
}

describe('hostile messages', () => {
  const asked: string[] = [];
  const called: string[] = [];
  const natives = {
    alert: globalThis.alert,
    confirm: globalThis.confirm,
    prompt: globalThis.prompt,
    print: globalThis.print,
  };
  let stage: HTMLElement;

  before(() => {
    stage = document.createElement('div');
    document.body.append(stage);
    for (const name of ['alert', 'confirm', 'prompt', 'print'] as const) {
      Reflect.set(globalThis, name, () => {
        called.push(name);
      });
    }
  });
  after(() => {
    stage.remove();
    Object.assign(globalThis, natives);
  });

  /** All foreign addresses that the browser requested since the last call. */
  function foreign(): readonly string[] {
    const entries = performance.getEntriesByType('resource').map(({name}) => name);
    performance.clearResourceTimings();
    return entries.filter((name) => !name.startsWith(location.origin) && !name.startsWith('data:'));
  }

  for (const [way, size] of [
    ['whole', Number.POSITIVE_INFINITY],
    ['streamed', 5],
  ] as const) {
    it(`hostile messages leave nothing unsafe in the DOM, ${way}`, async function () {
      this.timeout(60_000);
      const wrong: string[] = [];
      foreign();
      for (const {name, markdown} of messages) {
        const element = document.createElement('div');
        stage.append(element);
        const view = new MarkdownView(element);
        const check = (): void => {
          for (const each of element.querySelectorAll('*')) {
            for (const fault of faults(each)) wrong.push(`${name}: <${each.localName}> ${fault}`);
          }
        };
        for (const part of size === Number.POSITIVE_INFINITY
          ? [markdown]
          : pieces(markdown, Math.max(size, markdown.length / 100))) {
          view.append(part);
          view.flush();
          if (size < 10) check();
        }
        view.end();
        view.flush();
        await view.idle;
        check();
        for (const link of element.querySelectorAll('a')) {
          link.addEventListener('click', (event) => event.preventDefault());
          link.click();
        }
        for (const each of element.querySelectorAll<HTMLElement>('*')) {
          each.focus();
          each.dispatchEvent(new MouseEvent('mouseover', {bubbles: true}));
        }
        view.destroy();
        element.remove();
      }
      asked.push(...foreign());
      expect(few(wrong)).to.deep.equal([]);
      expect(few(asked)).to.deep.equal([]);
      expect(few(called)).to.deep.equal([]);
    });
  }

  it('labels like __proto__ and constructor reach no prototype', () => {
    whole('[__proto__] [constructor] [toString][]\n\n[__proto__]: /a\n[constructor]: /b "t"\n\n- [x] [toString]');
    expect(Reflect.get({}, 'href')).to.equal(undefined);
    expect(whole('[constructor] [toString]').querySelector('a')).to.equal(null);
    expect(whole('[__proto__]\n\n[__proto__]: /a').querySelector('a')?.getAttribute('href')).to.equal('/a');
  });
});

describe('links', function () {
  this.timeout(patience);

  const link = (markdown: string): HTMLAnchorElement | null => whole(markdown).querySelector('a');

  it('a link shows its host, unless its text names that host', () => {
    expect(link('[my bank](https://evil.example/login)')?.dataset['host']).to.equal('evil.example');
    expect(link('[https://bank.example](https://evil.example)')?.dataset['host']).to.equal('evil.example');
    expect(link('[bank.example](https://bank.example.evil.example)')?.dataset['host']).to.equal(
      'bank.example.evil.example',
    );
    expect(link('<https://bank.example@evil.example/>')?.dataset['host']).to.equal('evil.example');
    expect(link('[x](//evil.example)')?.dataset['host']).to.equal('evil.example');
    expect(link('https://good.example/path')?.dataset['host']).to.equal(undefined);
    expect(link('[good.example](https://www.good.example/path)')?.dataset['host']).to.equal(undefined);
  });

  it('a link with a scheme other than http, https, mailto and tel leads nowhere', () => {
    for (const href of [
      'javascript:alert(1)',
      'JAVASCRIPT:x',
      'java&Tab;script:x',
      'data:text/html,x',
      'file:///etc/passwd',
      'blob:x',
      'ftp://a.example',
    ])
      expect(link(`[text](${href})`)?.hasAttribute('href'), href).to.equal(false);
    for (const href of ['mailto:a@b.example', 'tel:+4930', '/page', '#part', 'https://a.example'])
      expect(link(`[text](${href})`)?.getAttribute('href')).to.equal(href);
  });

  it('a link leads nowhere while its address is incomplete', () => {
    const element = document.createElement('div');
    const view = new MarkdownView(element);
    view.append('see https://exam');
    view.flush();
    expect(element.querySelector('a')?.hasAttribute('href')).to.equal(false);
    view.append('ple.com/a and');
    view.flush();
    expect(element.querySelector('a')?.href).to.equal('https://example.com/a');
    view.destroy();
  });
});

describe('images', function () {
  this.timeout(patience);

  it('an image of another site is a button that names the site, and loads after a click', async () => {
    const element = whole('![a cat](https://cats.example/c.png?d=SECRET "Tom")');
    document.body.append(element);
    const button = element.querySelector('button');
    expect(element.querySelector('img')).to.equal(null);
    expect(button?.textContent).to.equal('Show image from cats.examplea cat');
    button?.click();
    await new Promise<void>((resolve) => {
      new MutationObserver(() => resolve()).observe(element, {childList: true, subtree: true});
    });
    const image = element.querySelector('img');
    expect([image?.src, image?.alt, image?.title, image?.referrerPolicy]).to.deep.equal([
      'https://cats.example/c.png?d=SECRET',
      'a cat',
      'Tom',
      'no-referrer',
    ]);
    image?.removeAttribute('src');
    element.remove();
  });

  it('an image loads without a click only from the page and from the listed origins', () => {
    const kind = (src: string): string | undefined =>
      whole(`![x](${src})`, {imageOrigins: ['https://cdn.example']}).querySelector('img, button')?.localName;
    expect(kind('/picture.png')).to.equal('img');
    expect(kind('data:image/png;base64,AAAA')).to.equal('img');
    expect(kind('https://cdn.example/a.png')).to.equal('img');
    for (const src of [
      'https://cdn.example.evil.example/a.png',
      'https://cdn.example@evil.example/a.png',
      'https://user@cdn.example/a.png',
      'http://cdn.example/a.png',
      'https://cdn.example:8443/a.png',
      '//evil.example/a.png',
    ])
      expect(kind(src), src).to.equal('button');
    // marked encodes backslashes, so they do not act as slashes.
    for (const src of ['\\\\\\\\evil.example/a.png', '/\\evil.example/a.png']) {
      const {src: asked} = whole(`![x](${src})`).querySelector('img') ?? {};
      expect(new URL(asked ?? '').origin, src).to.equal(location.origin);
    }
    for (const src of ['data:image/svg+xml,<svg/>', 'data:text/html,x', 'javascript:alert(1)', 'blob:x'])
      expect(kind(src), src).to.equal(undefined);
  });

  it('an image is not requested before its address is complete', () => {
    const element = document.createElement('div');
    const view = new MarkdownView(element);
    for (const part of pieces('![x](/picture.p')) {
      view.append(part);
      view.flush();
      expect(element.querySelector('img')).to.equal(null);
    }
    view.destroy();
  });
});

describe('raw HTML', function () {
  this.timeout(patience);

  it('raw tags get the attributes that DOMPurify allows, also if it loads later', async () => {
    const element = document.createElement('div');
    const view = new MarkdownView(element);
    view.append(
      'An <abbr title="a word" onclick="alert(1)" style="color:red" id="x">abbr</abbr>\n\n<details open class="y">\n<summary>Sum</summary>\n\n',
    );
    view.append('Text *in* it.\n\n</details>\n\nAfter.');
    view.end();
    await view.idle;
    expect(element.innerHTML).to.equal(
      '<p dir="ltr">An <abbr title="a word">abbr</abbr></p><details open="">\n<summary>Sum</summary>\n<p dir="ltr">Text <em>in</em> it.</p></details><p dir="ltr">After.</p>',
    );
  });

  it('raw tags keep title, dir, lang, cite, datetime and open, and no other attribute', async () => {
    const element = document.createElement('div');
    const view = new MarkdownView(element);
    view.append(
      '<q cite="https://a.example/" dir="rtl" lang="de" title="t" id="i">x</q> <ins datetime="2026-11-29" class="c">y</ins>\n\n' +
        '<details open style="color:red">z</details>',
    );
    view.end();
    await view.idle;
    expect(element.innerHTML).to.equal(
      '<p dir="ltr"><q cite="https://a.example/" dir="rtl" lang="de" title="t">x</q> <ins datetime="2026-11-29">y</ins></p>' +
        '<details open="">z</details>',
    );
  });

  for (const [page, policy] of [
    ['strict.html', 'our policy'],
    ['stricter.html', 'no policy at all'],
  ] as const) {
    it(`a message is rendered under a strict policy that enforces Trusted Types, with ${policy}`, async () => {
      const {html, broken} = await inFrame(page);
      expect(broken).to.deep.equal([]);
      expect(html).to.include('<strong>bold</strong>');
      expect(html).to.include('<math');
      expect(html).to.include('A © and ∳ B');
      expect(html).to.include('<code class="language-js">');
      expect(html).to.include('<abbr title="a word">');
      expect(html).not.to.include('style=');
    });
  }
});

/** Renders the message of `testing/strict.ts` in a page with its own policy. */
async function inFrame(page: string): Promise<{html: string; broken: readonly string[]}> {
  const frame = document.createElement('iframe');
  frame.src = new URL(`testing/${page}`, import.meta.url).href;
  const answer = new Promise<{html: string; broken: readonly string[]}>((resolve) => {
    globalThis.addEventListener('message', ({data, source}) => {
      if (source === frame.contentWindow) resolve(data);
    });
  });
  document.body.append(frame);
  try {
    return await answer;
  } finally {
    frame.remove();
  }
}
