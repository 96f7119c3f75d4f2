/** The questions that wait while an answer runs, the line of an answer that has stalled, and the way back to a question. */
import {expect} from '@open-wc/testing';
import {sendKeys} from '@web/test-runner-commands';
import {ChatError} from '@chatlet/protocol';
import {end, fakeTransport, say, start} from '../../client/testing/fake-transport.ts';
import type {ChatTransport} from '../../client/transport.ts';
import {chatInBox} from '../testing/chat.ts';
import {find, findAll, focused, settled, textIn, until} from '../testing/look.ts';

async function chat(transport: ChatTransport) {
  const {element, root} = await chatInBox(transport);
  await until('the chat is there', () => findAll(root, 'textarea').length === 1);
  element.focusComposer();
  return {element, root};
}

/** A chat in which an answer runs. */
async function answering() {
  const transport = fakeTransport();
  const {element, root} = await chat(transport);
  const said: string[] = [];
  const live = find(root, '[aria-live=polite]');
  new MutationObserver(() => said.push(live.textContent.trim())).observe(live, {
    childList: true,
    characterData: true,
    subtree: true,
  });
  await write('Hello');
  const stream = await transport.next();
  await stream.give(start, say('Hi'));
  return {element, root, transport, stream, said};
}

async function write(text: string): Promise<void> {
  await sendKeys({type: text});
  await sendKeys({press: 'Enter'});
  await settled();
}

const queued = (root: ShadowRoot) => findAll(root, '.queued span').map(({textContent}) => textContent);
const draft = (root: ShadowRoot) => find(root, '[part=input]') as HTMLTextAreaElement;
const hear = (said: readonly string[], text: string) =>
  until(`one hears "${text}", not ${JSON.stringify(said)}`, () => said.join(' ').includes(text));

describe('I-32 the queue in chatlet-chat', () => {
  beforeEach(() => {
    localStorage.clear();
    sessionStorage.clear();
  });

  it('shows a question that waits, says so, and asks it when the answer is complete', async () => {
    const {element, root, transport, stream, said} = await answering();
    const asked: string[] = [];
    element.addEventListener('chatlet-send', ({text}) => asked.push(text));
    await write('And then?');
    await until('the question waits', () => queued(root).length === 1);
    expect(queued(root)).to.deep.equal(['And then?']);
    expect(textIn(root, '.queued b')).to.equal('Next');
    expect(draft(root).value).to.equal('');
    expect(asked).to.deep.equal([]);
    await hear(said, 'Your question is sent after this answer.');
    await stream.give(end);
    const next = await transport.next();
    await until('nothing waits', () => queued(root).length === 0);
    expect(asked).to.deep.equal(['And then?']);
    await hear(said, 'Your next question is sent.');
    await next.give({...start, messageId: 'msg_b'}, say('Yes.'), end);
    expect(findAll(root, '.bubble').map(({textContent}) => textContent.trim())).to.deep.equal(['Hello', 'And then?']);
  });

  it('empties the field after a question that is written and sent within one frame', async () => {
    const {root} = await answering();
    const field = draft(root);
    field.value = 'And then?';
    field.dispatchEvent(new InputEvent('input', {bubbles: true}));
    field.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true}));
    expect(field.value).to.equal('And then?');
    await until('the question waits', () => queued(root).length === 1);
    expect(field.value).to.equal('');
  });

  it('has a button for it beside the stop button as soon as there is a text', async () => {
    const {root} = await answering();
    expect(findAll(root, '[part=send]')).to.have.length(0);
    await sendKeys({type: 'And then?'});
    await until('the button is there', () => findAll(root, '[part=send]').length === 1);
    expect(find(root, '[part=send]').title).to.equal('Send as next question');
    find(root, '[part=send]').click();
    await until('the question waits', () => queued(root).length === 1);
    expect(findAll(root, '[part=stop]')).to.have.length(1);
  });

  it('gives the newest back to Backspace and to arrow up in the empty composer, and never to a held key', async () => {
    const {root} = await answering();
    await write('One');
    await write('Two');
    await until('both wait', () => queued(root).length === 2);
    draft(root).dispatchEvent(new KeyboardEvent('keydown', {key: 'Backspace', repeat: true, bubbles: true}));
    await settled();
    expect(queued(root)).to.have.length(2);
    await sendKeys({press: 'Backspace'});
    await settled();
    expect(draft(root).value).to.equal('Two');
    expect(queued(root)).to.deep.equal(['One']);
    await write('!');
    expect(queued(root)).to.deep.equal(['One', 'Two!']);
    await sendKeys({press: 'ArrowUp'});
    await settled();
    expect(draft(root).value).to.equal('Two!');
    // The text has lines of its own.
    await sendKeys({press: 'ArrowUp'});
    await settled();
    expect(queued(root)).to.deep.equal(['One']);
    expect(focused()).to.equal(draft(root));
  });

  it('is reached by Tab: Enter edits or removes, Delete removes, Escape goes back, and the focus is in the composer', async () => {
    const {root, said} = await answering();
    await write('One');
    await write('Two');
    await until('both wait', () => queued(root).length === 2);
    const [edit, remove] = findAll(root, '.queue button');
    expect(edit?.title).to.equal('Edit next question');
    expect(remove?.title).to.equal('Remove next question');
    edit?.focus();
    await sendKeys({press: 'Tab'});
    expect(focused()).to.equal(remove);
    await sendKeys({press: 'Escape'});
    expect(focused()).to.equal(draft(root));
    remove?.focus();
    await sendKeys({press: 'Delete'});
    await settled();
    expect(queued(root)).to.deep.equal(['Two']);
    expect(focused()).to.equal(draft(root));
    await hear(said, 'Next question removed.');
    find(root, '.queue button').focus();
    await sendKeys({press: 'Enter'});
    await settled();
    expect(draft(root).value).to.equal('Two');
    expect(focused()).to.equal(draft(root));
  });

  it('keeps the question after a failure or a stop, says so, and sends it by a button', async () => {
    const {root, transport, stream, said} = await answering();
    await write('And then?');
    stream.fail(new ChatError('internal'));
    await until('it is kept', () => findAll(root, '.send-now').length === 1);
    expect(textIn(root, '.queue-note span')).to.equal('Not sent yet.');
    await hear(said, 'Not sent yet.');
    find(root, '.send-now').focus();
    await sendKeys({press: 'Enter'});
    const next = await transport.next();
    await next.give({...start, messageId: 'msg_b'}, say('Yes.'));
    await until('nothing waits', () => queued(root).length === 0);
    expect(findAll(root, '.send-now')).to.have.length(0);
    expect(focused()).to.equal(draft(root));
    await write('More');
    await sendKeys({press: 'Escape'});
    await next.give({type: 'message-end', reason: 'stopped'});
    await until('it is kept', () => findAll(root, '.send-now').length === 1);
    expect(queued(root)).to.deep.equal(['More']);
  });

  it('takes five, and leaves a sixth in the composer', async () => {
    const {root, said} = await answering();
    for (const text of ['1', '2', '3', '4', '5', '6']) await write(text);
    await until('five wait', () => queued(root).length === 5);
    expect(draft(root).value).to.equal('6');
    expect(textIn(root, '.queue-note')).to.equal('No more questions can wait.');
    await hear(said, 'No more questions can wait.');
  });

  it('goes to the end of the conversation with the question, also if the visitor reads above it', async () => {
    const {root, stream} = await answering();
    await stream.give(say('\n\nA line.'.repeat(60)));
    const scroller = find(root, '.scroller');
    await until('it scrolls', () => scroller.scrollTop > 200);
    scroller.scrollTop = 0;
    scroller.dispatchEvent(new WheelEvent('wheel', {deltaY: -100}));
    await settled();
    await write('And then?');
    await until('one sees it', () => {
      const item = findAll(root, '.queued')[0]?.getBoundingClientRect();
      return item !== undefined && item.bottom <= scroller.getBoundingClientRect().bottom;
    });
  });

  it('has no axe violations', async () => {
    const {element, root} = await answering();
    for (const text of ['1', '2', '3', '4', '5']) await write(text);
    await until('five wait', () => queued(root).length === 5);
    await expect(element).to.be.accessible();
  });
});

