/** The menu for all chats at once, in a chat with a fake transport, with the keyboard and for screen readers. */
import {expect} from '@open-wc/testing';
import {ChatError} from '@chatlet/protocol';
import {defaultEndpoint} from '../../client/default-endpoint.ts';
import {fakeTransport} from '../../client/testing/fake-transport.ts';
import type {FakeTransportOptions} from '../../client/testing/fake-transport.ts';
import {addTranslation} from '../../index.ts';
import {de} from '../../translations/de.ts';
import type {ChatletChat} from '../chat/chat.ts';
import {chatInBox} from '../testing/chat.ts';
import {find, findAll, focused, press, settled, still, textIn, until} from '../testing/look.ts';

const updatedAt = new Date().toISOString();
const chats = [{id: 'chat_1', title: 'One', model: 'm', createdAt: updatedAt, updatedAt}];

async function chat(options: FakeTransportOptions = {}, attributes: Partial<ChatletChat> = {}) {
  const transport = fakeTransport({chats, allChats: true, ...options});
  const {element, root} = await chatInBox(transport, {width: 390});
  Object.assign(element, attributes);
  await settled();
  find(root, '.history-button').click();
  await until('the list is there', () => findAll(root, '[part=chat-item]').length === 1);
  return {element, root, transport};
}

const button = '[aria-haspopup=menu]';
const label = () => focused().textContent?.trim();

async function openMenu(options?: FakeTransportOptions) {
  const shown = await chat(options);
  find(shown.root, button).focus();
  await press('Enter');
  await until('the menu has the focus', () => label() === 'Download all my chats as Markdown');
  return shown;
}

async function openQuestion(options?: FakeTransportOptions) {
  const shown = await openMenu(options);
  await press('End', 'Enter');
  return shown;
}

/** The names and texts of the files that the page saves from now on. */
function watchDownloads() {
  const saved: Promise<string>[] = [];
  const {createObjectURL} = URL;
  const files = new Map<string, Blob>();
  URL.createObjectURL = (file: Blob) => {
    const url = createObjectURL(file);
    files.set(url, file);
    return url;
  };
  const {click} = HTMLAnchorElement.prototype;
  HTMLAnchorElement.prototype.click = function (this: HTMLAnchorElement) {
    saved.push(
      files
        .get(this.href)
        ?.text()
        .then((text) => `${this.download}: ${text}`) ?? Promise.resolve(this.href),
    );
  };
  return {
    saved,
    restore() {
      URL.createObjectURL = createObjectURL;
      HTMLAnchorElement.prototype.click = click;
    },
  };
}

