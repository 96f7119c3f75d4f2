import {expect} from '@open-wc/testing';
import {MarkdownView} from '../../markdown/index.ts';
import {patience, pieces} from '../../markdown/testing/data.ts';
import {Caret, findEnd} from './caret.ts';

describe('K10: the caret', function () {
  this.timeout(patience);

  for (const [id, markdown, wanted] of [
    ['W33', 'Intro:\n\n- one item and', 'one item and'],
    ['I-10', '1. **Title**\n\n   text in it', 'text in it'],
    ['I-10', '- a\n  - nested wor', 'nested wor'],
    ['own', '- a\n  - nested\n- next', 'next'],
    ['own', '> quoted wor', 'quoted wor'],
    ['own', '> - item in a quo', 'item in a quo'],
    ['own', '```js\nlet a;\nlet b', 'let a;\nlet b'],
    ['own', '| a | b |\n|---|---|\n| cell', 'cell'],
    ['own', '| a | b |\n|---|---|\n| cell | oth', 'oth'],
    ['own', '- [x] done wor', ' done wor'],
    ['own', '# Headi', 'Headi'],
    ['own', 'text\n\n> quote\n\nend **bold** wor', 'end bold wor'],
    ['own', '[^1]: a note', '1 a note'],
  ] as const) {
    it(`K10 ${id}: it is at the last word of ${JSON.stringify(markdown)}, and goes at the end`, () => {
      const element = document.createElement('div');
      const caret = new Caret();
      let ended = false;
      const view = new MarkdownView(element, {onDraw: () => caret.moveTo(ended ? undefined : findEnd(element))});
      for (const part of pieces(markdown)) {
        view.append(part);
        view.flush();
      }
      const marked = element.querySelectorAll('[data-caret]');
      expect([...marked].map(({textContent}) => textContent)).to.deep.equal([wanted]);
      ended = true;
      view.end();
      view.flush();
      expect(element.querySelector('[data-caret]')).to.equal(null);
    });
  }
});
