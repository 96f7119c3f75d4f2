import {expect} from '@open-wc/testing';
import fc from 'fast-check';
import {marked} from 'marked';
import {MarkdownView} from './index.ts';
import {examples, few, firstDifference, mixed, pieces, render, whole} from './testing/data.ts';
import {exceptions, lookBacks} from './testing/exceptions.ts';
import {normalForm} from './testing/normal-form.ts';

const excepted = new Set(exceptions.flatMap((each) => each.examples));
const texts = (await examples()).map(({markdown}) => markdown);
const long = mixed(3);

describe('the DOM of a message', () => {
  it("the DOM equals marked's GFM rendering for every example, except for sanitised parts", () => {
    const different = texts.filter((markdown) => {
      const html = marked.parse(markdown, {async: false});
      const wanted = new DOMParser().parseFromString(html, 'text/html').body;
      return normalForm(whole(markdown), true) !== normalForm(wanted, false);
    });
    expect(few(different.filter((markdown) => !excepted.has(markdown)))).to.deep.equal([]);
    expect(few([...excepted].filter((markdown) => !different.includes(markdown)))).to.deep.equal([]);
  });

  it('the DOM is the same if an example is streamed character by character', () => {
    const different = texts.filter((markdown) => !same(render(pieces(markdown)), whole(markdown)));
    expect(few(different)).to.deep.equal([]);
  });

  it('the DOM is the same for every cut of an example in two', () => {
    const different = texts.filter((markdown) => {
      const one = whole(markdown);
      for (let cut = 1; cut < markdown.length; cut++) {
        if (!same(render([markdown.slice(0, cut), markdown.slice(cut)]), one)) return true;
      }
      return false;
    });
    expect(few(different)).to.deep.equal([]);
  });

  it('the DOM is the same for random cuts of random messages made of examples', () => {
    const message = fc.array(fc.constantFrom(...texts), {minLength: 1, maxLength: 6}).map((parts) => parts.join('\n'));
    fc.assert(
      fc.property(message, fc.array(fc.nat(600), {maxLength: 12}), (text, places) => {
        const cuts = [...new Set(places.map((place) => place % (text.length + 1)))].sort((a, b) => a - b);
        const parts = [...cuts, text.length].map((cut, index) => text.slice(cuts[index - 1] ?? 0, cut));
        return same(render(parts), whole(text));
      }),
      {seed: 20_261_122, numRuns: 400, endOnFailure: true},
    );
  });

  it('the DOM of a long answer does not depend on the size of its pieces', () => {
    const one = whole(long);
    for (const size of [1, 7, 64, 1460])
      expect(same(render(pieces(long, size)), one), `pieces of ${size}`).to.equal(true);
  });

  it('the DOM of long paragraphs, which are read in stretches, does not depend on the size of their pieces', () => {
    const words = fc.constantFrom(
      'word',
      '**bold text**',
      '`code`',
      '[link](https://a.example/b)',
      '*em',
      'a_b',
      '[1]',
      '5 * 3',
      '<b>x</b>',
      '~~gone~~',
      'https://c.example',
    );
    fc.assert(
      fc.property(fc.array(words, {minLength: 250, maxLength: 400}), fc.integer({min: 1, max: 200}), (list, size) => {
        const text = list.join(' ');
        return same(render(pieces(text, size)), whole(text));
      }),
      {seed: 7, numRuns: 20, endOnFailure: true},
    );
  });

  it('the DOM of long lists and tables, which are split, does not depend on the size of their pieces', () => {
    const longTexts = [
      '- item **b**\n'.repeat(200),
      '1. item\n'.repeat(130),
      `${'3) item\n\n'.repeat(140)}text`,
      `${'- a\n'.repeat(64)}\ntext`,
      `${'- a\n'.repeat(64)}-- b`,
      `${'- a\n'.repeat(65)}* b\n`,
      '- x\n  - y\n'.repeat(100),
      `|a|b|\n|-|-|\n${'|c|d|\n'.repeat(200)}\ntext`,
      `|a|b|\n|-|-|\n${'|c|d|\n'.repeat(64)}# heading`,
      `|a|b|\n|-|-|\n${'|c|d|\n'.repeat(64)}|e|f|`,
    ];
    const different = longTexts.filter((text) =>
      [1, 2, 3, 5, 11, 50].some((size) => !same(render(pieces(text, size)), whole(text))),
    );
    expect(few(different)).to.deep.equal([]);
    expect([...whole('5. item\n'.repeat(130)).querySelectorAll('ol')].map(({start}) => start)).to.deep.equal([
      5, 69, 133,
    ]);
  });

  it('long paragraphs are read as marked reads them', () => {
    const text =
      'Some **bold text** and `code`, [a link](https://a.example "t"), a_b_c, 5 * 3, *emphasis with **strong** in it*. '.repeat(
        60,
      );
    const wanted = new DOMParser().parseFromString(marked.parse(text, {async: false}), 'text/html').body;
    expect(firstDifference(normalForm(whole(text), true), normalForm(wanted, false))).to.equal('');
  });

  it('long paragraphs are cut between words, with no span open', () => {
    const text =
      'Some **bold text** and `code`, [a link](https://a.example "t"), a_b_c, *emphasis with **strong** in it*. ';
    // The first word moves all cuts.
    const different = Array.from({length: 110}, (_, size) => `${'x'.repeat(size)} ${text.repeat(20)}`).filter(
      (paragraph) => {
        const wanted = new DOMParser().parseFromString(marked.parse(paragraph, {async: false}), 'text/html').body;
        return normalForm(whole(paragraph), true) !== normalForm(wanted, false);
      },
    );
    expect(few(different)).to.deep.equal([]);
  });

  it('tabs and spaces indent as they do in marked', () => {
    const indents = [0, 1, 2, 3].flatMap((length) =>
      Array.from({length: 2 ** length}, (_, bits) => spaces(length, bits)),
    );
    const sources = ['-', '1.', '>'].flatMap((mark) =>
      indents
        .slice(1)
        .flatMap((indent) =>
          indents.flatMap((next) => [
            `${mark}${indent}one\n${next}two\n`,
            `${mark}${indent}one\n\n${next}two\n`,
            `${mark}${indent}- one\n${next}- two\n`,
          ]),
        ),
    );
    const different = sources.filter((source) => {
      const wanted = new DOMParser().parseFromString(marked.parse(source, {async: false}), 'text/html').body;
      return normalForm(whole(source), true) !== normalForm(wanted, false);
    });
    expect(few(different.map((source) => JSON.stringify(source)))).to.deep.equal([]);
  });

  it('a definition with an open title ends when another block begins', () => {
    const ends = ['# h', '- item', '> q', '```\ncode\n```', '---', '===', 'b | c\n--|--\nd | e', '| b |\n|---|\n| c |'];
    const starts = ['[a]: /u', '[a]: /u\n"open', '[a]: /u "open', "[a]: /u\n[b]: /v\n'open", '[a'];
    for (const text of starts.flatMap((start) => ends.map((end) => `${start}\n${end}\n\n[a]`))) {
      const wanted = new DOMParser().parseFromString(marked.parse(text, {async: false}), 'text/html').body;
      expect(normalForm(whole(text), true), text).to.equal(normalForm(wanted, false));
      expect(same(render(pieces(text)), whole(text)), `in pieces: ${text}`).to.equal(true);
    }
  });

  it('the DOM does not depend on the kind of line ends', () => {
    const text = mixed(1);
    const windows = text.replaceAll('\n', '\r\n');
    expect(same(render(pieces(windows)), whole(text))).to.equal(true);
  });
});