describe('arrow up in the empty composer', () => {
  it('W4.9 opens the last question for editing, and leaves a text alone', async () => {
    const {root, stream} = await answering();
    await stream.give(end);
    await until('the answer has ended', () => findAll(root, '[part=stop]').length === 0);
    await sendKeys({type: 'x'});
    await sendKeys({press: 'ArrowUp'});
    await settled();
    expect(findAll(root, '.edit textarea')).to.have.length(0);
    // The caret is before the text by now.
    await sendKeys({press: 'Delete'});
    await settled();
    await sendKeys({press: 'ArrowUp'});
    await until('the question can be edited', () => findAll(root, '.edit textarea').length === 1);
    expect((focused() as HTMLTextAreaElement).value).to.equal('Hello');
  });
});

describe('UX-22 the line of an answer that has stalled', () => {
  it('says that the work goes on, stops by a word, and moves no word when the answer goes on', async function () {
    this.timeout(30_000);
    const {root, stream, said, transport} = await answering();
    expect(findAll(root, '.stall')).to.have.length(0);
    await until('the line is there', () => findAll(root, '.stall').length === 1);
    expect(textIn(root, '.stall span')).to.equal('Still working…');
    await hear(said, 'Still working…');
    const before = find(root, '[part=text]').getBoundingClientRect().top;
    await stream.give(say(' again'));
    await until('the line is quiet', () => !find(root, '.stall').checkVisibility({visibilityProperty: true}));
    expect(find(root, '[part=text]').getBoundingClientRect().top).to.equal(before);
    await until('the line is back', () => find(root, '.stall').checkVisibility({visibilityProperty: true}));
    find(root, '.stall button').focus();
    await sendKeys({press: 'Enter'});
    await until('the server is asked to stop', () => transport.calls.includes('stop chat_1'));
    await stream.give({type: 'message-end', reason: 'stopped'});
    await until('the line is gone', () => findAll(root, '.stall').length === 0);
    expect(focused()).to.equal(draft(root));
    expect(said.join(' ').split('Still working…')).to.have.length(2);
  });
});
