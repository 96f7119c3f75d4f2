/** Marks of sources in the text of a message, wherever they stand and however the text arrives. */
import {expect} from '@open-wc/testing';
import {MarkdownView} from './index.ts';
import {createMarks} from './marks.ts';
import {patience} from './testing/data.ts';

/** `^` stands for a mark. */
function append(view: MarkdownView, text: string, from: number): number {
  let count = from;
  for (const [index, stretch] of text.split('^').entries()) {
    if (index > 0) view.mark({id: `${++count}`, number: count, label: `Source ${count}: Manual`}, createMarks);
    view.append(stretch);
  }
  return count;
}

function render(parts: readonly string[], options = {}): HTMLElement {
  const element = document.createElement('div');
  const view = new MarkdownView(element, options);
  let count = 0;
  for (const part of parts) {
    count = append(view, part, count);
    view.flush();
  }
  view.end();
  view.flush();
  return element;
}

/** The HTML with each mark as its number in brackets. */
function shown(element: Element): string {
  const copy = element.cloneNode(true) as Element;
  for (const mark of copy.querySelectorAll('.citation')) mark.replaceWith(`[${mark.getAttribute('data-number')}]`);
  for (const each of copy.querySelectorAll('[dir]')) each.removeAttribute('dir');
  for (const each of copy.querySelectorAll('.table-bar, .code-bar')) each.remove();
  return copy.innerHTML.replaceAll(/ (?:class|tabindex)="[^"]*"/g, '');
}

const cases = [
  ['a paragraph', 'Tea is hot.^ Wait.^', '<p>Tea is hot.[1] Wait.[2]</p>'],
  ['strong text', '**Tea is^ hot.**^ Wait', '<p><strong>Tea is[1] hot.</strong>[2] Wait</p>'],
  ['nested emphasis', '*a **b^ c** d^*', '<p><em>a <strong>b[1] c</strong> d[2]</em></p>'],
  ['struck text', '~~old^~~ new', '<p><del>old[1]</del> new</p>'],
  ['a code span', 'Run `npm ^start` now', '<p>Run <code>npm start</code>[1] now</p>'],
  [
    'a list',
    '- one^\n- two^\n  - three^',
    '<ul><li><p>one[1]</p></li><li><p>two[2]</p><ul><li><p>three[3]</p></li></ul></li></ul>',
  ],
  ['a heading', '# Tea^\n\nHot', '<h3>Tea[1]</h3><p>Hot</p>'],
  ['a quote', '> Tea^\n> is hot^', '<blockquote><p>Tea[1]\nis hot[2]</p></blockquote>'],
  [
    'the cells of a table',
    '| a | b |\n|---|---|\n| c^ | d |^\n| e | f^ |',
    '<div><div><table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>c[1]</td><td>d[2]</td></tr><tr><td>e</td><td>f[3]</td></tr></tbody></table></div></div>',
  ],
  [
    'code, behind it',
    '```\nlet a;^\n```^\n\nDone',
    '<div><pre><code><span>let a;\n</span></code></pre></div><p>[1][2]</p><p>Done</p>',
  ],
  [
    'indented code',
    '    let a;^\n\nDone',
    '<div><pre><code><span>let a;\n</span></code></pre></div><p>[1]</p><p>Done</p>',
  ],
  [
    'HTML',
    '<details><summary>More^</summary>\n\nTea^\n\n</details>',
    '<details><summary>More[1]</summary>\n<p>Tea[2]</p></details>',
  ],
  ['a line of its own', 'Tea\n\n^', '<p>Tea</p><p>[1]</p>'],
  ['a text with entities', 'a &amp; b^ &lt;', '<p>a &amp; b[1] &lt;</p>'],
] as const;

describe('marks', function () {
  this.timeout(patience);

  for (const [what, markdown, wanted] of cases) {
    it(`stand in ${what}, in whatever pieces it arrives`, () => {
      expect(shown(render([markdown]))).to.equal(wanted);
      expect(shown(render(markdown.split('')))).to.equal(wanted);
      for (let cut = 1; cut < markdown.length; cut++) {
        expect(shown(render([markdown.slice(0, cut), markdown.slice(cut)])), `cut at ${cut}`).to.equal(wanted);
      }
    });
  }

  it('stand behind a link, because a button in a link has no place to go', () => {
    const element = render(['See [the manual^](https://acme.example/).']);
    expect(element.querySelector('a')?.querySelector('button')).to.equal(null);
    expect(element.querySelector('a + .citation')).to.be.instanceOf(HTMLButtonElement);
  });

  it('are buttons with a name, and the text stays as it is without them', () => {
    const element = render(['Tea is hot.^ Wait. **So^** it is.']);
    expect(element.textContent).to.equal('Tea is hot. Wait. So it is.');
    const mark = element.querySelector('.citation');
    expect(mark?.getAttribute('aria-label')).to.equal('Source 1: Manual');
    expect(mark?.getAttribute('data-mark')).to.equal('1');
  });

  it('stay the same elements while the text goes on, and so does the text before them', () => {
    const element = document.createElement('div');
    const view = new MarkdownView(element);
    append(view, 'Tea is **hot**.^', 0);
    view.flush();
    const mark = element.querySelector('.citation');
    const before = mark?.previousSibling;
    let removed = 0;
    const observer = new MutationObserver(
      (records) => (removed += records.reduce((sum, each) => sum + each.removedNodes.length, 0)),
    );
    observer.observe(element, {childList: true, subtree: true});
    for (const letter of ' Wait a *while*, then `drink`.\n\n- And more') {
      view.append(letter);
      view.flush();
    }
    view.end();
    view.flush();
    expect(element.querySelector('.citation')).to.equal(mark);
    expect(mark?.previousSibling).to.equal(before);
    removed += observer.takeRecords().reduce((sum, each) => sum + each.removedNodes.length, 0);
    expect(removed).to.equal(0);
  });

  it('stand in a long paragraph, at and around the places where it is cut', () => {
    const markdown = Array.from({length: 300}, (_, index) => `Sentence **${index}** ends.${index % 3 ? '' : '^'}`).join(
      ' ',
    );
    const element = render([markdown]);
    expect(shown(element)).to.equal(shown(render(markdown.match(/[^]{1,37}/g) ?? [])));
    expect(element.querySelectorAll('.citation').length).to.equal(100);
    const marks = [...element.querySelectorAll('.citation')];
    expect(marks.map((mark) => mark.previousSibling?.textContent?.slice(-6))).to.deep.equal(marks.map(() => ' ends.'));
  });

  it('cannot be written by the text of a message', () => {
    const element = render(['Tea\uFDD0\uFDE0 is hot^']);
    expect(element.querySelectorAll('.citation').length).to.equal(1);
    expect(element.textContent).to.equal('Tea\uFFFD\uFFFD is hot');
  });

  it('are not more than there is room for', () => {
    const element = render([Array.from({length: 300}, () => 'a^').join(' ')]);
    expect(element.querySelectorAll('.citation').length).to.equal(256);
    expect(element.textContent).to.not.match(/[\uFDD0-\uFDEF]/);
  });

  it('are not cut when much text is read at once', () => {
    for (let length = 2040; length < 2052; length++) {
      const element = render([`${'a '.repeat(length / 2)}${length % 2 ? 'b' : ''}^ end`]);
      expect(element.textContent).to.not.match(/[\uFDD0-\uFDEF\uFFFD]/);
      expect(element.querySelectorAll('.citation').length).to.equal(1);
    }
  });
});
