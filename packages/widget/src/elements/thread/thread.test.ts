/** A conversation that grows: where it stands, what stays untouched, and that its reader is left alone. */
import {expect, fixture, html} from '@open-wc/testing';
import type {ShownMessage} from '../../client/chat-state.ts';
import '../../define.ts';
import {find, findAll, settled, until} from '../testing/look.ts';
import type {ChatletThread} from './thread.ts';

function shown(role: 'user' | 'assistant', text: string, more: Partial<ShownMessage> = {}): ShownMessage {
  const id = `msg_${role}_${text.slice(0, 12)}`;
  return {
    id,
    key: id,
    role,
    parts: [{type: 'text', text}],
    status: 'done',
    createdAt: '2026-01-01T00:00:00.000Z',
    ...more,
  };
}

const paragraphs = (count: number) => Array.from({length: count}, (_, index) => `Paragraph ${index}.`).join('\n\n');
const history = [shown('user', 'First question'), shown('assistant', paragraphs(20))];
const growing = (count: number) => shown('assistant', paragraphs(count), {id: 'a', key: 'a', status: 'answering'});

async function thread(messages: readonly ShownMessage[]) {
  const element = await fixture<ChatletThread>(
    html`<chatlet-thread style="block-size: 300px" .messages=${messages}></chatlet-thread>`,
  );
  const root = element.renderRoot as ShadowRoot;
  const scroller = find(root, '.scroller');
  const fromEnd = () => scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop;
  const show = async (next: readonly ShownMessage[]) => {
    element.messages = next;
    await element.updateComplete;
    await settled();
  };
  await until('the end is in view', () => scroller.scrollHeight > 300 && fromEnd() < 2);
  return {element, root, scroller, fromEnd, show};
}

/** Turns the wheel over the middle of it, as a hand does. */
async function wheel(element: HTMLElement, deltaY: number): Promise<void> {
  element.dispatchEvent(new WheelEvent('wheel', {deltaY, bubbles: true, composed: true}));
  element.scrollTop += deltaY;
  await settled();
}

describe('chatlet-thread', () => {
  it('keeps the end in view while text arrives', async () => {
    const {show, fromEnd} = await thread(history);
    for (const count of [1, 5, 30]) {
      await show([...history, growing(count)]);
      await until('the end is in view', () => fromEnd() < 2);
    }
  });

  it('lets go at the first move upwards, offers a way back, and takes hold again', async () => {
    const {element, root, scroller, fromEnd, show} = await thread(history);
    expect(root.querySelector('.jump')).to.equal(null);
    await wheel(scroller, -200);
    const top = scroller.scrollTop;
    await show([...history, growing(30)]);
    expect(scroller.scrollTop).to.equal(top);
    await until('the pill is there', () => root.querySelector('.jump') !== null);
    await expect(element).to.be.accessible();

    find(root, '.jump').click();
    await until('the end is in view', () => fromEnd() < 2);
    await until('the pill is gone', () => root.querySelector('.jump') === null);
    await show([...history, growing(40)]);
    await until('the end is in view', () => fromEnd() < 2);
  });

  it('takes hold again when the reader comes back to the end', async () => {
    const {scroller, fromEnd, show} = await thread(history);
    await wheel(scroller, -200);
    await wheel(scroller, 500);
    await show([...history, growing(30)]);
    await until('the end is in view', () => fromEnd() < 2);
  });

  it('leaves a selection alone while text arrives and when the answer ends', async () => {
    const {root, show} = await thread([...history, growing(3)]);
    const [, second] = findAll(root, '.text p').slice(-3);
    await until('the text is there', () => second?.textContent === 'Paragraph 1.');
    const text = second?.firstChild;
    if (!text) throw new Error('There is no text to select.');
    const range = new Range();
    range.selectNodeContents(text);
    for (const count of [4, 9, 15]) await show([...history, growing(count)]);
    await show([...history, {...growing(15), status: 'done'}]);
    expect(text.isConnected).to.equal(true);
    expect(range.toString()).to.equal('Paragraph 1.');
  });

  it('does not touch finished messages while another grows', async () => {
    const {root, show} = await thread([...history, growing(1)]);
    const finished = findAll(root, 'chatlet-message')[1]?.shadowRoot;
    if (!finished) throw new Error('There is no finished message.');
    let changes = 0;
    const observer = new MutationObserver((records) => (changes += records.length));
    observer.observe(finished, {subtree: true, childList: true, characterData: true, attributes: true});
    for (const count of [2, 3, 4]) await show([...history, growing(count)]);
    observer.disconnect();
    expect(changes).to.equal(0);
  });

  it('keeps the element of an answer when the server gives it its name', async () => {
    const {root, show} = await thread([...history, growing(1)]);
    const before = findAll(root, 'chatlet-message').at(-1);
    await show([...history, {...growing(2), id: 'msg_named'}]);
    expect(findAll(root, 'chatlet-message').at(-1) === before).to.equal(true);
  });

  it('is accessible with messages, empty and loading', async () => {
    const {element} = await thread(history);
    await expect(element).to.be.accessible();
    element.messages = [];
    element.status = 'loading';
    await element.updateComplete;
    await expect(element).to.be.accessible();
  });
});
