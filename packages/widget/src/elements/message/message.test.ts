/** One message in each of its states. */
import {expect, fixture, html} from '@open-wc/testing';
import type {ShownMessage} from '../../client/chat-state.ts';
import '../../define.ts';
import {ChatActionEvent} from '../../events.ts';
import type {ChatAction} from '../../events.ts';
import {find, findAll, press, textIn, until} from '../testing/look.ts';
import type {ChatletMessage} from './message.ts';

const base = {id: 'm', key: 'm', createdAt: '2026-01-01T00:00:00.000Z', status: 'done'} as const;
const question: ShownMessage = {...base, role: 'user', parts: [{type: 'text', text: 'What\nnow?'}]};
const answer = (more: Partial<ShownMessage>): ShownMessage => ({
  ...base,
  role: 'assistant',
  parts: [{type: 'text', text: 'This.'}],
  ...more,
});
const failure = (code: 'rate-limited' | 'context-too-long' | 'forbidden', retryable: boolean) =>
  ({status: 'failed', parts: [], error: {code, message: '', retryable}}) as const;

async function shown(message: ShownMessage, last = true) {
  const actions: ChatAction[] = [];
  const element = await fixture<ChatletMessage>(
    html`<chatlet-message .message=${message} ?last=${last}></chatlet-message>`,
  );
  element.addEventListener(
    ChatActionEvent.type,
    (event) => event instanceof ChatActionEvent && actions.push(event.action),
  );
  return {element, actions, root: element.renderRoot as ShadowRoot};
}

