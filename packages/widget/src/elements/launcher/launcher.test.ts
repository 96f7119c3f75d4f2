/** The button in the corner: opening, closing, focus, and the dot for an unread answer. */
import {expect, fixture, html, oneEvent} from '@open-wc/testing';
import {sendKeys} from '@web/test-runner-commands';
import {fakeTransport} from '../../client/testing/fake-transport.ts';
import '../../define.ts';
import {contrast, focused, find, findAll, press, settled, still, until} from '../testing/look.ts';
import type {ChatletLauncher} from './launcher.ts';

async function launcher() {
  const transport = fakeTransport();
  const element = await fixture<ChatletLauncher>(
    html`<chatlet-launcher heading="Ask us" .transport=${transport}></chatlet-launcher>`,
  );
  const root = element.shadowRoot as ShadowRoot;
  return {element, root, transport, button: find(root, '.launcher')};
}

const hasDot = (root: ShadowRoot) => root.querySelector('.unread:not([hidden])') !== null;

describe('chatlet-launcher', () => {
  beforeEach(() => sessionStorage.clear());

  it('creates its chat only when it is first opened', async () => {
    const {root} = await launcher();
    expect(root.querySelector('chatlet-chat')).to.equal(null);
  });

  it('opens with the focus in the composer, and Escape closes it and gives the focus back', async () => {
    const {element, root, button} = await launcher();
    button.focus();
    const opened = oneEvent(element, 'chatlet-open');
    button.click();
    await opened;
    await until('the composer has the focus', () => focused().localName === 'textarea');
    expect(find(root, '.panel').matches(':popover-open')).to.equal(true);
    expect(button.getAttribute('aria-expanded')).to.equal('true');

    const closed = oneEvent(element, 'chatlet-close');
    await press('Escape');
    await closed;
    expect(focused() === button).to.equal(true);
    expect(find(root, '.panel').matches(':popover-open')).to.equal(false);
  });

  it('closes from the header of its chat, also if the page has put that chat in', async () => {
    const element = await fixture<ChatletLauncher>(
      html`<chatlet-launcher><chatlet-chat .transport=${fakeTransport()}></chatlet-chat></chatlet-launcher>`,
    );
    element.show();
    await until('there is a button to close it', () => {
      const chat = element.querySelector('chatlet-chat');
      return chat?.shadowRoot?.querySelector('[title="Close chat"]') != null;
    });
    find(element, '[title="Close chat"]').click();
    await settled();
    expect(element.open).to.equal(false);
    expect(element.chat === element.querySelector('chatlet-chat')).to.equal(true);
  });

  it('I-26 is named as the heading of its chat says, also of one that the page has put in', async () => {
    const element = await fixture<ChatletLauncher>(
      html`<chatlet-launcher
        ><chatlet-chat heading="Ask Acme" .transport=${fakeTransport()}></chatlet-chat
      ></chatlet-launcher>`,
    );
    const name = () => findAll(element.shadowRoot as ShadowRoot, '.panel')[0]?.ariaLabel;
    element.show();
    await until('the panel has its name', () => name() === 'Ask Acme');
    const {chat} = element;
    if (!chat) throw new Error('There is no chat.');
    chat.heading = 'Ask us';
    await until('it has the new one', () => name() === 'Ask us');
  });

  it('opens with its page without taking the focus, and takes it when a visitor opens it', async () => {
    const field = await fixture<HTMLInputElement>('<input>');
    field.focus();
    const box = await fixture<HTMLElement>('<div></div>');
    // As the parser makes it, with its attribute from the start.
    box.innerHTML = '<chatlet-launcher open endpoint="/nowhere"></chatlet-launcher>';
    const element = box.querySelector('chatlet-launcher');
    if (!element) throw new Error('There is no launcher.');
    await until(
      'it is open',
      () => element.chat?.renderRoot !== undefined && findAll(element.chat.renderRoot, 'textarea').length === 1,
    );
    await settled();
    expect(focused() === field).to.equal(true);
    element.hide();
    element.show();
    await until('the composer has the focus', () => focused().localName === 'textarea');
  });

  it('I-11 has a focus ring that is seen on any page, whatever the accent', async () => {
    const {element, button} = await launcher();
    for (const theme of ['light', 'dark'] as const) {
      element.setAttribute('theme', theme);
      element.style.setProperty('--chatlet-accent', theme === 'light' ? '#ffd400' : '#0b1f1a');
      await sendKeys({press: 'Tab'});
      button.focus();
      await still();
      expect(button.matches(':focus-visible')).to.equal(true);
      const {outlineColor, boxShadow} = getComputedStyle(button);
      const [inner = ''] = /rgba?\([^)]*\)|oklch\([^)]*\)|color\([^)]*\)/.exec(boxShadow) ?? [];
      for (const page of ['#fff', '#000', '#808080']) {
        const seen = [outlineColor, inner].map((ring) => contrast(ring, page));
        expect(Math.max(...seen), `${outlineColor} and ${inner} on ${page}`).to.be.at.least(3);
      }
    }
  });

  it('hands its properties on to its chat', async () => {
    const {element} = await launcher();
    const given = {
      endpoint: 'https://chat.example',
      api: 'content',
      historyLimit: 4,
      answerCache: true,
      model: 'large',
      heading: 'Ask us',
      subheading: 'Anything',
      greeting: 'Welcome',
      introduction: 'Ask away.',
      placeholder: 'Your question',
      disclaimer: 'Check it.',
      theme: 'dark',
      history: 'off',
      math: true,
      starters: ['What is this?'],
      token: 'theirs',
      headers: {'x-site': '1'},
      strings: {send: 'Go'},
      transport: fakeTransport(),
    } as const;
    Object.assign(element, given);
    element.show();
    await settled();
    const {chat} = element;
    if (!chat) throw new Error('There is no chat.');
    const received = Object.keys(given).map((name) => [name, Reflect.get(chat, name) as unknown]);
    expect(Object.fromEntries(received)).to.deep.equal(given);
  });

  it('shows a dot for an answer that came while the panel was closed', async () => {
    const {element, root, transport, button} = await launcher();
    element.show();
    await until('the chat is there', () => element.chat !== null);
    const sent = element.chat?.send('Hello');
    const stream = await transport.next();
    element.hide();
    await settled();
    expect(hasDot(root)).to.equal(false);
    void stream.give({type: 'text-delta', delta: 'Hi'}, {type: 'message-end', reason: 'stop'});
    await sent;
    await settled();
    expect(hasDot(root)).to.equal(true);
    expect(button.getAttribute('aria-label')).to.equal('Open chat. New answer');
    element.show();
    await settled();
    expect(hasDot(root)).to.equal(false);
  });

  it('leaves nothing on the page when it is removed', async () => {
    const before = document.body.children.length;
    const element = document.createElement('chatlet-launcher');
    element.transport = fakeTransport();
    document.body.append(element);
    element.show();
    await settled();
    element.remove();
    expect(document.body.children.length).to.equal(before);
    expect(document.body.getAttribute('style')).to.equal(null);
  });

  it('is accessible, closed and open', async () => {
    const {element} = await launcher();
    await expect(element).to.be.accessible();
    element.show();
    await still();
    await expect(element).to.be.accessible();
  });
});
