import {expect} from '@open-wc/testing';
import {codeStyles} from './highlight.ts';
import {markdownStyles, MarkdownView, warmUp} from './index.ts';
import {firstDifference, mixed, patience, pieces, render, whole} from './testing/data.ts';

let stage: HTMLElement;
beforeEach(() => {
  stage = document.createElement('div');
  document.body.append(stage);
});
afterEach(() => stage.remove());

describe('MarkdownView', function () {
  this.timeout(patience);

  it('the DOM changes once a frame, even if many pieces arrive', async () => {
    const view = new MarkdownView(stage);
    let turns = 0;
    const observer = new MutationObserver(() => turns++);
    observer.observe(stage, {subtree: true, childList: true, characterData: true});
    for (const part of pieces('Hello **world**, how are you?')) view.append(part);
    expect(stage.textContent).to.equal('');
    await view.idle;
    await Promise.resolve();
    expect(turns).to.equal(1);
    expect(stage.querySelector('p')?.innerHTML).to.equal('Hello <strong>world</strong>, how are you?');
    observer.disconnect();
    view.destroy();
  });

  it('the page can do other work between the slices of a long text', async function () {
    this.timeout(6 * patience);
    const view = new MarkdownView(stage);
    view.append(mixed(800));
    view.end();
    let turns = 0;
    let done = false;
    const {port1, port2} = new MessageChannel();
    const turned = new Promise<void>((resolve) => {
      port1.onmessage = () => {
        if (done) {
          resolve();
          return;
        }
        turns++;
        port2.postMessage(undefined);
      };
    });
    port2.postMessage(undefined);
    await view.idle;
    done = true;
    port2.postMessage(undefined);
    await turned;
    port1.close();
    expect(turns).to.be.greaterThan(2);
    expect(stage.querySelectorAll('h4').length).to.equal(800);
    view.destroy();
  });

  it('flush() renders everything at once', () => {
    const view = new MarkdownView(stage);
    view.append('# Title\n\nText');
    view.end();
    view.flush();
    expect(stage.innerHTML).to.equal('<h3 dir="ltr">Title</h3><p dir="ltr">Text</p>');
    view.destroy();
  });

  it('a destroyed view renders nothing more', async () => {
    const view = new MarkdownView(stage);
    view.append('gone');
    view.destroy();
    await view.idle;
    expect(stage.textContent).to.equal('');
  });

  it('selections in finished text, an open paragraph and an open fence stay while text arrives', () => {
    const view = new MarkdownView(stage);
    view.append('First **bold** paragraph.\n\nSecond paragraph that goes');
    view.flush();
    const select = (text: string): Range => {
      const walker = document.createTreeWalker(stage, NodeFilter.SHOW_TEXT);
      while (walker.nextNode()) {
        const node = walker.currentNode;
        const at = node.textContent?.indexOf(text) ?? -1;
        if (at === -1) continue;
        const range = document.createRange();
        range.setStart(node, at);
        range.setEnd(node, at + text.length);
        return range;
      }
      throw new Error(`"${text}" is not there.`);
    };
    const ranges = [select('bold'), select('Second paragraph')];
    view.append(' on and *on*.\n\n```js\nconst one = 1;\nconst two');
    view.flush();
    ranges.push(select('const one'));
    for (const part of pieces(` = 2;\n\`\`\`\n\n${mixed(2)}`, 5)) {
      view.append(part);
      view.flush();
    }
    view.end();
    view.flush();
    expect(ranges.map(String)).to.deep.equal(['bold', 'Second paragraph', 'const one']);
    view.destroy();
  });

  it('<details> that the reader has opened stay open', () => {
    const view = new MarkdownView(stage);
    view.append('<details>\n<summary>More</summary>\n\nInside\n\n</details>\n\nText');
    view.flush();
    const details = stage.querySelector('details');
    details?.setAttribute('open', '');
    for (const part of pieces(mixed(1), 9)) {
      view.append(part);
      view.flush();
    }
    expect(stage.querySelector('details')).to.equal(details);
    expect(details?.open).to.equal(true);
    expect(details?.textContent.trim()).to.equal('More\nInside');
    view.destroy();
  });

  it('a reference becomes a link in place when its definition arrives', () => {
    const view = new MarkdownView(stage);
    view.append('Before, see [the **bold** page][1] and [other], after.\n\n');
    view.flush();
    const [before] = stage.querySelector('p')?.childNodes ?? [];
    const strong = stage.querySelector('strong');
    expect(stage.textContent).to.equal('Before, see [the bold page][1] and [other], after.');
    view.append('[1]: https://a.example\n[OTHER]: /other "Title"\n\nEnd');
    view.end();
    view.flush();
    const paragraph = stage.querySelector('p');
    expect(paragraph?.textContent).to.equal('Before, see the bold page and other, after.');
    expect([...(paragraph?.querySelectorAll('a') ?? [])].map(({textContent}) => textContent)).to.deep.equal([
      'the bold page',
      'other',
    ]);
    expect(paragraph?.firstChild).to.equal(before);
    expect(paragraph?.querySelector('strong')).to.equal(strong);
    view.destroy();
  });

  it('nodes around references stay when many of them get their definitions at once', () => {
    const words = 'Some **bold** words, `code`, [a link](https://x.example/y). ';
    const texts = [
      'See [one][r] and [two] here, **bold**.',
      'See [one][r] r] and [two] here, **bold**.',
      'See [one][r][two] here, **bold**.',
      'See [one *em* x][r] and [`two`][two], **bold [two] x**, [r] [two] *end*.',
      `${words.repeat(40)}see [one][r] ${words.repeat(40)}`,
      Array.from({length: 40}, () => `${words.repeat(2)} see [one][r] and [two].`).join(' '),
    ];
    for (const text of texts) {
      stage.replaceChildren();
      const view = new MarkdownView(stage);
      view.append(`${text}\n\nNext.\n\n`);
      view.flush();
      const before = [...stage.querySelectorAll('p:first-child *')];
      view.append('[r]: https://r.example/x\n[two]: https://two.example\n\n');
      view.end();
      view.flush();
      expect(
        before.every((node) => stage.contains(node)),
        text,
      ).to.equal(true);
      expect(before.length, text).to.be.lessThan(stage.querySelectorAll('p:first-child *').length);
      view.destroy();
    }
  });
});

