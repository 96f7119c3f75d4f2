/** The launcher's panel on a phone: it fills the window, and the page below it is out of reach. */
import {expect, fixture, html} from '@open-wc/testing';
import {sendKeys, setViewport} from '@web/test-runner-commands';
import {fakeTransport} from '../../client/testing/fake-transport.ts';
import '../../define.ts';
import {find, findAll, focused, settled, still, until} from '../testing/look.ts';
import type {ChatletLauncher} from './launcher.ts';

async function open(size: {width: number; height: number}) {
  await setViewport(size);
  const element = await fixture<ChatletLauncher>(
    html`<chatlet-launcher .transport=${fakeTransport({chats: []})}></chatlet-launcher>`,
  );
  await customElements.whenDefined('chatlet-launcher');
  element.show();
  const root = element.shadowRoot;
  if (!root) throw new Error('The launcher has no shadow root.');
  await until('the chat is there', () => findAll(root, 'textarea').length === 1);
  await until('the composer has the focus', () => focused().localName === 'textarea');
  await settled();
  return {element, root, panel: find(root, '.panel')};
}

const wheelOver = (place: Element) => {
  const event = new WheelEvent('wheel', {deltaY: 100, bubbles: true, composed: true, cancelable: true});
  place.dispatchEvent(event);
  return event.defaultPrevented;
};

describe('chatlet-launcher on a phone', () => {
  after(() => setViewport({width: 800, height: 600}));

  it('I-5 is modal: Tab stays in it', async () => {
    const {element, panel} = await open({width: 390, height: 700});
    await until('the panel is modal', () => panel.getAttribute('aria-modal') === 'true');
    for (let presses = 0; presses < 8; presses++) {
      await sendKeys({press: 'Tab'});
      expect(document.activeElement, focused().outerHTML).to.equal(element);
    }
    for (let presses = 0; presses < 8; presses++) {
      await sendKeys({down: 'Shift'});
      await sendKeys({press: 'Tab'});
      await sendKeys({up: 'Shift'});
      expect(document.activeElement, focused().outerHTML).to.equal(element);
    }
  });

  it('I-5 keeps above the keyboard, and goes back when it is gone', async () => {
    const {root, panel} = await open({width: 390, height: 700});
    const {visualViewport: seen} = window;
    if (!seen) throw new Error('This browser has no visual viewport.');
    const shrink = (height: number | undefined) => {
      if (height === undefined) Reflect.deleteProperty(seen, 'height');
      else Object.defineProperty(seen, 'height', {value: height, configurable: true});
      seen.dispatchEvent(new Event('resize'));
    };
    await still();
    shrink(356);
    await until('it is as high as what is seen', () => panel.getBoundingClientRect().height === 356);
    await until('the composer is above it', () => find(root, '.footer').getBoundingClientRect().bottom <= 356);
    // Safari moves what is seen down the page instead.
    Object.defineProperty(seen, 'offsetTop', {value: 60, configurable: true});
    seen.dispatchEvent(new Event('scroll'));
    await until('it begins where what is seen begins', () => panel.getBoundingClientRect().top === 60);
    Reflect.deleteProperty(seen, 'offsetTop');
    shrink(undefined);
    await until('it fills the window', () => panel.getBoundingClientRect().height === 700);
  });

  it('I-5 does not scroll the page below it', async () => {
    const {root} = await open({width: 390, height: 700});
    expect(wheelOver(find(root, '.header'))).to.equal(true);
    expect(wheelOver(find(root, 'textarea'))).to.equal(true);
    await setViewport({width: 800, height: 700});
    await settled();
    expect(wheelOver(find(root, '.header'))).to.equal(false);
    expect(find(root, '.panel').hasAttribute('aria-modal')).to.equal(false);
  });

  it('I-5 draws no frame around the full screen, and makes room on its side', async () => {
    const {root} = await open({width: 844, height: 390});
    expect(getComputedStyle(find(root, 'chatlet-chat')).boxShadow).to.equal('none');
    await until('it is low', () => findAll(root, '.low').length === 1);
    expect(find(root, '.header').getBoundingClientRect().height).to.be.at.most(46);
    expect(findAll(root, 'chatlet-history'), 'no history beside').to.have.length(0);
  });
});
