/** The sources of an answer: its marks and their card, the chips, the line of an answer without a source, and the next questions. */
import {expect, fixture, html} from '@open-wc/testing';
import type {Citation, SourcePart} from '@chatlet/protocol';
import type {ShownMessage} from '../../client/chat-state.ts';
import '../../define.ts';
import {asksPerson} from '../../client/validate.ts';
import {ChatActionEvent} from '../../events.ts';
import type {ChatAction} from '../../events.ts';
import {find, findAll, focused, press, settled, textIn, until} from '../testing/look.ts';
import type {ChatletMessage} from '../message/message.ts';

const base = {id: 'm', key: 'm', createdAt: '2026-01-01T00:00:00.000Z', status: 'done', role: 'assistant'} as const;
const tea: SourcePart = {
  type: 'source',
  id: 'tea#1',
  title: 'Tea',
  section: 'Drinks › Tea',
  url: 'https://docs.example/tea',
  quote: 'All about tea. <b>Black tea</b> is poured on at 95 °C. Green tea is not.',
  updatedAt: new Date(Date.now() - 92 * 86_400_000).toISOString(),
};
const coffee: SourcePart = {type: 'source', id: 'coffee#1', title: 'Coffee', url: 'javascript:alert(1)'};
const text = 'Pour it on at 95 °C. And grind it.';
const citations: readonly Citation[] = [
  {at: 20, sourceId: 'tea#1', quote: 'is poured on at 95 °C.'},
  {at: text.length, sourceId: 'coffee#1', quote: 'Grind it first.'},
];
const cited: ShownMessage = {...base, parts: [coffee, {type: 'text', text, citations}, tea], grounded: true};

async function shown(message: ShownMessage, {last = true, contact = ''} = {}) {
  const actions: ChatAction[] = [];
  const element = await fixture<ChatletMessage>(
    html`<chatlet-message .message=${message} ?last=${last} .contact=${contact}></chatlet-message>`,
  );
  element.addEventListener(
    ChatActionEvent.type,
    (event) => event instanceof ChatActionEvent && actions.push(event.action),
  );
  const root = element.renderRoot as ShadowRoot;
  return {element, actions, root, card: () => root.querySelector<HTMLElement>('.source-card')};
}

async function shownCited(message = cited) {
  const all = await shown(message);
  await until('the marks are there', () => findAll(all.root, '.citation').length === 2);
  const [first, second] = findAll(all.root, '.citation');
  if (!first || !second) throw new Error('There are no marks.');
  return {...all, first, second};
}

describe('the marks in an answer', () => {
  it('stand behind the words that they are about, numbered in this order, and are named for screen readers', async () => {
    const {root, first, second} = await shownCited();
    expect(first.previousSibling?.textContent).to.equal('Pour it on at 95 °C.');
    expect(second.previousSibling?.textContent).to.equal(' And grind it.');
    expect([first, second].map((mark) => mark.getAttribute('aria-label'))).to.deep.equal([
      'Source 1: Tea',
      'Source 2: Coffee',
    ]);
    expect(textIn(root, '.text')).to.equal(text);
    expect(findAll(root, '.chip').map((chip) => chip.textContent?.trim())).to.deep.equal(['1Tea', '2Coffee']);
  });

  it('and their chips lead to the sources in browsers without `URL.parse`, such as Safari 17.5', async () => {
    const native = Object.getOwnPropertyDescriptor(URL, 'parse') ?? {};
    Reflect.deleteProperty(URL, 'parse');
    try {
      const {root} = await shownCited();
      expect(findAll(root, 'a.chip')).to.have.length(1);
    } finally {
      Object.defineProperty(URL, 'parse', native);
    }
  });

  it('stay where they are while the answer grows, and so does the text before them', async () => {
    const growing = (length: number, count: number): ShownMessage => ({
      ...cited,
      status: 'answering',
      parts: [coffee, {type: 'text', text: text.slice(0, length), citations: citations.slice(0, count)}, tea],
    });
    const {element, root} = await shown(growing(20, 1));
    await until('the mark is there', () => findAll(root, '.citation').length === 1);
    const mark = find(root, '.citation');
    const before = mark.previousSibling;
    for (let length = 21; length <= text.length; length++) {
      element.message = growing(length, 1);
      await element.updateComplete;
    }
    element.message = growing(text.length, 2);
    await until('both are there', () => findAll(root, '.citation').length === 2);
    element.message = cited;
    await settled();
    expect(find(root, '.citation') === mark).to.equal(true);
    expect(mark.previousSibling === before).to.equal(true);
    expect(textIn(root, '.text')).to.equal(text);
  });

  it('are left out if the answer has no such source', async () => {
    const {root} = await shown({...cited, parts: [{type: 'text', text, citations}, coffee]});
    await until('the other is there', () => findAll(root, '.citation').length === 1);
    expect(find(root, '.citation').getAttribute('aria-label')).to.equal('Source 1: Coffee');
  });
});