describe('warmUp', function () {
  this.timeout(patience);

  it('warmUp() leaves nothing behind on the page', async () => {
    const before = document.documentElement.outerHTML;
    warmUp();
    await new Promise((resolve) => {
      requestIdleCallback(() => requestIdleCallback(resolve));
    });
    expect(firstDifference(document.documentElement.outerHTML, before)).to.equal('');
  });
});

describe('direction', function () {
  this.timeout(patience);

  it('each block has the direction of its first letter, and code is always left-to-right', () => {
    stage.append(
      whole(
        'שלום **world**\n\nHello שלום\n\n- مرحبا `code`\n- item\n\n> نص\n\n# עברית\n\n12 + 3\n\n```py\nx = "שלום"\n```\n\n| שם | Name |\n|---|---|\n| א | a |\n',
      ),
    );
    const direction = (selector: string): string[] =>
      [...stage.querySelectorAll(selector)].map((each) => getComputedStyle(each).direction);
    expect(direction('p:not(li p, blockquote p)')).to.deep.equal(['rtl', 'ltr', 'ltr']);
    expect(direction('li')).to.deep.equal(['rtl', 'ltr']);
    expect(direction('blockquote p')).to.deep.equal(['rtl']);
    expect(direction('h3')).to.deep.equal(['rtl']);
    expect(direction('th, td')).to.deep.equal(['rtl', 'ltr', 'rtl', 'ltr']);
    expect(direction('code')).to.deep.equal(['ltr', 'ltr']);
  });

  it('the direction is set with the first letter', () => {
    const view = new MarkdownView(stage);
    view.append('1. **ש');
    view.flush();
    expect(stage.querySelector('li')?.dir).to.equal('rtl');
    view.destroy();
  });
});

