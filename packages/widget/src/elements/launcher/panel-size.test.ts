/** The size of the panel: by key, by mouse, remembered on the device. */
import {expect, fixture, html} from '@open-wc/testing';
import {resetMouse, sendKeys, sendMouse, setViewport} from '@web/test-runner-commands';
import {fakeTransport} from '../../client/testing/fake-transport.ts';
import '../../define.ts';
import {find, findAll, until} from '../testing/look.ts';
import type {ChatletLauncher} from './launcher.ts';

async function opened(position = 'bottom-end', asks = true) {
  const element = await fixture<ChatletLauncher>(
    html`<chatlet-launcher position=${position} .transport=${fakeTransport()}></chatlet-launcher>`,
  );
  element.show();
  const root = element.shadowRoot as ShadowRoot;
  await until('there is a handle', () => findAll(root, '.resize').length === 1 && element.chat !== null);
  if (asks) void element.chat?.send('Hello');
  const panel = find(root, '.panel');
  await until('the panel is open', () => panel.matches(':popover-open'));
  return {element, panel, handle: find(root, '.resize'), size: () => [panel.offsetWidth, panel.offsetHeight]};
}

describe('UX-21 the size of the panel', () => {
  beforeEach(async () => {
    localStorage.clear();
    sessionStorage.clear();
    await setViewport({width: 1200, height: 900});
  });
  afterEach(() => {
    document.dir = '';
  });

  it('changes by arrow keys at the free corner, goes to large and back by Enter, and has a least', async () => {
    const {handle, size} = await opened();
    handle.focus();
    expect(size()).to.deep.equal([400, 660]);
    await sendKeys({press: 'ArrowLeft'});
    await sendKeys({press: 'ArrowUp'});
    expect(size()).to.deep.equal([424, 684]);
    await sendKeys({press: 'Enter'});
    expect(size()[0]).to.equal(960);
    expect(handle.ariaPressed).to.equal('true');
    await sendKeys({press: 'Enter'});
    expect(size()).to.deep.equal([400, 660]);
    for (let count = 0; count < 6; count++) await sendKeys({press: 'ArrowRight'});
    expect(size()).to.deep.equal([320, 660]);
  });

  it('goes to large and back by a button in the header of the chat, which keeps the focus', async () => {
    const {element, size} = await opened();
    const root = element.chat?.shadowRoot as ShadowRoot;
    await until('there is a button', () => findAll(root, '.large').length === 1);
    const button = find(root, '.large');
    expect(button.title).to.equal('Large view');
    expect(button.ariaPressed).to.equal('false');
    button.focus();
    await sendKeys({press: 'Enter'});
    expect(size()[0]).to.equal(960);
    await element.chat?.updateComplete;
    expect(button.ariaPressed).to.equal('true');
    expect(root.activeElement).to.equal(button);
    await sendKeys({press: 'Enter'});
    expect(size()).to.deep.equal([400, 660]);
  });

  it('has no such button on a phone, where the panel fills the window, nor without a panel', async () => {
    const {element} = await opened();
    const root = element.chat?.shadowRoot as ShadowRoot;
    await until('there is a button', () => findAll(root, '.large').length === 1);
    await setViewport({width: 400, height: 800});
    expect(getComputedStyle(find(root, '.large')).display).to.equal('none');
    const inline = await fixture<HTMLElement>(html`<chatlet-chat .transport=${fakeTransport()}></chatlet-chat>`);
    expect(findAll(inline.shadowRoot as ShadowRoot, '.large').length).to.equal(0);
  });

  for (const [position, dir, key] of [
    ['bottom-start', '', 'ArrowRight'],
    ['bottom-end', 'rtl', 'ArrowRight'],
    ['bottom-left', 'rtl', 'ArrowRight'],
    ['bottom-right', 'rtl', 'ArrowLeft'],
    ['bottom-start', 'rtl', 'ArrowLeft'],
  ] as const) {
    it(`grows by ${key} if it is at ${position} of a page ${dir}`, async () => {
      document.dir = dir;
      const {handle, size, panel} = await opened(position);
      handle.focus();
      const isNearLeft = panel.getBoundingClientRect().left < 600;
      const isHandleRight = handle.getBoundingClientRect().left > panel.getBoundingClientRect().left + 100;
      expect(isHandleRight).to.equal(isNearLeft);
      await sendKeys({press: key});
      expect(size()).to.deep.equal([424, 660]);
    });
  }

  it('is dragged by its corner, and is the same on the next page', async () => {
    const {handle, size, element} = await opened();
    await until('it is asked', () => sessionStorage.length > 0);
    const {left, top, width} = handle.getBoundingClientRect();
    const [x, y] = [Math.round(left + width / 2), Math.round(top + width / 2)];
    await sendMouse({type: 'move', position: [x, y]});
    await sendMouse({type: 'down'});
    await sendMouse({type: 'move', position: [x - 150, y - 40]});
    await sendMouse({type: 'up'});
    await resetMouse();
    expect(size()).to.deep.equal([550, 700]);
    element.remove();
    const again = await opened();
    expect(again.size()).to.deep.equal([550, 700]);
  });

  it('writes nothing on the device before the first question, and keeps the size with it', async () => {
    const {handle, element} = await opened('bottom-end', false);
    handle.focus();
    await sendKeys({press: 'ArrowLeft'});
    expect(localStorage.length).to.equal(0);
    void element.chat?.send('Hello');
    await until('the size is kept', () => localStorage.getItem('chatlet:launcher::size') === '424 660');
  });

  it('has no handle on a phone, and fills the window whatever was chosen', async () => {
    localStorage.setItem('chatlet:launcher::size', '500 600');
    await setViewport({width: 390, height: 760});
    const {handle, size} = await opened();
    expect(handle.checkVisibility()).to.equal(false);
    expect(size()).to.deep.equal([390, 760]);
  });
});
