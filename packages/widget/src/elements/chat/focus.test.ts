/** Walks every action of the chat by key, and looks where the focus is afterwards: never on the body of the page. */
import {expect} from '@open-wc/testing';
import {sendKeys} from '@web/test-runner-commands';
import {ChatError, textOf} from '@chatlet/protocol';
import type {Chat, ErrorCode, Message} from '@chatlet/protocol';
import {end, fakeTransport, say, start} from '../../client/testing/fake-transport.ts';
import type {FakeStream, FakeTransportOptions} from '../../client/testing/fake-transport.ts';
import {chatInBox} from '../testing/chat.ts';
import {find, findAll, focused, settled, until} from '../testing/look.ts';
import {findButton, keyButtons} from './shortcuts.ts';
import type {ChatletChat} from './chat.ts';

const models = ['small', 'large'].map((id) => ({id, name: id}));
const chats: readonly Chat[] = ['One', 'Two', 'Three'].map((title, index) => ({
  id: `chat_${index + 1}`,
  title,
  model: 'm',
  createdAt: new Date(Date.now() - index * 1000).toISOString(),
  updatedAt: new Date(Date.now() - index * 1000).toISOString(),
}));
const message = (id: string, role: 'user' | 'assistant', text: string): Message => ({
  id,
  role,
  parts: [{type: 'text', text}],
  status: 'done',
  createdAt: new Date().toISOString(),
});
const talk = [message('q1', 'user', 'First?'), message('a1', 'assistant', 'Yes.')];
const stored = {chat_1: {messages: talk}, chat_2: {messages: talk}, chat_3: {messages: talk}};

async function chat(options: FakeTransportOptions = {}, width = 400) {
  const transport = fakeTransport({
    chats,
    stored,
    config: {models, defaultModel: 'small', starters: ['Why?']},
    ...options,
  });
  const {element, root} = await chatInBox(transport, {width});
  await until('the models are there', () => findAll(root, '.pill').length === 1);
  // Keys are part of what is fetched when a chat is opened.
  await import('./lazy-parts.ts');
  await settled();
  return {element, root, transport};
}

/** The place that has the focus, as a visitor would call it. */
function place(): string {
  const element = focused();
  return (
    element.getAttribute('aria-label') ??
    element.getAttribute('title') ??
    (element.textContent.trim() === '' ? element.localName : element.textContent.trim())
  );
}

const land = (where: string) =>
  until(`the focus is on ${where}`, () => place() === where).catch((error: unknown) => {
    throw new Error(`It is on ${place()}.`, {cause: error});
  });
const named = /^(?:Enter|Escape|Tab|Home|Delete|Backspace|Arrow\w+|F\d)$/;

/** Presses real keys, one after the other: `Tab`, `Shift+Tab`, or a text. */
async function keys(...pressed: readonly string[]): Promise<void> {
  for (const each of pressed) {
    const [modifier, key] = each.includes('+') ? each.split('+') : [undefined, each];
    if (modifier !== undefined) await sendKeys({down: modifier});
    await sendKeys(named.test(key ?? '') || modifier !== undefined ? {press: key ?? ''} : {type: each});
    if (modifier !== undefined) await sendKeys({up: modifier});
    await settled();
  }
}

/** Presses a button by key, as a visitor who has come to it by Tab. */
async function pressOn(root: ParentNode, selector: string): Promise<void> {
  await until(`there is ${selector}`, () => findButton(root, selector) !== undefined);
  findButton(root, selector)?.focus();
  await keys('Enter');
}

async function ask(element: ChatletChat, transport: ReturnType<typeof fakeTransport>): Promise<FakeStream> {
  element.focusComposer();
  await keys('Hello', 'Enter');
  return transport.next();
}