describe('the buttons of a message', function () {
  this.timeout(patience);

  let copied: string[];
  const clipboard = navigator.clipboard.writeText.bind(navigator.clipboard);
  beforeEach(() => {
    copied = [];
    navigator.clipboard.writeText = (text) => {
      copied.push(text);
      return Promise.resolve();
    };
  });
  afterEach(() => {
    navigator.clipboard.writeText = clipboard;
  });

  it('the copy button copies code as it was written, and says so', async () => {
    stage.append(whole(`\`\`\`ts\n${'const a = "<b>&amp;";\n'.repeat(70)}\`\`\``));
    const button = stage.querySelector('button');
    button?.click();
    await changed(button);
    expect(copied).to.deep.equal(['const a = "<b>&amp;";\n'.repeat(70)]);
    expect(button?.textContent).to.equal('Copied');
  });

  it('the copy button copies a table with tabs between its cells', async () => {
    stage.append(whole('| a | **b** |\n|---|---|\n| x \\| y | `2` |\n| long  text |'));
    const button = stage.querySelector('button');
    button?.click();
    await changed(button);
    expect(copied).to.deep.equal(['a\tb\nx | y\t2\nlong text\t']);
  });

  it('buttons speak the language of the page', () => {
    const element = whole('```\nx\n```\n\n![x](https://a.example/x.png)', {
      words: {copyCode: 'Kopieren', loadImage: (host) => `Bild von ${host} laden`},
    });
    expect([...element.querySelectorAll('button')].map(({textContent}) => textContent)).to.deep.equal([
      'Kopieren',
      'Bild von a.example ladenx',
    ]);
  });
});

describe('lists', function () {
  this.timeout(patience);

  it('a list turns loose without a change of its nodes', () => {
    const view = new MarkdownView(stage);
    view.append('- one\n- two\n');
    view.flush();
    const items = [...stage.querySelectorAll('li, li *')];
    expect(stage.querySelector('ul')?.className).to.equal('');
    view.append('\n- three\n');
    view.flush();
    expect(stage.querySelector('ul')?.className).to.equal('loose');
    expect([...stage.querySelectorAll('li, li *')].slice(0, items.length)).to.deep.equal(items);
    view.destroy();
  });

  it('tasks are checkboxes with a label for screen readers', () => {
    stage.append(render(pieces('- [ ] open\n- [x] done\n- [a] text\n')));
    const boxes = [...stage.querySelectorAll('input')];
    expect(boxes.map(({checked, disabled, ariaLabel}) => [checked, disabled, ariaLabel])).to.deep.equal([
      [false, true, 'To do'],
      [true, true, 'Done'],
    ]);
    expect(stage.querySelector('li:last-child')?.textContent).to.equal('[a] text');
  });
});

describe('blocks', function () {
  this.timeout(patience);

  it('quotes and lists nest 32 deep, and deeper ones are text', () => {
    expect(whole(`${'>'.repeat(40)} x`).querySelectorAll('blockquote').length).to.equal(32);
    expect(whole(`${'- '.repeat(40)}x`).querySelectorAll('ul').length).to.equal(32);
  });

  it('the beginning of a block is shown before its line is complete, also behind another block', () => {
    const before = [
      '',
      '> quote\n',
      '- item\n',
      '| a |\n|---|\n| b |\n',
      '```\ncode\n```\n',
      '# h\n',
      '---\n',
      'text\n\n',
      '    code\n',
    ];
    const next = ['# Next', '> Next', '- Next', '1. Next', '| Next', '```\nNext', '**Next'];
    const hidden = before
      .flatMap((each) => next.map((start) => each + start))
      .filter((text) => {
        const view = new MarkdownView(stage);
        view.append(text);
        view.flush();
        const shown = stage.textContent;
        view.destroy();
        stage.replaceChildren();
        return !shown.includes('Next');
      });
    expect(hidden).to.deep.equal([]);
  });
});

describe('a long message', function () {
  this.timeout(patience);

  it('a first line that only looked like the header of a table is text again with the second', () => {
    const view = new MarkdownView(stage);
    view.append('| no table');
    view.flush();
    expect(stage.querySelector('th')?.textContent).to.equal('no table');
    view.append('\nbut words');
    view.flush();
    expect(stage.querySelector('table')).to.equal(null);
    expect(stage.querySelector('p')?.textContent).to.equal('| no table\nbut words');
    view.destroy();
  });

  it('three tildes within a line mark nothing, also while the line grows', () => {
    const view = new MarkdownView(stage);
    view.append('One ~~~two');
    view.flush();
    expect(stage.querySelector('p')?.innerHTML).to.equal('One ~~~two');
    view.destroy();
  });

  it('a long message is split into parts, and a short one is not', () => {
    expect(whole('One.\n\nTwo.').querySelector('.part')).to.equal(null);
    const text = `${'Some words of a paragraph. '.repeat(20)}\n\n`.repeat(40);
    const element = whole(text);
    const sizes = [...element.querySelectorAll('.part')].map(({textContent}) => textContent.length);
    expect(element.textContent.length).to.be.greaterThan(20_000);
    expect(sizes.length).to.be.greaterThan(4);
    expect(Math.max(...sizes)).to.be.lessThan(4000);
  });

  it('the parts do not depend on the pieces of the text, even if a line looks like another block at first', () => {
    const paragraph = `${'word '.repeat(610)}\n`;
    const ends = [
      '\n#tag',
      '1986. A year',
      '\n\n[a]: /u\n',
      '\n\n|a|\n|-|\n|b|',
      '\n- x\n- y',
      '2) no',
      '+x',
      '\n<b>b</b>',
    ];
    // The line begins a second part, a third one, or stands within the second one.
    for (const filler of [paragraph, `${paragraph}\n${paragraph}`, `${paragraph}\nShort.\n`]) {
      for (const end of ends.flatMap((each) => [each, `${each}\n\nMore`])) {
        const streamed = render([filler, ...pieces(end)]);
        expect(firstDifference(streamed.innerHTML, whole(filler + end).innerHTML), end).to.equal('');
      }
    }
  });
});

