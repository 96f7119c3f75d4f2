/** The line that says before the first question that an AI answers: the EU's AI Act, article 50 (1), asks for it. */
import {expect, fixture, html} from '@open-wc/testing';
import {fakeTransport, start} from '../../client/testing/fake-transport.ts';
import type {ChatConfig} from '../../client/transport.ts';
import {languages, loadTranslation, wordsFor} from '../../translations/index.ts';
import {en} from '../../translations/en.ts';
import type {ChatletLauncher} from '../launcher/launcher.ts';
import {chatInBox} from '../testing/chat.ts';
import {find, findAll, settled, textIn, until} from '../testing/look.ts';
import type {ChatletChat} from './chat.ts';

async function chat({config, notice}: {config?: ChatConfig; notice?: string} = {}) {
  const transport = fakeTransport(config ? {config} : {});
  const {element, root} = await chatInBox(transport);
  if (notice !== undefined) element.setAttribute('ai-notice', notice);
  await settled();
  return {element, root, transport, shown: () => textIn(root, '[part=ai-notice]'), spoken: () => descriptionIn(root)};
}

/** The description that a screen reader reads behind the name of the message field. */
function descriptionIn(root: ShadowRoot): string {
  const input = find(root, 'textarea');
  const id = input.getAttribute('aria-describedby');
  const tree = input.getRootNode();
  return id !== null && tree instanceof ShadowRoot ? (tree.getElementById(id)?.textContent ?? '') : '';
}

/** All lines that are written into the console while `run` runs. */
async function warningsOf(run: () => Promise<unknown>): Promise<readonly string[]> {
  const {warn} = console;
  const lines: string[] = [];
  console.warn = (line: string) => void lines.push(line);
  try {
    await run();
  } finally {
    console.warn = warn;
  }
  return lines;
}

describe('a temporary chat', () => {
  it('says that it is one, to the eye and at the message field, beside the AI notice and after it', async () => {
    const {element, root, shown, spoken, transport} = await chat();
    element.temporary = true;
    await settled();
    expect(textIn(root, '[part=temporary]')).to.equal(en.temporary);
    expect(spoken()).to.equal(`${en.aiNotice} ${en.temporary}`);
    void element.send('Hello');
    await (await transport.next()).give(start);
    await until('the AI notice has gone', () => shown() === '' && spoken() === en.temporary);
    expect(textIn(root, '[part=temporary]')).to.equal(en.temporary);
    element.temporary = false;
    await until('it is no longer one', () => spoken() !== en.temporary && textIn(root, '[part=temporary]') === '');
  });
});

describe('the AI notice', () => {
  beforeEach(() => {
    localStorage.clear();
    sessionStorage.clear();
  });

  it('is seen above the greeting and heard at the message field, until the first question', async () => {
    const {element, shown, spoken, transport} = await chat();
    expect([shown(), spoken()]).to.deep.equal([en.aiNotice, en.aiNotice]);
    void element.send('Hello');
    await (await transport.next()).give(start);
    await until('it has gone', () => shown() === '' && spoken() === '');
  });

  it('stays if the page begins with a message of its own', async () => {
    const {element, shown} = await chat();
    element.messages = [{role: 'assistant', content: 'Hi! I know our garden.'}];
    await until('it is above the composer', () => findAll(element.renderRoot, '.footer [part=ai-notice]').length === 1);
    expect(shown()).to.equal(en.aiNotice);
    element.messages = [{role: 'user', content: 'Hello'}];
    await until('it has gone', () => shown() === '');
  });

  it('stays if the page brings a greeting of its own', async () => {
    const element = await fixture<ChatletChat>(
      html`<chatlet-chat .transport=${fakeTransport()}><p slot="greeting">Ours</p></chatlet-chat>`,
    );
    await settled();
    expect(textIn(element.renderRoot, '[part=ai-notice]')).to.equal(en.aiNotice);
  });

  it('takes words of the attribute, else of the strings, else of the server', async () => {
    const {element, shown} = await chat({config: {aiNotice: 'Server', strings: {aiNotice: 'Others'}}});
    await until('it is the server’s', () => shown() === 'Server');
    element.strings = {aiNotice: 'Strings'};
    await until('it is that of the strings', () => shown() === 'Strings');
    element.setAttribute('ai-notice', 'Attribute');
    await until('it is that of the attribute', () => shown() === 'Attribute');
  });

  it('stays if its words are emptied, which is told in one line, and goes if they are "off"', async () => {
    const lines = await warningsOf(async () => {
      const {element, shown, spoken} = await chat({notice: ''});
      expect(shown()).to.equal(en.aiNotice);
      element.removeAttribute('ai-notice');
      element.strings = {aiNotice: ' '};
      await settled();
      expect(shown()).to.equal(en.aiNotice);
      element.strings = {aiNotice: 'off'};
      await until('it has gone', () => shown() === '' && spoken() === '');
    });
    expect(lines).to.deep.equal([
      'Chatlet: an empty AI notice is not taken. Write "off" if visitors are told in another way.',
    ]);
  });

  it('describes the launcher’s panel, in the words of the server and of the page', async () => {
    const transport = fakeTransport({config: {aiNotice: 'A robot answers.', heading: 'Garden'}});
    const element = await fixture<ChatletLauncher>(html`<chatlet-launcher .transport=${transport}></chatlet-launcher>`);
    const root = element.shadowRoot as ShadowRoot;
    element.show();
    const description = () => root.getElementById(root.querySelector('.panel')?.getAttribute('aria-describedby') ?? '');
    await until('it is the server’s', () => description()?.textContent === 'A robot answers.');
    await until('so is the name', () => find(root, '.panel').ariaLabel === 'Garden');
    element.setAttribute('ai-notice', 'Not a human.');
    await until('it is the page’s', () => description()?.textContent === 'Not a human.');
    expect(textIn(root, '[part=ai-notice]')).to.equal('Not a human.');
    // The dialog has said it.
    expect(find(root, 'textarea').hasAttribute('aria-describedby')).to.equal(false);
    element.setAttribute('ai-notice', 'off');
    await until('it is silent', () => description()?.textContent === '');
  });

  for (const language of languages) {
    it(`is there in ${language}`, async () => {
      await loadTranslation(language);
      const {element, shown} = await chat();
      element.lang = language;
      element.requestUpdate();
      await until('it is shown', () => shown() === wordsFor(language).aiNotice);
    });
  }
});
