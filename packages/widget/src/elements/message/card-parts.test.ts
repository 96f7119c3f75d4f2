/** What the cards have in common. */
import {expect} from '@open-wc/testing';
import {onEnter} from './card-parts.ts';

describe('Enter in a field of a card', () => {
  it('sends, but not if it ends the composition of a character, which Safari tells by the key alone', () => {
    const field = document.createElement('input');
    let sent = 0;
    onEnter(field, () => sent++);
    for (const init of [{key: 'k'}, {key: 'Enter', isComposing: true}, {key: 'Enter', keyCode: 229}]) {
      field.dispatchEvent(new KeyboardEvent('keydown', init));
    }
    expect(sent).to.equal(0);
    field.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', keyCode: 13}));
    expect(sent).to.equal(1);
  });
});
