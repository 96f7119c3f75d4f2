/** How blocks look that were found wrong in a chat, by the id of the fault (I). */
import {expect} from '@open-wc/testing';
import {markdownStyles} from './index.ts';
import {patience, whole} from './testing/data.ts';

const sheet = new CSSStyleSheet();
sheet.replaceSync(markdownStyles);

describe('the look of a message', function () {
  this.timeout(patience);
  let stage: HTMLElement;

  beforeEach(() => {
    stage = document.createElement('div');
    stage.style.cssText = 'inline-size:400px;font:15px sans-serif';
    document.body.append(stage);
    document.adoptedStyleSheets.push(sheet);
  });
  afterEach(() => {
    stage.remove();
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((each) => each !== sheet);
  });

  const show = (markdown: string): HTMLElement => {
    const element = whole(markdown);
    stage.replaceChildren(element);
    return element;
  };
  const boxOf = (element: Element | null): DOMRect => element?.getBoundingClientRect() ?? new DOMRect();
  const row = (columns: number, cell: string): string => `|${` ${cell} |`.repeat(columns)}`;

  for (const [columns, word] of [
    [5, 'Temperature'],
    [30, 'Wind'],
    [4, 'OPENAI_BASE_URL'],
    [6, '1013 hPa'],
  ] as const) {
    it(`I-3: a table of ${columns} columns scrolls and breaks no word: ${word}`, () => {
      const element = show(`${row(columns, word)}\n${row(columns, '---')}\n${row(columns, word)}`);
      for (const cell of element.querySelectorAll('th, td')) {
        const range = document.createRange();
        range.selectNodeContents(cell);
        expect(range.getClientRects().length).to.equal(1);
      }
      const scroller = element.querySelector('.table-scroll');
      expect(scroller?.scrollWidth).to.be.greaterThan(scroller?.clientWidth ?? 0);
    });
  }

  it('I-16: the button of a table lies over its header and takes no room', () => {
    const element = show('| a | b |\n|---|---|\n| c | d |');
    const table = boxOf(element.querySelector('.table'));
    expect(boxOf(element.querySelector('thead')).top - table.top).to.be.lessThan(2);
    const button = boxOf(element.querySelector('.copy'));
    expect([button.top > table.top, button.right < table.right, button.height]).to.deep.equal([true, true, 26]);
  });

  for (const lines of [39, 40, 2000]) {
    it(`I-23: code of ${lines} lines is ${lines < 40 ? 'shown' : 'folded, until it is asked for'}`, async () => {
      const element = show(`\`\`\`\n${'let a;\n'.repeat(lines)}\`\`\``);
      const height = boxOf(element.querySelector('pre')).height;
      const button = element.querySelector<HTMLButtonElement>('.unfold');
      if (lines < 40) {
        expect(button).to.equal(null);
        return;
      }
      expect(button?.textContent).to.equal(`Show all ${lines} lines`);
      expect(height).to.be.lessThan(700);
      button?.click();
      while (element.querySelector('.unfold')) await new Promise((resolve) => setTimeout(resolve, 10));
      expect(boxOf(element.querySelector('pre')).height).to.be.greaterThan(lines * 18);
    });
  }

  it('I-26: headings begin at the third level, and the buttons of code name its language', () => {
    const element = show('# a\n\n## b\n\n### c\n\n##### d\n\ne\n===\n\n<h1>f</h1>\n\n```ts\nx\n```\n\n```\ny\n```');
    expect([...element.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(({localName}) => localName)).to.deep.equal([
      'h3',
      'h4',
      'h5',
      'h6',
      'h3',
      'h3',
    ]);
    expect([...element.querySelectorAll('button')].map(({ariaLabel}) => ariaLabel)).to.deep.equal(['Copy, ts', null]);
  });

  it('I-27: an image that is not loaded yet is a card of its own', () => {
    const element = show('Before ![a cat](https://cats.example/c.png) after');
    const card = boxOf(element.querySelector('button.image'));
    expect(card.width).to.equal(320);
    expect(boxOf(element.querySelector('p')).height).to.be.greaterThan(card.height + 40);
  });

  it('I-28: the host of a link is always shown only if the text names another one', () => {
    const shown = (markdown: string): string =>
      getComputedStyle(show(markdown).querySelector('a') ?? stage, '::after').content;
    for (const link of [
      '[docs](https://example.org)',
      '[the example.org docs](https://example.org/x)',
      'https://example.org',
    ])
      expect(shown(link), link).to.equal('none');
    for (const link of [
      '[bank.example](https://evil.example)',
      '[go to bank.example now](https://evil.example)',
      '[x](https://bank.example@evil.example)',
    ])
      expect(shown(link), link).to.include('evil.example');
  });

  it('I-37: items of a list stand apart', () => {
    const [first, second] = show('- a\n- b').querySelectorAll('li');
    expect(boxOf(second ?? null).top - boxOf(first ?? null).bottom).to.be.greaterThan(3);
  });
});