describe('content off the screen', function () {
  this.timeout(patience);

  const long = {
    paragraphs: (count: number) => `${'Some words of a paragraph. '.repeat(20)}\n\n`.repeat(count),
    code: (count: number) => `\`\`\`\n${'const line = 1;\n'.repeat(count * 20)}`,
    'a list': (count: number) => '- an item\n'.repeat(count * 24),
    'a table': (count: number) => `| a | b |\n|---|---|\n${'| cell | cell |\n'.repeat(count * 24)}`,
  };
  const sheet = new CSSStyleSheet();
  let box: HTMLElement;
  beforeEach(() => {
    sheet.replaceSync(markdownStyles);
    document.adoptedStyleSheets.push(sheet);
    stage.style.cssText = 'block-size: 400px; overflow-y: auto';
    box = document.createElement('div');
    stage.append(box);
  });
  afterEach(() => {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((each) => each !== sheet);
  });

  /** Streams a text, some hundred characters in each frame, and scrolls to its end. */
  async function follow(text: string, afterEach: () => void): Promise<void> {
    const view = new MarkdownView(box);
    for (let at = 0; at < text.length; at += 600) {
      view.append(text.slice(at, at + 600));
      await view.idle;
      afterEach();
      stage.scrollTop = stage.scrollHeight;
    }
    view.destroy();
  }

  for (const [name, write] of Object.entries(long)) {
    it(`a box is marked as off the screen when it is, and no sooner: ${name}`, async () => {
      const seen = new Set<Element>();
      await follow(write(36), () => {
        for (const each of box.querySelectorAll('.offscreen')) {
          if (!seen.has(each)) {
            expect(each.getBoundingClientRect().bottom).to.be.lessThan(stage.getBoundingClientRect().top);
          }
          seen.add(each);
        }
      });
      expect(seen.size).to.be.greaterThan(2);
      await new Promise(requestAnimationFrame);
      const [first] = seen;
      expect(getComputedStyle(first ?? stage).contentVisibility).to.equal('auto');
    });
  }

  for (const [name, write] of Object.entries(long)) {
    it(`a box is far from the screen when it is marked, even if much text arrives in a frame: ${name}`, async () => {
      stage.style.inlineSize = '600px';
      const found: Element[] = [];
      const note = (event: Event): void => {
        if (!(event instanceof ContentVisibilityAutoStateChangeEvent) || event.skipped) return;
        if (event.target instanceof Element) found.push(event.target);
      };
      box.addEventListener('contentvisibilityautostatechange', note, {capture: true});
      const end = new ResizeObserver(() => (stage.scrollTop = stage.scrollHeight));
      end.observe(box);
      const text = write(24);
      const view = new MarkdownView(box);
      for (let at = 0; at < text.length; at += 4000) {
        view.append(text.slice(at, at + 4000));
        await view.idle;
        await new Promise(requestAnimationFrame);
      }
      view.append(text);
      view.append(text);
      await view.idle;
      await new Promise(requestAnimationFrame);
      await new Promise(requestAnimationFrame);
      expect(box.querySelectorAll('.offscreen').length).to.be.greaterThan(2);
      // If a marked box is near the screen, the browser lays out the box and the page again in the same frame.
      expect(found.map(({className}) => className)).to.deep.equal([]);
      end.disconnect();
      view.destroy();
    });
  }

  it('a part off the screen keeps its height', async () => {
    const heights = new Map<Element, number>();
    await follow(long.paragraphs(40), () => {
      for (const part of box.querySelectorAll('.part:not(.offscreen, :last-child)')) {
        heights.set(part, part.getBoundingClientRect().height);
      }
    });
    const offscreen = [...box.querySelectorAll('.offscreen')];
    expect(offscreen.length).to.be.greaterThan(3);
    for (const part of offscreen) expect(part.getBoundingClientRect().height).to.equal(heights.get(part));
  });
});

