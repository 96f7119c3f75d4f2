/** The list of chats: the actions that it sends, and its states. */
import {expect, fixture, html, oneEvent} from '@open-wc/testing';
import type {HistoryState} from '../../client/chat-state.ts';
import {en} from '../../translations/en.ts';
import '../../define.ts';
import {ChatActionEvent} from '../../events.ts';
import type {ChatAction} from '../../events.ts';
import {find, findAll, press} from '../testing/look.ts';
import {groupByDay} from './group-by-day.ts';
import type {ChatletHistory} from './history.ts';

const chat = (id: string, title: string, updatedAt = new Date().toISOString()) => ({
  id,
  title,
  model: 'm',
  createdAt: updatedAt,
  updatedAt,
});
const ready: HistoryState = {status: 'ready', chats: [chat('1', 'Spades'), chat('2', '')], search: ''};

async function list(history: HistoryState = ready) {
  const actions: ChatAction[] = [];
  const element = await fixture<ChatletHistory>(
    html`<chatlet-history .history=${history} .chatId=${'1'} style="block-size: 500px"></chatlet-history>`,
  );
  element.addEventListener(
    ChatActionEvent.type,
    (event) => event instanceof ChatActionEvent && actions.push(event.action),
  );
  return {element, actions, root: element.renderRoot as ShadowRoot};
}

describe('chatlet-history', () => {
  it('sends actions to open, delete and begin a chat', async () => {
    const {actions, root} = await list();
    find(root, '[data-chat="2"]').click();
    find(root, '[aria-label="Delete: Spades"]').click();
    find(root, '[part=new-chat]').click();
    expect(actions).to.deep.equal([
      {type: 'open-chat', chatId: '2'},
      {type: 'remove-chat', chatId: '1'},
      {type: 'new-chat'},
    ]);
  });

  it('marks the chat that is shown, and names a chat without a title', async () => {
    const {root} = await list();
    expect(find(root, '[aria-current=true]').textContent?.trim()).to.equal('Spades');
    expect(find(root, '[data-chat="2"]').textContent?.trim()).to.equal('Untitled chat');
  });

  it('cuts a long title at its own end, in a list from right to left too', async () => {
    const {element, root} = await list({...ready, chats: [chat('1', 'A very long title '.repeat(9))]});
    element.dir = 'rtl';
    const title = find(root, '[data-chat="1"] bdi');
    const text = [...title.childNodes].find((node) => node instanceof Text && node.length > 0);
    if (!text) throw new Error('The title is empty.');
    const range = document.createRange();
    range.setStart(text, 0);
    range.setEnd(text, 1);
    const box = title.getBoundingClientRect();
    expect(title.scrollWidth).to.be.above(title.clientWidth);
    expect(range.getBoundingClientRect().left).to.be.within(box.left, box.right);
  });

  it('renames a chat with the keyboard alone', async () => {
    const {element, actions, root} = await list();
    find(root, '[aria-label="Rename: Spades"]').focus();
    await press('Enter');
    await element.updateComplete;
    await press({type: 'Hearts'});
    await press('Enter');
    await element.updateComplete;
    expect(actions).to.deep.equal([{type: 'rename-chat', chatId: '1', title: 'Hearts'}]);
    expect(root.activeElement === find(root, '[data-chat="1"]')).to.equal(true);
  });

  it('keeps the title of a chat on Escape', async () => {
    const {element, actions, root} = await list();
    find(root, '[aria-label="Rename: Spades"]').click();
    await element.updateComplete;
    await press({type: 'Hearts'});
    await press('Escape');
    await element.updateComplete;
    expect(actions).to.deep.equal([]);
    expect(root.querySelector('.rename')).to.equal(null);
  });

  it('searches after a pause in typing (debounce)', async () => {
    const {element, actions, root} = await list();
    find(root, '[type=search]').focus();
    const asked = oneEvent(element, ChatActionEvent.type);
    await press({type: 'spa'});
    await asked;
    expect(actions).to.deep.equal([{type: 'search-chats', text: 'spa'}]);
  });

  it('labels the search field, visibly and for screen readers', async () => {
    const {root} = await list();
    const field = find(root, '[type=search]');
    expect([field.getAttribute('placeholder'), field.getAttribute('aria-label')]).to.deep.equal([
      'Search chats',
      'Search chats',
    ]);
  });

  it('offers to undo the deletion of a chat', async () => {
    const {actions, root} = await list({...ready, removed: chat('3', 'Gone')});
    const [undo] = findAll(root, '.undo .button');
    undo?.click();
    expect(actions).to.deep.equal([{type: 'undo-remove'}]);
  });

  const states: Record<string, HistoryState> = {
    full: {...ready, next: 'more', removed: chat('3', 'Gone')},
    empty: {status: 'ready', chats: [], search: ''},
    loading: {status: 'loading', chats: [], search: ''},
    'not to be loaded': {status: 'failed', chats: [], search: ''},
    'without a match': {status: 'ready', chats: [], search: 'x'},
  };
  for (const [name, history] of Object.entries(states)) {
    it(`is accessible when ${name}`, async () => {
      const {element} = await list(history);
      await expect(element).to.be.accessible();
    });
  }

  it('groups chats by day, in the order of the list', () => {
    const now = new Date(2026, 2, 30, 12).getTime();
    const at = (...date: [number, number, number]) => new Date(...date, 9).toISOString();
    const chats = [
      chat('1', 'Now', at(2026, 2, 30)),
      chat('2', 'Before the clock changed', at(2026, 2, 29)),
      chat('3', 'A few days', at(2026, 2, 25)),
      chat('4', 'Long ago', at(2025, 11, 24)),
    ];
    const groups = groupByDay(chats, {now, words: en});
    expect(groups.map(({title}) => title)).to.deep.equal(['Today', 'Yesterday', 'Last 7 days', 'December 2025']);
  });
});