describe('the focus in chatlet-chat', () => {
  beforeEach(() => {
    localStorage.clear();
    sessionStorage.clear();
  });

  it('I-6 stays in the composer when a question is sent by Enter or by the button, and when an answer is stopped', async () => {
    const {element, root, transport} = await chat();
    const stream = await ask(element, transport);
    await land('Your message');
    await stream.give(start, say('Yes.'));
    await pressOn(root, '[part=stop]');
    await land('Your message');
    await stream.give({type: 'message-end', reason: 'stopped'});
    await until('one can send', () => findAll(root, '[part=send]').length === 1);
    await keys('More');
    await pressOn(root, '[part=send]');
    await transport.next();
    await land('Your message');
  });

  it('I-6 is in the composer when an answer ends while the stop button has the focus', async () => {
    const {element, root, transport} = await chat();
    const stream = await ask(element, transport);
    await stream.give(start, say('Yes.'));
    find(root, '[part=stop]').focus();
    await stream.give(end);
    await land('Your message');
  });

  it('I-6 goes to the composer from a starter', async () => {
    const {root, transport} = await chat();
    await pressOn(root, '.starter');
    await transport.next();
    await land('Your message');
  });

  it('I-6 goes to the composer after "Answer again" and after "Retry"', async () => {
    const {element, root, transport} = await chat();
    await (await ask(element, transport)).give(start, say('Yes.'), end);
    await pressOn(root, '.regenerate');
    await land('Your message');
    (await transport.next()).fail(new ChatError('provider-unavailable'));
    await pressOn(root, '.notice .retry');
    await land('Your message');
    await (await transport.next()).give(start, end);
    await settled();
    await land('Your message');
  });

  for (const way of ['Escape', 'Cancel', 'Send', 'Enter'] as const) {
    const home = way === 'Escape' || way === 'Cancel' ? 'Edit' : 'Your message';
    it(`I-6 goes to "${home}" when the editing of a question ends by ${way}`, async () => {
      const {element, root, transport} = await chat();
      element.messages = talk;
      await pressOn(root, '.change');
      await land('Edit your question');
      if (way === 'Escape' || way === 'Enter') await keys(way);
      else await pressOn(root, way === 'Cancel' ? '.edit-buttons .button:not(.primary)' : '.edit-buttons .primary');
      if (home === 'Your message') await transport.next();
      await land(home);
    });
  }

  it('I-6 stays on the button that copies', async () => {
    const {element, root} = await chat();
    element.messages = talk;
    await pressOn(root, '.answer .copy');
    await until('the focus stays', () => focused().matches('.copy'));
  });

  it('I-6 goes to the conversation when the button for older messages is gone, and from "Jump to latest"', async () => {
    const long = Array.from({length: 12}, (_, index) =>
      message(`m${index}`, index % 2 === 0 ? 'user' : 'assistant', 'Some words.\n\n'.repeat(12)),
    );
    const {element, root} = await chat({
      stored: {chat_1: {messages: long, olderCursor: 'c'}, 'chat_1 c': {messages: [message('m', 'user', 'First?')]}},
    });
    await element.openChat('chat_1');
    await until('all is there', () => findAll(root, 'chatlet-message').length === 12);
    const scroller = find(root, '.scroller');
    scroller.focus();
    await keys('Home');
    await pressOn(root, '.jump');
    await land('Conversation');
    findAll(root, '.older')[0]?.focus();
    if (findAll(root, '.older').length > 0) await keys('Enter');
    await until('the older message is there', () => findAll(root, 'chatlet-message').length === 13);
    await land('Conversation');
  });

  it('I-6 goes from the model list back to its button', async () => {
    const {element, root} = await chat();
    await pressOn(root, '.pill');
    await keys('ArrowDown', 'Enter');
    await land('Model: large');
    expect(element.model).to.equal('large');
    await keys('Enter', 'Escape');
    await land('Model: large');
  });

  it('I-6 goes into the drawer and back, stays in it with Tab, and to the composer with a choice', async () => {
    const {root} = await chat();
    await pressOn(root, '.history-button');
    await until('the chats are there', () => findAll(root, '[data-chat]').length === 3);
    await land('Search chats');
    const inside = new Set<string>();
    for (let presses = 0; presses < 24; presses++) {
      await keys('Tab');
      inside.add(place());
      expect(find(root, 'chatlet-history').shadowRoot?.activeElement, place()).to.not.equal(null);
    }
    expect([...inside]).to.include.members(['New chat', 'Close', 'One', 'Three', 'Delete: Three', 'Search chats']);
    await keys('Shift+Tab');
    expect(find(root, 'chatlet-history').shadowRoot?.activeElement).to.not.equal(null);
    await keys('Escape');
    await land('Chats');
    await pressOn(root, '.history-button');
    await pressOn(root, '[data-chat=chat_2]');
    await land('Your message');
    await pressOn(root, '.history-button');
    await pressOn(root, '.new');
    await land('Your message');
  });

  it('I-6 goes to "Undo" when a chat is deleted, which waits as long as it has the focus, and then to the chat', async () => {
    const {root, transport} = await chat({}, 900);
    await pressOn(root, '[data-chat=chat_2] + .tools [aria-label^=Delete]');
    await land('Undo');
    const rows = () => findAll(root, '.list li').map((row) => row.textContent.trim().split(/\s{2,}/)[0]);
    expect(rows(), 'I-43: in place of its row').to.deep.equal(['One', 'Chat deleted.', 'Three']);
    await new Promise((resolve) => setTimeout(resolve, 6500));
    expect(transport.calls).to.not.include('remove chat_2');
    await keys('Enter');
    await land('Two');
    await keys('Delete');
    await land('Undo');
    await keys('Enter');
    await land('Two');
  });

  it('I-6 goes back to the chat that was renamed, or not', async () => {
    const {root} = await chat({}, 900);
    await pressOn(root, '[data-chat=chat_2] + .tools [aria-label^=Rename]');
    await land('Title of the chat');
    await keys('Zwei', 'Enter');
    await land('Zwei');
    await keys('F2');
    await land('Title of the chat');
    await keys('Escape');
    await land('Zwei');
  });

  it('I-6 goes on to the next chats, and to the search when the list is loaded again', async () => {
    let failing = true;
    const {root} = await chat(
      {
        pages: {list: {items: chats.slice(0, 2), next: 'c'}, 'list c': {items: chats.slice(2)}},
        onCall(call) {
          if (failing && call === 'list') throw new ChatError('network');
        },
      },
      900,
    );
    failing = false;
    await pressOn(root, 'chatlet-history, .list .button');
    await pressOn(root, '.empty .button').catch(() => {});
    await land('Search chats');
    await pressOn(root, '.more');
    await land('Three');
  });

  it('I-6 goes to the composer with a new chat from the header, whose button goes away', async () => {
    const {element, root} = await chat();
    element.messages = talk;
    await pressOn(root, 'header [title="New chat"]');
    await land('Your message');
    expect(element.messages).to.have.length(0);
  });

  it('I-6 is caught when the page takes the focused message away', async () => {
    const {element, root} = await chat();
    element.messages = talk;
    await until('it is there', () => findAll(root, '.change').length === 1);
    find(root, '.change').focus();
    element.messages = [];
    await until('the focus is in the chat', () => element.matches(':focus-within'));
  });

  it('I-33 is one place in the conversation: Tab goes to one message’s buttons, arrows go between messages', async () => {
    const {element, root} = await chat();
    element.messages = Array.from({length: 24}, (_, index) =>
      message(`m${index}`, index % 2 === 0 ? 'user' : 'assistant', `Number ${index}`),
    );
    await until('all are there', () => findAll(root, 'chatlet-message').length === 24);
    find(root, '.scroller').focus();
    const stops: string[] = [];
    while (place() !== 'Your message' && stops.length < 40) {
      await keys('Tab');
      stops.push(place());
    }
    expect(stops).to.deep.equal(['Copy answer', 'Answer again', 'Your message']);
    find(root, '.scroller').focus();
    await keys('ArrowUp');
    expect(focused().localName).to.equal('article');
    expect(focused().textContent).to.include('Number 23');
    await keys('ArrowUp', 'ArrowUp');
    expect(focused().textContent).to.include('Number 21');
    await keys('Tab');
    expect(place()).to.equal('Copy answer');
    await keys('Tab');
    expect(place()).to.equal('Your message');
    find(root, '.scroller').focus();
    await keys('ArrowUp', 'ArrowUp', 'ArrowUp', 'ArrowDown');
    expect(focused().textContent).to.include('Number 22');
    expect(findAll(root, '[inert]')).to.have.length(0);
  });

  it('part 2 has a key for every action, listed under "?", none of which works while a text is written', async () => {
    const {element, root, transport} = await chat();
    element.messages = talk;
    await until('they are there', () => findAll(root, '.change').length === 1);
    element.focusComposer();
    await keys('n?hm');
    expect(find(root, 'textarea')).to.have.property('value', 'n?hm');
    expect(element.messages).to.have.length(2);
    await keys('F6', '?');
    await until('the list is there', () => findAll(root, 'dialog[open]').length === 1);
    const listed = findAll(root, 'kbd').map((key) => key.textContent.toLowerCase());
    expect(listed).to.include.members([...Object.keys(keyButtons), '1', '4', '⌫', 'del', '?', '/', 'f6', 'esc']);
    await expect(element).to.be.accessible();
    await keys('Escape');
    await land('Conversation');
    await keys('e');
    await land('Edit your question');
    await keys('Escape', 'c');
    await land('Edit');
    await keys('m');
    await until('the models are listed', () => findAll(root, '[role=listbox]').length === 1);
    await keys('Escape', 'h');
    await land('Search chats');
    await keys('Escape', 'r');
    const stream = await transport.next();
    await land('Your message');
    await stream.give(start, say('Yes.'));
    await keys('F6', 's');
    expect(transport.calls).to.include('stop chat_1');
    await stream.give({type: 'message-end', reason: 'stopped'});
    await keys('F6', '/');
    await land('Your message');
    await keys('F6', 'n');
    await land('Your message');
    expect(element.messages).to.have.length(0);
  });

  for (const [script, letters] of [
    ['Arabic', {KeyE: 'ث', KeyN: 'ى'}],
    ['Russian', {KeyE: 'у', KeyN: 'т'}],
    ['Greek', {KeyE: 'ε', KeyN: 'ν'}],
    ['Hebrew', {KeyE: 'ק', KeyN: 'מ'}],
  ] as const) {
    it(`part 2 has its keys where a Latin keyboard has them on one of this script: ${script}`, async () => {
      const {element, root} = await chat();
      element.messages = talk;
      await until('they are there', () => findAll(root, '.change').length === 1);
      const type = async (code: keyof typeof letters, more: KeyboardEventInit = {}) => {
        const init = {key: letters[code], code, bubbles: true, composed: true, cancelable: true, ...more};
        const free = focused().dispatchEvent(new KeyboardEvent('keydown', init));
        await settled();
        return free;
      };
      find(root, '.scroller').focus();
      await type('KeyE');
      await land('Edit your question');
      const left: string[] = [];
      const listen = ({key}: KeyboardEvent) => void left.push(key);
      document.addEventListener('keydown', listen);
      await type('KeyN');
      expect(element.messages, 'a letter of a text').to.have.length(2);
      element.focusComposer();
      await type('KeyN', {code: 'KeyC', ctrlKey: true});
      document.removeEventListener('keydown', listen);
      expect(left, 'letters, and what copies a text').to.deep.equal([]);
      find(root, '.scroller').focus();
      await type('KeyN', {ctrlKey: true});
      expect(element.messages, 'a key of the browser').to.have.length(2);
      await type('KeyN');
      expect(element.messages).to.have.length(0);
    });
  }

  it('part 2 shows its keys for the question mark of an Arabic keyboard', async () => {
    const {element, root} = await chat();
    element.messages = talk;
    await until('they are there', () => findAll(root, '.change').length === 1);
    find(root, '.scroller').focus();
    const init = {key: '؟', code: 'Slash', shiftKey: true, bubbles: true, composed: true, cancelable: true};
    focused().dispatchEvent(new KeyboardEvent('keydown', init));
    await until('the list is there', () => findAll(root, 'dialog[open]').length === 1);
  });

  it('part 2 chooses a starter and a question to ask next by its number', async () => {
    const {element, root, transport} = await chat({
      config: {models, defaultModel: 'small', starters: ['Why?', 'How?']},
    });
    await until('they are there', () => findAll(root, '.starter').length === 2);
    find(root, '.scroller').focus();
    await keys('3', '2');
    const stream = await transport.next();
    expect(element.messages.map(textOf)).to.deep.equal(['How?', '']);
    await stream.give(start, say('So.'), {...end, followUps: ['And then?', 'Since when?']});
    await until('they are there', () => findAll(root, '.follow-up').length === 2);
    find(root, '.scroller').focus();
    await keys('1');
    await transport.next();
    expect(element.messages.map(textOf)).to.deep.equal(['How?', 'So.', 'And then?', '']);
  });

  it('part 2 has a key for every button, but for those that Tab reaches in the message or the list that they belong to', async () => {
    /** Buttons with a key that is no shortcut. */
    const ownKeys = ['[part~=send]', '.starter', '.follow-up', '.stop-word', '.leave', '.title'];
    const listKeys = ['.tools .icon-button', '.queue .icon-button', '.new', '[title=Close]'];
    const byTab = [
      '.question .copy',
      '.text button',
      '.all-chats',
      '.tools-button',
      '.edit-buttons .button',
      '.resize',
    ];
    const known = [...Object.values(keyButtons), ...ownKeys, ...listKeys, ...byTab];
    const seen = new Set<string>();
    const look = (root: ParentNode) => {
      for (const button of findAll(root, 'button, .contact')) {
        const selector = known.find((each) => button.matches(each));
        expect(selector, button.outerHTML).to.not.equal(undefined);
        seen.add(selector ?? '');
      }
    };
    const failed = (code: ErrorCode) => ({status: 'failed', parts: [], error: {code, message: '', retryable: true}});
    for (const answer of [
      {},
      {status: 'interrupted'},
      failed('unauthenticated'),
      failed('context-too-long'),
      {parts: [{type: 'text', text: '```ts\na\n```\n\n| a |\n| --- |\n| b |'}], followUps: ['And then?']},
    ]) {
      const {element, root} = await chat({}, 900);
      look(root);
      element.contact = 'https://acme.example/contact';
      element.messages = [talk[0], {...talk[1], ...answer}] as typeof element.messages;
      await until('the answer is there', () => findAll(root, '.answer .actions, .answer .notice').length > 0);
      await until('the way to a person is there', () => findAll(root, '.contact').length === 1);
      look(root);
      element.remove();
    }
    const {element, root, transport} = await chat();
    await pressOn(root, '.history-button');
    await until('the chats are there', () => findAll(root, '[data-chat]').length === 3);
    look(root);
    await keys('Escape');
    const stream = await ask(element, transport);
    element.enqueue('And then?');
    await stream.give(start, say('Long.\n\n'.repeat(80)));
    await until('it waits', () => findAll(root, '.queued').length === 1);
    find(root, '.scroller').dispatchEvent(new WheelEvent('wheel', {deltaY: -100}));
    find(root, '.scroller').scrollTop = 0;
    await until('the jump button is there', () => findAll(root, '.jump').length === 1);
    look(root);
    stream.fail(new ChatError('internal'));
    await until('it is kept', () => findAll(root, '.send-now').length === 1);
    look(root);
    for (const key of ['n', 'h', 'm', 'c', 'r', 'e', 'g', 'i', 's', 'l', 'p'])
      expect(seen, `a button for ${key}`).to.include(keyButtons[key]);
  });

  it('part 2 lets the visitor choose in that list that only start and end of answers are said', async () => {
    const {element, root, transport} = await chat();
    element.messages = talk;
    element.focusComposer();
    await keys('F6', '?');
    await until('the list is there', () => findAll(root, 'dialog input').length === 1);
    find(root, 'dialog input').click();
    await keys('Escape');
    const live = find(root, '[aria-live]');
    const said: string[] = [];
    new MutationObserver(() => said.push(live.textContent)).observe(live, {childList: true, subtree: true});
    await (await ask(element, transport)).give(start, say('One. Two.'), end);
    await until('the end is said', () => said.join(' ').includes('Answer finished'));
    expect(said.join(' ')).to.not.include('One');
  });

  it('K22 a key that writes in a field does not leave the chat, and other keys do', async () => {
    const {element, root} = await chat({}, 900);
    const heard: string[] = [];
    const listen = (event: KeyboardEvent) => void heard.push(`${event.type} ${event.key}`);
    for (const type of ['keydown', 'keypress', 'keyup'] as const) document.addEventListener(type, listen);
    element.focusComposer();
    await keys('see /jokes?', 'Backspace', 'ArrowLeft', 'Home');
    findButton(root, '.find input')?.focus();
    // In the title that is renamed next, so that the search keeps it.
    await keys('wo', 'Delete');
    await pressOn(root, '[data-chat=chat_2] + .tools [aria-label^=Rename]');
    await land('Title of the chat');
    await keys('j', 'Escape');
    const texts = heard.filter((each) => !/Enter|Escape/.test(each));
    expect(texts).to.deep.equal([]);
    element.focusComposer();
    await keys('Escape', 'F9', 'Control+k');
    expect(heard).to.include.members(['keydown Escape', 'keydown F9', 'keydown k']);
    for (const type of ['keydown', 'keypress', 'keyup'] as const) document.removeEventListener(type, listen);
  });
});