describe('the card of a source', () => {
  it('shows the passage with the cited words, its place, its age and the way to the sentence, all as text', async () => {
    const {root, first, card} = await shownCited();
    first.click();
    await until('the card is there', () => card() !== null);
    expect(textIn(root, '.source-card .card-title')).to.equal('Tea');
    expect(textIn(root, '.source-card .card-section')).to.equal('Drinks');
    expect(textIn(root, '.source-card .card-quote')).to.equal(tea.quote);
    expect(textIn(root, '.source-card mark')).to.equal('is poured on at 95 °C.');
    expect(textIn(root, '.source-card .card-foot span')).to.equal('docs.example · changed 3 months ago');
    expect(find(root, '.source-card a').getAttribute('href')).to.equal(
      'https://docs.example/tea#:~:text=is%20poured%20on%20at%2095%20%C2%B0C.',
    );
    expect(find(root, '.source-card a').getAttribute('rel')).to.equal('noopener noreferrer');
    expect(findAll(root, '.source-card :is(b, img)').length).to.equal(0);
    expect(card()?.matches(':popover-open')).to.equal(true);
  });

  it('has no link if the address is not of the web', async () => {
    const {root, second, card} = await shownCited();
    second.click();
    await until('the card is there', () => card() !== null);
    expect(textIn(root, '.source-card mark')).to.equal('Grind it first.');
    expect(findAll(root, '.source-card a').length).to.equal(0);
  });

  it('comes with a pointer that stays, and goes when it has left both the mark and the card', async () => {
    const {first, card} = await shownCited();
    // A test has no pointer, so the mark says that it is under one.
    let isUnderPointer = true;
    const matches = first.matches.bind(first);
    Object.assign(first, {
      matches: (selector: string) => (selector === ':hover' ? isUnderPointer : matches(selector)),
    });
    first.dispatchEvent(new PointerEvent('pointerover', {bubbles: true, pointerType: 'mouse'}));
    await until('the card is there', () => card() !== null);
    expect(first.getAttribute('aria-expanded')).to.equal('true');
    isUnderPointer = false;
    first.dispatchEvent(new PointerEvent('pointerleave', {pointerType: 'mouse'}));
    await until('the card is gone', () => card() === null);
    expect(first.getAttribute('aria-expanded')).to.equal('false');
  });

  it('stays when its mark was pressed, until the visitor presses it again or somewhere else', async () => {
    const {first, second, card} = await shownCited();
    first.click();
    await until('the card is there', () => card() !== null);
    first.dispatchEvent(new PointerEvent('pointerleave'));
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(card() === null).to.equal(false);
    first.click();
    await until('the card is gone', () => card() === null);
    second.click();
    await until('the card is there', () => card() !== null);
    document.body.dispatchEvent(new PointerEvent('pointerdown', {bubbles: true}));
    expect(card() === null).to.equal(true);
  });

  it('takes the focus from a pressed key, and Escape gives it back and closes nothing else', async () => {
    const {first, card, element} = await shownCited();
    let heard = 0;
    element.addEventListener('keydown', () => heard++);
    first.focus();
    await press('Enter');
    await until('the link has the focus', () => focused().localName === 'a');
    await press('Escape');
    expect(card() === null).to.equal(true);
    expect(focused() === first).to.equal(true);
    // Enter on the mark.
    expect(heard).to.equal(1);
  });

  it('gives the focus back to its mark when Tab leaves it', async () => {
    const {first, card} = await shownCited();
    first.focus();
    await press('Enter');
    await until('the link has the focus', () => focused().localName === 'a');
    await press('Tab');
    expect(focused() === first).to.equal(true);
    expect(card() === null).to.equal(true);
  });

  it('is one for the page', async () => {
    const one = await shownCited();
    const other = await shownCited();
    one.first.click();
    await until('the card is there', () => one.card() !== null);
    other.first.click();
    await until('the other is there', () => other.card() !== null);
    expect(one.card() === null).to.equal(true);
  });

  it('goes with its message', async () => {
    const {element, first, card} = await shownCited();
    first.click();
    await until('the card is there', () => card() !== null);
    element.remove();
    await until('it is hidden', () => first.getAttribute('aria-expanded') === 'false');
  });

  it('is accessible', async () => {
    const {element, first, card} = await shownCited();
    first.click();
    await until('the card is there', () => card() !== null);
    await expect(element).to.be.accessible();
  });
});