describe('the menu for all chats', () => {
  let downloads: ReturnType<typeof watchDownloads>;
  beforeEach(() => {
    localStorage.clear();
    sessionStorage.clear();
    downloads = watchDownloads();
  });
  afterEach(() => downloads.restore());

  it('downloads all chats in the format that the visitor chooses, says so, and gives the focus back', async () => {
    const {root, transport} = await openMenu();
    await press('ArrowDown', 'Enter');
    await until('the menu has closed', () => findAll(root, '[role=menu]').length === 0);
    expect(await Promise.all(downloads.saved)).to.deep.equal(['chats.json: All chats as json']);
    expect(transport.calls.at(-1)).to.equal('export json');
    expect(focused() === find(root, button)).to.equal(true);
    await until('it is said', () => textIn(root, '[aria-live=polite]') === 'Chats downloaded.');
    find(root, button).click();
    await until('the menu is open again', () => findAll(root, '[role=menu]').length === 1);
    await press('Enter');
    await until('it is saved', () => downloads.saved.length === 2);
    expect(await downloads.saved[1]).to.equal('chats.md: All chats as markdown');
  });

  it('deletes all chats only after a second question, shows an empty chat, and forgets what the device knows', async () => {
    const pages: Record<string, {items: []}> = {};
    const {element, root, transport} = await openQuestion({
      pages,
      onCall(call) {
        if (call === 'removeAll') pages['list'] = {items: []};
      },
    });
    await element.openChat('chat_1');
    localStorage.setItem(`chatlet:${defaultEndpoint()}:draft:chat_1`, 'My secret');
    expect(transport.calls).to.not.include('removeAll');
    expect([label(), textIn(root, '[role=alertdialog] p')]).to.deep.equal([
      'Cancel',
      'Delete all your chats? This cannot be undone.',
    ]);
    await press('Tab', 'Enter');
    await until('the list is empty', () => textIn(root, '.empty') === 'Your chats appear here.');
    expect(transport.calls.filter((call) => call === 'removeAll')).to.have.length(1);
    expect([element.chatId, element.messages, localStorage.length]).to.deep.equal([undefined, [], 0]);
    expect(findAll(root, '[role=alertdialog]')).to.have.length(0);
    expect(focused() === find(root, button)).to.equal(true);
    await until('it is said', () => textIn(root, '[aria-live=polite]') === 'All chats deleted.');
  });

  it('goes back to the menu if the visitor does not want to delete them, and deletes nothing', async () => {
    const {root, transport} = await openQuestion();
    await press('Enter');
    expect(label()).to.equal('Download all my chats as Markdown');
    await press('End', 'Enter', 'Escape');
    await settled();
    expect(findAll(root, '[part=all-chats]')).to.have.length(0);
    expect(focused() === find(root, button)).to.equal(true);
    expect(findAll(root, 'chatlet-history')).to.have.length(1, 'Escape closes the menu and not the drawer');
    expect(transport.calls).to.not.include('removeAll');
  });

  it('keeps the focus in the question, and in the menu goes round with the arrows', async () => {
    const {root} = await openMenu();
    await press('ArrowUp');
    expect(label()).to.equal('Delete all my chats');
    await press('ArrowDown');
    expect(label()).to.equal('Download all my chats as Markdown');
    await press('End', 'Enter', 'Tab', 'Tab');
    expect(label()).to.equal('Cancel');
    expect(findAll(root, '[role=menu]')).to.have.length(0);
  });

  it('says what has failed where it was chosen, keeps the focus there, and tries again', async () => {
    let broken = true;
    const {root, transport} = await openQuestion({
      onCall(call) {
        if (broken && call === 'removeAll') throw new ChatError('network');
      },
    });
    await press('Tab', 'Enter');
    await until('it says so', () => textIn(root, '[part=all-chats] [role=status]') !== 'Loading');
    expect(textIn(root, '[part=all-chats] [role=status]')).to.equal('The chats could not be deleted.');
    expect(label()).to.equal('Delete all my chats');
    expect(findAll(root, '[part=chat-item]')).to.have.length(1);
    broken = false;
    await press('Enter');
    await until('it is done', () => findAll(root, '[part=all-chats]').length === 0);
    expect(transport.calls.filter((call) => call === 'removeAll')).to.have.length(2);
  });

  it('asks once, however often it is pressed, and waits for the answer', async () => {
    const slow = Promise.withResolvers<void>();
    const {root, transport} = await openMenu({
      onCall: (call) => (call.startsWith('export') ? slow.promise : undefined),
    });
    await press('Enter', 'Enter', 'ArrowDown', 'Enter', 'Escape');
    expect(textIn(root, '[part=all-chats] [role=status]')).to.equal('Loading');
    slow.resolve();
    await until('it is done', () => findAll(root, '[part=all-chats]').length === 0);
    expect(transport.calls.filter((call) => call.startsWith('export'))).to.deep.equal(['export markdown']);
  });

  it('closes when the focus goes elsewhere, and with a second press of its button', async () => {
    const {root} = await openMenu();
    find(root, '[type=search]').focus();
    await settled();
    expect(findAll(root, '[part=all-chats]')).to.have.length(0);
    expect(focused() === find(root, '[type=search]')).to.equal(true);
    find(root, button).click();
    await until('the menu is open', () => findAll(root, '[part=all-chats]').length === 1);
    find(root, button).click();
    await settled();
    expect(findAll(root, '[part=all-chats]')).to.have.length(0);
    expect(focused() === find(root, button)).to.equal(true);
  });

  it('saves nothing of a visitor who signs out meanwhile', async () => {
    const slow = Promise.withResolvers<void>();
    const {element} = await openMenu({
      obeysSignals: false,
      onCall: (call) => (call.startsWith('export') ? slow.promise : undefined),
    });
    await press('Enter');
    element.logout();
    slow.resolve();
    await settled();
    expect(downloads.saved).to.deep.equal([]);
  });

  it('is offered only by backends that can do it, and not in a temporary chat', async () => {
    const plain = await chat({allChats: false});
    expect(findAll(plain.root, button)).to.have.length(0);
    const temporary = await chat({}, {temporary: true});
    expect(findAll(temporary.root, button)).to.have.length(0);
    const offered = await chat();
    expect(find(offered.root, button).getAttribute('aria-expanded')).to.equal('false');
  });

  it('speaks German', async () => {
    addTranslation(de);
    const {element, root} = await chat();
    element.lang = 'de';
    element.requestUpdate();
    await settled();
    find(root, button).click();
    await until('the menu is open', () => findAll(root, '[role=menu]').length === 1);
    expect(findAll(root, '[role=menuitem]').map(({textContent}) => textContent)).to.deep.equal([
      'Alle meine Chats als Markdown herunterladen',
      'Alle meine Chats als JSON herunterladen',
      'Alle meine Chats löschen',
    ]);
  });

  it('is accessible, as a menu and as a question', async () => {
    const {element} = await openMenu();
    await still();
    await expect(element).to.be.accessible();
    await press('End', 'Enter');
    await still();
    await expect(element).to.be.accessible();
  });
});
