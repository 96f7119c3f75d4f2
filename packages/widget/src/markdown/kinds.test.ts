/** Faults that were found in answers of models, by kind (K) and case (W): each is right, whole and streamed. */
import {expect} from '@open-wc/testing';
import fc from 'fast-check';
import {MarkdownView} from './index.ts';
import {few, load, patience, pieces, render, whole} from './testing/data.ts';

/** Renders a text whole, and expects the same DOM from pieces of each size. */
function both(markdown: string): HTMLElement {
  const element = whole(markdown);
  for (const size of [1, 3, 7]) {
    const streamed = render(pieces(markdown, size));
    expect(streamed.innerHTML, `${markdown} in pieces of ${size}`).to.equal(element.innerHTML);
  }
  return element;
}

const textOf = (markdown: string): string => both(markdown).textContent.replaceAll(/\s+/g, ' ').trim();

/** The text of each block. */
const blocksOf = (markdown: string): readonly string[] => {
  const element = both(markdown);
  document.body.append(element);
  const lines = element.innerText.split(/\n+/).map((line) => line.trim());
  element.remove();
  return lines.filter(Boolean);
};

describe('K1: no text of an answer vanishes', function () {
  this.timeout(6 * patience);

  for (const [id, markdown, wanted] of [
    ['W01', 'Declare a Queue<Invoice> here, and Dict<int, Shelf<Book>> there.', undefined],
    ['W02', 'Write <script> blocks sparingly.\n\nThis line must stay.', undefined],
    ['W03', 'Before.\n\n<textarea>\nholds several lines.\n\nAfter one.\n\nAfter two.', undefined],
    ['W03', '<textarea> is an element. It has text.', undefined],
    ['W04', '<style> holds rules.\n\nMore *text*.', '<style> holds rules. More text.'],
    ['W05', '<!-- a comment begins so.\n\nText.', undefined],
    ['W07', '<?php echo 1; ?> runs.\n\n<![CDATA[ text ]]> too.', undefined],
    ['W08', '<html> is the root, <body> its child.', undefined],
    ['own', 'A std::vector<std::string> and a Map<key:Value>.', undefined],
    ['own', 'Use <b> for bold, and <i>never</i> <u> or </s>.', 'Use <b> for bold, and never <u> or </s>.'],
    ['own', '**Use `x` and <i> or <em> here**', 'Use x and <i> or <em> here'],
    ['own', '- <main>\n- a <nav> in it\n\n> <aside> stands here', '<main> a <nav> in it <aside> stands here'],
    ['own', '<div>\n<footer>end</footer> <!-- open\n</div>', '<footer>end</footer> <!-- open'],
    ['own', 'a <!-- hidden --> b <script>hidden()</script> c <style>hidden{}</style> d', 'a b c d'],
    ['own', '<!-- hidden\n\nhidden -->\n\n<script>\n\nhidden()\n</script>\n\nshown', 'shown'],
    ['own', `<!-- ${'long '.repeat(1000)}\n\nshown`, undefined],
  ] as const) {
    it(`K1 ${id}: ${JSON.stringify(markdown.slice(0, 50))} is shown as it was written`, () => {
      const bare = (text: string): string => text.replaceAll(/[\s]/g, '');
      expect(bare(textOf(markdown))).to.equal(bare(wanted ?? markdown));
    });
  }

  it('K1 W06: tags in cells of a table are shown', () => {
    const cells = [
      ...both('| Element | Role |\n|---|---|\n| <nav> | links |\n| <div> | a box |').querySelectorAll('td'),
    ];
    expect(cells.map(({textContent}) => textContent)).to.deep.equal(['<nav>', 'links', '<div>', 'a box']);
  });

  it('K1: every character is shown, but for allowed tags in pairs, closed comments, and closed scripts and styles', () => {
    const bits = [
      'word',
      'List<String>',
      '<nav>',
      '</nav>',
      '<Foo a="b">',
      '<script>',
      '</script>',
      '<style>',
      '<!-- c -->',
    ];
    const bit = fc.constantFrom(
      ...bits,
      '<!-- c',
      '<?p',
      '<![CDATA[',
      '<b>',
      '</b>',
      '<p>',
      '</p>',
      '1 < 2',
      '\n',
      '\n\n',
      ' ',
    );
    fc.assert(
      fc.property(fc.array(bit, {minLength: 1, maxLength: 20}), fc.integer({min: 1, max: 9}), (parts, size) => {
        const markdown = parts.join(' ');
        const element = whole(markdown);
        return (
          lost(markdown, element.textContent) === '' && render(pieces(markdown, size)).innerHTML === element.innerHTML
        );
      }),
      {seed: 20_261_129, numRuns: 1500},
    );
  });

  it('K1: no letter of a hostile message is lost', async () => {
    const {messages} = await load<{messages: {readonly markdown: string}[]}>('hostile-messages');
    const payloads = await load<{payload: string}[]>('dompurify-expect');
    const all = [...messages.map(({markdown}) => markdown), ...payloads.map(({payload}) => payload)];
    // Markdown hides characters of its own: addresses, definitions, marks, references to characters.
    const plain = all.filter((markdown) => !/[[\]`\\&|]|^ {4}|\t|<mailto:/m.test(markdown));
    expect(plain.length).to.be.greaterThan(80);
    expect(few(plain.filter((markdown) => lost(markdown, whole(markdown).textContent) !== ''))).to.deep.equal([]);
  });
});

/** The rest of the letters, digits and `<` of a message from the first one on that is not shown. */
function lost(markdown: string, shown: string): string {
  const dropped =
    /<!--(?:-?>|[^]*?-->)|<(script|style)(?=[\s>])[^]*?<\/\1\s*>|<\/?(?:b|p|i|u|a|s|q|code|em|strong|div|pre|h\d|table|t\w+|ul|ol|li|br|hr|ins|del|var|sub|sup|small|details|summary|abbr|mark|kbd|cite|dfn|dl|dt|dd|caption|blockquote|ruby|r[pt]|bdi|samp|wbr)(?=[\s/>])[^<>]*>/gi;
  const wanted = markdown.replace(dropped, '').replace(/[^\p{L}\p{N}<]/gu, '');
  let at = 0;
  for (const character of shown) if (character === wanted[at]) at++;
  return wanted.slice(at);
}

describe('K2: tags of blocks leave a break', function () {
  this.timeout(patience);

  for (const [id, markdown, wanted] of [
    ['W09', '<p>First point.</p><p>Second point.</p>', ['First point.', 'Second point.']],
    ['W10', '<h1>one</h1><h2>two</h2><h3>three</h3>', ['one', 'two', 'three']],
    ['own', 'Text <div>a box</div> more', ['Text', 'a box', 'more']],
    ['own', '<ul><li>one</li><li>two</li></ul>\n\nend', ['one', 'two', 'end']],
    ['own', '<p>Intro\n\n- item\n\nend', ['Intro', 'item', 'end']],
  ] as const) {
    it(`K2 ${id}: ${markdown.slice(0, 40)}`, () => expect(blocksOf(markdown)).to.deep.equal(wanted));
  }
});

describe('K3, K30: Chinese, Japanese and Korean', function () {
  this.timeout(patience);

  for (const [id, markdown, wanted] of [
    ['W11', '**结论。**我们继续。', '<strong>结论。</strong>我们继续。'],
    ['W12', '请看**（附录）**一节', '请看<strong>（附录）</strong>一节'],
    ['W13', '这是*“强调”*的文字', '这是<em>“强调”</em>的文字'],
    [
      'own',
      'これは**「重要」**です。**注意：**以下',
      'これは<strong>「重要」</strong>です。<strong>注意：</strong>以下',
    ],
    ['own', '한국어 **"인용"**은 그렇다', '한국어 <strong>"인용"</strong>은 그렇다'],
    ['own', '已~~（删除）~~完成', '已<del>（删除）</del>完成'],
    ['own', '**bold**, *a*b, a*"b"*c and 2 * 3', '<strong>bold</strong>, <em>a</em>b, a*"b"*c and 2 * 3'],
  ] as const) {
    it(`K3 ${id}: ${markdown}`, () => expect(both(markdown).querySelector('p')?.innerHTML).to.equal(wanted));
  }

  for (const [id, markdown, href] of [
    ['W14', '参考 https://example.org/guide（第二章）再试', 'https://example.org/guide'],
    ['W15', '详见 https://example.org/a。', 'https://example.org/a'],
    ['W16', '打开https://example.org查看', 'https://example.org'],
    ['own', '「https://example.org/b」', 'https://example.org/b'],
    ['own', '見て、www.example.org/c、次', undefined],
    ['own', 'انظر https://example.org/d، ثم', 'https://example.org/d'],
    ['own', 'هل قرأت https://example.org/e؟', 'https://example.org/e'],
    ['own', 'https://example.org/f؛ ثم', 'https://example.org/f'],
    ['own', 'دیکھیں https://example.org/g۔', 'https://example.org/g'],
    ['own', 'https://zh.wikipedia.org/wiki/中文 是', 'https://zh.wikipedia.org/wiki/%E4%B8%AD%E6%96%87'],
  ] as const) {
    it(`K3 ${id}: the address in ${markdown}`, () =>
      expect(both(markdown).querySelector('a')?.getAttribute('href') ?? undefined).to.equal(href));
  }

  for (const [id, name, sentence] of [
    [
      'W38',
      'Chinese',
      (n: number) =>
        `第${n}项说明了配置的含义，其中**关键配置${n}号**，并参考[手册${n}](https://example.org/docs/zh/manual/page-${n}.html)里的\`参数${n}\`部分。`,
    ],
    [
      'W39',
      'Japanese',
      (n: number) =>
        `第${n}項目は設定の意味を説明し、**重要な設定${n}**と[手引き${n}](https://example.org/docs/ja/manual/page-${n}.html)の\`値${n}\`を見る。`,
    ],
    [
      'own',
      'Thai',
      (n: number) =>
        `ข้อความยาวที่ไม่มีช่องว่าง**ตัวหนา${n}**และ[คู่มือ${n}](https://example.org/docs/th/manual/page-${n}.html)ของ\`ค่า${n}\``,
    ],
    [
      'own',
      'links side by side',
      (n: number) => `[link${n}](https://example.org/docs/en/a/rather/long/manual/page-${n}.html)**b${n}**\`c${n}\``,
    ],
  ] as const) {
    it(`K30 ${id}: a long paragraph without spaces has no raw marks: ${name}`, () => {
      for (let lead = 0; lead < 40; lead++) {
        const markdown = 'x'.repeat(lead) + Array.from({length: 20}, (_, index) => sentence(index)).join('');
        const element = lead % 13 ? whole(markdown) : both(markdown);
        const count = ['a', 'strong', 'code'].map((tag) => element.querySelectorAll(tag).length);
        expect(count, `${lead}`).to.deep.equal([20, 20, 20]);
      }
    });
  }
});

describe('K4: one tilde strikes nothing', function () {
  this.timeout(patience);

  for (const [id, markdown] of [
    ['W17', 'Lead time 3~5 days, cost 40~60 EUR'],
    ['W18', 'From ~10 to ~20, in ~/home and ~/tmp'],
    ['own', '~a~ and ~~~b~~~ and x ~ y ~ z'],
    ['own', '约5~10天，共20~30个'],
  ] as const) {
    it(`K4 ${id}: ${markdown}`, () => {
      const element = both(markdown);
      expect([element.textContent, element.querySelector('del')]).to.deep.equal([markdown, null]);
    });
  }

  it('K4: two tildes strike', () => expect(both('a ~~b~~ c~~d~~').querySelectorAll('del').length).to.equal(2));
});

describe('K6: names of characters that do not exist stay', function () {
  this.timeout(patience);

  for (const [id, markdown, wanted] of [
    ['W23', 'Marks: &parag; and &copyright; and &notable;', 'Marks: &parag; and &copyright; and &notable;'],
    ['own', '&semi; &para; &notin; &amp; &nope; &ltx; &CounterClockwiseContourIntegral;', '; ¶ ∉ & &nope; &ltx; ∳'],
  ] as const) {
    it(`K6 ${id}: ${markdown}`, () => expect(textOf(markdown)).to.equal(wanted));
  }
});

describe('K7: formulas', function () {
  this.timeout(patience);

  for (const [id, markdown] of [
    ['W25', 'Area is \\(\\pi r^2\\), sum \\,x\\, (no attribute)'],
    ['W25', '\\[\\int_0^1 x^2\\,dx = \\frac{1}{3}\\]'],
    ['W27', 'So $$\\int e^{-x^2}\\,dx$$ and $$a_1 * b_1 * c_1$$ are'],
    ['own', '\\(a_1 + \\{b_1\\} * c\\) and \\(d * e\\)'],
    ['own', 'It costs $5 and not $6.'],
  ] as const) {
    it(`K7 ${id}: ${markdown} is unharmed without formulas`, () => expect(textOf(markdown)).to.equal(markdown));
  }
});

describe('K9: what is streamed equals what is whole', function () {
  this.timeout(patience);

  for (const markdown of [
    '- [x] title\n  ---\n',
    '- [ ] a | b\n  --|--\n  c | d\n',
    '- [x] [a]: /u\n- [ ] task',
    '1. [x] title\n   ===\n\ntext',
  ])
    it(`K9 W32: ${JSON.stringify(markdown)}`, () => both(markdown));
});

describe('K11: links', function () {
  this.timeout(patience);

  it('K11 W34: an image within a link loads, and the link is not followed', async () => {
    const element = whole('[![badge](https://img.example/b.svg)](https://example.com/target)');
    document.body.append(element);
    const click = new MouseEvent('click', {bubbles: true, cancelable: true});
    element.querySelector('button')?.dispatchEvent(click);
    expect(click.defaultPrevented).to.equal(true);
    element.remove();
  });

  it('I-26 tells headings without a gap between their levels, whatever the first has', () => {
    const element = both('### A\n\n#### B\n\n###### C\n\n### D\n\nE\n===\n\n###### F');
    const levels = [...element.querySelectorAll<HTMLElement>('h3, h4, h5, h6')].map(
      ({ariaLevel, localName, textContent}) => (ariaLevel ?? localName.slice(1)) + textContent,
    );
    expect(levels).to.deep.equal(['3A', '4B', '5C', '3D', '3E', '4F']);
  });

  it('K11 W35: #section leads to the heading of the message, not to another page', async () => {
    const element = both(
      '[Jump](#the-second-part) and [more](#n-a)\n\n# First\n\ntext\n\n## The *second* part!\n\nend',
    );
    document.body.append(element);
    const [link, other] = element.querySelectorAll('a');
    expect([link?.target, other?.target]).to.deep.equal(['', '']);
    const before = location.href;
    other?.click();
    link?.click();
    await until(() => document.activeElement?.localName === 'h4');
    expect(location.href).to.equal(before);
    element.remove();
  });
});

describe('K5: beyond GFM', function () {
  this.timeout(patience);

  it('K5 W20: a footnote has a number that leads to it', async () => {
    const element = both('Water was tested[^w]. Twice[^2], as said[^w].\n\n[^w]: By the **lab**.\n[^2]: Lab.\n\nEnd.');
    expect(element.querySelector('p')?.textContent).to.equal('Water was tested1. Twice2, as said1.');
    expect([...element.querySelectorAll('.footnote')].map(({textContent}) => textContent)).to.deep.equal([
      '1 By the lab.',
      '2 Lab.',
    ]);
    document.body.append(element);
    element.querySelector<HTMLButtonElement>('sup .footnote-number')?.click();
    await until(() => document.activeElement?.parentElement?.className === 'footnote');
    element.remove();
  });

  for (const [id, markdown, wanted] of [
    ['W20', 'No note[^x] and a class [^a-z].', 'No note[^x] and a class [^a-z].'],
    ['own', 'A[^1].\n\n[^1]: One.\n    Two.\n\nThree.', 'A1. 1One.Two.Three.'],
    ['own', '[^a]: first\nlazy\n[^b]: next\n\n[^a] [^b]', '1first lazy2next1 2'],
    ['own', '- item[^n]\n  [^n]: a **b**\n[^z]: c', 'item1 1ab2c'],
  ] as const) {
    it(`K5 ${id}: ${JSON.stringify(markdown)}`, () =>
      expect(textOf(markdown).replaceAll(' ', '')).to.equal(wanted.replaceAll(' ', '')));
  }

  it('K5 W21: a GitHub alert has its name and its class', () => {
    const quotes = both('> [!NOTE]\n> Text *here*.\n\n> [!warning]\n>\n> - a\n\n> [!nothing]\n> x\n\n> [!TIP] x');
    expect(
      [...quotes.querySelectorAll('blockquote')].map((each) => [each.className, each.innerText.trim()]),
    ).to.deep.equal([
      ['alert note', 'NoteText here.'],
      ['alert warning', 'Warninga'],
      ['', '[!nothing]\nx'],
      ['', '[!TIP] x'],
    ]);
  });

  it('K5 W21: a GitHub alert has its name in the words of the page, in whatever case it is written', () => {
    const element = document.createElement('div');
    const alerts = {note: 'Hinweis', tip: 'Tipp', important: 'Wichtig', warning: 'Warnung', caution: 'Vorsicht'};
    const kinds = ['note', 'TIP', 'Important', 'WARNING', 'caution', 'constructor'];
    const view = new MarkdownView(element, {words: {alerts}});
    view.append(kinds.map((kind) => `> [!${kind}]\n> x`).join('\n\n'));
    view.end();
    view.flush();
    expect([...element.querySelectorAll('.alert-name')].map(({textContent}) => textContent)).to.deep.equal(
      Object.values(alerts),
    );
  });

  it('K5 W22: a page shows code of a language in its own way, once it is complete', async () => {
    const seen: string[] = [];
    const element = document.createElement('div');
    const view = new MarkdownView(element, {
      renderers: {
        mermaid: (source, container) => {
          seen.push(source);
          container.append(`a diagram of ${source.length}`);
        },
        broken: () => {
          throw new Error('no');
        },
      },
    });
    for (const part of pieces('```mermaid\ngraph TD\n A-->B\n```\n\n```broken\nx\n```\n\n```constructor\ny\n```\n')) {
      view.append(part);
      view.flush();
    }
    view.end();
    await view.idle;
    expect(seen).to.deep.equal(['graph TD\n A-->B\n']);
    const [diagram, broken, plain] = element.querySelectorAll('.code');
    expect(diagram?.querySelector('.rendered')?.textContent).to.equal('a diagram of 16');
    expect(diagram?.querySelector('pre')?.hidden).to.equal(true);
    expect(diagram?.querySelector('code')?.textContent).to.equal('graph TD\n A-->B\n');
    expect([broken?.querySelector('pre')?.hidden, plain?.querySelector('.rendered')]).to.deep.equal([false, null]);
  });
});

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 10));
}
