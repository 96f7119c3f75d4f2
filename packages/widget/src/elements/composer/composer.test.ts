/** Writing a question: keys, input methods (IME), and the button that sends or stops. */
import {expect, fixture, html} from '@open-wc/testing';
import '../../define.ts';
import {ChatActionEvent} from '../../events.ts';
import type {ChatAction} from '../../events.ts';
import {find} from '../testing/look.ts';
import type {ChatletComposer} from './composer.ts';

async function composer(value = '', status: ChatletComposer['status'] = 'idle') {
  const actions: ChatAction[] = [];
  const element = await fixture<ChatletComposer>(
    html`<chatlet-composer .value=${value} .status=${status}></chatlet-composer>`,
  );
  element.addEventListener(
    ChatActionEvent.type,
    (event) => event instanceof ChatActionEvent && actions.push(event.action),
  );
  const field = find(element.renderRoot as ShadowRoot, 'textarea') as HTMLTextAreaElement;
  /** Presses a key. Returns whether the page may still act on it. */
  const press = (key: string, more: KeyboardEventInit = {}) =>
    field.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true, composed: true, cancelable: true, ...more}));
  return {element, actions, field, press};
}

describe('chatlet-composer', () => {
  it('sends with Enter and breaks the line with Shift+Enter', async () => {
    const {actions, press} = await composer('Hello');
    expect(press('Enter', {shiftKey: true})).to.equal(true);
    expect(actions).to.deep.equal([]);
    expect(press('Enter')).to.equal(false);
    expect(actions).to.deep.equal([{type: 'send', text: 'Hello'}]);
  });

  it('sends no blank question, and none while a chat is being loaded', async () => {
    const empty = await composer('  \n ');
    empty.press('Enter');
    expect(empty.actions).to.deep.equal([]);
    const busy = await composer('Hello', 'loading');
    busy.press('Enter');
    expect(busy.actions).to.deep.equal([]);
  });

  it('sends only once while Enter is held down', async () => {
    const {actions, press} = await composer('Hello');
    press('Enter');
    press('Enter', {repeat: true});
    press('Enter', {repeat: true});
    expect(actions).to.have.length(1);
  });

  // The keydown events while a Japanese word is confirmed with Enter, recorded on each system.
  const recordings: Record<string, readonly {key: string; isComposing?: boolean; keyCode?: number}[]> = {
    'Chrome on Windows and Linux': [
      {key: 'Process', isComposing: true, keyCode: 229},
      {key: 'Process', isComposing: true, keyCode: 229},
    ],
    'Chrome on macOS': [
      {key: 'k', isComposing: true, keyCode: 229},
      {key: 'Enter', isComposing: true, keyCode: 229},
    ],
    Firefox: [
      {key: 'Process', isComposing: true, keyCode: 229},
      {key: 'Enter', isComposing: true, keyCode: 13},
    ],
    'Safari, which ends the composition before the key event': [
      {key: 'k', isComposing: true, keyCode: 229},
      {key: 'Enter', isComposing: false, keyCode: 229},
    ],
    'Android keyboards': [{key: 'Unidentified', isComposing: false, keyCode: 229}],
  };
  for (const [system, keys] of Object.entries(recordings)) {
    it(`does not send while a word is being composed (IME): ${system}`, async () => {
      const {actions, press} = await composer('こんにちは');
      for (const {key, ...more} of keys) expect(press(key, more)).to.equal(true);
      expect(actions).to.deep.equal([]);
      press('Enter', {keyCode: 13});
      expect(actions).to.have.length(1);
    });
  }

  it('sends every change as a draft, and shows the value that it is given', async () => {
    const {element, actions, field} = await composer();
    field.value = 'Half a';
    field.dispatchEvent(new InputEvent('input', {bubbles: true, composed: true}));
    expect(actions).to.deep.equal([{type: 'draft', text: 'Half a'}]);
    for (const value of ['Half a', '']) {
      element.value = value;
      await element.updateComplete;
      expect(field.value).to.equal(value);
    }
  });

  it('shows a stop button while an answer is being written, and Escape presses it', async () => {
    const {element, actions, press} = await composer('', 'answering');
    expect(element.renderRoot.querySelector('[part=send]')).to.equal(null);
    find(element.renderRoot as ShadowRoot, '[part=stop]').click();
    press('Escape');
    expect(actions).to.deep.equal([{type: 'stop'}, {type: 'stop'}]);
  });

  it('leaves Escape to the page when there is nothing to stop', async () => {
    const {actions, press} = await composer('Hello');
    expect(press('Escape')).to.equal(true);
    expect(actions).to.deep.equal([]);
  });

  it('grows with its text up to a limit', async () => {
    const {element, field} = await composer('One line');
    const low = field.getBoundingClientRect().height;
    element.value = Array.from({length: 5}, () => 'line').join('\n');
    await element.updateComplete;
    expect(field.getBoundingClientRect().height).to.be.greaterThan(low * 3);
    element.value = Array.from({length: 90}, () => 'line').join('\n');
    await element.updateComplete;
    expect(element.getBoundingClientRect().height).to.be.lessThan(300);
  });

  for (const status of ['idle', 'answering'] as const) {
    it(`is accessible when ${status}`, async () => {
      const {element} = await composer('Hello', status);
      await expect(element).to.be.accessible();
    });
  }
});