describe('chatlet-message', () => {
  it('says of a call that waited for the visitor that it was not answered, once the chat has gone on', async () => {
    const wait = {ask: 'approval', definition: 'd', expiresAt: '2100-01-01T00:00:00.000Z'} as const;
    const parts = [{type: 'tool', callId: '1', name: 'send', input: {}, state: 'waiting', wait}] as const;
    const {root} = await shown(answer({status: 'waiting', parts}), false);
    await until('the line is there', () => textIn(root, '.tool-state') === 'Not answered');
    expect(find(root, '.tool-state').getAttribute('aria-label')).to.equal('Not answered');
  });

  it('shows a question as it was written', async () => {
    const {root} = await shown(question);
    expect(find(root, '.words').textContent).to.equal('What\nnow?');
  });

  for (const [kind, text] of [
    ['I-9, K10: a paragraph', 'Some words'],
    ['K10: a list', 'Intro:\n\n- one item and'],
    ['K10: a list of paragraphs', '1. **Title**\n\n   text in it\n   goes on'],
    ['K10: a nested list', '- a\n  - nested'],
    ['K10: code', '```js\nlet a;\nlet b'],
    ['K10: a table', '| a | b |\n|---|---|\n| one | two'],
    ['K10: a task', '- [x] done'],
    ['K10: a quote', '> quoted words'],
  ] as const) {
    it(`${kind} has a caret while it grows, and no line of it moves when it ends`, async () => {
      const parts = [{type: 'text', text}] as const;
      const {element, root} = await shown(answer({status: 'answering', parts}));
      await until('there is a caret', () => root.querySelector('[data-caret]') !== null);
      const caret = find(root, '[data-caret]');
      const {content, inlineSize, position} = getComputedStyle(caret, '::after');
      expect([content, inlineSize]).to.deep.equal(['""', '7px']);
      if (position === 'absolute')
        expect(getComputedStyle(caret).position, 'it scrolls with its line').to.equal('relative');
      const {height} = find(root, '.text').getBoundingClientRect();
      element.message = answer({parts});
      await until('the caret is gone', () => root.querySelector('[data-caret]') === null);
      expect(find(root, '.text').getBoundingClientRect().height).to.equal(height);
      const first = find(root, '.text > :first-child');
      expect(getComputedStyle(first).marginBlockStart).to.equal('0px');
    });
  }

  it('never reads a question as markup', async () => {
    const text = '<img src=x onerror=alert(1)> **not bold**';
    const {root} = await shown({...question, parts: [{type: 'text', text}]});
    expect(find(root, '.words').textContent).to.equal(text);
    expect(root.querySelector('img, strong')).to.equal(null);
  });

  it('edits a question with the keyboard', async () => {
    const {actions, root} = await shown(question);
    find(root, '[title=Edit]').click();
    await until('the editor has the focus', () => root.activeElement?.localName === 'textarea');
    await press({type: 'What then?'}, 'Enter');
    expect(actions).to.deep.equal([{type: 'edit', messageId: 'm', text: 'What then?'}]);
    expect(root.querySelector('textarea')).to.equal(null);
  });

  it('keeps a question unchanged on Escape', async () => {
    const {actions, root} = await shown(question);
    find(root, '[title=Edit]').click();
    await until('the editor has the focus', () => root.activeElement?.localName === 'textarea');
    await press({type: 'What then?'}, 'Escape');
    expect(actions).to.deep.equal([]);
    expect(textIn(root, '.bubble')).to.equal('What now?');
  });

  it('appends new text and keeps the elements that are there', async () => {
    const growing = (text: string) => answer({status: 'answering', parts: [{type: 'text', text}]});
    const {element, root} = await shown(growing('One'));
    await until('the text is there', () => textIn(root, '.text') === 'One');
    const paragraph = find(root, '.text p');
    element.message = growing('One two');
    await until('the text has grown', () => textIn(root, '.text') === 'One two');
    element.message = answer({parts: [{type: 'text', text: 'One two.'}]});
    await until('the text is complete', () => textIn(root, '.text') === 'One two.');
    expect(find(root, '.text p') === paragraph).to.equal(true);
  });

  it('T2-21: replaces a growing text by one that does not continue it, which then grows', async () => {
    const growing = (text: string) => answer({status: 'answering', parts: [{type: 'text', text}]});
    const {element, root} = await shown(growing('bad words'));
    await until('the text is there', () => textIn(root, '.text') === 'bad words');
    element.message = growing('Rem');
    await until('the other text is there', () => textIn(root, '.text') === 'Rem');
    element.message = growing('Removed.');
    await until('the other text has grown', () => textIn(root, '.text') === 'Removed.');
  });

  it('replaces a text by one that does not continue it', async () => {
    const {element, root} = await shown(answer({}));
    await until('the text is there', () => textIn(root, '.text') === 'This.');
    element.message = answer({parts: [{type: 'text', text: 'That.'}]});
    await until('the other text is there', () => textIn(root, '.text') === 'That.');
  });

  it('offers to answer again only under the last answer', async () => {
    const {actions, root} = await shown(answer({}));
    find(root, '[title="Answer again"]').click();
    expect(actions).to.deep.equal([{type: 'regenerate', messageId: 'm'}]);
    const {root: older} = await shown(answer({}), false);
    expect(older.querySelector('[title="Answer again"]')).to.equal(null);
    expect(older.querySelector('[title="Copy answer"]')).to.not.equal(null);
  });

  it('counts down until a retry is possible', async () => {
    const {now: realNow} = Date;
    const began = realNow();
    let passed = 0;
    Date.now = () => began + passed;
    try {
      const {actions, root} = await shown(answer({...failure('rate-limited', true), retryAt: began + 1500}));
      const button = find(root, '.notice .button') as HTMLButtonElement;
      expect(button.disabled).to.equal(true);
      expect(button.textContent?.trim()).to.equal('Retry in 2 s');
      passed = 1500;
      await until('the time has come', () => !button.disabled);
      button.click();
      expect(actions).to.deep.equal([{type: 'retry'}]);
    } finally {
      Date.now = realNow;
    }
  });

  it('offers a new chat if this one is too long, and no button if nothing helps', async () => {
    const {actions, root} = await shown(answer(failure('context-too-long', false)));
    find(root, '.notice .button').click();
    expect(actions).to.deep.equal([{type: 'new-chat'}]);
    const {root: forbidden} = await shown(answer(failure('forbidden', false)));
    expect(forbidden.querySelector('.notice .button')).to.equal(null);
  });

  it('links only sources with addresses of the web', async () => {
    const source = {type: 'source', title: 'Here'} as const;
    const {root} = await shown(
      answer({
        parts: [
          {...source, id: '1', url: 'https://docs.example/here'},
          {...source, id: '2', url: 'javascript:alert(1)'},
          {...source, id: '3'},
        ],
      }),
    );
    await until('the sources are there', () => findAll(root, '.chip').length === 3);
    const links = findAll(root, 'a.chip');
    expect(links.map((link) => link.getAttribute('href'))).to.deep.equal(['https://docs.example/here']);
    expect(links[0]?.getAttribute('rel')).to.equal('noopener noreferrer');
  });

  it('shows a file by its name, or else by its type', async () => {
    const file = {type: 'file', mediaType: 'application/pdf', url: 'https://docs.example/plan'} as const;
    for (const role of ['user', 'assistant'] as const) {
      const {root} = await shown({...question, role, parts: [{...file, name: 'plan.pdf'}, file]});
      const names = findAll(root, '.file').map((each) => each.textContent?.trim());
      expect(names, role).to.deep.equal(['plan.pdf', 'application/pdf']);
    }
  });

  it('shows no thought if an upstream only wants something back', async () => {
    const {root} = await shown(
      answer({
        parts: [
          {type: 'reasoning', text: ''},
          {type: 'text', text: 'This.'},
        ],
      }),
    );
    expect(root.querySelector('.reasoning')).to.equal(null);
    expect(root.querySelector('.text')?.textContent?.trim()).to.equal('This.');
  });

  it('says how an answer ended, unless it is simply complete', async () => {
    const thought = {type: 'reasoning', text: 'Hm.'} as const;
    const endings: readonly [Partial<ShownMessage>, string | undefined][] = [
      [{}, undefined],
      [{parts: [thought, {type: 'text', text: 'This.'}]}, undefined],
      [{parts: [thought]}, 'There was no answer in words.'],
      [{status: 'stopped'}, 'Stopped'],
      [{endReason: 'length'}, 'The answer reached its length limit.'],
      [{endReason: 'content-filter'}, 'A content filter ended the answer.'],
    ];
    for (const [more, expected] of endings) {
      const {root} = await shown(answer(more));
      expect(root.querySelector('.mark')?.textContent).to.equal(expected);
    }
  });

  const states: Record<string, ShownMessage> = {
    'a question': question,
    'an answer': answer({parts: [{type: 'text', text: '# One\n\nTwo `three`\n\n```js\nlet four;\n```'}]}),
    waiting: answer({status: 'answering', parts: []}),
    thinking: answer({status: 'answering', parts: [{type: 'reasoning', text: 'Hm.'}]}),
    'a thought, a tool and sources': answer({
      thoughtFor: 4,
      parts: [
        {type: 'reasoning', text: 'Hm.'},
        {type: 'tool', callId: '1', name: 'weather', input: {city: 'Oslo'}, state: 'done', output: {degrees: 4}},
        {type: 'tool', callId: '2', name: 'weather', input: 'Rome', state: 'running'},
        {type: 'tool', callId: '3', name: 'weather', input: null, state: 'failed', output: 'No.'},
        {type: 'text', text: 'Four degrees.'},
        {type: 'source', id: '1', title: 'yr.no', url: 'https://yr.no'},
      ],
    }),
    stopped: answer({status: 'stopped'}),
    interrupted: answer({status: 'interrupted'}),
    failed: answer(failure('rate-limited', true)),
    'cut by its length': answer({endReason: 'length'}),
    'without a word': answer({parts: []}),
  };
  for (const [name, message] of Object.entries(states)) {
    it(`is accessible: ${name}`, async () => {
      const {element, root} = await shown(message);
      for (const details of findAll(root, 'details')) details.setAttribute('open', '');
      await expect(element).to.be.accessible();
    });
  }
});