describe('code', function () {
  this.timeout(patience);

  it('code is split into boxes of lines, so that a new line does not lay out the old ones', () => {
    stage.append(whole(`\`\`\`\n${'line\n'.repeat(100)}\`\`\``));
    const boxes = [...stage.querySelectorAll('code > span')];
    expect(boxes.map(({className}) => className)).to.deep.equal(['lines', 'lines', 'lines', 'lines']);
    expect(boxes.map(({textContent}) => textContent.split('\n').length - 1)).to.deep.equal([32, 32, 32, 4]);
    expect(stage.querySelector('code')?.textContent).to.equal('line\n'.repeat(100));
  });

  it('code on the screen is coloured without a change of its nodes', async () => {
    const element = render(pieces('```js\nconst text = "a & b"; // why\n```\n\nEnd.', 4));
    const nodes = element.innerHTML;
    stage.append(element);
    await until(() => paintedIn(element).length > 0);
    expect(paintedIn(element)).to.have.members(['keyword: const', 'string: "a & b"', 'comment: // why']);
    expect(element.innerHTML).to.equal(nodes);
    const keyword = getComputedStyle(element.querySelector('code') as Element, '::highlight(chatlet-keyword)');
    expect(keyword.color).not.to.equal(getComputedStyle(element).color);
  });

  it('M-141: code loses its painted ranges when its view is destroyed, and when it leaves the screen', async () => {
    const view = new MarkdownView(stage);
    view.append('```js\nconst first = 1;\n```\n');
    view.end();
    const other = render(['```js\nconst second = 2;\n```\n']);
    stage.append(other);
    await until(() => paintedIn(stage).length === 4);
    other.remove();
    await until(() => paintedIn(other).length === 0);
    expect(paintedIn(stage)).to.have.members(['keyword: const', 'number: 1']);
    view.destroy();
    await until(() => paintedIn(stage).length === 0);
  });

  it('code that comes back to the screen is coloured again', async () => {
    const element = render(['```js\nconst text = 1;\n```\n']);
    stage.append(element);
    await until(() => paintedIn(element).length > 0);
    const before = paintedIn(element);
    element.remove();
    await until(() => paintedIn(element).length === 0);
    stage.append(element);
    await until(() => paintedIn(element).length > 0);
    expect(paintedIn(element)).to.have.members(before);
  });

  it('code and tables that scroll can be reached with the keyboard', () => {
    const element = whole('```\nx\n```\n\n| a |\n|---|\n| b |\n');
    const scrollers = [...element.querySelectorAll<HTMLElement>('pre, .table-scroll')];
    expect(scrollers.map(({tabIndex}) => tabIndex)).to.deep.equal([0, 0]);
  });

  it('M-139, M-157: every language and every alias is coloured', async () => {
    const languages: readonly Sample[] = [
      ['bash sh shell zsh console', 'if true; then echo "hi"; fi', 'keyword: if'],
      ['c h', 'int f(void) { return 1; }', 'keyword: return'],
      ['cpp c++ cc', 'template <class T> class X;', 'keyword: template'],
      ['csharp cs c#', 'namespace A;', 'keyword: namespace'],
      ['css', 'a { color: red }', 'attribute: color'],
      ['diff patch', '+ added', 'string: + added'],
      ['go golang', 'func main() {}', 'keyword: func'],
      ['ini toml env', 'key = "value"', 'string: "value"'],
      ['java', 'public class X {}', 'keyword: public'],
      ['javascript js jsx mjs', 'const a = 1;', 'keyword: const'],
      ['json jsonc', '{"a": 1}', 'attribute: "a"'],
      ['kotlin kt', 'fun main() {}', 'keyword: fun'],
      ['php', '<?php echo 1;', 'keyword: echo'],
      ['python py', 'def f(): pass', 'keyword: def'],
      ['ruby rb', 'def f; end', 'keyword: def'],
      ['rust rs', 'fn main() {}', 'keyword: fn'],
      ['sql', 'SELECT 1 FROM t', 'keyword: SELECT'],
      ['swift', 'func f() {}', 'keyword: func'],
      ['typescript ts tsx', 'interface A {}', 'keyword: interface'],
      ['xml html svg vue', '<a b="c"/>', 'attribute: b'],
      ['yaml yml', 'a: 1', 'attribute: a:'],
    ];
    await expectPainted(languages);
  });

  it('the scopes of highlight.js have the colours of the palette', async () => {
    await expectPainted([
      ['js', '/** @type {X} */\nconst a = [/b+/g, true, `${c}`];', 'keyword: @type', 'string: /b+/g', 'keyword: true'],
      ['ts', 'class A { b: string }', 'title: A', 'keyword: string'],
      ['css', 'a .b #c { color: #fff }', 'keyword: a', 'title: .b', 'title: #c', 'number: #fff'],
      ['diff', '@@ -1 +1 @@\n+ a\n- b', 'comment: @@ -1 +1 @@', 'string: + a', 'attribute: - b'],
      ['py', '@d\ndef f(): print(1)', 'comment: @d', 'title: f', 'keyword: print', 'number: 1'],
      ['xml', '<a b="c"/>', 'keyword: a', 'string: "c"'],
      ['yaml', '- a: 1', 'number: -'],
      ['ini', '[part]', 'title: [part]'],
      ['rb', ':sym', 'number: :sym'],
      ['php', '<?php $x = 1;', 'attribute: $x'],
      ['c', 'int a;', 'title: int'],
    ]);
  });
});