describe('while a message grows', () => {
  it('no node of a finished block is removed while a message grows, except text that becomes a link', () => {
    const removed: string[] = [];
    for (const markdown of [...texts, long]) {
      const size = markdown === long ? 5 : 1;
      const element = document.createElement('div');
      const view = new MarkdownView(element);
      const observer = new MutationObserver(() => {});
      observer.observe(element, {subtree: true, childList: true});
      let finished = new Set<Node>();
      for (const part of [...pieces(markdown, size), '']) {
        view.append(part);
        if (!part) view.end();
        view.flush();
        for (const {removedNodes} of observer.takeRecords()) {
          for (const node of removedNodes) {
            if (finished.has(node) && !becameLink(node, element)) removed.push(`${markdown}: ${node.textContent}`);
          }
        }
        finished = finishedNodes(element);
      }
      observer.disconnect();
      view.destroy();
    }
    expect(few(removed.filter((each) => !lookBacks.some(({start}) => each.startsWith(start))))).to.deep.equal([]);
    for (const {start} of lookBacks)
      expect(
        removed.some((each) => each.startsWith(start)),
        start,
      ).to.equal(true);
  });

  it('no raw syntax is visible at any prefix of a message', () => {
    const raw: readonly RegExp[] = [/\*\*/, /\*/, /`/, /\]\(/, /\|\s*:?-/, /<[a-z]/i];
    const seen: string[] = [];
    for (const markdown of [...texts, long]) {
      const last = visible(whole(markdown));
      const kinds = raw.filter((each) => !each.test(last));
      const element = document.createElement('div');
      const view = new MarkdownView(element);
      let prefix = '';
      for (const part of pieces(markdown, markdown === long ? 3 : 1)) {
        view.append(part);
        view.flush();
        prefix += part;
        const now = visible(element);
        if (kinds.some((each) => each.test(now))) seen.push(prefix);
      }
      view.destroy();
    }
    const known = ['[foo](not a', '<a foo="bar" bam = \'baz'];
    expect(few(seen.filter((each) => !known.some((text) => each.startsWith(text))))).to.deep.equal([]);
  });

  it('no text is held back for more than 48 characters', () => {
    const text = long.replace(/```[^]*?```|<[^>]*>|^\[r.*$|\|.*\|/gm, '');
    const element = document.createElement('div');
    const view = new MarkdownView(element);
    const words = [...text.matchAll(/[A-Za-z]{4,}/g)].filter(({index}) => !/[/.\]@(]\w*$/.test(text.slice(0, index)));
    let at = 0;
    for (const {0: word, index} of words) {
      const until = Math.min(text.length, index + word.length + 49);
      view.append(text.slice(at, Math.max(at, until)));
      at = Math.max(at, until);
      view.flush();
      expect(element.textContent, `"${word}" after ${until} characters`).to.include(word);
    }
  });
});

function same(one: Element, other: Element): boolean {
  return one.isEqualNode(other) && one.innerHTML === other.innerHTML;
}

/** One of the 2 ** `length` texts of tabs and spaces. */
function spaces(length: number, bits: number): string {
  return Array.from({length}, (_, bit) => ((bits >> bit) & 1 ? '\t' : ' ')).join('');
}

/** All nodes except the last one of each level. They are finished, because another node follows them. */
function finishedNodes(root: Element): Set<Node> {
  const nodes = new Set<Node>();
  const add = (node: Node): void => {
    nodes.add(node);
    for (const child of node.childNodes) add(child);
  };
  for (let node: Node | null = root; node; node = node.lastChild) {
    for (const child of node.childNodes) if (child !== node.lastChild) add(child);
  }
  return nodes;
}

/** Whether a removed node is in a link now, or was the brackets around one. */
function becameLink(node: Node, root: Element): boolean {
  return (root.contains(node) && node.parentElement?.closest('a') !== null) || node.textContent === '';
}

/** The visible text outside of code. */
function visible(root: Element): string {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  let text = '';
  while (walker.nextNode()) {
    if (!walker.currentNode.parentElement?.closest('code, button')) text += `${walker.currentNode.textContent}\u2028`;
  }
  return text;
}
