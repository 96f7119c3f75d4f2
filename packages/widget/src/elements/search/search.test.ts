/** Pages of the site that are found while the visitor writes. */
import {expect} from '@open-wc/testing';
import {fakeTransport} from '../../client/testing/fake-transport.ts';
import type {ChatTransport, FoundPage, PageQuery} from '../../client/transport.ts';
import {chatInBox} from '../testing/chat.ts';
import {find, findAll, focused, press, settled, textIn, until} from '../testing/look.ts';

const pages: readonly FoundPage[] = [
  {
    id: 'tea',
    title: 'Black tea',
    url: `${location.origin}/tea`,
    section: 'Drinks',
    snippet: 'Pour <b>tea</b> on at 95 °C …',
  },
  {id: 'far', title: 'Far away', url: 'https://far.example/tea', snippet: ''},
  {id: 'bad', title: 'Bad', url: 'javascript:alert(1)', snippet: ''},
];

async function chat(found: readonly FoundPage[] | Error = pages) {
  const asked: PageQuery[] = [];
  const transport: ChatTransport = {
    ...fakeTransport(),
    async search(query, {signal}) {
      asked.push(query);
      await settled();
      signal.throwIfAborted();
      if (found instanceof Error) throw found;
      return found;
    },
  };
  const {element, root} = await chatInBox(transport);
  element.search = true;
  await until('the chat is there', () => findAll(root, 'textarea').length === 1);
  element.focusComposer();
  const sent: string[] = [];
  element.addEventListener('chatlet-send', (event) => {
    sent.push(event.text);
    event.preventDefault();
  });
  return {element, root, asked, sent, options: () => findAll(root, '.page')};
}

/** The title of the page that screen readers are told of. */
const chosen = () => {
  const id = focused().getAttribute('aria-activedescendant');
  const root = focused().getRootNode() as ShadowRoot;
  return id === null ? undefined : root.getElementById(id)?.querySelector('.page-title')?.textContent;
};

describe('search in chatlet-chat', () => {
  beforeEach(() => {
    localStorage.clear();
    sessionStorage.clear();
  });

  it('shows pages while a question is written, with its words in bold, and says how many', async () => {
    const {element, root, asked, options} = await chat();
    element.section = '/docs/';
    const said: string[] = [];
    const live = find(root, '[aria-live=polite]');
    new MutationObserver(() => said.push(live.textContent.trim())).observe(live, {childList: true, subtree: true});
    await press({type: 'b'});
    await press({type: 'black'}, {type: 'black tea'});
    await until('the pages are there', () => options().length === 2);
    expect(asked).to.deep.equal([{text: 'black tea', section: '/docs/'}]);
    expect(options().map((option) => textIn(option, '.page-title'))).to.deep.equal(['Black tea', 'Far away']);
    expect(findAll(root, '.page-title b').map(({textContent}) => textContent)).to.deep.equal(['Black', 'tea']);
    // The text of a page is no markup.
    expect(textIn(root, '.page-about')).to.equal('Drinks · Pour <b>tea</b> on at 95 °C …');
    await until('one hears it', () => said.join(' ').includes('2 pages found'));
    expect(element.messages).to.deep.equal([]);
    await expect(element).to.be.accessible();
  });

  it('chooses with the arrow keys, also back to the field, and tells screen readers', async () => {
    const {options} = await chat();
    await press({type: 'tea'});
    await until('the pages are there', () => options().length === 2);
    expect(focused().getAttribute('aria-controls')).to.equal('pages');
    const way = [];
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowUp']) {
      await press(key);
      way.push(chosen());
    }
    expect(way).to.deep.equal(['Black tea', 'Far away', undefined, 'Far away']);
  });

  it('opens the chosen page with Enter, a foreign one apart, and asks nothing', async () => {
    const {sent, options} = await chat();
    await press({type: 'tea'});
    await until('the pages are there', () => options().length === 2);
    const opened: string[] = [];
    for (const option of options()) {
      option.addEventListener('click', (event) => {
        event.preventDefault();
        opened.push(`${option.getAttribute('href')} ${option.getAttribute('target')} ${option.getAttribute('rel')}`);
      });
    }
    await press('ArrowDown', 'Enter', 'ArrowDown', 'Enter');
    expect(opened).to.deep.equal([
      `${location.origin}/tea null null`,
      'https://far.example/tea _blank noopener noreferrer',
    ]);
    expect(sent).to.deep.equal([]);
  });

  it('asks with Enter if no page is chosen', async () => {
    const {sent, options} = await chat();
    await press({type: 'tea'});
    await until('the pages are there', () => options().length === 2);
    await press('Enter');
    expect(sent).to.deep.equal(['tea']);
  });

  it('goes with Escape, which closes nothing else, and comes with the next letter', async () => {
    const {element, root, options} = await chat();
    let heard = 0;
    element.addEventListener('keydown', () => heard++);
    await press({type: 'tea'});
    await until('the pages are there', () => options().length === 2);
    await press('Escape');
    expect(findAll(root, '.found').length).to.equal(0);
    expect(heard).to.equal(0);
    expect(focused().hasAttribute('aria-controls')).to.equal(false);
    await press({type: 'teas'});
    await until('the pages are there again', () => options().length === 2);
  });

  it('goes when the field is empty', async () => {
    const {root, options} = await chat();
    await press({type: 'tea'});
    await until('the pages are there', () => options().length === 2);
    await press({type: ''});
    await until('they are gone', () => findAll(root, '.found').length === 0);
  });

  it('goes when the focus leaves the field', async () => {
    const {root, options} = await chat();
    await press({type: 'tea'});
    await until('the pages are there', () => options().length === 2);
    const focus = focused();
    if (focus instanceof HTMLElement) focus.blur();
    await until('they are gone', () => findAll(root, '.found').length === 0);
  });

  it('says that no page has the words, and shows nothing if the search fails', async () => {
    const {root} = await chat([]);
    await press({type: 'moon'});
    await until('it says so', () => textIn(root, '.no-pages') === 'No page has these words.');
    const failing = await chat(new Error('No search today'));
    await press({type: 'moon'});
    await until('it was asked', () => failing.asked.length === 1);
    await settled();
    expect(findAll(failing.root, '.found').length).to.equal(0);
  });

  it('is off without the attribute', async () => {
    const {element, root, asked} = await chat();
    element.search = false;
    await press({type: 'tea'});
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect([asked.length, findAll(root, '.found').length]).to.deep.equal([0, 0]);
  });
});
