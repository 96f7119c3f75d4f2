/** A growing conversation: its scroll position, its off-screen messages, and elements that must not change. */
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

/** Turns the mouse wheel over the element. */
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

  it('stops following the end when the reader scrolls up, and follows it again after a click on the button', async () => {
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

  it('follows the end again when the reader scrolls back to it', async () => {
    const {scroller, fromEnd, show} = await thread(history);
    await wheel(scroller, -200);
    await wheel(scroller, 500);
    await show([...history, growing(30)]);
    await until('the end is in view', () => fromEnd() < 2);
  });

  it('keeps a selection while text arrives and when the answer ends', async () => {
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

  it('keeps the element of an answer when the server gives the answer its id', async () => {
    const {root, show} = await thread([...history, growing(1)]);
    const before = findAll(root, 'chatlet-message').at(-1);
    await show([...history, {...growing(2), id: 'msg_named'}]);
    expect(findAll(root, 'chatlet-message').at(-1) === before).to.equal(true);
  });

  describe('with a thousand messages', () => {
    const count = 1000;
    const long = Array.from({length: count}, (_, index) =>
      shown(index % 2 === 0 ? 'user' : 'assistant', `Number ${index}. ${'Some words. '.repeat((index * 7) % 40)}`, {
        id: `m${index}`,
        key: `m${index}`,
      }),
    );
    const all = (root: ShadowRoot) => root.querySelectorAll('chatlet-message');
    const complete = (root: ShadowRoot) => until('all are there', () => all(root).length === count);
    const textOf = (message: Element | undefined) =>
      message?.shadowRoot?.querySelector('.bubble, .text')?.textContent?.trim() ?? '';
    const numberOf = (message: Element | undefined) => Number(/^Number (\d+)/.exec(textOf(message))?.[1]);
    const topOf = (message: Element | undefined) => message?.getBoundingClientRect().top ?? Number.NaN;
    /** The first visible message, found without a look at the positions of the others. */
    const firstSeen = (root: ShadowRoot, scroller: HTMLElement) => {
      const {left, top, width} = scroller.getBoundingClientRect();
      const seen = [4, 30, 60].flatMap((below) => root.elementsFromPoint(left + width / 2, top + below));
      const found = seen.find((element) => element.localName === 'chatlet-message');
      if (!found) throw new Error('There is nothing to be seen.');
      return found;
    };

    it('shows the newest messages at once and the older ones when idle, and stays at the end', async () => {
      const {root, fromEnd} = await thread(long);
      expect(all(root).length).to.be.lessThan(count / 4);
      expect(numberOf([...all(root)].at(-1))).to.equal(count - 1);
      await complete(root);
      await until('the end is in view', () => fromEnd() < 2);
      expect([...all(root)].map(numberOf)).to.deep.equal(long.map((_, index) => index));
    });

    it('keeps the scroll position while older messages are put in (scroll anchoring)', async () => {
      const {root, scroller} = await thread(long);
      await wheel(scroller, -150);
      const read = firstSeen(root, scroller);
      const before = topOf(read);
      let moved = 0;
      const watched = new ResizeObserver(() => {
        // Runs after this frame was laid out and corrected, so it measures the positions that are painted.
        queueMicrotask(() => (moved = Math.max(moved, Math.abs(topOf(read) - before))));
      });
      watched.observe(find(root, '.content'));
      await complete(root);
      await settled();
      watched.disconnect();
      expect(moved).to.be.lessThan(2);
      expect(Math.abs(topOf(read) - before)).to.be.lessThan(2);
    });

    it('keeps the scroll position at the very top, too, where browsers do not anchor', async () => {
      const {root, scroller} = await thread(long);
      scroller.dispatchEvent(new WheelEvent('wheel', {deltaY: -1, bubbles: true}));
      scroller.scrollTop = 0;
      const read = firstSeen(root, scroller);
      const before = topOf(read);
      await complete(root);
      await settled();
      expect(Math.abs(topOf(read) - before)).to.be.lessThan(2);
      expect(scroller.scrollTop).to.be.greaterThan(1000);
    });

    it('keeps the scroll position when off-screen messages above get their real height', async () => {
      const {root, scroller} = await thread(long);
      await complete(root);
      await wheel(scroller, -100);
      for (let turn = 0; turn < 30; turn++) {
        const read = firstSeen(root, scroller);
        const before = topOf(read);
        await wheel(scroller, -280);
        expect(Math.abs(topOf(read) - before - 280)).to.be.lessThan(2);
      }
    });

    it('does not lay out off-screen messages, but keeps them searchable', async () => {
      const {root, scroller} = await thread(long);
      await complete(root);
      await settled();
      const laidOut = (message: Element | undefined) => message?.checkVisibility({contentVisibilityAuto: true});
      expect(laidOut(all(root)[0])).to.equal(false);
      expect(laidOut(firstSeen(root, scroller))).to.equal(true);
      // Find-in-page and a link to a message scroll like this.
      for (const index of [3, 500]) {
        all(root)[index]?.scrollIntoView({block: 'center'});
        await settled();
        expect(laidOut(all(root)[index])).to.equal(true);
        const {top, bottom} = scroller.getBoundingClientRect();
        expect(topOf(all(root)[index])).to.be.within(top - 300, bottom);
      }
      expect(root.querySelector('.jump')).to.not.equal(null);
    });

    it('lets find-in-page find words in the oldest message', async () => {
      const {root} = await thread(long.with(5, shown('assistant', 'Here is the needle.', {id: 'm5', key: 'm5'})));
      await complete(root);
      await settled();
      const {find: findInPage} = window as {find?: (text: string) => boolean};
      if (!findInPage) return;
      getSelection()?.removeAllRanges();
      expect(findInPage.call(window, 'the needle')).to.equal(true);
      await settled();
      expect(all(root)[5]?.checkVisibility({contentVisibilityAuto: true})).to.equal(true);
    });

    it('lets the keyboard go through the messages in order, and has no live region', async () => {
      const {element, root} = await thread(long);
      await complete(root);
      expect(findAll(element.renderRoot as ShadowRoot, '[aria-live], [role=log], [role=status]')).to.have.length(0);
      const buttons = [...all(root)].slice(0, 40).map((message) => message.shadowRoot?.querySelector('button'));
      const places = buttons.map((button, index) => {
        button?.focus();
        return root.activeElement === all(root)[index];
      });
      expect(places).to.deep.equal(places.map(() => true));
    });

    it('moves and renews no message when another one is added', async () => {
      const {root, show} = await thread(long);
      await complete(root);
      const before = [...all(root)];
      const asked = shown('user', 'One more', {id: 'more', key: 'more'});
      await show([...long, asked, growing(1)]);
      for (const lines of [2, 9, 40]) await show([...long, asked, growing(lines)]);
      expect([...all(root)].slice(0, count).every((message, index) => message === before[index])).to.equal(true);
      expect(all(root).length).to.equal(count + 2);
    });

    it('begins with the newest messages again when another chat is shown', async () => {
      const {root, show, fromEnd} = await thread(long);
      await complete(root);
      const other = long.map((message) => ({...message, key: `other ${message.key}`}));
      await show([]);
      await show(other);
      expect(all(root).length).to.be.lessThan(count);
      await complete(root);
      await until('the end is in view', () => fromEnd() < 2);
    });
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