describe('math', function () {
  this.timeout(patience);

  it('formulas are text unless math is on', () => {
    expect(whole('It costs $5 and $6.').textContent).to.equal('It costs $5 and $6.');
  });

  it('M-163: a formula cannot be larger than 20 em', async () => {
    const view = new MarkdownView(stage, {math: true});
    view.append('$\\rule{500em}{20em}$');
    view.end();
    await view.idle;
    const rule = stage.querySelector('mspace');
    expect([rule?.getAttribute('width'), rule?.getAttribute('height')]).to.deep.equal(['20em', '20em']);
    view.destroy();
  });

  it('formulas become MathML, which is the same for whole and streamed text', async () => {
    const text = 'Inline $a_1 * b_2$ and \\(c\\), costs $5.\n\n$$\n\\int_0^1 x\\,dx\n$$\n\nEnd.';
    const show = async (parts: readonly string[]): Promise<string> => {
      const element = document.createElement('div');
      const view = new MarkdownView(element, {math: true});
      for (const part of parts) {
        view.append(part);
        view.flush();
      }
      view.end();
      await view.idle;
      expect(element.querySelectorAll('math').length).to.equal(3);
      expect(element.querySelector('[style]')).to.equal(null);
      return element.innerHTML;
    };
    expect(await show(pieces(text))).to.equal(await show([text]));
  });
});

describe('the cost', () => {
  /** Counts the characters that the grammar reads, and the DOM changes, while a text is streamed. */
  function count(text: string, size: number): {read: number; nodes: number} {
    const {includes} = String.prototype;
    let read = 0;
    // marked searches each text that it reads once for `)`.
    Reflect.set(String.prototype, 'includes', function (this: string, sought: string, from?: number) {
      if (sought === ')') read += this.length;
      return includes.call(this, sought, from);
    });
    try {
      const element = document.createElement('div');
      const observer = new MutationObserver(() => {});
      observer.observe(element, {subtree: true, childList: true, characterData: true});
      const view = new MarkdownView(element);
      let nodes = 0;
      for (const part of pieces(text, size)) {
        view.append(part);
        view.flush();
        nodes += observer.takeRecords().length;
      }
      view.end();
      view.flush();
      view.destroy();
      return {read, nodes};
    } finally {
      Reflect.set(String.prototype, 'includes', includes);
    }
  }

  const growths: Readonly<Record<string, (times: number) => string>> = {
    'a mixed answer': (times) => mixed(times),
    'one code block': (times) => `\`\`\`js\n${'const a = "text"; // comment\n'.repeat(times * 20)}`,
    'one list': (times) => '- an item with **bold** text\n'.repeat(times * 20),
    'one list of lists': (times) => '- an item\n  - with *another* in it\n'.repeat(times * 10),
    'one table': (times) => `| a | b |\n|---|---|\n${'| some text | **bold** |\n'.repeat(times * 20)}`,
    'one quote': (times) => '> a *line* of a quote\n'.repeat(times * 20),
    'one paragraph': (times) => 'Some words and **bold** ones, `code` and so on. '.repeat(times * 20),
    'many definitions': (times) =>
      Array.from({length: times * 5}, (_, at) => `See [r${at}].\n\n[r${at}]: /u\n\n`).join(''),
  };
  for (const [name, grow] of Object.entries(growths)) {
    it(`the cost of ${name} grows with its length`, () => {
      const [small, large] = [grow(4), grow(40)];
      const ratio = large.length / small.length;
      const few = count(small, 64);
      const many = count(large, 64);
      if (name !== 'one code block') expect(few.read, 'characters read').to.be.greaterThan(small.length / 4);
      expect(many.nodes / few.nodes, 'changes').to.be.lessThan(ratio * 1.2);
      expect(many.read / Math.max(few.read, 1), 'characters read').to.be.lessThan(
        ratio * (name === 'one paragraph' || name === 'one quote' ? 3 : 1.2),
      );
    });
  }
});