describe('the chips of sources', () => {
  it('lead to the sentence that is cited, and have the heading if two are of one document', async () => {
    const again = {...tea, id: 'tea#2', section: 'Drinks › Tea › Green'};
    const {root} = await shown({...cited, parts: [{type: 'text', text, citations}, tea, again]});
    await until('the chips are there', () => findAll(root, '.chip').length === 2);
    expect(findAll(root, '.title').map((title) => title.textContent)).to.deep.equal(['Tea', 'Tea › Green']);
    expect(findAll(root, 'a.chip')[0]?.getAttribute('href')).to.match(/#:~:text=is%20poured/);
  });
});

describe('an answer that is not from the pages', () => {
  const other: ShownMessage = {...base, parts: [{type: 'text', text: 'No idea.'}], grounded: false};
  for (const [contact, href] of [
    ['https://acme.example/contact', 'https://acme.example/contact'],
    ['help@acme.example', 'mailto:help@acme.example'],
    ['mailto:help@acme.example', 'mailto:help@acme.example'],
    ['javascript:alert(1)', undefined],
    ['', undefined],
  ] as const) {
    it(`says so, and leads to ${href ?? 'nobody'} if the contact is ${JSON.stringify(contact)}`, async () => {
      const {element, root} = await shown(other, {contact});
      await until('it says so', () => textIn(root, '.not-from-pages .tag') === 'Not from our pages');
      expect(root.querySelector('.not-from-pages a')?.getAttribute('href')).to.equal(href);
      await expect(element).to.be.accessible();
    });
  }

  for (const [url, href] of [
    ['https://acme.example/shipping', 'https://acme.example/shipping'],
    ['javascript:alert(1)', undefined],
    [undefined, undefined],
  ] as const) {
    it(`UX16: names the nearest page, and leads to ${href ?? 'nothing'} if its address is ${url ?? 'absent'}`, async () => {
      const nearestPage = {title: 'Shipping regions', ...(url !== undefined && {url})};
      const {element, root} = await shown({...other, nearestPage});
      await until('it is named', () => textIn(root, '.not-from-pages .nearest') === 'Nearest page: Shipping regions');
      expect(root.querySelector('.nearest a')?.getAttribute('href')).to.equal(href);
      await expect(element).to.be.accessible();
    });
  }

  it('lets the visitor hand the chat to a person, and says first what is sent', async () => {
    const {element, actions, root} = await shown(other, {contact: asksPerson});
    await until('the button is there', () => textIn(root, '.not-from-pages button') === 'Ask a person');
    find(root, '.not-from-pages button').click();
    await until('the card is there', () => findAll(root, '[part=ask-person]').length === 1);
    expect(textIn(root, '[part=ask-person]')).to.contain('This chat and your words go to a person of this site.');
    await expect(element).to.be.accessible();
    expect(actions).to.deep.equal([]);
    find(root, '[part=ask-person] input').focus();
    await press({type: ' Where is my parcel? '});
    find(root, '[part=ask-person] .primary').click();
    await until('it is sent', () => findAll(root, '[part=ask-person]').length === 0);
    expect(actions).to.deep.equal([{type: 'ask-person', text: 'Where is my parcel?'}]);
  });

  it('does not say so if no page was searched, or while it grows', async () => {
    const {grounded: _, ...unsearched} = other;
    for (const message of [unsearched, cited, {...other, status: 'answering'} as const]) {
      const {root} = await shown(message);
      await settled();
      expect(findAll(root, '.not-from-pages').length).to.equal(0);
    }
  });
});

describe('a chat that waits for a person', () => {
  const wait = {
    ask: 'person',
    definition: 'person',
    expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
  } as const;
  const call = {type: 'tool', callId: 'person', name: 'a person', input: {}, wait} as const;
  const waiting: ShownMessage = {...base, status: 'waiting', parts: [{...call, state: 'waiting'}]};

  it('says so, and then whose words follow, which is announced', async () => {
    const {element, actions, root} = await shown(waiting);
    await until('it says so', () => textIn(root, '.person') === 'A person was asked. The answer appears here.');
    expect(findAll(root, 'details').length).to.equal(0);
    element.message = {
      ...base,
      parts: [
        {...call, state: 'done', output: 'A person of the site answers:'},
        {type: 'text', text: 'It comes tomorrow.'},
      ],
    };
    await until('the person answers', () => textIn(root, '.person') === 'A person answers:');
    expect(textIn(root, '.text')).to.equal('It comes tomorrow.');
    expect(findAll(root, '.copy').length, 'to copy').to.equal(1);
    expect(findAll(root, '.regenerate').length, 'to answer again').to.equal(0);
    expect(actions).to.deep.equal([{type: 'say', text: 'A person answers: It comes tomorrow.'}]);
    await expect(element).to.be.accessible();
  });

  it('says when nobody has answered in time', async () => {
    const expiresAt = new Date(Date.now() - 1000).toISOString();
    const {root} = await shown({...waiting, parts: [{...call, state: 'waiting', wait: {...wait, expiresAt}}]});
    await until('it says so', () => textIn(root, '.person') === 'Nobody has answered in time.');
  });
});

describe('the questions to ask next', () => {
  const asking: ShownMessage = {
    ...base,
    parts: [{type: 'text', text: 'Yes.'}],
    followUps: ['And green?', 'How long?', 'Why?', '4'],
  };

  it('are up to three buttons under the last answer, which ask', async () => {
    const {element, actions, root} = await shown(asking);
    await until('they are there', () => findAll(root, '.follow-up').length === 3);
    find(root, '.follow-up').click();
    expect(actions).to.deep.equal([{type: 'send', text: 'And green?'}]);
    await expect(element).to.be.accessible();
    element.last = false;
    await element.updateComplete;
    expect(findAll(root, '.follow-up').length).to.equal(0);
  });

  it('are not under an earlier answer', async () => {
    const {root} = await shown(asking, {last: false});
    await settled();
    expect(findAll(root, '.follow-up').length).to.equal(0);
  });
});
