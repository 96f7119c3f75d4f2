/** Choosing a model with the keyboard and the mouse. */
import {expect, fixture, html} from '@open-wc/testing';
import '../../define.ts';
import {ChatActionEvent} from '../../events.ts';
import type {ChatAction} from '../../events.ts';
import {find, press} from '../testing/look.ts';
import type {ChatletModelPicker} from './model-picker.ts';

const models = [
  {id: 'a', name: 'Alpha', description: 'Fast', contextLength: 128_000},
  {id: 'b', name: 'Beta', contextLength: 1_048_576},
  {id: 'g', name: 'Gamma'},
  {id: 'g2', name: 'Giga'},
];

async function picker(shown = models) {
  const actions: ChatAction[] = [];
  const box = await fixture(
    html`<div style="position: relative; margin-block-start: 400px">
      <chatlet-model-picker .models=${shown} .model=${'a'}></chatlet-model-picker>
    </div>`,
  );
  const element = box.querySelector('chatlet-model-picker') as ChatletModelPicker;
  element.addEventListener(
    ChatActionEvent.type,
    (event) => event instanceof ChatActionEvent && actions.push(event.action),
  );
  const root = element.renderRoot as ShadowRoot;
  return {element, actions, root, active: () => root.querySelector('.active .name')?.textContent};
}

describe('chatlet-model-picker', () => {
  it('renders nothing if there is only one model', async () => {
    const {root} = await picker(models.slice(0, 1));
    expect(root.querySelector('button')).to.equal(null);
  });

  it('opens, moves, chooses and closes with the keyboard, and gives the focus back', async () => {
    const {element, actions, root, active} = await picker();
    find(root, 'button').focus();
    await press('Enter');
    await element.updateComplete;
    expect(active()).to.equal('Alpha');
    await press('ArrowDown');
    expect(active()).to.equal('Beta');
    await press('End');
    await press('ArrowDown');
    expect(active()).to.equal('Giga');
    await press('ArrowUp');
    await press('Enter');
    expect(actions).to.deep.equal([{type: 'choose-model', model: 'g'}]);
    expect(root.querySelector('[role=listbox]')).to.equal(null);
    expect(root.activeElement === find(root, 'button')).to.equal(true);
  });

  it('goes to a model by its first letters (type-ahead)', async () => {
    const {element, root, active} = await picker();
    element.show();
    await element.updateComplete;
    await press('g', 'i');
    await element.updateComplete;
    expect(active()).to.equal('Giga');
    expect(find(root, '[role=listbox]').getAttribute('aria-activedescendant')).to.equal('option-3');
  });

  it('goes through the models with the same first letter', async () => {
    const {element, active} = await picker();
    element.show();
    await element.updateComplete;
    await press('g');
    expect(active()).to.equal('Gamma');
    await press('g');
    await element.updateComplete;
    expect(active()).to.equal('Giga');
  });

  it('closes on Escape without choosing, and the key goes no further', async () => {
    const {element, actions, root} = await picker();
    let heard = 0;
    element.addEventListener('keydown', () => heard++);
    element.show();
    await element.updateComplete;
    await press('Escape');
    await element.updateComplete;
    expect(root.querySelector('[role=listbox]')).to.equal(null);
    expect(actions).to.deep.equal([]);
    expect(heard).to.equal(0);
  });

  it('closes when the visitor clicks elsewhere', async () => {
    const {element, root} = await picker();
    element.show();
    await element.updateComplete;
    document.body.dispatchEvent(new PointerEvent('pointerdown', {bubbles: true, composed: true}));
    await element.updateComplete;
    expect(root.querySelector('[role=listbox]')).to.equal(null);
  });

  it('shows the context length of a model', async () => {
    const {element, root} = await picker();
    element.show();
    await element.updateComplete;
    expect([...root.querySelectorAll('.size')].map((size) => size.textContent)).to.deep.equal(['128k', '1M']);
  });

  it('is accessible, closed and open', async () => {
    const {element} = await picker();
    await expect(element).to.be.accessible();
    element.show();
    await element.updateComplete;
    await expect(element).to.be.accessible();
  });
});
