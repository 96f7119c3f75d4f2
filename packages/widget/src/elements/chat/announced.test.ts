/** What a screen reader hears of the whole chat, collected from its live region. */
import {expect} from '@open-wc/testing';
import {ChatError} from '@chatlet/protocol';
import type {ErrorCode} from '@chatlet/protocol';
import {end, fakeTransport, say, start} from '../../client/testing/fake-transport.ts';
import type {FakeTransportOptions} from '../../client/testing/fake-transport.ts';
import {ChatActionEvent} from '../../events.ts';
import {chatInBox} from '../testing/chat.ts';
import {find, findAll, press, textIn, until} from '../testing/look.ts';

async function listen(options: FakeTransportOptions = {}) {
  const transport = fakeTransport(options);
  const {element, root} = await chatInBox(transport);
  await until('the chat is there', () => findAll(root, '[aria-live]').length === 1);
  const live = find(root, '[aria-live=polite]');
  const said: string[] = [];
  const observer = new MutationObserver(() => {
    const text = live.textContent.replaceAll(/\s+/g, ' ').trim();
    if (text !== '') said.push(text);
  });
  observer.observe(live, {childList: true, characterData: true, subtree: true});
  const hear = (text: string) =>
    until(`one hears "${text}", not ${JSON.stringify(said)}`, () => said.join(' ').includes(text));
  return {element, root, transport, live, said, hear};
}