describe('the style sheet', () => {
  it('the colours of code are readable on light and dark pages', () => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(markdownStyles);
    document.adoptedStyleSheets.push(sheet);
    const probe = document.createElement('div');
    probe.className = 'markdown';
    stage.append(probe);
    const colours = [...codeStyles.matchAll(/chatlet-code-[a-z]+,(light-dark\(#\w+,#\w+\))/g)].map(
      ([, value]) => value ?? '',
    );
    expect(colours.length).to.equal(6);
    for (const scheme of ['light', 'dark']) {
      probe.style.colorScheme = scheme;
      for (const colour of [...colours, 'var(--_ink)', 'var(--_soft)', 'var(--_link)']) {
        probe.style.color = colour;
        probe.style.backgroundColor = 'var(--_sunken)';
        const style = getComputedStyle(probe);
        expect(contrast(style.color, style.backgroundColor), `${colour} in ${scheme}`).to.be.greaterThan(4.5);
      }
    }
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((each) => each !== sheet);
  });
});

/** The painted texts within an element, each with its colour. */
function paintedIn(element: Node): readonly string[] {
  return [...CSS.highlights].flatMap(([name, ranges]) =>
    [...ranges]
      .filter(({startContainer}) => element.contains(startContainer))
      .map(({startContainer, startOffset, endOffset}) => {
        const text = startContainer.textContent ?? '';
        return `${name.replace('chatlet-', '')}: ${text.slice(startOffset, endOffset)}`;
      }),
  );
}

/** Names of a language, code in it, and texts that have to be painted in this code. */
type Sample = readonly [names: string, code: string, ...painted: string[]];

async function expectPainted(samples: readonly Sample[]): Promise<void> {
  // All samples are on the screen at once.
  stage.style.cssText = 'position: fixed; inset: 0; display: flex; flex-wrap: wrap; font-size: 4px';
  const blocks = samples.flatMap(([names, code, ...painted]) =>
    names.split(' ').map((name) => ({name, painted, element: render([`\`\`\`${name}\n${code}\n\`\`\`\n`])})),
  );
  stage.append(...blocks.map(({element}) => element));
  const missing = (): readonly string[] =>
    blocks.flatMap(({name, painted, element}) => {
      const found = paintedIn(element);
      return painted.filter((each) => !found.includes(each)).map((each) => `${name}: ${each} in ${found.join(', ')}`);
    });
  const last = performance.now() + patience / 2;
  await until(() => missing().length === 0 || performance.now() > last);
  expect(missing()).to.deep.equal([]);
}

/** Waits for a frame in which `condition` holds. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(requestAnimationFrame);
}

/** Waits until the text of a button changes. */
function changed(button: HTMLElement | null): Promise<void> {
  return new Promise((resolve) => {
    new MutationObserver(() => resolve()).observe(button as Node, {childList: true});
  });
}

function contrast(one: string, other: string): number {
  const light = (colour: string): number => {
    const [red = 0, green = 0, blue = 0] = (colour.match(/[\d.]+/g) ?? [])
      .map((part) => Number(part) / 255)
      .map((part) => (part <= 0.040_45 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [low = 0, high = 0] = [light(one), light(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}
