/** The whole chat, from a key press to an answer, with a fake transport that the test controls. */
import {expect, fixture, html} from '@open-wc/testing';
import {ChatError} from '@chatlet/protocol';
import {end, fakeTransport, say, start} from '../../client/testing/fake-transport.ts';
import type {FakeTransportOptions} from '../../client/testing/fake-transport.ts';
import {asksPerson} from '../../client/validate.ts';
import {chatParts} from '../parts.ts';
import {chatInBox} from '../testing/chat.ts';
import {find, findAll, focused, heard, press, settled, still, textIn, until} from '../testing/look.ts';
import type {ChatletChat} from './chat.ts';

const models = ['small', 'large'].map((id) => ({id, name: id}));
const chats = ['One', 'Two'].map((title, index) => ({
  id: `chat_${index + 1}`,
  title,
  model: 'm',
  createdAt: new Date().toISOString(),
  updatedAt: new Date().toISOString(),
}));

async function chat(options: FakeTransportOptions = {}, width = 400) {
  const transport = fakeTransport(options);
  const {element, root} = await chatInBox(transport, {width});
  await settled();
  return {element, root, transport};
}

describe('chatlet-chat', () => {
  beforeEach(() => {
    localStorage.clear();
    sessionStorage.clear();
  });

  it('answers a question that is typed and sent with Enter', async () => {
    const {element, root, transport} = await chat();
    element.focusComposer();
    await press({type: 'Hello'}, 'Enter');
    const stream = await transport.next();
    await until('the question is there', () => textIn(root, '.bubble') === 'Hello');
    expect((focused() as HTMLTextAreaElement).value).to.equal('');

    await stream.give(start, say('Hi '));
    await until('the answer grows', () => textIn(root, '.text') === 'Hi');
    expect(findAll(root, '[part=stop]')).to.have.length(1);
    const answered = heard(element, 'chatlet-answered');
    void stream.give(say('there.'), end);
    const {message} = await answered;
    expect(message.status).to.equal('done');
    await until('the answer is complete', () => textIn(root, '.text') === 'Hi there.');
    await until('one can send again', () => findAll(root, '[part=send]').length === 1);
    expect(element.messages.map(({role}) => role)).to.deep.equal(['user', 'assistant']);
  });

  it('lets the page cancel a question before it is sent', async () => {
    const {element, transport} = await chat();
    const texts: string[] = [];
    element.addEventListener('chatlet-send', (event) => {
      texts.push(event.text);
      event.preventDefault();
    });
    element.focusComposer();
    await press({type: 'Secret'}, 'Enter');
    await settled();
    expect(texts).to.deep.equal(['Secret']);
    expect(transport.opened).to.have.length(0);
    expect((focused() as HTMLTextAreaElement).value).to.equal('Secret');
  });

  it('lets no action of its inner elements out', async () => {
    const {element} = await chat();
    let actions = 0;
    element.addEventListener('chatlet-action', () => actions++);
    element.focusComposer();
    await press({type: 'Hello'});
    expect(actions).to.equal(0);
  });

  it('asks the starter that the visitor clicks', async () => {
    const {element, root, transport} = await chat({config: {greeting: 'Welcome', starters: ['What is this?']}});
    await until('the greeting is there', () => textIn(root, '.greeting h3') === 'Welcome');
    find(root, '.starter').click();
    const {request} = await transport.next();
    expect('message' in request && request.message?.text).to.equal('What is this?');
    expect(element.messages).to.have.length(2);
    await until('the composer has the focus', () => focused().localName === 'textarea');
  });

  it('asks the question of a prompt when its title is chosen, and a title that has none as it is', async () => {
    for (const [starter, asked] of [
      ['Offers', 'Which rooms are free?'],
      ['constructor', 'constructor'],
    ] as const) {
      const {root, transport} = await chat({config: {starters: [starter], prompts: {Offers: 'Which rooms are free?'}}});
      await until('the starter is there', () => textIn(root, '.starter') === starter);
      find(root, '.starter').click();
      const {request} = await transport.next();
      expect('message' in request && request.message?.text).to.equal(asked);
    }
  });

  it('hands the chat to a person from the header, as soon as there is one', async () => {
    const asked: string[] = [];
    const askPerson = async (chatId: string, text: string) => void asked.push(`${chatId}: ${text}`);
    const fake = fakeTransport({config: {contact: 'chat:person'}});
    const {element, root} = await chatInBox({...fake, askPerson});
    element.focusComposer();
    await press({type: 'Hello'}, 'Enter');
    const stream = await fake.next();
    expect(findAll(root, '.header [title="Ask a person"]')).to.have.length(0);
    await stream.give(start, say('Hi.'), end);
    await until('the button is there', () => findAll(root, '.header [title="Ask a person"]').length === 1);
    find(root, '.header [title="Ask a person"]').click();
    await until('the card has the focus', () => focused().closest('[part=ask-person]') !== null);
    await expect(element).to.be.accessible();
    await press({type: 'Where is my parcel?'}, 'Enter');
    await until('it is sent', () => asked.length === 1 && findAll(root, '[part=ask-person]').length === 0);
    expect(asked).to.deep.equal(['chat_1: Where is my parcel?']);
    element.newChat();
    await until('an empty chat has none', () => findAll(root, '.header [title="Ask a person"]').length === 0);
    element.contact = 'help@tea.example';
    const link = () => find(root, '.header a').getAttribute('href');
    await until(
      'the page has an address',
      () => findAll(root, '.header a').length === 1 && link() === 'mailto:help@tea.example',
    );
  });

  it('prefers the page’s words to those of the server', async () => {
    const {element, root} = await chat({config: {greeting: 'From the server', heading: 'Server'}});
    element.greeting = 'From the page';
    await until('the greeting is the page’s', () => textIn(root, '.greeting h3') === 'From the page');
    expect(textIn(root, 'h2')).to.equal('Server');
    element.strings = {newChat: 'Fresh start'};
    element.messages = [{role: 'user', content: 'Hi'}];
    await until('the words are the page’s', () => findAll(root, '[title="Fresh start"]').length === 1);
  });

  it('shows the page’s words in code that is fetched later, whose English words are fetched with it', async () => {
    const {element, root} = await chat();
    element.strings = {toolInput: 'Question', toolOutput: (() => {}) as unknown as string};
    const call = {type: 'tool', callId: 'c', name: 'weather', input: {city: 'Oslo'}, state: 'done', output: 4} as const;
    const {id, createdAt} = {id: 'm', createdAt: '2026-01-01T00:00:00.000Z'};
    element.messages = [{id, createdAt, role: 'assistant', status: 'done', parts: [call]}];
    const names = () => findAll(root, '.tool dt').map(({textContent}) => textContent);
    await until('the tool is there', () => names().length === 2);
    expect(names()).to.deep.equal(['Question', 'Result']);
  });

  it('stops an answer, and tells the page the text so far', async () => {
    const {element, root, transport} = await chat();
    void element.send('Count');
    const stream = await transport.next();
    await stream.give(start, say('One'));
    await until('there is a stop button', () => findAll(root, '[part=stop]').length === 1);
    const stopped = heard(element, 'chatlet-stopped');
    find(root, '[part=stop]').click();
    expect(transport.calls).to.deep.equal(['stop chat_1']);
    void stream.give({type: 'message-end', reason: 'stopped'});
    const {message} = await stopped;
    expect(message.parts).to.deep.equal([{type: 'text', text: 'One'}]);
    await until('it says so', () => textIn(root, '.mark') === 'Stopped');
  });

  it('shows an error in words, tells the page of it, and retries', async () => {
    const {element, root, transport} = await chat();
    void element.send('Hello');
    const failed = heard(element, 'chatlet-error');
    (await transport.next()).fail(new ChatError('provider-unavailable', 'secret detail'));
    expect((await failed).error.code).to.equal('provider-unavailable');
    await until('it is said', () => textIn(root, '.notice').startsWith('The model cannot be reached.'));
    await still();
    await expect(element).to.be.accessible();
    find(root, '.notice .button').click();
    await (await transport.next()).give(start, say('Hi'), end);
    await until('it is answered', () => textIn(root, '.text') === 'Hi');
    expect(findAll(root, '.notice')).to.have.length(0);
  });

  it('announces an answer to screen readers in sentences, outside of the thread', async () => {
    const {element, root, transport} = await chat();
    const live = find(root, '[aria-live=polite]');
    const said: string[] = [];
    const observer = new MutationObserver(() => said.push(live.textContent ?? ''));
    observer.observe(live, {childList: true, characterData: true, subtree: true});
    void element.send('Count');
    const stream = await transport.next();
    await stream.give(start, say('One. Two. Thr'));
    await until('the first words are said', () => said.length === 1);
    await stream.give(say('ee.'), end);
    await until('the last words are said', () => said.length === 2);
    observer.disconnect();
    expect(said).to.deep.equal(['Answer started One. Two.', 'Three. Answer finished']);
    expect(find(root, 'chatlet-thread').contains(live)).to.equal(false);
  });

  it('moves between the composer and the conversation with F6', async () => {
    const {element} = await chat();
    element.focusComposer();
    await press('F6');
    expect(focused().getAttribute('role')).to.equal('region');
    await press('F6');
    expect(focused().localName).to.equal('textarea');
  });

  it('offers the server’s models, and tells the page which one was chosen', async () => {
    const {element, root} = await chat({config: {models, defaultModel: 'small'}});
    await until('the picker is there', () => textIn(root, '.pill') === 'small');
    const changed = heard(element, 'chatlet-model-change');
    find(root, '.pill').click();
    await settled();
    findAll(root, '[role=option]')[1]?.click();
    expect((await changed).model).to.equal('large');
    expect(element.model).to.equal('large');
  });

  it('shows the history beside the conversation if the chat is wide', async () => {
    const {element, root, transport} = await chat({chats}, 900);
    await until('the chats are listed', () => findAll(root, '[part=chat-item]').length === 2);
    expect(findAll(root, '.history-button')).to.have.length(0);
    const changed = heard(element, 'chatlet-chat-change');
    find(root, '[data-chat=chat_2]').click();
    expect((await changed).chatId).to.equal('chat_2');
    expect(transport.calls).to.include('load chat_2');
    await still();
    await expect(element).to.be.accessible();
  });

  it('shows the history in a drawer if the chat is narrow, and Escape closes it', async () => {
    const {element, root} = await chat({chats});
    expect(findAll(root, 'chatlet-history')).to.have.length(0);
    find(root, '.history-button').click();
    await until('the chats are listed', () => findAll(root, '[part=chat-item]').length === 2);
    expect(find(root, '.main').inert).to.equal(true);
    expect(focused().getAttribute('type')).to.equal('search');
    await still();
    await expect(element).to.be.accessible();
    await press('Escape');
    await settled();
    expect(findAll(root, 'chatlet-history')).to.have.length(0);
    expect(focused() === find(root, '.history-button')).to.equal(true);
  });

  it('keeps the history in a drawer if the page says so, however wide the chat is', async () => {
    const {element, root} = await chat({chats}, 900);
    element.history = 'drawer';
    await until('there is a button for the drawer', () => findAll(root, '.history-button').length === 1);
    expect(findAll(root, 'chatlet-history')).to.have.length(0);
    find(root, '.history-button').click();
    await until('the drawer is open', () => findAll(root, 'chatlet-history').length === 1);
    expect(find(root, '.main').inert).to.equal(true);
  });

  it('moves the history out of the drawer when the chat becomes wide, and leaves the drawer closed', async () => {
    const {element, root} = await chat({chats});
    find(root, '.history-button').click();
    await until('the drawer is open', () => find(root, '.main').inert);
    const resize = (width: number) => element.parentElement?.style.setProperty('inline-size', `${width}px`);
    const histories = () => findAll(root, 'chatlet-history').length;
    resize(900);
    await until('the history stands beside', () => histories() === 1 && !find(root, '.main').inert);
    resize(400);
    await until('the drawer is closed', () => histories() === 0);
    expect(find(root, '.main').inert).to.equal(false);
  });

  it('begins a new chat from the history, and goes from the drawer to the composer', async () => {
    for (const [width, place] of [
      [400, 'textarea'],
      [900, 'button'],
    ] as const) {
      const {element, root} = await chat({chats}, width);
      await element.openChat('chat_1');
      element.messages = [{role: 'user', content: 'Hi'}];
      findAll(root, '.history-button')[0]?.click();
      await until('the chats are listed', () => findAll(root, '[part=chat-item]').length === 2);
      find(root, '[part=new-chat]').focus();
      find(root, '[part=new-chat]').click();
      await until('the chat is new', () => findAll(root, 'chatlet-message').length === 0);
      expect(element.chatId).to.equal(undefined);
      await until(`the focus is in a ${place}`, () => focused().localName === place);
      element.remove();
    }
  });

  it('goes on with an answer after the page has moved the chat', async () => {
    const {element, root, transport} = await chat();
    void element.send('Count');
    const stream = await transport.next();
    await stream.give(start, say('One '));
    const elsewhere = document.createElement('section');
    element.parentElement?.append(elsewhere);
    elsewhere.append(element);
    await stream.give(say('two'));
    await until('the answer goes on', () => textIn(root, '.text') === 'One two');
  });

  it('closes the stream of an answer when the chat is removed', async () => {
    const {element, transport} = await chat();
    void element.send('Count');
    const stream = await transport.next();
    await stream.give(start);
    element.remove();
    await stream.left;
    expect(transport.calls).to.deep.equal([]);
  });

  it('logout() wipes the messages from the page and the device, and drops the rest of an answer', async () => {
    const {element, root, transport} = await chat({chats});
    void element.send('My secret');
    const stream = await transport.next();
    await stream.give(start, say('Your secret'));
    await until('it is shown', () => textIn(root, '.text') === 'Your secret');
    element.logout();
    await stream.left;
    await settled();
    expect(findAll(root, 'chatlet-message')).to.have.length(0);
    expect(JSON.stringify([localStorage, sessionStorage])).to.not.contain('secret');
  });

  it('wipes the visitor’s chats when another tab signs out', async () => {
    const endpoint = `${location.origin}/left`;
    const {element, root, transport} = await chat({chats});
    element.endpoint = endpoint;
    element.token = 'theirs';
    await settled();
    void element.send('My secret');
    const stream = await transport.next();
    await stream.give(start, say('Your secret'));
    await until('it is shown', () => textIn(root, '.text') === 'Your secret');

    // Another tab with another chat on the same backend.
    const tab = document.createElement('iframe');
    document.body.append(tab);
    const inTab = tab.contentWindow;
    if (!inTab) throw new Error('There is no other tab.');
    const left = new Promise<void>((resolve) => void stream.left.then(resolve));
    const script = tab.contentDocument?.createElement('script');
    if (!script) throw new Error('There is no page in the other tab.');
    script.type = 'module';
    script.textContent = `
      import ${JSON.stringify(new URL('../../define.ts', import.meta.url).href)};
      const chat = document.createElement('chatlet-chat');
      chat.endpoint = ${JSON.stringify(endpoint)};
      chat.transport = {async *send() {}};
      document.body.append(chat);
      await chat.updateComplete;
      localStorage.setItem('chatlet:elsewhere:draft:new', 'stays');
      chat.identify('next');`;
    tab.contentDocument?.head.append(script);
    await left;
    await until('nothing is shown', () => findAll(root, 'chatlet-message').length === 0);
    expect(element.token).to.equal(undefined);
    expect(element.chatId).to.equal(undefined);
    const stored = JSON.stringify([localStorage, sessionStorage]);
    expect(stored).to.not.contain('secret');
    expect(stored).to.contain('stays');
    tab.remove();
  });

  it('logout() wipes other chats of the same backend, and none of other backends', async () => {
    const one = await chat();
    one.element.endpoint = `${location.origin}/one`;
    one.element.token = 'mine';
    const other = await chat();
    other.element.endpoint = `${location.origin}/other`;
    const third = await chat();
    third.element.endpoint = `${location.origin}/other`;
    const session = () => 'whoever is here now';
    third.element.token = session;
    await settled();
    third.element.messages = [{role: 'user', content: 'Hi'}];
    one.element.messages = [{role: 'user', content: 'Hi'}];
    await until('both are shown', () => [one, third].every(({root}) => findAll(root, 'chatlet-message').length === 1));
    other.element.logout();
    await until('the same backend is left', () => findAll(third.root, 'chatlet-message').length === 0);
    expect(third.element.token).to.equal(session);
    expect(one.element.token).to.equal('mine');
    expect(findAll(one.root, 'chatlet-message')).to.have.length(1);
  });

  it('logout() leaves no identity on the device: those of elements with other ids end with the server, too', async () => {
    const endpoint = `${location.origin}/ids`;
    const told: string[] = [];
    const {fetch} = globalThis;
    globalThis.fetch = async (url, init) => {
      const path = (url instanceof Request ? url.url : String(url)).replace(endpoint, '');
      const visitor = new Headers(init?.headers).get('x-chatlet-visitor');
      if (path.startsWith('/api/me')) told.push(`${init?.method} ${path} ${visitor}`);
      return new Response('{}');
    };
    try {
      for (const [name, area] of [
        [endpoint, localStorage],
        [`${endpoint}#help`, localStorage],
        [`${endpoint}#shop`, sessionStorage],
        [`${endpoint}er`, localStorage],
      ] as const) {
        area.setItem(`chatlet:${name}:visitor`, `v2.${name.slice(endpoint.length)}`);
        area.setItem(`chatlet:${name}:draft:new`, 'My secret');
      }
      const element = await fixture<ChatletChat>(html`<chatlet-chat endpoint=${endpoint}></chatlet-chat>`);
      element.logout({delete: true});
      await settled();
      expect(told.toSorted()).to.deep.equal(['', '#help', '#shop'].map((id) => `DELETE /api/me v2.${id}`));
      expect([localStorage, sessionStorage].flatMap((area) => Object.keys(area)).toSorted()).to.deep.equal([
        `chatlet:${endpoint}er:draft:new`,
        `chatlet:${endpoint}er:visitor`,
      ]);
    } finally {
      globalThis.fetch = fetch;
    }
  });

  it('calls the present headers function for each request, and another function does not connect anew', async () => {
    const sent: {readonly path: string; readonly ticket: string | null}[] = [];
    const {fetch} = globalThis;
    globalThis.fetch = async (input, init) => {
      const path = new URL(input instanceof Request ? input.url : input).pathname.replace('/headers/api/', '');
      sent.push({path, ticket: new Headers(init?.headers).get('x-ticket')});
      return new Response('[]');
    };
    const askedFor = (path: string) => sent.filter((request) => request.path === path).map(({ticket}) => ticket);
    try {
      const endpoint = `${location.origin}/headers`;
      const element = await fixture<ChatletChat>(
        html`<chatlet-chat endpoint=${endpoint} .headers=${async () => ({'x-ticket': 'first'})}></chatlet-chat>`,
      );
      await until('the chat has connected', () => askedFor('config').length > 0 && askedFor('models').length > 0);
      element.headers = () => ({'x-ticket': 'second'});
      await settled();
      void element.send('Hi');
      await until('the question is sent', () => askedFor('chat').length > 0);
      expect([askedFor('config'), askedFor('models'), askedFor('chat')]).to.deep.equal([
        ['first'],
        ['first'],
        ['second'],
      ]);
    } finally {
      globalThis.fetch = fetch;
    }
  });

  it('hears of a sign-out with what only this tab keeps, and with identities that the device has kept', async () => {
    const endpoint = `${location.origin}/kept`;
    sessionStorage.setItem(`chatlet:${endpoint}#shop:visitor`, 'v2.mine');
    const {element} = await chat({chats});
    Object.assign(element, {endpoint, id: 'shop', storage: 'session'});
    await settled();
    element.messages = [{role: 'user', content: 'My secret'}];
    const channel = new BroadcastChannel(`chatlet:${endpoint}`);
    channel.postMessage({left: ['v2.of another tab']});
    await until('nothing is shown', () => element.messages.length === 0);
    channel.close();
    expect(sessionStorage.length).to.equal(0);
  });

  it('S0.27: counts down to an automatic retry', async () => {
    const {element, root, transport} = await chat();
    const sent = element.send('Hello');
    (await transport.next()).fail(new ChatError('rate-limited', undefined, {retryAfter: 2}));
    await until('it is said', () => textIn(root, '.notice').startsWith('Too many messages.'));
    expect(textIn(root, '.notice')).to.match(/Your question is sent again in [12] s\.$/);
    await until('it is spoken', () =>
      textIn(root, '[aria-live=polite]').startsWith('Too many messages. Your question is sent'),
    );
    expect(findAll(root, '.notice button')).to.have.length(0);
    expect(findAll(root, '[part=stop]')).to.have.length(1);
    await still();
    await expect(element).to.be.accessible();
    await (await transport.next()).give(start, say('Hi'), end);
    expect((await sent)?.status).to.equal('done');
    await until('it is answered', () => textIn(root, '.text') === 'Hi');
    expect(findAll(root, '.notice')).to.have.length(0);
  });

  it('S3.12: answers from the answer cache if the page wants it, until logout()', async () => {
    const {element, transport} = await chat();
    element.answerCache = true;
    await settled();
    const ask = async () => {
      element.newChat();
      return element.send('Hello');
    };
    const first = ask();
    await (await transport.next()).give(start, say('Hi'), end);
    await first;
    expect((await ask())?.status).to.equal('done');
    expect(transport.opened).to.have.length(1);
    element.logout();
    await settled();
    const afterwards = ask();
    await (await transport.next()).give(start, say('Hi'), end);
    await afterwards;
    expect(transport.opened).to.have.length(2);
  });

  it('sets formulas if the page wants them', async () => {
    const {element, root} = await chat();
    element.messages = [{role: 'assistant', content: 'It is $x^2$.'}];
    await until('it is shown', () => textIn(root, '.text') === 'It is $x^2$.');
    element.newChat();
    element.math = true;
    element.messages = [{role: 'assistant', content: 'It is $x^2$.'}];
    await until('it is set', () => findAll(root, '.text').some((text) => text.querySelector('math') !== null));
  });

  it('opens a long chat at its end, and keeps the scroll position while older messages come', async () => {
    const said = (from: number, to: number) =>
      Array.from({length: to - from}, (_, index) => {
        const number = from + index;
        const text = `Message ${number}. ${'word '.repeat((number * 7) % 60)}`;
        return {
          id: `msg_${number}`,
          role: number % 2 === 0 ? ('user' as const) : ('assistant' as const),
          parts: [{type: 'text' as const, text}],
          status: 'done' as const,
          createdAt: new Date().toISOString(),
        };
      });
    const stored = {
      chat_1: {messages: said(200, 1200), olderCursor: 'c1'},
      'chat_1 c1': {messages: said(100, 200), olderCursor: 'c0'},
      'chat_1 c0': {messages: said(0, 100)},
    };
    const {element, root, transport} = await chat({chats, stored});
    await element.openChat('chat_1');
    await until('all are there', () => findAll(root, 'chatlet-message').length === 1000);
    const scroller = find(root, '.scroller');
    const fromEnd = () => scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop;
    await until('the end is in view', () => scroller.scrollHeight > 10_000 && fromEnd() < 2);
    await settled();
    expect(transport.calls.filter((call) => / c\d$/.test(call))).to.deep.equal([]);

    const topOf = (text: string) =>
      findAll(root, 'chatlet-message')
        .find((message) => message.shadowRoot?.textContent?.includes(text))
        ?.getBoundingClientRect().top;
    for (const [first, count] of [
      ['Message 200.', 1100],
      ['Message 100.', 1200],
    ] as const) {
      scroller.dispatchEvent(new WheelEvent('wheel', {deltaY: -100, bubbles: true}));
      scroller.scrollTop = 0;
      const before = topOf(first);
      await until('older messages are there', () => findAll(root, 'chatlet-message').length === count);
      await settled();
      expect(Math.abs((topOf(first) ?? 0) - (before ?? 1e9))).to.be.lessThan(2);
    }
    expect(findAll(root, '.older')).to.have.length(0);
    expect(transport.calls.filter((call) => / c\d$/.test(call))).to.deep.equal(['load chat_1 c1', 'load chat_1 c0']);
  });

  it('keeps the drafts of two chats on one page apart by their ids', async () => {
    const one = await fixture<ChatletChat>(html`<chatlet-chat id="one" .transport=${fakeTransport()}></chatlet-chat>`);
    // Drafts are kept from the first question on.
    void one.send('Hello');
    await settled();
    one.focusComposer();
    await press({type: 'Mine'});
    const two = await fixture<ChatletChat>(html`<chatlet-chat id="two" .transport=${fakeTransport()}></chatlet-chat>`);
    const again = await fixture<ChatletChat>(
      html`<chatlet-chat id="one" .transport=${fakeTransport()}></chatlet-chat>`,
    );
    const draft = (element: ChatletChat) =>
      (find(element.renderRoot as ShadowRoot, 'textarea') as HTMLTextAreaElement).value;
    await settled();
    expect([draft(two), draft(again)]).to.deep.equal(['', 'Mine']);
  });

  it('R-17: writes nothing on the device before the first question, and nothing at all if the page says so', async () => {
    const keys = () =>
      Object.keys(localStorage)
        .concat(Object.keys(sessionStorage))
        .filter((key) => key.includes('#r17'));
    for (const [attributes, expected] of [
      [{storage: 'local'}, true],
      [{storage: 'none'}, false],
      [{consent: 'required'}, false],
      [{temporary: true}, false],
    ] as const) {
      const element = document.createElement('chatlet-chat');
      Object.assign(element, {id: 'r17', transport: fakeTransport()}, attributes);
      const mounted = await fixture<ChatletChat>(element);
      mounted.focusComposer();
      await press({type: 'Draft'});
      await settled();
      expect(keys()).to.deep.equal([]);
      void mounted.send('Hello');
      await settled();
      expect(keys().length > 0).to.equal(expected, JSON.stringify(attributes));
      mounted.consent = 'granted';
      await mounted.updateComplete;
      if ('consent' in attributes) expect(keys().length).to.be.greaterThan(0);
      mounted.remove();
      localStorage.clear();
      sessionStorage.clear();
    }
  });

  it('takes no text styles from the page', async () => {
    const style = document.createElement('style');
    style.textContent = 'body { font-size: 40px; line-height: 3; letter-spacing: 9px; text-transform: uppercase }';
    document.head.append(style);
    const {root} = await chat();
    const {fontSize, letterSpacing, textTransform} = getComputedStyle(find(root, '.greeting p, .greeting h3'));
    style.remove();
    expect([fontSize, letterSpacing, textTransform]).to.deep.equal(['23px', '-0.345px', 'none']);
  });

  it('lets a page style every part by its name, also through the launcher', async () => {
    const parts = chatParts.split(', ');
    const page = document.createElement('style');
    document.head.append(page);
    const transport = fakeTransport({
      chats,
      allChats: true,
      config: {models, starters: ['What is this?'], disclaimer: 'Check it.'},
    });
    transport.search = async () => [{id: 'tea', title: 'Tea', url: 'https://docs.example/tea', snippet: ''}];
    const launcher = document.createElement('chatlet-launcher');
    launcher.transport = transport;
    launcher.style.setProperty('--chatlet-panel-width', '760px');
    document.body.append(launcher);
    const styled = new Set<string>();
    /** Adds the parts that a rule of the page reaches now. */
    const collect = () => {
      for (const part of parts) {
        page.textContent = `chatlet-launcher::part(${part}) { --reached: yes }`;
        const isReached = findAll(document.body, '[part]').some(
          (element) => getComputedStyle(element).getPropertyValue('--reached') === 'yes',
        );
        if (isReached) styled.add(part);
      }
    };
    try {
      launcher.show();
      await until('the chat is there', () => findAll(document.body, '[part=chat-item]').length === 2);
      find(document.body, '.pill').click();
      await settled();
      collect();
      find(document.body, '[aria-haspopup=menu]').click();
      await until('the menu is there', () => findAll(document.body, '[part=all-chats]').length === 1);
      collect();
      const element = launcher.chat;
      if (!element) throw new Error('There is no chat.');
      launcher.search = true;
      element.focusComposer();
      await press({type: 'Tea'});
      await until('a page is found', () => findAll(document.body, '.page').length === 1);
      collect();
      void element.send('Hello');
      const stream = await transport.next();
      await stream.give(
        start,
        {type: 'reasoning-delta', delta: 'Hm.'},
        {type: 'tool-call', callId: '1', name: 'weather', input: {}},
        {type: 'source', id: '1', title: 'Docs'},
        say('Long. '.repeat(2000)),
      );
      element.enqueue('And then?');
      await until('it waits', () => findAll(document.body, '.queued').length === 1);
      const scroller = find(document.body, '.scroller');
      await until('the answer is there', () => scroller.scrollHeight > 1000);
      await until('its sources are there', () => findAll(document.body, '.sources').length === 1);
      scroller.dispatchEvent(new WheelEvent('wheel', {deltaY: -100, bubbles: true}));
      scroller.scrollTop = 0;
      await until('there is a way back', () => findAll(document.body, '.jump').length === 1);
      collect();
      stream.fail(new ChatError('provider-error'));
      await until('it has failed', () => findAll(document.body, '.notice').length === 1);
      collect();
      find(document.body, '[title="Remove next question"]').click();
      void element.send('Is that from your pages?');
      const cited = await transport.next();
      await cited.give(start, {type: 'source', id: '1', title: 'Docs'}, say('No.'));
      await cited.give({type: 'citation', sourceId: '1', quote: 'No.'});
      await cited.give({type: 'message-end', reason: 'stop', grounded: false, followUps: ['Why?']});
      await until('its mark is there', () => findAll(document.body, '.citation').length === 1);
      find(document.body, '.citation').click();
      collect();
      void element.send('Write to Ada');
      const waiting = await transport.next();
      const wait = {ask: 'approval', definition: '1', expiresAt: '2030-01-01T00:00:00.000Z'} as const;
      await waiting.give(start, {type: 'tool-call', callId: '1', name: 'send-mail', input: {}});
      await waiting.give({type: 'tool-wait', callId: '1', wait}, {type: 'message-end', reason: 'tool-calls'});
      await until('the card is there', () => findAll(document.body, '.approval').length === 1);
      collect();
      scroller.focus();
      await press('?');
      await until('the list of keys is there', () => findAll(document.body, '.help').length === 1);
      collect();
      find(document.body, '.help button').click();
      await until('it is closed', () => findAll(document.body, '.help').length === 0);
      launcher.temporary = true;
      launcher.contact = asksPerson;
      const call = {type: 'tool', callId: '1', name: 'a', input: {}} as const;
      const app = {...call, state: 'done', output: 1, app: {title: 'A', result: {}}} as const;
      const person = {...call, state: 'waiting', wait: {...wait, ask: 'person'}} as const;
      const createdAt = new Date().toISOString();
      await until('it is another chat', () => findAll(document.body, '[part=temporary]').length === 1);
      element.messages = [app, person].map((part, index) => ({
        id: `m${index}`,
        createdAt,
        role: 'assistant',
        status: part.state,
        parts: [part],
      }));
      await until('they are there', () => findAll(document.body, '.app, .person').length === 2);
      find(document.body, '.contact').click();
      await until('the card is there', () => findAll(document.body, '[part=ask-person]').length === 1);
      collect();
      expect(parts.filter((part) => !styled.has(part))).to.deep.equal([]);
    } finally {
      launcher.remove();
      page.remove();
    }
  });

  for (const theme of ['light', 'dark'] as const) {
    for (const accent of ['', '#ffd400', '#7a1fa2', '#0b1f1a']) {
      it(`reads well in ${theme} with ${accent || 'its own accent'}`, async () => {
        const {element, root, transport} = await chat({config: {models, starters: ['What is this?']}});
        element.theme = theme;
        if (accent) element.style.setProperty('--chatlet-accent', accent);
        await settled();
        await still();
        await expect(element).to.be.accessible();
        void element.send('Hello');
        const stream = await transport.next();
        await stream.give(
          start,
          {type: 'source', id: '1', title: 'Docs', url: 'https://docs.example'},
          say('[Hi](https://docs.example) `there`.'),
        );
        await until('it is shown', () => textIn(root, '.text').startsWith('Hi'));
        await still();
        await expect(element).to.be.accessible();
      });
    }
  }
});