describe('chatlet-chat for the ear', () => {
  beforeEach(() => {
    localStorage.clear();
    sessionStorage.clear();
  });

  for (const [code, words] of [
    ['rate-limited', 'Too many messages. You can send again in a moment.'],
    ['internal', 'Something went wrong. Your question is kept. Try again.'],
    ['unauthenticated', 'You are not signed in.'],
    ['context-too-long', 'This chat has become too long. Start a new one to go on.'],
    ['provider-unavailable', 'The model cannot be reached.'],
  ] as const satisfies readonly (readonly [ErrorCode, string])[]) {
    it(`I-1 says the notice of ${code}, although no word of the answer had come`, async () => {
      const {element, transport, hear, said} = await listen();
      void element.send('Hello');
      (await transport.next()).fail(new ChatError(code, 'secret'));
      await hear(words);
      expect(said.join(' ').split(words)).to.have.length(2);
    });
  }

  it('I-1 says how long a refused visitor waits', async () => {
    const {element, transport, hear} = await listen();
    void element.send('Hello');
    await (
      await transport.next()
    ).give(start, {
      type: 'error',
      code: 'rate-limited',
      message: '',
      retryable: true,
      retryAfter: 4200,
    });
    await hear('Too many messages. You can send again in 70 min.');
  });

  it('I-1 says that the connection was lost, and that it is back', async () => {
    const {element, transport, hear} = await listen();
    void element.send('Hello');
    const stream = await transport.next();
    await stream.give(start, say('One'));
    stream.fail(new ChatError('network'));
    await hear('Connection lost. Picking it up where it was…');
    await (await transport.next()).give(say(' two.'));
    await hear('Connected again.');
  });

  it('I-18 says that nothing can be sent yet, and keeps the text', async () => {
    const {element, root, transport, hear} = await listen();
    void element.send('Hello');
    (await transport.next()).fail(new ChatError('rate-limited', undefined, {retryAfter: 4200}));
    const field = find(root, 'textarea');
    await until('the field says so', () => field.getAttribute('placeholder') === 'You can send again in 70 min.');
    element.focusComposer();
    await press({type: 'More'}, 'Enter');
    await hear('You can send again in 70 min. You can send again in 70 min.');
    expect(field).to.have.property('value', 'More');
    expect(find(root, '[part=send]')).to.have.property('disabled', true);
    expect(await element.send('More')).to.equal(undefined);
    expect(transport.opened).to.have.length(1);
  });

  it('says that code and a table were copied', async () => {
    const {element, root, transport, said, hear} = await listen();
    const {clipboard} = navigator;
    const copied: string[] = [];
    const writeText = async (text: string) => void copied.push(text);
    Object.defineProperty(navigator, 'clipboard', {configurable: true, value: {writeText}});
    const left: string[] = [];
    const listenTo = ({type}: Event) => void left.push(type);
    document.addEventListener('markdown-copied', listenTo);
    try {
      void element.send('Hello');
      await (await transport.next()).give(start, say('```\ncode\n```\n\n| a |\n| --- |\n| b |'), end);
      await hear('Answer finished');
      said.length = 0;
      for (const box of ['.code', '.table']) {
        await until(`there is ${box}`, () => findAll(root, `${box} .copy`).length === 1);
        find(root, `${box} .copy`).click();
        await hear('Copied');
        said.length = 0;
      }
    } finally {
      document.removeEventListener('markdown-copied', listenTo);
      Object.defineProperty(navigator, 'clipboard', {configurable: true, value: clipboard});
    }
    expect(copied).to.deep.equal(['code\n', 'a\nb']);
    expect(left, 'what leaves the chat').to.deep.equal([]);
  });

  it('I-1 says thoughts, tools and the end of an answer that has no words', async () => {
    const {element, transport, hear, said} = await listen();
    void element.send('Hello');
    const stream = await transport.next();
    await stream.give(start, {type: 'reasoning-delta', delta: 'Hm'});
    await hear('Thinking');
    await stream.give({type: 'reasoning-delta', delta: ', so'});
    await stream.give({type: 'tool-call', callId: 'c1', name: 'weather', input: {city: 'Oslo'}});
    await hear('weather: Running.');
    await stream.give({type: 'tool-result', callId: 'c1', output: '4 °C'});
    await hear('weather: Done.');
    await stream.give(end);
    await hear('There was no answer in words.');
    expect(said.filter((each) => each.includes('Thinking'))).to.have.length(1);
  });

  it('I-1 says that it was stopped at once, although the server has not named the chat yet', async () => {
    const {element, transport, hear} = await listen();
    void element.send('Hello');
    await transport.next();
    element.stop();
    await hear('Stopped');
  });

  it('I-1 says that an answer is waited for', async () => {
    const {element, transport, hear} = await listen();
    void element.send('Hello');
    await transport.next();
    await hear('Waiting for the answer');
  });

  it('I-1 says that a chat, and the list of chats, could not be loaded', async () => {
    const {element, root, hear} = await listen({
      chats: [],
      onCall(call) {
        if (call !== 'config') throw new ChatError('network');
      },
    });
    await until('there is a history', () => findAll(root, '.history-button').length === 1);
    void element.openChat('chat_9');
    await hear('No connection. Your question is kept. Try again when you are online.');
    find(root, '.history-button').click();
    await hear('The chats could not be loaded.');
  });

  it('I-1 says that a search found nothing, also if the server answers it in the same frame', async () => {
    const {root, hear, said} = await listen({chats: []});
    await until('there is a history', () => findAll(root, '.history-button').length === 1);
    find(root, '.history-button').click();
    await until('the list is read', () => findAll(root, '.empty').length === 1);
    find(root, 'chatlet-history').dispatchEvent(new ChatActionEvent({type: 'search-chats', text: 'zebra'}));
    await hear('No chat has these words.');
    expect(said).to.deep.equal(['No chat has these words.']);
  });

  it('I-1 gives an answer in letters of its own its language, on the page and in the live region', async () => {
    const {element, root, live, transport} = await listen();
    void element.send('質問があります');
    await (await transport.next()).give(start, say('答えはここです。'), end);
    await until('the answer has its language', () => findAll(root, '.text[lang=ja]').length === 1);
    expect(find(root, '.bubble').lang).to.equal('ja');
    await until('it is said in it', () => live.querySelector('[lang=ja]') !== null);
    void element.send('And in English?');
    await (await transport.next()).give({...start, messageId: 'msg_b'}, say('Here it is.'), end);
    await until('there are two answers', () => findAll(root, '.text').length === 2);
    expect(findAll(root, '.text')[1]?.hasAttribute('lang')).to.equal(false);
  });

  it('I-14 shows and says that a call had no result, when the answer has ended', async () => {
    const {element, root, transport, hear} = await listen();
    void element.send('Hello');
    const stream = await transport.next();
    await stream.give(start, {type: 'tool-call', callId: 'c1', name: 'weather', input: {city: 'Oslo'}});
    await until('it runs', () => findAll(root, '.pulse').length === 1);
    await stream.give(end);
    await until('it runs no more', () => textIn(root, '.tool-state') === 'No result');
    expect(findAll(root, '.pulse')).to.have.length(0);
    expect(textIn(root, '.mark')).to.equal('There was no answer in words.');
    await hear('There was no answer in words.');
  });
});
